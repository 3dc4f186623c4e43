#pragma once

#include <cstdint>
#include <optional>
#include <platform/ipc/proto/controlplane.pb.h>
#include <platform/ipc/proto/dataplane.pb.h>
#include <platform/ipc/proto/mgmt.pb.h>
#include <platform/ipc/proto/platform.pb.h>
#include <string>
#include <vector>

namespace torii::show {

// A process, or a part of torii-mgmtd that has a part of the configuration.
struct DaemonFacts {
    std::string name;
    bool process = false;
    bool connected = false;
    std::optional<std::uint64_t> version;  // of the configuration that it has taken; none: has none
    std::string error;                     // why it did not take the newest
};

// All that the verdict follows from. What did not come is not there: its daemon did not answer.
struct HealthFacts {
    std::vector<DaemonFacts> daemons;
    std::uint64_t version = 0;        // of the running configuration
    std::vector<std::string> alarms;  // those that are major and worse
    std::optional<ipc::DataplaneConfig> config;
    std::optional<ipc::Platform> platform;
    std::optional<ipc::DataplaneStatus> dataplane;
    std::optional<ipc::PortStatusList> ports;
    std::optional<ipc::ControlplaneStatus> controlplane;
    std::optional<ipc::BgpNeighbors> neighbors;
    std::optional<ipc::HealthExpectation> expected;
};

// Each thing that can be wrong, and the verdict: nothing is.
[[nodiscard]] ipc::Health judge(const HealthFacts& facts);
// What is there now, to be expected from now on.
[[nodiscard]] ipc::HealthExpectation expectation(const HealthFacts& facts);

[[nodiscard]] std::string health(const ipc::Health& health);

}  // namespace torii::show

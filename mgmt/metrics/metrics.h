#pragma once

#include "platform/metrics/exposition.h"

#include <cstdint>
#include <optional>
#include <platform/ipc/proto/controlplane.pb.h>
#include <platform/ipc/proto/dataplane.pb.h>
#include <string>

namespace torii::metrics {

// What torii-mgmtd knows by itself.
struct Management {
    std::string version;  // of the release
    std::uint64_t config_version = 0;
    std::uint64_t commits = 0;                   // since the start
    std::uint64_t last_commit_unix_seconds = 0;  // 0 = unknown
};

// What the control plane says. Absent as a whole: it does not answer.
struct Controlplane {
    ipc::ControlplaneStatus status;
    ipc::BgpNeighbors neighbors;
};

// What the packet engine says.
struct Dataplane {
    ipc::DataplaneStatus status;
    ipc::PortStatusList ports;
    ipc::Drops drops;
    ipc::Punts punts;
    ipc::BfdSessionStates bfd_sessions;
    ipc::Workers workers;
    ipc::Forwarding counted;  // routes that are counted each for itself
};

// The whole answer to a scrape. A daemon that does not answer has torii_process_up 0 and no further
// samples: a gap in a graph is honest, a zero is not.
[[nodiscard]] std::string text(const Management& management,
                               const std::optional<Controlplane>& controlplane,
                               const std::optional<Dataplane>& dataplane);

// Parts of it.
void add_bgp(Exposition& to, const Controlplane& controlplane);
void add_forwarding(Exposition& to, const Dataplane& dataplane);

}  // namespace torii::metrics

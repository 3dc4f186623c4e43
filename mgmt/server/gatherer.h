#pragma once

#include "mgmt/server/daemon_link.h"

#include <chrono>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>

namespace torii::mgmt {

// What the daemons say of themselves at one moment. What did not come is not there: its daemon
// does not run or did not answer in time, or BGP is not configured.
struct DaemonAnswers {
    std::optional<ipc::ControlplaneStatus> controlplane;
    std::optional<ipc::BgpNeighbors> neighbors;
    std::optional<ipc::Policies> policies;
    std::optional<ipc::DataplaneStatus> dataplane;
    std::optional<ipc::PortStatusList> ports;
    std::optional<ipc::Drops> drops;
    std::optional<ipc::Punts> punts;
    std::optional<ipc::BfdSessionStates> bfd_sessions;
    std::optional<ipc::Workers> workers;
    std::optional<ipc::ForwardingGroups> groups;
    std::optional<ipc::Forwarding> counted;  // routes that are counted each for itself
    std::optional<ipc::Platform> platform;
};

// Asks them. Of each its status comes in any case.
class Gatherer {
public:
    enum class Part : std::uint8_t {
        neighbors,
        policies,
        ports,
        drops,
        punts,
        bfd_sessions,
        workers,
        groups,
        counted,
        platform,
    };
    using Parts = std::set<Part>;
    using Gathered = std::function<void(const DaemonAnswers&)>;

    Gatherer(ControlplaneLink& controlplane, DataplaneLink& dataplane, PlatformLink& platform)
        : controlplane_(controlplane), dataplane_(dataplane), platform_(platform) {}

    // `done` comes when all have answered, or after `patience`.
    void gather(const Parts& parts, Gathered done,
                std::chrono::seconds patience = ControlplaneLink::kAskTimeout);

private:
    ControlplaneLink& controlplane_;
    DataplaneLink& dataplane_;
    PlatformLink& platform_;
};

}  // namespace torii::mgmt

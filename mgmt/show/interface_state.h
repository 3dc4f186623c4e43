#pragma once

#include <platform/ipc/proto/controlplane.pb.h>
#include <platform/ipc/proto/dataplane.pb.h>
#include <string>
#include <vector>

namespace torii::show {

// An interface as it is configured, and as a port of the packet engine; either may be missing.
struct InterfaceState {
    std::string name;
    const ipc::InterfaceConfig* config = nullptr;
    const ipc::PortStatus* port = nullptr;

    // up, down, disabled or absent
    [[nodiscard]] std::string link() const;
};

[[nodiscard]] std::vector<InterfaceState> interface_states(const ipc::PortStatusList& ports,
                                                           const ipc::ControlplaneConfig& config);

}  // namespace torii::show

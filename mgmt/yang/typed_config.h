#pragma once

#include "mgmt/yang/configuration.h"
#include "platform/base/ip_address.h"

#include <cstdint>
#include <platform/ipc/proto/config.pb.h>
#include <vector>

namespace torii::yang {

// Counters for Prometheus.
struct MetricsConfig {
    std::vector<IpAddress> listen;  // empty: nowhere
    std::uint16_t port = 0;
};

// What torii-mgmtd itself does.
struct ManagementConfig {
    MetricsConfig metrics;
};

// What the daemons receive.
struct TypedConfig {
    ipc::DataplaneConfig dataplane;
    ipc::ControlplaneConfig controlplane;
    ManagementConfig management;
};

// `reads` collects which leaves were looked at: a test proves that none is accepted and then
// ignored.
[[nodiscard]] TypedConfig typed_config(const Configuration& configuration,
                                       ConfigNode::Reads* reads = nullptr);

}  // namespace torii::yang

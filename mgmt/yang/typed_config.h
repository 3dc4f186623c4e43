#pragma once

#include "mgmt/yang/configuration.h"
#include "platform/base/ip_address.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <platform/ipc/proto/config.pb.h>
#include <string>
#include <vector>

namespace torii::yang {

// Counters for Prometheus.
struct MetricsConfig {
    std::vector<IpAddress> listen;  // empty: nowhere
    std::uint16_t port = 0;
};

// Somebody who may use the router.
struct UserConfig {
    std::string name;
    std::string role;  // viewer, operator or admin
    std::vector<std::string> ssh_keys;
    friend bool operator==(const UserConfig&, const UserConfig&) = default;
};

// An SSH server's sockets.
struct SshConfig {
    bool enabled = false;
    std::vector<IpAddress> listen;  // empty: at all addresses
    std::uint16_t port = 0;
    friend bool operator==(const SshConfig&, const SshConfig&) = default;
};

// How changes are committed.
struct CommitConfig {
    std::size_t history = 50;  // commits that are kept
    std::chrono::seconds confirm_timeout{600};
    bool require_comment = false;
};

// What torii-mgmtd itself does.
struct ManagementConfig {
    CommitConfig commit;
    MetricsConfig metrics;
    std::vector<UserConfig> users;
    SshConfig ssh;
    SshConfig netconf;
    ipc::LoggingConfig logging;
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

#pragma once

#include "dataplane/server/engine.h"

#include <platform/ipc/proto/dataplane.pb.h>

// What is asked for by a `show` command.
namespace torii::dataplane {

[[nodiscard]] ipc::PortStatusList show_ports(const Engine& engine);
// Without a prefix all routes; with one the most specific route that all of it takes.
[[nodiscard]] Result<ipc::Forwarding> show_forwarding(const fib::ForwardingTable& table,
                                                      const ipc::GetForwarding& request);
// How packets choose among next hops.
void show_ecmp(const Config& config, ipc::DataplaneStatus& status);
[[nodiscard]] ipc::ForwardingGroups show_groups(const fib::ForwardingTable& table);
[[nodiscard]] ipc::Adjacencies show_adjacencies(const Engine& engine);
[[nodiscard]] ipc::Drops show_drops(const Engine& engine);
[[nodiscard]] ipc::Workers show_workers(const Engine& engine);
[[nodiscard]] ipc::AccessLists show_access_lists(const Engine& engine);
[[nodiscard]] ipc::Punts show_punts(const Engine& engine);

}  // namespace torii::dataplane

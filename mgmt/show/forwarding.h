#pragma once

#include <boost/json/value.hpp>

#include <platform/ipc/proto/config.pb.h>
#include <platform/ipc/proto/dataplane.pb.h>
#include <string>

namespace torii::show {

// The packet engine's own view.

// A line per interface that is configured or there: link, addresses, counters.
[[nodiscard]] std::string interfaces(const ipc::PortStatusList& ports,
                                     const ipc::ControlplaneConfig& config);
[[nodiscard]] boost::json::value interfaces_json(const ipc::PortStatusList& ports,
                                                 const ipc::ControlplaneConfig& config);
// In FRR's layout of it.
[[nodiscard]] std::string interfaces_brief(const ipc::PortStatusList& ports,
                                           const ipc::ControlplaneConfig& config);
// Packets and octets of ports.
[[nodiscard]] std::string interfaces_counters(const ipc::PortStatusList& ports,
                                              const ipc::ControlplaneConfig& config);
// One interface in full.
[[nodiscard]] std::string interface_detail(const ipc::PortStatusList& ports,
                                           const ipc::ControlplaneConfig& config,
                                           const std::string& name);

[[nodiscard]] std::string forwarding_status(const ipc::DataplaneStatus& status);
[[nodiscard]] std::string forwarding_ports(const ipc::PortStatusList& ports);
[[nodiscard]] std::string forwarding_routes(const ipc::Forwarding& forwarding);
// A line for each route that is counted for itself.
[[nodiscard]] std::string route_count(const ipc::Forwarding& found);
// All of these.
[[nodiscard]] std::string forwarding_route_counters(const ipc::Forwarding& forwarding);
[[nodiscard]] std::string forwarding_groups(const ipc::ForwardingGroups& groups);
[[nodiscard]] std::string forwarding_adjacencies(const ipc::Adjacencies& adjacencies);
[[nodiscard]] std::string forwarding_drops(const ipc::Drops& drops);
// By port and worker.
[[nodiscard]] std::string forwarding_drops_of_ports(const ipc::Drops& drops);
[[nodiscard]] std::string forwarding_punts(const ipc::Punts& punts);

}  // namespace torii::show

#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <platform/ipc/proto/controlplane.pb.h>
#include <string>

namespace torii::show {

// BGP in the layouts of FRR 8.4.4, text and JSON alike, for the scripts that read those.

[[nodiscard]] std::string bgp_summary(const ipc::BgpSummary& summary, ipc::AddressFamily family);
[[nodiscard]] boost::json::value bgp_summary_json(const ipc::BgpSummary& summary,
                                                  ipc::AddressFamily family);

// show ip bgp
[[nodiscard]] std::string bgp_table(const ipc::BgpTable& table);
[[nodiscard]] boost::json::value bgp_table_json(const ipc::BgpTable& table);

// show ip bgp PREFIX. `now`: the time the ages count back from.
[[nodiscard]] std::string bgp_route(const ipc::BgpTable& table, std::int64_t now);

[[nodiscard]] std::string bgp_neighbors(const ipc::BgpNeighbors& neighbors,
                                        const std::string& router_id);
[[nodiscard]] boost::json::value bgp_neighbors_json(const ipc::BgpNeighbors& neighbors,
                                                    const std::string& router_id);
// What the peer does in graceful restart: Restart, Helper, Disable, NotApplicable.
[[nodiscard]] std::string remote_restart_mode(const ipc::BgpNeighborState& neighbor);
// FRR's numbers of why a session ended last.
inline constexpr std::uint32_t kResetNotificationReceived = 13;
inline constexpr std::uint32_t kResetNotificationSent = 14;

// "IPv4 Unicast"
[[nodiscard]] std::string family_title(ipc::AddressFamily family);

}  // namespace torii::show

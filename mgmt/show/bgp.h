#pragma once

#include "mgmt/show/message_json.h"

#include <boost/json/value.hpp>

#include <array>
#include <cstdint>
#include <platform/ipc/proto/controlplane.pb.h>
#include <string>

namespace torii::show {

// BGP in the layouts of FRR 8.4.4, text and JSON alike, for the scripts that read those.

[[nodiscard]] std::string bgp_summary(const ipc::BgpSummary& summary, ipc::AddressFamily family);
[[nodiscard]] boost::json::value bgp_summary_json(const ipc::BgpSummary& summary,
                                                  ipc::AddressFamily family);

// show ip bgp, from the portions that the table comes in. What it is called and whether it has path
// identifiers is known from the first one.
class BgpTableText {
public:
    [[nodiscard]] std::string portion(const ipc::BgpTable& table);
    [[nodiscard]] std::string end() const;

private:
    bool begun_ = false;
    bool with_ids_ = false;
    std::uint64_t routes_ = 0;
    std::uint64_t paths_ = 0;
};

class BgpTableJson {
public:
    [[nodiscard]] std::string portion(const ipc::BgpTable& table);
    [[nodiscard]] std::string end() const { return object_.end(); }

private:
    bool begun_ = false;
    StreamedObject object_;
};

// show ip bgp PREFIX. `now`: the time the ages count back from.
[[nodiscard]] std::string bgp_route(const ipc::BgpTable& table, std::int64_t now);

[[nodiscard]] std::string bgp_neighbors(const ipc::BgpNeighbors& neighbors,
                                        const std::string& router_id);
[[nodiscard]] boost::json::value bgp_neighbors_json(const ipc::BgpNeighbors& neighbors,
                                                    const std::string& router_id);
// The groups as they are configured, with the neighbors in them; of one name or all.
[[nodiscard]] std::string bgp_peer_groups(const ipc::BgpConfig& bgp,
                                          const ipc::BgpNeighbors& neighbors,
                                          const std::string& name);
[[nodiscard]] boost::json::value bgp_peer_groups_json(const ipc::BgpConfig& bgp,
                                                      const ipc::BgpNeighbors& neighbors,
                                                      const std::string& name);
// What the peer does in graceful restart: Restart, Helper, Disable, NotApplicable.
[[nodiscard]] std::string remote_restart_mode(const ipc::BgpNeighborState& neighbor);
// FRR's numbers of why a session ended last.
inline constexpr std::uint32_t kResetNotificationReceived = 13;
inline constexpr std::uint32_t kResetNotificationSent = 14;

// "IPv4 Unicast"
[[nodiscard]] std::string family_title(ipc::AddressFamily family);
// As the model names it: "ipv4-unicast".
[[nodiscard]] const char* family_name(ipc::AddressFamily family);
// Those that there are, in the order in which they are shown.
inline constexpr std::array kFamilies{ipc::IPV4_UNICAST, ipc::IPV6_UNICAST};

}  // namespace torii::show

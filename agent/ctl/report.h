#pragma once

#include "platform/base/result.h"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <platform/ipc/proto/agent.pb.h>
#include <string>
#include <vector>

namespace torii::agent {

// What `toriictl bgp routes WORDS` asks for.
struct RouteQuery {
    bool advertised = false;
    bool received = false;
    std::string afi = "ipv4";
    std::string safi = "unicast";
    std::optional<std::uint32_t> vrouter;  // only of this local AS
    std::optional<std::string> peer;       // only what this peer got or sent
    bool defaulted = false;                // no word was given

    [[nodiscard]] bool has_peers() const { return advertised || received; }
};

// [available|advertised|received] [ipv4|ipv6] [unicast] [vrouter ASN] [peer|neighbor ADDRESS]
[[nodiscard]] Result<RouteQuery> parse_route_query(const std::vector<std::string>& words);

enum class Output { table, json, yaml };
[[nodiscard]] std::string text_of(const boost::json::value& value, Output output);

// The answers of several nodes as one text, by the names of the nodes. The layouts are those of
// `cilium bgp peers` and `cilium bgp routes`.
[[nodiscard]] std::string report_peers(std::vector<ipc::AgentPeers> answers, Output output);
[[nodiscard]] std::string report_routes(std::vector<ipc::AgentRoutes> answers,
                                        const RouteQuery& query, Output output);
[[nodiscard]] std::string report_conditions(std::vector<ipc::AgentPeers> answers, Output output);

}  // namespace torii::agent

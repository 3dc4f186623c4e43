#include "agent/ctl/report.h"

#include "agent/ctl/table.h"
#include "agent/kube/yaml.h"
#include "agent/model/session_state.h"
#include "platform/base/ip_address.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace torii::agent {
namespace json = boost::json;
namespace {

constexpr std::uint64_t kNanoseconds = 1'000'000'000;
constexpr std::string_view kDefaultNote =
    "(Defaulting to `available ipv4 unicast` routes, please see help for more options)\n\n";

std::string_view afi_name(ipc::AddressFamily family) {
    return family == ipc::IPV6_UNICAST ? "ipv6" : "ipv4";
}

std::uint64_t uptime_seconds(const ipc::BgpNeighborState& state) {
    return state.state() == "Established" ? state.state_seconds() : 0;
}

template <class Answer>
void sort_by_node(std::vector<Answer>& answers) {
    std::ranges::stable_sort(answers, {}, [](const Answer& answer) { return answer.node(); });
}

// The node's name stands only in its first row.
std::string once(std::string& text) {
    return std::exchange(text, {});
}

json::object peer_json(const ipc::AgentPeer& peer) {
    const ipc::BgpNeighborState& state = peer.state();
    json::array families;
    for (const ipc::BgpPrefixCounts& counts : state.prefixes()) {
        families.push_back({{"afi", afi_name(counts.family())},
                            {"safi", "unicast"},
                            {"received", counts.received()},
                            {"accepted", counts.accepted()},
                            {"advertised", counts.sent()}});
    }
    return {{"instance", peer.instance()},
            {"name", peer.peer_name()},
            {"local-asn", state.local_as()},
            {"peer-asn", state.remote_as()},
            {"peer-address", state.address()},
            {"session-state", model::session_state(state.state())},
            {"uptime-nanoseconds", uptime_seconds(state) * kNanoseconds},
            {"configured-hold-time-seconds", state.configured_hold_time()},
            {"configured-keep-alive-time-seconds", state.configured_keepalive()},
            {"applied-hold-time-seconds", state.hold_time()},
            {"applied-keep-alive-time-seconds", state.keepalive()},
            {"last-error", state.last_error()},
            {"families", std::move(families)}};
}

void add_peer_rows(const ipc::AgentPeer& peer, std::string& node,
                   std::vector<std::vector<std::string>>& rows) {
    const ipc::BgpNeighborState& state = peer.state();
    std::vector<std::string> row{once(node),
                                 std::to_string(state.local_as()),
                                 std::to_string(state.remote_as()),
                                 state.address(),
                                 model::session_state(state.state()),
                                 format_duration(uptime_seconds(state))};
    for (const ipc::BgpPrefixCounts& counts : state.prefixes()) {
        row.push_back(fmt::format("{}/unicast", afi_name(counts.family())));
        row.push_back(std::to_string(counts.received()));
        row.push_back(std::to_string(counts.sent()));
        // More families of the peer stand alone in their lines.
        rows.push_back(std::exchange(row, std::vector<std::string>(6)));
    }
}

bool is_asked_for(const ipc::AgentRoute& route, const RouteQuery& query) {
    return (!query.vrouter || route.local_as() == *query.vrouter) &&
           (!query.peer || route.peer_address() == *query.peer);
}

json::object route_json(const ipc::AgentRoute& route, const RouteQuery& query) {
    json::object object{{"instance", route.instance()},
                        {"router-asn", route.local_as()},
                        {"prefix", route.prefix()},
                        {"next-hop", route.next_hop()},
                        {"age-nanoseconds", route.age_seconds() * kNanoseconds},
                        {"attributes", route.attributes()}};
    if (query.has_peers()) object.emplace("neighbor", route.peer_address());
    return object;
}

std::vector<std::string> route_row(const ipc::AgentRoute& route, const RouteQuery& query,
                                   std::string node) {
    std::vector<std::string> row{std::move(node), std::to_string(route.local_as())};
    if (query.has_peers()) row.push_back(route.peer_address());
    row.insert(row.end(), {route.prefix(), route.next_hop(), format_duration(route.age_seconds()),
                           route.attributes()});
    return row;
}

// Takes the next word when it is one of the values.
bool take(const std::vector<std::string>& words, std::size_t& index,
          std::initializer_list<std::string_view> values, std::string& value) {
    if (index == words.size() || std::ranges::find(values, words[index]) == values.end()) {
        return false;
    }
    value = words[index++];
    return true;
}

Result<void> take_filter(const std::string& name, const std::string& value, RouteQuery& query) {
    if (name == "vrouter") {
        std::uint32_t number = 0;
        const char* end = value.data() + value.size();
        const auto [after, error] = std::from_chars(value.data(), end, number);
        if (error != std::errc{} || after != end) return fail("vrouter {}: not an AS", value);
        query.vrouter = number;
        return {};
    }
    const Result<IpAddress> address = IpAddress::parse(value);
    if (!address) return fail("{} {}: not an address", name, value);
    query.peer = address->to_string();
    return {};
}

}  // namespace

std::string text_of(const json::value& value, Output output) {
    return output == Output::yaml ? kube::to_yaml(value) : json::serialize(value) + '\n';
}

Result<RouteQuery> parse_route_query(const std::vector<std::string>& words) {
    RouteQuery query;
    query.defaulted = words.empty();
    std::size_t index = 0;
    std::string word;
    if (take(words, index, {"available", "advertised", "received"}, word)) {
        query.advertised = word == "advertised";
        query.received = word == "received";
    }
    take(words, index, {"ipv4", "ipv6"}, query.afi);
    take(words, index, {"unicast"}, query.safi);
    while (take(words, index, {"vrouter", "peer", "neighbor"}, word)) {
        if (index == words.size()) return fail("{}: a value is missing", word);
        if (auto taken = take_filter(word, words[index++], query); !taken) {
            return unexpected(taken.error());
        }
    }
    if (index != words.size()) {
        return fail(
            "{}: expected [available|advertised|received] [ipv4|ipv6] [unicast] [vrouter ASN] "
            "[peer ADDRESS]",
            words[index]);
    }
    if (query.peer && !query.has_peers())
        return fail("peer: only of advertised or received routes");
    return query;
}

std::string report_peers(std::vector<ipc::AgentPeers> answers, Output output) {
    sort_by_node(answers);
    json::object nodes;
    std::vector<std::vector<std::string>> rows{{"Node", "Local AS", "Peer AS", "Peer Address",
                                                "Session State", "Uptime", "Family", "Received",
                                                "Advertised"}};
    for (const ipc::AgentPeers& answer : answers) {
        std::string node = answer.node();
        json::array peers;
        for (const ipc::AgentPeer& peer : answer.peers()) {
            peers.push_back(peer_json(peer));
            add_peer_rows(peer, node, rows);
        }
        nodes.emplace(answer.node(), std::move(peers));
    }
    return output == Output::table ? format_table(rows) : text_of(nodes, output);
}

std::string report_routes(std::vector<ipc::AgentRoutes> answers, const RouteQuery& query,
                          Output output) {
    sort_by_node(answers);
    json::object nodes;
    std::vector<std::vector<std::string>> rows{{"Node", "VRouter"}};
    if (query.has_peers()) rows.front().emplace_back("Peer");
    rows.front().insert(rows.front().end(), {"Prefix", "NextHop", "Age", "Attrs"});
    for (const ipc::AgentRoutes& answer : answers) {
        std::string node = answer.node();
        json::array routes;
        for (const ipc::AgentRoute& route : answer.routes()) {
            if (!is_asked_for(route, query)) continue;
            routes.push_back(route_json(route, query));
            rows.push_back(route_row(route, query, once(node)));
        }
        nodes.emplace(answer.node(), std::move(routes));
    }
    if (output != Output::table) return text_of(nodes, output);
    return std::string(query.defaulted ? kDefaultNote : "") + format_table(rows);
}

std::string report_conditions(std::vector<ipc::AgentPeers> answers, Output output) {
    sort_by_node(answers);
    json::object nodes;
    std::vector<std::vector<std::string>> rows{{"Node", "Condition"}};
    for (const ipc::AgentPeers& answer : answers) {
        std::string node = answer.node();
        json::array conditions;
        for (const std::string& condition : answer.conditions()) {
            conditions.push_back(json::string(condition));
            rows.push_back({once(node), condition});
        }
        nodes.emplace(answer.node(), std::move(conditions));
    }
    return output == Output::table ? format_table(rows) : text_of(nodes, output);
}

}  // namespace torii::agent

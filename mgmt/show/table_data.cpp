#include "mgmt/show/table_data.h"

#include "mgmt/show/bgp.h"
#include "mgmt/show/text.h"
#include "platform/base/utc.h"

#include <boost/json/array.hpp>

#include <utility>

namespace torii::show {
namespace {

namespace json = boost::json;

json::string time_before(std::int64_t now, std::uint64_t seconds) {
    return json::string(utc_text(now - static_cast<std::int64_t>(seconds)));
}

json::array next_hops(const ipc::RouteEntry& route) {
    json::array out;
    for (const ipc::RouteNextHop& hop : route.next_hops()) {
        json::object one{
            {"weight", hop.weight()}, {"resolved", hop.resolved()}, {"installed", hop.installed()}};
        if (!hop.address().empty()) one["address"] = hop.address();
        if (!hop.interface().empty()) one["interface"] = hop.interface();
        out.push_back(std::move(one));
    }
    return out;
}

void add_texts(json::object& out, const char* name,
               const google::protobuf::RepeatedPtrField<std::string>& texts) {
    if (!texts.empty()) out[name] = json::array(texts.begin(), texts.end());
}

const char* origin(const std::string& shown) {
    if (shown == "IGP") return "igp";
    return shown == "EGP" ? "egp" : "incomplete";
}

json::object path_data(const std::string& prefix, const ipc::BgpPath& path, std::int64_t now) {
    json::object out{
        {"family", family_name(is_ipv6(prefix) ? ipc::IPV6_UNICAST : ipc::IPV4_UNICAST)},
        {"prefix", prefix},
        {"next-hop", path.next_hop()},
        {"as-path", path.as_path()},
        {"origin", origin(path.origin())},
        {"weight", path.weight()},
        {"atomic-aggregate", path.atomic_aggregate()},
        {"best", path.best()},
        {"since", time_before(now, path.age_seconds())}};
    if (path.has_med()) out["med"] = path.med();
    if (path.has_local_preference()) out["local-preference"] = path.local_preference();
    if (!path.aggregator().empty()) out["aggregator"] = path.aggregator();
    if (path.has_only_to_customer()) out["only-to-customer"] = path.only_to_customer();
    add_texts(out, "community", path.communities());
    add_texts(out, "large-community", path.large_communities());
    add_texts(out, "extended-community", path.extended_communities());
    return out;
}

void add_standing(json::object& out, const ipc::BgpPath& path) {
    out["path-id"] = path.path_id();
    out["valid"] = path.valid();
    out["multipath"] = path.multipath();
    out["stale"] = path.stale();
    out["suppressed"] = path.suppressed();
    out["aggregated"] = path.aggregated();
    out["internal"] = path.internal();
    if (!path.best_reason().empty()) out["best-reason"] = path.best_reason();
}

// `add`: what of a path is more than its attributes.
template <class Add>
json::array paths_of(const ipc::BgpTable& table, std::int64_t now, Add add) {
    json::array out;
    for (const ipc::BgpTableEntry& entry : table.entries()) {
        for (const ipc::BgpPath& path : entry.paths()) {
            json::object one = path_data(entry.prefix(), path, now);
            add(one, path);
            out.push_back(std::move(one));
        }
    }
    return out;
}

json::object of_neighbor(const std::string& address, const char* list, json::array paths) {
    json::object neighbor{{"address", address}, {"state", json::object{{list, std::move(paths)}}}};
    return {{"torii-bgp:bgp", json::object{{"neighbor", json::array{std::move(neighbor)}}}}};
}

}  // namespace

json::object routes_data(const ipc::Routes& routes, std::int64_t now) {
    json::array out;
    for (const ipc::RouteEntry& route : routes.routes()) {
        json::object one{
            {"prefix", route.prefix()},       {"protocol", route.protocol()},
            {"distance", route.distance()},   {"selected", route.selected()},
            {"installed", route.installed()}, {"stale", route.stale()},
            {"discard", route.discard()},     {"since", time_before(now, route.age_seconds())}};
        if (route.group_id() != 0) one["group"] = route.group_id();
        if (route.next_hops_size() != 0) one["next-hop"] = next_hops(route);
        out.push_back(std::move(one));
    }
    json::object state{{"route", std::move(out)}};
    return {{"torii-routing:routing", json::object{{"state", std::move(state)}}}};
}

json::object paths_data(const ipc::BgpTable& table, std::int64_t now) {
    auto paths = paths_of(table, now, [](json::object& out, const ipc::BgpPath& path) {
        const bool local = path.peer_address().empty();
        out["peer"] = local ? "local" : path.peer_address();
        if (!path.peer_router_id().empty()) out["peer-router-id"] = path.peer_router_id();
        add_standing(out, path);
    });
    json::object state{{"path", std::move(paths)}};
    return {{"torii-bgp:bgp", json::object{{"state", std::move(state)}}}};
}

json::object received_paths_data(const std::string& neighbor, const ipc::BgpTable& table,
                                 std::int64_t now) {
    return of_neighbor(neighbor, "received-path",
                       paths_of(table, now, [](json::object& out, const ipc::BgpPath& path) {
                           out["rejected"] = path.filtered();
                           add_standing(out, path);
                       }));
}

json::object advertised_paths_data(const std::string& neighbor, const ipc::BgpTable& table,
                                   std::int64_t now) {
    return of_neighbor(neighbor, "advertised-path",
                       paths_of(table, now, [](json::object& out, const ipc::BgpPath& path) {
                           out["path-id"] = path.sent_path_id();
                       }));
}

}  // namespace torii::show

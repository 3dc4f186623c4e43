#include "mgmt/show/routes.h"

#include "mgmt/show/text.h"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <cctype>

namespace torii::show {
namespace {

namespace json = boost::json;

constexpr const char* kCodes =
    "Codes: C - connected, L - local, S - static, B - BGP,\n"
    "       > - selected route, * - in the packet engine, q - queued for it\n\n";

// As FRR gives it to routes that it puts into a kernel.
constexpr unsigned kKernelMetric = 20;

// C, L, S or B.
char protocol_code(const ipc::RouteEntry& route) {
    return route.protocol().empty()
               ? '?'
               : static_cast<char>(std::toupper(static_cast<unsigned char>(route.protocol()[0])));
}

bool is_attached(const ipc::RouteEntry& route) {
    return route.protocol() == "connected" || route.protocol() == "local";
}

char installed_code(const ipc::RouteEntry& route, const ipc::RouteNextHop* next_hop) {
    if (!route.selected()) return ' ';
    if (route.installed()) return next_hop == nullptr || next_hop->installed() ? '*' : ' ';
    return 'q';
}

std::string way(const ipc::RouteEntry& route, const ipc::RouteNextHop& next_hop) {
    if (next_hop.address().empty()) {
        return fmt::format(" is directly connected, {}", next_hop.interface());
    }
    std::string out = fmt::format(" via {}", next_hop.address());
    out += next_hop.resolved() ? fmt::format(", {}", next_hop.interface()) : " inactive";
    if (!is_attached(route)) {
        out += fmt::format(", weight {}", next_hop.weight() == 0 ? 1 : next_hop.weight());
    }
    return out;
}

std::string lines(const ipc::RouteEntry& route) {
    const std::string after =
        fmt::format(", {}{}\n", elapsed(route.age_seconds()), route.stale() ? ", stale" : "");
    const std::string metric =
        is_attached(route) ? "" : fmt::format(" [{}/{}]", route.distance(), route.metric());
    const auto start = [&](const ipc::RouteNextHop* next_hop) {
        return fmt::format("{}{}{} {}{}", protocol_code(route), route.selected() ? '>' : ' ',
                           installed_code(route, next_hop), route.prefix(), metric);
    };
    if (route.discard() || route.next_hops_size() == 0) {
        return start(nullptr) + (route.discard() ? " unreachable (blackhole)" : " inactive") +
               after;
    }
    std::string out;
    std::size_t width = 0;
    for (const auto& next_hop : route.next_hops()) {
        std::string before = start(&next_hop);
        if (width != 0) {
            before = fmt::format("  {}{}", installed_code(route, &next_hop),
                                 std::string(width - 3, ' '));
        }
        width = before.size();
        out += before + way(route, next_hop) + after;
    }
    return out;
}

std::string linux_way(const ipc::RouteNextHop& next_hop) {
    const std::string via =
        next_hop.address().empty() ? "" : fmt::format("via {} ", next_hop.address());
    return fmt::format("{}dev {}", via, next_hop.interface());
}

std::string linux_lines(const ipc::RouteEntry& route) {
    const std::string& prefix = route.prefix();
    const bool ipv6 = is_ipv6(prefix);
    std::string out = prefix;
    if (prefix == "0.0.0.0/0" || prefix == "::/0") {
        out = "default";
    } else if (prefix.ends_with(ipv6 ? "/128" : "/32")) {
        out.resize(prefix.find('/'));
    }
    const std::string after =
        is_attached(route) ? " proto kernel scope link"
                           : fmt::format(" proto {} metric {}", route.protocol(), kKernelMetric);
    if (route.discard()) return "blackhole " + out + after + "\n";
    if (route.next_hops_size() == 1) {
        return fmt::format("{} {}{}\n", out, linux_way(route.next_hops(0)), after);
    }
    out += after + "\n";
    for (const auto& next_hop : route.next_hops()) {
        out += fmt::format("\tnexthop {} weight {}\n", linux_way(next_hop),
                           next_hop.weight() == 0 ? 1 : next_hop.weight());
    }
    return out;
}

std::string detail_next_hop(const ipc::RouteEntry& route, const ipc::RouteNextHop& next_hop) {
    const char mark = installed_code(route, &next_hop);
    if (next_hop.address().empty()) {
        return fmt::format("  {} directly connected, {}\n", mark, next_hop.interface());
    }
    return fmt::format(
        "  {} {}{}, weight {}\n", mark, next_hop.address(),
        next_hop.resolved() ? fmt::format(", via {}", next_hop.interface()) : " inactive",
        next_hop.weight() == 0 ? 1 : next_hop.weight());
}

json::object route_json(const ipc::RouteEntry& route) {
    json::array next_hops;
    for (const auto& next_hop : route.next_hops()) {
        json::object one{{"fib", next_hop.installed()},
                         {"interfaceName", next_hop.interface()},
                         {"active", next_hop.resolved()},
                         {"weight", next_hop.weight()}};
        if (next_hop.address().empty()) {
            one["directlyConnected"] = true;
        } else {
            one["ip"] = next_hop.address();
        }
        next_hops.push_back(std::move(one));
    }
    return {{"prefix", route.prefix()},
            {"protocol", route.protocol()},
            {"selected", route.selected()},
            {"installed", route.installed()},
            {"distance", route.distance()},
            {"metric", route.metric()},
            {"stale", route.stale()},
            {"nexthopGroupId", route.group_id()},
            {"uptime", elapsed(route.age_seconds())},
            {"nexthops", std::move(next_hops)}};
}

}  // namespace

std::string RoutesText::portion(const ipc::Routes& routes) {
    std::string out = begun_ || routes.routes_size() == 0 ? "" : kCodes;
    begun_ = begun_ || routes.routes_size() != 0;
    for (const auto& route : routes.routes()) out += lines(route);
    return out;
}

std::string RoutesSummary::portion(const ipc::Routes& routes) {
    for (const auto& route : routes.routes()) {
        Count& count = counts_[route.protocol()];
        ++count.routes;
        if (route.selected() && route.installed()) ++count.installed;
    }
    return {};
}

std::string RoutesSummary::end() const {
    std::string out =
        fmt::format("{:<20} {:<20} {}  (vrf default)\n", "Route Source", "Routes", "FIB");
    Count total;
    for (const auto& [protocol, count] : counts_) {
        out += fmt::format("{:<20} {:<20} {}\n", protocol, count.routes, count.installed);
        total.routes += count.routes;
        total.installed += count.installed;
    }
    return out + fmt::format("------\n{:<20} {:<20} {}\n", "Totals", total.routes, total.installed);
}

std::string RoutesSummaryJson::end() const {
    json::array routes;
    Count total;
    for (const auto& [protocol, count] : counts_) {
        routes.push_back(
            json::object{{"type", protocol}, {"rib", count.routes}, {"fib", count.installed}});
        total.routes += count.routes;
        total.installed += count.installed;
    }
    return pretty(json::object{{"routes", std::move(routes)},
                               {"routesTotal", total.routes},
                               {"routesTotalFib", total.installed}});
}

std::string RoutesLinux::portion(const ipc::Routes& routes) {
    std::string out;
    for (const auto& route : routes.routes()) {
        // Our own addresses are in a table of their own there.
        if (route.selected() && route.protocol() != "local") out += linux_lines(route);
    }
    return out;
}

std::string route_detail(const ipc::Routes& routes) {
    if (routes.routes_size() == 0) return "% Network not in table\n";
    std::string out;
    for (const auto& route : routes.routes()) {
        out += fmt::format(
            "Routing entry for {}\n  Known via \"{}\", distance {}, metric {}{}\n"
            "  Last update {} ago\n",
            route.prefix(), route.protocol(), route.distance(), route.metric(),
            route.selected() ? ", best" : "", elapsed(route.age_seconds()));
        if (route.discard()) out += "  * unreachable (blackhole)\n";
        for (const auto& next_hop : route.next_hops()) out += detail_next_hop(route, next_hop);
        if (route.group_id() != 0) {
            out += fmt::format("  Forwarding group {}\n", route.group_id());
        }
        out += "\n";
    }
    return out;
}

// A prefix's routes of all protocols come one after the other, in one portion.
std::string RoutesJson::portion(const ipc::Routes& routes) {
    std::string out;
    if (!begun_) out = object_.begin({}, "");
    begun_ = true;
    for (int index = 0; index < routes.routes_size();) {
        const std::string& prefix = routes.routes(index).prefix();
        json::array entries;
        for (; index < routes.routes_size() && routes.routes(index).prefix() == prefix; ++index) {
            entries.push_back(route_json(routes.routes(index)));
        }
        out += object_.add(prefix, entries);
    }
    return out;
}

std::string status_remark(const ipc::ControlplaneStatus& status) {
    std::string remark;
    if (!status.dataplane_connected()) remark = "has no connection to the packet engine";
    if (!status.kernel_bgp_limit_exceeded()) return remark;
    return remark + fmt::format("{}the kernel gets none of the {} BGP routes: its limit is {}",
                                remark.empty() ? "" : "; ", status.bgp_routes(),
                                status.kernel_bgp_limit());
}

}  // namespace torii::show

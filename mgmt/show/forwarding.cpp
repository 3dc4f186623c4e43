#include "mgmt/show/forwarding.h"

#include "mgmt/show/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace torii::show {
namespace {

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

std::string target(const ipc::ForwardingMember& member) {
    switch (member.kind()) {
        case ipc::NEXT_HOP_GATEWAY: return octets_text(member.address());
        case ipc::NEXT_HOP_ATTACHED: return "attached";
        case ipc::NEXT_HOP_LOCAL: return "local";
        case ipc::NEXT_HOP_DISCARD: return "discard";
        case ipc::NEXT_HOP_REJECT: return "reject";
        default: return "?";
    }
}

std::string interface_of(const ipc::ForwardingMember& member) {
    return member.interface().empty() ? "-" : member.interface();
}

// Only a gateway has one address to resolve.
std::string mac_of(const ipc::ForwardingMember& member) {
    if (member.kind() != ipc::NEXT_HOP_GATEWAY) return "-";
    return member.resolved() ? octets_text(member.mac()) : "unresolved";
}

std::string prefix_text(const ipc::IpPrefix& prefix) {
    return fmt::format("{}/{}", octets_text(prefix.address()), prefix.length());
}

// IPv4 first, then by address; the engine has them in the order of its tables.
std::vector<const ipc::ForwardingRoute*> in_order(const ipc::Forwarding& forwarding) {
    std::vector<const ipc::ForwardingRoute*> out;
    for (const auto& route : forwarding.routes()) out.push_back(&route);
    std::ranges::sort(out, {}, [](const ipc::ForwardingRoute* route) {
        const std::string& address = route->prefix().address();
        return std::tuple(address.size(), address, route->prefix().length());
    });
    return out;
}

// Nothing where no route is to be counted.
std::string counted_text(const ipc::DataplaneStatus& status) {
    if (status.counted_routes() + status.uncounted_routes() == 0) return {};
    return fmt::format("Routes counted {}, left out {}\n", status.counted_routes(),
                       status.uncounted_routes());
}

std::string_view hash_text(ipc::EcmpHash hash) {
    switch (hash) {
        case ipc::ECMP_HASH_L3: return "l3";
        case ipc::ECMP_HASH_L4: return "l4";
        case ipc::ECMP_HASH_INNER: return "inner";
        default: return "?";
    }
}

}  // namespace

std::string forwarding_status(const ipc::DataplaneStatus& status) {
    return fmt::format(
        "IPv4 routes {}, IPv6 routes {}\n"
        "Look-up tables of IPv4 {} of {}, of IPv6 {} of {}\nNext-hop groups {}, next hops {}\n"
        "ECMP by {}{}, seed {}, selection {}\n"
        "{}"
        "Last update from the control plane {}\nPacket buffers {}, in use {}\n",
        status.routes_v4(), status.routes_v6(), status.tables_v4(), status.tables_v4_max(),
        status.tables_v6(), status.tables_v6_max(), status.groups(), status.next_hops(),
        hash_text(status.ecmp_hash()), status.ecmp_symmetric() ? " symmetric" : "",
        status.ecmp_seed(),
        status.ecmp_selection() == ipc::ECMP_SELECTION_THRESHOLD ? "threshold" : "resilient",
        counted_text(status), status.fib_version(), status.buffers(), status.buffers_in_use());
}

std::string forwarding_ports(const ipc::PortStatusList& ports) {
    if (ports.ports_size() == 0) return "The packet engine has no ports.\n";
    Table table({"Port", "Link", "Driver", "MAC", "MTU", "Rx packets", "Rx bytes", "Tx packets",
                 "Tx bytes", "Forwarded", "Punted", "Injected", "Rx dropped", "Tx dropped",
                 "Rx errors"});
    for (const auto& port : ports.ports()) {
        table.add({port.name(), port.link_up() ? "up" : "down", port.driver(),
                   octets_text(port.mac()), number(port.mtu()), number(port.rx_packets()),
                   number(port.rx_bytes()), number(port.tx_packets()), number(port.tx_bytes()),
                   number(port.forwarded_packets()), number(port.punted_packets()),
                   number(port.injected_packets()), number(port.rx_dropped()),
                   number(port.tx_dropped()), number(port.rx_errors())});
    }
    return table.text();
}

std::string forwarding_routes(const ipc::Forwarding& forwarding) {
    if (forwarding.routes_size() == 0) {
        return fmt::format("No route; the packet engine has {} in all.\n",
                           forwarding.total_routes());
    }
    std::map<std::uint32_t, const ipc::ForwardingGroup*> groups;
    for (const auto& group : forwarding.groups()) groups[group.id()] = &group;
    Table table({"Prefix", "Group", "Next hop", "Interface", "MAC", "Packets"});
    for (const ipc::ForwardingRoute* entry : in_order(forwarding)) {
        const ipc::ForwardingRoute& route = *entry;
        std::string prefix = prefix_text(route.prefix());
        std::string id = number(route.group_id());
        const auto found = groups.find(route.group_id());
        if (found == groups.end()) {
            table.add({prefix, id, "-", "-", "-", "-"});
            continue;
        }
        for (const auto& member : found->second->members()) {
            table.add({prefix, id, target(member), interface_of(member), mac_of(member),
                       number(member.packets())});
            prefix.clear();
            id.clear();
        }
    }
    // Of many routes: show forwarding route-counters.
    const std::string count = forwarding.routes_size() == 1 ? route_count(forwarding) : "";
    return table.text() + fmt::format("\n{}{}Displayed {} of {} routes\n", count,
                                      count.empty() ? "" : "\n", forwarding.routes_size(),
                                      forwarding.total_routes());
}

std::string route_count(const ipc::Forwarding& found) {
    std::string text;
    for (const ipc::ForwardingRoute& route : found.routes()) {
        if (!route.has_packets()) continue;
        text += fmt::format("{}: {} packets, {} octets by this route\n",
                            prefix_text(route.prefix()), route.packets(), route.octets());
    }
    return text;
}

std::string forwarding_route_counters(const ipc::Forwarding& forwarding) {
    if (forwarding.routes_size() == 0) {
        return "No route is counted: set forwarding route-counters prefix PREFIX\n";
    }
    Table table({"Prefix", "Group", "Packets", "Octets"});
    for (const ipc::ForwardingRoute* route : in_order(forwarding)) {
        table.add({prefix_text(route->prefix()), number(route->group_id()),
                   number(route->packets()), number(route->octets())});
    }
    std::string text = table.text();
    if (forwarding.uncounted_routes() > 0) {
        text += fmt::format("\n{} more are not counted: forwarding route-counters maximum\n",
                            forwarding.uncounted_routes());
    }
    return text;
}

std::string forwarding_groups(const ipc::ForwardingGroups& groups) {
    if (groups.groups_size() == 0) return "The packet engine has no next-hop groups.\n";
    Table table({"Group", "Routes", "Member", "Interface", "MAC", "Weight", "Buckets", "Packets"});
    for (const auto& group : groups.groups()) {
        std::string id = number(group.id());
        std::string routes = number(group.routes());
        for (const auto& member : group.members()) {
            table.add({id, routes, target(member), interface_of(member), mac_of(member),
                       number(member.weight() == 0 ? 1 : member.weight()), number(member.buckets()),
                       number(member.packets())});
            id.clear();
            routes.clear();
        }
    }
    return table.text();
}

std::string forwarding_adjacencies(const ipc::Adjacencies& adjacencies) {
    if (adjacencies.adjacencies_size() == 0) return "The packet engine knows no neighbor.\n";
    Table table({"Interface", "Address", "MAC", "State", "Held packets"});
    for (const auto& adjacency : adjacencies.adjacencies()) {
        table.add({adjacency.interface(), octets_text(adjacency.address()),
                   adjacency.mac().empty() ? "-" : octets_text(adjacency.mac()), adjacency.state(),
                   number(adjacency.held_packets())});
    }
    return table.text();
}

std::string forwarding_drops(const ipc::Drops& drops) {
    Table table({"Packets", "Reason", "What it means"});
    for (const auto& drop : drops.drops()) {
        if (drop.packets() != 0) table.add({number(drop.packets()), drop.reason(), drop.text()});
    }
    return table.empty() ? "No packet was dropped.\n" : table.text();
}

std::string forwarding_drops_of_ports(const ipc::Drops& drops) {
    Table table({"Port", "Worker", "Packets", "Reason"});
    for (const auto& drop : drops.drops()) {
        for (const auto& part : drop.ports()) {
            table.add({part.port(), number(part.worker()), number(part.packets()), drop.reason()});
        }
    }
    return table.empty() ? "No packet was dropped.\n" : table.text();
}

std::string forwarding_punts(const ipc::Punts& punts) {
    Table table({"Class", "Packets", "Over limit", "Per second", "At once", "What it is"});
    for (const auto& punt : punts.punts()) {
        table.add({punt.punt_class(), number(punt.packets()), number(punt.limited()),
                   number(punt.rate()), number(punt.burst()), punt.text()});
    }
    return table.text();
}

}  // namespace torii::show

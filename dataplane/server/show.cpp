#include "dataplane/server/show.h"

#include "dataplane/pipeline/drop_reason.h"
#include "dataplane/server/fib_messages.h"
#include "platform/ipc/convert.h"

#include <set>

namespace torii::dataplane {
namespace {

std::string octets_of(const MacAddress& mac) {
    return {mac.octets.begin(), mac.octets.end()};
}

void fill(ipc::ForwardingMember& message, const fib::MemberStatus& member) {
    message.set_next_hop_id(member.next_hop.id);
    message.set_kind(to_proto(member.next_hop.kind));
    if (member.next_hop.kind == fib::NextHopKind::gateway) {
        message.set_address(ipc::to_octets(member.next_hop.address));
    }
    message.set_interface(member.next_hop.interface);
    message.set_weight(member.weight);
    message.set_buckets(member.buckets);
    message.set_packets(member.packets);
    message.set_resolved(member.resolved);
    if (!member.mac.is_zero()) message.set_mac(octets_of(member.mac));
}

void fill(ipc::ForwardingGroup& message, const fib::GroupStatus& group) {
    message.set_id(group.id);
    message.set_routes(group.routes);
    for (const fib::MemberStatus& member : group.members) fill(*message.add_members(), member);
}

ipc::SourceValidation source_validation(const Config& config, const std::string& port) {
    const auto found = config.source_validation.find(port);
    if (found == config.source_validation.end()) return ipc::SOURCE_VALIDATION_OFF;
    switch (found->second) {
        case pipeline::SourceValidation::off: break;
        case pipeline::SourceValidation::loose: return ipc::SOURCE_VALIDATION_LOOSE;
        case pipeline::SourceValidation::strict: return ipc::SOURCE_VALIDATION_STRICT;
    }
    return ipc::SOURCE_VALIDATION_OFF;
}

void add_route(ipc::Forwarding& forwarding, const fib::FibRoute& route) {
    ipc::ForwardingRoute& message = *forwarding.add_routes();
    *message.mutable_prefix() = ipc::to_proto(route.prefix);
    message.set_group_id(route.group_id);
}

}  // namespace

ipc::PortStatusList show_ports(const Engine& engine) {
    ipc::PortStatusList list;
    for (const Port* port : engine.ports().all()) {
        ipc::PortStatus& status = *list.add_ports();
        status.set_name(port->spec.name);
        status.set_driver(std::string(driver_name(port->spec.driver)));
        status.set_mac(octets_of(port->mac));
        status.set_mtu(port->spec.mtu);
        status.set_link_up(port->link_up);
        status.set_ifindex(port->punt->ifindex());
        const dpdk::DeviceStatistics device = port->device->statistics();
        status.set_rx_packets(device.rx_packets);
        status.set_rx_bytes(device.rx_bytes);
        status.set_rx_errors(device.rx_errors);
        status.set_tx_packets(device.tx_packets);
        status.set_tx_bytes(device.tx_bytes);
        const pipeline::PortCounters& counters = engine.counters().ports.at(port->id);
        const dpdk::WorkerPortCounters& worker = engine.worker()->counters(port->id);
        status.set_rx_dropped(counters.dropped.value() + worker.rx_dropped.value());
        status.set_tx_dropped(worker.tx_dropped.value());
        status.set_forwarded_packets(counters.forwarded.value());
        status.set_punted_packets(counters.punted.value());
        status.set_injected_packets(worker.injected.value());
        status.set_source_validation(source_validation(engine.config(), port->spec.name));
    }
    return list;
}

Result<ipc::Forwarding> show_forwarding(const fib::ForwardingTable& table,
                                        const ipc::GetForwarding& request) {
    ipc::Forwarding forwarding;
    if (request.has_prefix()) {
        const Result<Prefix> prefix = ipc::to_prefix(request.prefix());
        if (!prefix) return unexpected(prefix.error());
        if (const auto best = table.best_route(*prefix)) add_route(forwarding, *best);
    } else {
        table.for_each_route([&](const fib::FibRoute& route) {
            const auto shown = static_cast<std::uint32_t>(forwarding.routes_size());
            if (request.limit() == 0 || shown < request.limit()) add_route(forwarding, route);
        });
    }
    std::set<std::uint32_t> groups;
    for (const ipc::ForwardingRoute& route : forwarding.routes()) groups.insert(route.group_id());
    for (const std::uint32_t id : groups) {
        if (const auto group = table.group_status(id)) fill(*forwarding.add_groups(), *group);
    }
    const fib::TableSizes sizes = table.sizes();
    forwarding.set_total_routes(sizes.routes_v4 + sizes.routes_v6);
    return forwarding;
}

void show_ecmp(const Config& config, ipc::DataplaneStatus& status) {
    switch (config.hashing.mode) {
        case fib::HashMode::l3: status.set_ecmp_hash(ipc::ECMP_HASH_L3); break;
        case fib::HashMode::l4: status.set_ecmp_hash(ipc::ECMP_HASH_L4); break;
        case fib::HashMode::inner: status.set_ecmp_hash(ipc::ECMP_HASH_INNER); break;
    }
    status.set_ecmp_symmetric(config.hashing.symmetric);
    status.set_ecmp_seed(config.hash_seed);
    status.set_ecmp_selection(config.selection == fib::Selection::threshold
                                  ? ipc::ECMP_SELECTION_THRESHOLD
                                  : ipc::ECMP_SELECTION_RESILIENT);
}

ipc::ForwardingGroups show_groups(const fib::ForwardingTable& table) {
    ipc::ForwardingGroups groups;
    for (const std::uint32_t id : table.group_ids()) {
        if (const auto group = table.group_status(id)) fill(*groups.add_groups(), *group);
    }
    return groups;
}

ipc::Adjacencies show_adjacencies(const Engine& engine) {
    ipc::Adjacencies adjacencies;
    for (const NeighborStatus& one : engine.neighbors().status()) {
        ipc::Adjacency& message = *adjacencies.add_adjacencies();
        const fib::AdjacencyStatus& adjacency = one.adjacency;
        const Port* port = engine.ports().find(adjacency.port);
        if (port != nullptr) message.set_interface(port->spec.name);
        message.set_address(ipc::to_octets(adjacency.address));
        if (adjacency.resolved) message.set_mac(octets_of(adjacency.mac));
        message.set_state(std::string(one.state));
        message.set_held_packets(
            engine.neighbors().held().packets(adjacency.port, adjacency.address));
    }
    return adjacencies;
}

ipc::Drops show_drops(const Engine& engine) {
    ipc::Drops drops;
    for (const pipeline::DropReasonRow& row : pipeline::kDropReasons) {
        ipc::DropCounter& message = *drops.add_drops();
        message.set_reason(std::string(row.name));
        message.set_text(std::string(row.text));
        const auto index = static_cast<std::size_t>(row.reason);
        std::uint64_t packets = engine.counters().drops.at(index).value();
        if (row.reason == pipeline::DropReason::hold_queue_full) {
            packets += engine.neighbors().held().overflows();
        }
        message.set_packets(packets);
    }
    return drops;
}

ipc::Punts show_punts(const Engine& engine) {
    ipc::Punts punts;
    for (const pipeline::PuntClassRow& row : pipeline::kPuntClasses) {
        ipc::PuntCounter& message = *punts.add_punts();
        message.set_punt_class(std::string(row.name));
        message.set_text(std::string(row.text));
        const pipeline::Allowance allowance =
            pipeline::allowance_of(row.punt_class, engine.settings());
        message.set_rate(allowance.rate);
        message.set_burst(allowance.burst);
        const auto index = static_cast<std::size_t>(row.punt_class);
        message.set_packets(engine.counters().punts.at(index).value());
        message.set_limited(engine.counters().limited.at(index).value());
    }
    return punts;
}

}  // namespace torii::dataplane

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

// A VLAN counts what it sends and receives without the tags.
dpdk::DeviceStatistics statistics(const Port& port) {
    if (!port.is_vlan()) return port.device->statistics();
    dpdk::DeviceStatistics sum;
    for (const auto& of_worker : port.vlan) {
        const port::VlanCounters& counters = of_worker->counters();
        sum.rx_packets += counters.rx_packets;
        sum.rx_bytes += counters.rx_bytes;
        sum.tx_packets += counters.tx_packets;
        sum.tx_bytes += counters.tx_bytes;
    }
    return sum;
}

// What all workers have counted together; `counter` finds it with one of them.
template <class Find>
std::uint64_t sum(const Engine& engine, Find counter) {
    std::uint64_t packets = 0;
    for (const auto& one : engine.workers()) packets += counter(*one).value();
    return packets;
}

using CounterOfPort = pipeline::Counter pipeline::PortCounters::*;
std::uint64_t sum(const Engine& engine, PortId port, CounterOfPort counter) {
    return sum(engine, [&](const EngineWorker& one) -> const pipeline::Counter& {
        return one.pipeline.counters().ports.at(port).*counter;
    });
}
using CounterOfWorker = pipeline::Counter dpdk::WorkerPortCounters::*;
std::uint64_t sum(const Engine& engine, PortId port, CounterOfWorker counter) {
    return sum(engine, [&](const EngineWorker& one) -> const pipeline::Counter& {
        return one.worker->counters(port).*counter;
    });
}

void fill(ipc::Latency& message, const pipeline::LatencySummary& latency) {
    message.set_samples(latency.samples);
    message.set_median(latency.quantile(500));
    message.set_percentile_99(latency.quantile(990));
    message.set_max(latency.max);
    message.set_sum(latency.sum);
    for (std::size_t index = 0; index < latency.counts.size(); ++index) {
        if (latency.counts[index] == 0) continue;
        ipc::LatencyInterval& interval = *message.add_intervals();
        interval.set_upper(pipeline::LatencySummary::upper(index));
        interval.set_samples(latency.counts[index]);
    }
}

void add_route(ipc::Forwarding& forwarding, const fib::ForwardingTable& table,
               const fib::FibRoute& route) {
    ipc::ForwardingRoute& message = *forwarding.add_routes();
    *message.mutable_prefix() = ipc::to_proto(route.prefix);
    message.set_group_id(route.group_id);
    if (!table.counts_routes()) return;
    if (const auto count = table.route_count(route.prefix)) {
        message.set_packets(count->packets);
        message.set_octets(count->octets);
    }
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
        const dpdk::DeviceStatistics device = statistics(*port);
        if (port->is_vlan()) {
            status.set_parent(port->spec.device);
            status.set_vlan(port->spec.vlan);
        }
        status.set_rx_packets(device.rx_packets);
        status.set_rx_bytes(device.rx_bytes);
        status.set_rx_errors(device.rx_errors);
        status.set_tx_packets(device.tx_packets);
        status.set_tx_bytes(device.tx_bytes);
        using dpdk::WorkerPortCounters;
        using pipeline::PortCounters;
        status.set_rx_dropped(sum(engine, port->id, &PortCounters::dropped) +
                              sum(engine, port->id, &WorkerPortCounters::rx_dropped));
        status.set_tx_dropped(sum(engine, port->id, &WorkerPortCounters::tx_dropped));
        status.set_forwarded_packets(sum(engine, port->id, &PortCounters::forwarded));
        status.set_punted_packets(sum(engine, port->id, &PortCounters::punted));
        status.set_injected_packets(sum(engine, port->id, &WorkerPortCounters::injected));
        const auto unreachables = engine.config().unreachables.find(port->spec.name);
        if (unreachables != engine.config().unreachables.end()) {
            status.set_no_unreachables_v4(!unreachables->second.v4);
            status.set_no_unreachables_v6(!unreachables->second.v6);
        }
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
        if (const auto best = table.best_route(*prefix)) add_route(forwarding, table, *best);
    } else if (request.counted()) {
        for (const fib::FibRoute& route : table.counted_routes()) {
            add_route(forwarding, table, route);
        }
    } else {
        table.for_each_route([&](const fib::FibRoute& route) {
            const auto shown = static_cast<std::uint32_t>(forwarding.routes_size());
            if (request.limit() == 0 || shown < request.limit()) {
                add_route(forwarding, table, route);
            }
        });
    }
    std::set<std::uint32_t> groups;
    for (const ipc::ForwardingRoute& route : forwarding.routes()) groups.insert(route.group_id());
    for (const std::uint32_t id : groups) {
        if (const auto group = table.group_status(id)) fill(*forwarding.add_groups(), *group);
    }
    const fib::TableSizes sizes = table.sizes();
    forwarding.set_total_routes(sizes.routes_v4 + sizes.routes_v6);
    forwarding.set_uncounted_routes(sizes.uncounted_routes);
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
        std::uint64_t packets = 0;
        for (const auto& one : engine.workers()) {
            const pipeline::PipelineCounters& counters = one->pipeline.counters();
            packets += counters.dropped(row.reason);
            for (const Port* port : engine.ports().all()) {
                const auto& of_port = counters.drops.at(port->id);
                const std::uint64_t some = of_port.at(static_cast<std::size_t>(row.reason)).value();
                if (some == 0) continue;
                ipc::PortDrops& part = *message.add_ports();
                part.set_port(port->spec.name);
                part.set_worker(one->worker->index());
                part.set_packets(some);
            }
        }
        if (row.reason == pipeline::DropReason::hold_queue_full) {
            packets += engine.neighbors().held().overflows();
        }
        message.set_packets(packets);
    }
    return drops;
}

ipc::Workers show_workers(const Engine& engine) {
    ipc::Workers workers;
    for (const auto& one : engine.workers()) {
        ipc::WorkerStatus& status = *workers.add_workers();
        status.set_worker(one->worker->index());
        status.set_cpu(one->cpu);
        for (const Port* port : engine.ports().all()) {
            if (port->is_vlan() || !port->device->is_received_by(status.worker())) continue;
            status.add_ports(port->spec.name);
        }
        const auto of_all_ports = [&](CounterOfPort counter) {
            std::uint64_t packets = 0;
            for (const auto& counters : one->pipeline.counters().ports) {
                packets += (counters.*counter).value();
            }
            return packets;
        };
        status.set_received_packets(of_all_ports(&pipeline::PortCounters::received));
        status.set_forwarded_packets(of_all_ports(&pipeline::PortCounters::forwarded));
        status.set_punted_packets(of_all_ports(&pipeline::PortCounters::punted));
        status.set_dropped_packets(of_all_ports(&pipeline::PortCounters::dropped));
        fill(*status.mutable_latency(), one->worker->latency().summary());
    }
    return workers;
}

ipc::AccessLists show_access_lists(const Engine& engine) {
    ipc::AccessLists lists = engine.access_lists().show();
    for (ipc::AccessListStatus& list : *lists.mutable_lists()) {
        for (const auto& [port, access] : engine.config().access_of_ports) {
            if (access.in == list.name()) list.add_in(port);
            if (access.out == list.name()) list.add_out(port);
        }
    }
    return lists;
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
        message.set_packets(sum(
            engine, [&](const EngineWorker& one) -> const auto& {
                return one.pipeline.counters().punts.at(index);
            }));
        message.set_limited(sum(
            engine, [&](const EngineWorker& one) -> const auto& {
                return one.pipeline.counters().limited.at(index);
            }));
    }
    return punts;
}

}  // namespace torii::dataplane

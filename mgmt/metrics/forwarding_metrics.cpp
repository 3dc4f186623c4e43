#include "mgmt/metrics/metrics.h"
#include "platform/ipc/convert.h"

namespace torii::metrics {
namespace {

using ipc::PortStatus;

template <class Value>
void add_per_port(Exposition& to, const ipc::PortStatusList& ports, std::string_view name,
                  Kind kind, std::string_view help, const Value& value) {
    to.family(name, kind, help);
    for (const PortStatus& port : ports.ports()) to.sample({{"port", port.name()}}, value(port));
}

void add_ports(Exposition& to, const ipc::PortStatusList& ports) {
    const auto counter = [&](std::string_view name, std::string_view help,
                             std::uint64_t (PortStatus::*value)() const) {
        add_per_port(to, ports, name, Kind::counter, help,
                     [value](const PortStatus& port) { return (port.*value)(); });
    };
    add_per_port(to, ports, "torii_port_up", Kind::gauge, "1 while the link is up.",
                 [](const PortStatus& port) { return port.link_up() ? 1 : 0; });
    counter("torii_port_received_packets_total", "Packets received.", &PortStatus::rx_packets);
    counter("torii_port_received_bytes_total", "Octets received.", &PortStatus::rx_bytes);
    counter("torii_port_sent_packets_total", "Packets sent.", &PortStatus::tx_packets);
    counter("torii_port_sent_bytes_total", "Octets sent.", &PortStatus::tx_bytes);
    counter("torii_port_received_dropped_total", "Received packets that were dropped.",
            &PortStatus::rx_dropped);
    counter("torii_port_sent_dropped_total", "Packets that could not be sent.",
            &PortStatus::tx_dropped);
    counter("torii_port_received_errors_total", "Errors that the device counts.",
            &PortStatus::rx_errors);
    counter("torii_port_forwarded_packets_total",
            "Received packets that left through another port.", &PortStatus::forwarded_packets);
    counter("torii_port_punted_packets_total", "Received packets for the router itself.",
            &PortStatus::punted_packets);
    counter("torii_port_injected_packets_total", "Packets of the router itself.",
            &PortStatus::injected_packets);
}

void add_tables(Exposition& to, const ipc::DataplaneStatus& status) {
    to.family("torii_fib_routes", Kind::gauge, "Routes in the packet engine.");
    to.sample({{"family", "ipv4"}}, status.routes_v4());
    to.sample({{"family", "ipv6"}}, status.routes_v6());
    // What a route takes of them depends on its length and on its neighbors.
    to.family("torii_fib_tables", Kind::gauge, "Tables of the packet engine's look-up in use.");
    to.sample({{"family", "ipv4"}}, status.tables_v4());
    to.sample({{"family", "ipv6"}}, status.tables_v6());
    to.family("torii_fib_tables_limit", Kind::gauge, "Tables there is room for.");
    to.sample({{"family", "ipv4"}}, status.tables_v4_max());
    to.sample({{"family", "ipv6"}}, status.tables_v6_max());
    to.single("torii_fib_groups", Kind::gauge, "Next-hop groups in the packet engine.",
              status.groups());
    to.single("torii_fib_next_hops", Kind::gauge, "Next hops in the packet engine.",
              status.next_hops());
    to.single("torii_buffers", Kind::gauge, "Packet buffers.", status.buffers());
    to.single("torii_buffers_in_use", Kind::gauge, "Packet buffers that hold a packet.",
              status.buffers_in_use());
}

void add_drops_and_punts(Exposition& to, const Dataplane& dataplane) {
    to.family("torii_dropped_packets_total", Kind::counter, "Dropped packets by reason.");
    for (const auto& drop : dataplane.drops.drops()) {
        to.sample({{"reason", drop.reason()}}, drop.packets());
    }
    to.family("torii_port_dropped_packets_total", Kind::counter,
              "Dropped packets by the port they came in by, the worker and the reason.");
    for (const auto& drop : dataplane.drops.drops()) {
        for (const auto& part : drop.ports()) {
            to.sample({{"port", part.port()},
                       {"worker", std::to_string(part.worker())},
                       {"reason", drop.reason()}},
                      part.packets());
        }
    }
    to.family("torii_punted_packets_total", Kind::counter,
              "Packets that the router handles itself, by class.");
    for (const auto& punt : dataplane.punts.punts()) {
        to.sample({{"class", punt.punt_class()}}, punt.packets());
    }
    to.family("torii_punt_limited_packets_total", Kind::counter,
              "Packets of a class beyond its policer's rate.");
    for (const auto& punt : dataplane.punts.punts()) {
        to.sample({{"class", punt.punt_class()}}, punt.limited());
    }
}

void add_bfd(Exposition& to, const ipc::BfdSessionStates& sessions) {
    const auto labels = [](const ipc::BfdSessionState& session) -> Exposition::Labels {
        return {{"peer", session.path().peer()}};
    };
    to.family("torii_bfd_session_up", Kind::gauge, "1 while the BFD session is up.");
    for (const auto& session : sessions.sessions()) {
        to.sample(labels(session), session.state() == "up" ? 1 : 0);
    }
    to.family("torii_bfd_session_downs_total", Kind::counter, "Times the BFD session went down.");
    for (const auto& session : sessions.sessions()) to.sample(labels(session), session.downs());
}

// Steps that double, from half a microsecond to an eighth of a second: intervals of the packet
// engine end there, too.
Exposition::Steps steps_of(const ipc::Latency& latency) {
    constexpr unsigned kFirst = 9;
    constexpr unsigned kLast = 27;
    Exposition::Steps steps;
    std::uint64_t samples = 0;
    int next = 0;
    for (unsigned bit = kFirst; bit <= kLast; ++bit) {
        const std::uint64_t upper = std::uint64_t{1} << bit;
        for (; next < latency.intervals_size() && latency.intervals(next).upper() < upper; ++next) {
            samples += latency.intervals(next).samples();
        }
        steps.emplace_back(static_cast<double>(upper) * 1e-9, samples);
    }
    return steps;
}

void add_workers(Exposition& to, const ipc::Workers& workers) {
    const auto add = [&](std::string_view name, std::string_view help,
                         std::uint64_t (ipc::WorkerStatus::*value)() const) {
        to.family(name, Kind::counter, help);
        for (const auto& one : workers.workers()) {
            to.sample(
                {{"worker", std::to_string(one.worker())}, {"cpu", std::to_string(one.cpu())}},
                (one.*value)());
        }
    };
    using ipc::WorkerStatus;
    add("torii_worker_received_packets_total", "Packets that the worker received.",
        &WorkerStatus::received_packets);
    add("torii_worker_forwarded_packets_total", "Packets that left through another port.",
        &WorkerStatus::forwarded_packets);
    add("torii_worker_punted_packets_total", "Packets for the router itself.",
        &WorkerStatus::punted_packets);
    add("torii_worker_dropped_packets_total", "Packets that were dropped.",
        &WorkerStatus::dropped_packets);
}

void add_latency(Exposition& to, const ipc::Workers& workers) {
    to.family("torii_forwarding_latency_seconds", Kind::histogram,
              "Time that packets are in the packet engine, of those that are timed.");
    for (const auto& one : workers.workers()) {
        const std::string worker = std::to_string(one.worker());
        to.histogram({{"worker", worker}}, steps_of(one.latency()),
                     static_cast<double>(one.latency().sum()) * 1e-9, one.latency().samples());
    }
}

void add_routes(Exposition& to, const ipc::Forwarding& counted) {
    const auto add = [&](std::string_view name, std::string_view help,
                         std::uint64_t (ipc::ForwardingRoute::*value)() const) {
        to.family(name, Kind::counter, help);
        for (const auto& route : counted.routes()) {
            const auto prefix = ipc::to_prefix(route.prefix());
            if (prefix) to.sample({{"prefix", prefix->to_string()}}, (route.*value)());
        }
    };
    add("torii_route_packets_total", "Packets sent by the route.", &ipc::ForwardingRoute::packets);
    add("torii_route_bytes_total", "Octets of their IP headers and payloads.",
        &ipc::ForwardingRoute::octets);
}

}  // namespace

void add_forwarding(Exposition& to, const Dataplane& dataplane) {
    add_tables(to, dataplane.status);
    add_ports(to, dataplane.ports);
    add_drops_and_punts(to, dataplane);
    add_bfd(to, dataplane.bfd_sessions);
    add_workers(to, dataplane.workers);
    add_latency(to, dataplane.workers);
    if (dataplane.counted.routes_size() != 0) add_routes(to, dataplane.counted);
}

}  // namespace torii::metrics

#include "dataplane/pipeline/forward.h"

#include "dataplane/pipeline/flow_hash.h"

#include <algorithm>
#include <array>

namespace torii::pipeline {
template <class Ip>
void Pipeline::Burst::route(const Selection& accepted) {
    if (!port.looks_up_sources()) return forward<Ip>(accepted);
    Selection valid;
    validate_sources<Ip>(accepted, valid);
    forward<Ip>(valid);
}

// RFC 3704 sections 2.2 to 2.4. Of several routes to the source any may be the one.
template <class Ip>
void Pipeline::Burst::validate_sources(const Selection& accepted, Selection& valid) {
    for (const std::size_t index : accepted.indices()) {
        const std::uint8_t* header = ip_header(index);
        const std::uint32_t slot = Ip::lookup_source(pipeline.table_, header);
        const bool good =
            Ip::is_source_on_link(header) || comes_from(pipeline.table_.group_or_none(slot));
        if (tracing != nullptr) [[unlikely]]
            note_source(index, good);
        if (good) {
            valid.add(index);
        } else {
            drop(index, DropReason::source_unreachable);
        }
    }
}

bool Pipeline::Burst::comes_from(const fib::GroupTable& group) const {
    const PortId in_port = packets[0].in_port;
    return std::ranges::any_of(group.members, [&](const fib::Member& member) {
        if (port.source_validation == SourceValidation::off) {
            return member.kind != fib::NextHopKind::local;
        }
        const bool reached =
            member.kind == fib::NextHopKind::gateway || member.kind == fib::NextHopKind::attached;
        return reached &&
               (port.source_validation == SourceValidation::loose || member.port == in_port);
    });
}

template <class Ip>
void Pipeline::Burst::forward(const Selection& accepted) {
    const std::span<const std::uint8_t> indices = accepted.indices();
    std::array<std::uint32_t, kBurst> slots;
    for (std::size_t entry = 0; entry < indices.size(); ++entry) {
        slots[entry] = Ip::lookup(pipeline.table_, ip_header(indices[entry]));
        pipeline.table_.prefetch_group(slots[entry]);
    }
    for (std::size_t entry = 0; entry < indices.size(); ++entry) {
        const fib::GroupTable* group = pipeline.table_.group(slots[entry]);
        if (group == nullptr) [[unlikely]] {
            drop_and_answer(indices[entry], DropReason::no_route,
                            {IcmpErrorKind::network_unreachable});
            continue;
        }
        resolve<Ip>(indices[entry], slots[entry], *group);
    }
}

template <class Ip>
void Pipeline::Burst::resolve(std::size_t index, std::uint32_t slot, const fib::GroupTable& group) {
    const std::uint8_t* header = ip_header(index);
    const std::uint32_t hash =
        group.mask == 0 ? 0
                        : flow_hash(settings.hashing, Bytes(header, header + Ip::length(header)));
    const fib::Member& member = group.select(hash);
    const Choice choice{slot, member};
    if (tracing != nullptr) [[unlikely]]
        note_route(index, group, hash, member);
    switch (member.kind) {
        case fib::NextHopKind::gateway:
        case fib::NextHopKind::attached: transit<Ip>(index, choice); return;
        case fib::NextHopKind::local: deliver<Ip>(index); break;
        case fib::NextHopKind::discard: drop(index, DropReason::discard_route); break;
        case fib::NextHopKind::reject:
            drop_and_answer(index, DropReason::reject_route, {IcmpErrorKind::prohibited});
            break;
    }
    count<Ip>(index, choice);
}

template <class Ip>
void Pipeline::Burst::count(std::size_t index, const Choice& choice) const {
    pipeline.table_.counters(pipeline.worker_).add(choice.member.counter);
    if (!fib::is_counted(choice.slot)) [[likely]]
        return;
    pipeline.table_.route_cells(pipeline.worker_)
        .add(choice.slot, static_cast<std::uint32_t>(Ip::length(ip_header(index))));
}

template <class Ip>
void Pipeline::Burst::deliver(std::size_t index) {
    // RFC 1122 section 3.3.6.
    if (in_group_frame(index) && !Ip::is_broadcast(port, ip_header(index))) {
        drop(index, DropReason::link_layer_broadcast);
        return;
    }
    punt(index, Ip::classify(ip_header(index), PuntClass::local));
}

template <class Ip>
void Pipeline::Burst::transit(std::size_t index, const Choice& choice) {
    const fib::Member& member = choice.member;
    const std::uint8_t* header = ip_header(index);
    if (member.port == kNoPort || !settings.ports[member.port].enabled) [[unlikely]] {
        drop(index, DropReason::port_unknown);
        return;
    }
    const bool attached = member.kind == fib::NextHopKind::attached;
    if (attached && Ip::is_broadcast(settings.ports[member.port], header)) [[unlikely]] {
        // For the hosts of the link it came from we are one of them; for others it would be an
        // amplifier (RFC 2644).
        if (member.port == packets[index].in_port) {
            punt(index, Ip::classify(header, PuntClass::other));
        } else {
            drop(index, DropReason::directed_broadcast);
        }
        return;
    }
    if (in_group_frame(index)) [[unlikely]] {  // RFC 1812 section 5.3.4
        drop(index, DropReason::link_layer_broadcast);
        return;
    }
    if (Ip::crosses_scope(header)) [[unlikely]] {
        if (Ip::kFamily == IpFamily::v4) {
            drop(index, DropReason::link_local_scope);
        } else {
            drop_and_answer(index, DropReason::link_local_scope, {IcmpErrorKind::beyond_scope});
        }
        return;
    }
    if (Ip::hops(header) <= 1) [[unlikely]] {
        drop_and_answer(index, DropReason::ttl_exceeded, {IcmpErrorKind::time_exceeded});
        return;
    }
    if ((settings.filtered_ports >> member.port & 1U) != 0 && !passes_output(index, member.port))
        return;
    const fib::Adjacency* adjacency =
        attached ? pipeline.table_.neighbor(member.port, Ip::kFamily, Ip::destination(header))
                 : member.adjacency;
    if (adjacency == nullptr) [[unlikely]] {
        await_neighbor<Ip>(index, member.port, Ip::destination_address(header));
        return;
    }
    send<Ip>(index, choice, *adjacency);
}

template <class Ip>
void Pipeline::Burst::send(std::size_t index, const Choice& choice,
                           const fib::Adjacency& adjacency) {
    const PortId out_port = choice.member.port;
    Packet& packet = packets[index];
    std::uint8_t* header = ip_header(index);
    const std::uint16_t mtu = adjacency.mtu();
    if (mtu == 0) [[unlikely]] {
        drop(index, DropReason::port_unknown);
        return;
    }
    const std::size_t length = Ip::length(header);
    const bool too_long = length > mtu;
    if (too_long && !Ip::may_be_cut(header)) [[unlikely]] {
        drop_and_answer(index, DropReason::mtu_exceeded, {IcmpErrorKind::packet_too_big, mtu});
        return;
    }
    if (!adjacency.resolved()) [[unlikely]] {
        await_neighbor<Ip>(index, out_port, adjacency.address());
        return;
    }
    Ip::take_hop(header);
    Ip::serve_options(header, settings.ports[out_port], now);
    adjacency.write_addresses(packet.data);
    packet.length = static_cast<std::uint32_t>(packet::kEthernetSize + length);
    packet.out_port = out_port;
    count<Ip>(index, choice);
    if (too_long) [[unlikely]] {
        packet.verdict = Verdict::fragment;
        output.oversize[output.cut++] = Oversize{static_cast<std::uint8_t>(index), mtu};
    } else {
        packet.verdict = Verdict::forward;
        ++output.forwarded;
    }
    if (tracing != nullptr) [[unlikely]]
        note_sent(index);
}

template <class Ip>
void Pipeline::Burst::await_neighbor(std::size_t index, PortId out_port,
                                     const IpAddress& neighbor) {
    if ((packets[index].flags & packet::kNeighborFailed) != 0) {
        drop_and_answer(index, DropReason::neighbor_unresolved, {IcmpErrorKind::host_unreachable});
        return;
    }
    hold(index, out_port, neighbor);
}

template void Pipeline::Burst::route<Ipv4Forwarding>(const Selection& accepted);
template void Pipeline::Burst::route<Ipv6Forwarding>(const Selection& accepted);

}  // namespace torii::pipeline

#include "dataplane/pipeline/plain.h"

#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/packet/tunnel.h"
#include "dataplane/pipeline/flow_hash.h"

#include <array>
#include <numeric>

namespace torii::pipeline {
namespace {

using packet::kEthernetSize;

using Pair [[gnu::vector_size(16)]] = std::uint64_t;

constexpr auto kAllIndices = [] {
    std::array<std::uint8_t, kBurst> indices{};
    std::iota(indices.begin(), indices.end(), std::uint8_t{0});
    return indices;
}();

std::uint64_t mac_word(const MacAddress& mac) {
    std::uint64_t word = 0;
    std::memcpy(&word, mac.octets.data(), mac.octets.size());
    return word;
}

// `type`: EtherType and what follows it, as they stand in memory.
PlainLook look_of(std::uint64_t our_mac, std::uint32_t type, std::uint32_t type_mask) {
    PlainLook look;
    look.octets = Quad{static_cast<std::uint32_t>(our_mac),
                       static_cast<std::uint32_t>(our_mac >> 32U), 0, type};
    look.mask = Quad{0xffffffff, 0xffff, 0, type_mask};
    look.flags_mask = packet::kSegmented | packet::kHeld | packet::kNeighborFailed;
    return look;
}

// Without options.
PlainLook look_ipv4(std::uint64_t our_mac) {
    PlainLook look = look_of(our_mac, 0x00450008, 0x00ffffff);
    look.length_min = kEthernetSize + packet::kIpv4Size + 4;
    return look;
}

PlainLook look_ipv6(std::uint64_t our_mac) {
    PlainLook look = look_of(our_mac, 0x0060dd86, 0x00f0ffff);
    look.length_min = kEthernetSize + packet::kIpv6Size + 4;
    return look;
}

// Whether the first octets, of which there are 16 at least, are those of the look.
inline bool begins_like(const std::uint8_t* frame, const PlainLook& look) {
    Quad begin;
    load_quad(begin, frame);
    const auto halves = (Pair)((begin ^ look.octets) & look.mask);
    return (halves[0] | halves[1]) == 0;
}

inline bool known_like(const Packet& packet, const PlainLook& look) {
    return ((packet.flags & look.flags_mask) == look.flags) & (packet.length >= look.length_min);
}

// As a number, without a branch.
inline unsigned looks_like(const Packet& packet, const PlainLook& look) {
    return unsigned{known_like(packet, look)} & unsigned{begins_like(packet.data, look)};
}

// Packets that carry others are hashed by those.
template <std::size_t kIpSize, std::size_t kProtocol>
void look_inside(Plain& work, const fib::HashRules& rules) {
    for (std::size_t entry = 0; entry < work.count; ++entry) {
        const std::uint8_t* const header = work.frames[entry] + kEthernetSize;
        if (!packet::may_carry_ip(header[kProtocol], header + kIpSize)) continue;
        work.hashes[entry] =
            flow_hash(rules, Bytes(header, work.frames[entry] + work.lengths[entry]));
    }
}

struct PlainIpv4 {
    static constexpr std::size_t kDestination = kEthernetSize + 16;

    static fib::RootPrefetch prefetch(const fib::ForwardingTable& table) {
        return table.prefetch_v4();
    }
    static bool examine(Plain& work, const PlainRules& rules) {
        return examine_plain_ipv4(work, rules);
    }
    static void lookup(const fib::ForwardingTable& table, Plain& work) {
        table.lookup_v4(std::span(work.destinations[0], work.count), work.slots);
    }
    static void lookup_sources(const fib::ForwardingTable& table, Plain& work) {
        table.lookup_v4(std::span(work.sources[0], work.count), work.slots);
    }
    static void look_inside(Plain& work, const fib::HashRules& rules) {
        pipeline::look_inside<packet::kIpv4Size, 9>(work, rules);
    }
    static void take_hop(std::uint8_t* frame, std::uint32_t hops) {
        packet::store32_raw(frame + kEthernetSize + 8, hops);
    }
};

struct PlainIpv6 {
    static constexpr std::size_t kDestination = kEthernetSize + 24;

    static fib::RootPrefetch prefetch(const fib::ForwardingTable& table) {
        return table.prefetch_v6();
    }
    static bool examine(Plain& work, const PlainRules& rules) {
        return examine_plain_ipv6(work, rules);
    }
    static void lookup(const fib::ForwardingTable& table, Plain& work) {
        const auto& words = work.destinations;
        table.lookup_v6({words[0], words[1], words[2], words[3]}, work.count, work.slots);
    }
    static void lookup_sources(const fib::ForwardingTable& table, Plain& work) {
        const auto& words = work.sources;
        table.lookup_v6({words[0], words[1], words[2], words[3]}, work.count, work.slots);
    }
    static void look_inside(Plain& work, const fib::HashRules& rules) {
        pipeline::look_inside<packet::kIpv6Size, 6>(work, rules);
    }
    static void take_hop(std::uint8_t* frame, std::uint32_t hops) {
        frame[kEthernetSize + 7] = static_cast<std::uint8_t>(hops);
    }
};

}  // namespace

template <class Ip>
bool Plain::take_all(std::span<const Packet> packets, const PlainLook& look,
                     const fib::ForwardingTable& table) {
    if (!known_like(packets[0], look) || !begins_like(packets[0].data, look)) return false;
    const fib::RootPrefetch prefetch = Ip::prefetch(table);
    Quad different{};
    std::size_t entry = 0;
    for (const Packet& packet : packets) {
        if (!known_like(packet, look)) [[unlikely]]
            return false;
        std::uint8_t* const frame = packet.data;
        Quad begin;
        load_quad(begin, frame);
        different |= begin ^ look.octets;
        prefetch(packet::load32(frame + Ip::kDestination));
        frames[entry] = frame;
        lengths[entry] = packet.length;
        ++entry;
    }
    const auto halves = (Pair)(different & look.mask);
    if ((halves[0] | halves[1]) != 0) return false;
    std::memcpy(indices, kAllIndices.data(), sizeof(indices));
    count = packets.size();
    return true;
}

void Plain::leave_refused(Selection& others) {
    std::size_t kept = 0;
    for (std::size_t entry = 0; entry < count; ++entry) {
        if (refused[entry] != 0) {
            others.add(indices[entry]);
            continue;
        }
        for (auto& words : destinations) words[kept] = words[entry];
        lengths[kept] = lengths[entry];
        hops[kept] = hops[entry];
        hashes[kept] = hashes[entry];
        frames[kept] = frames[entry];
        indices[kept] = indices[entry];
        ++kept;
    }
    count = kept;
}

// Which packet is of which family nobody can predict: no branch depends on it.
void sort_by_look(std::span<const Packet> packets, const PlainLook& ipv4_look, Plain& ipv4,
                  const PlainLook& ipv6_look, Plain& ipv6, Selection& others) {
    static_assert(kBurst == 32);
    const std::uint32_t all = packets.size() == kBurst ? ~0U : (1U << packets.size()) - 1;
    std::uint32_t plain = 0;  // bit by index
    std::size_t ipv4_count = 0;
    std::size_t ipv6_count = 0;
    for (std::size_t index = 0; index < packets.size(); ++index) {
        const Packet& packet = packets[index];
        if (packet.length < ipv4_look.length_min) [[unlikely]] {
            continue;
        }
        const unsigned is_ipv4 = looks_like(packet, ipv4_look);
        const unsigned is_ipv6 = looks_like(packet, ipv6_look);
        ipv4.put(ipv4_count, index, packet);
        ipv4_count += is_ipv4;
        ipv6.put(ipv6_count, index, packet);
        ipv6_count += is_ipv6;
        plain |= (is_ipv4 | is_ipv6) << index;
    }
    for (std::size_t index = 0; plain != all && index < packets.size(); ++index) {
        if ((plain >> index & 1U) == 0) others.add(index);
    }
    ipv4.count = ipv4_count;
    ipv6.count = ipv6_count;
}

// The packets that are the bulk of a router's work: IPv4 without options and IPv6 without extension
// headers, of hosts to hosts, through a gateway whose MAC address is known. Each pass does one step
// for all of them, so that what one packet waits for from memory another has already. What is
// anything else, or may be, is left untouched to the stages, which alone know what to do about it.
void Pipeline::Burst::forward_plain(Selection& others) {
    if (!port.enabled || port.repair_checksums || tracing != nullptr) {
        for (std::size_t index = 0; index < packets.size(); ++index) others.add(index);
        return;
    }
    const std::uint64_t our_mac = mac_word(port.mac);
    const PlainLook ipv4_look = look_ipv4(our_mac);
    const PlainLook ipv6_look = look_ipv6(our_mac);
    // A device knows about the checksums of all or of none.
    PlainLook like_first = ipv4_look;
    like_first.flags_mask |= packet::kIpChecksumGood;
    like_first.flags = packets[0].flags & packet::kIpChecksumGood;
    Plain ipv4;
    Plain ipv6;
    if (ipv4.take_all<PlainIpv4>(packets, like_first, pipeline.table_)) {
        output.only_port = forward_plain<PlainIpv4>(ipv4, like_first.flags == 0, others);
    } else if (ipv6.take_all<PlainIpv6>(packets, ipv6_look, pipeline.table_)) {
        output.only_port = forward_plain<PlainIpv6>(ipv6, false, others);
    } else {
        sort_by_look(packets, ipv4_look, ipv4, ipv6_look, ipv6, others);
        const PortId port4 = forward_plain<PlainIpv4>(ipv4, true, others);
        const PortId port6 = forward_plain<PlainIpv6>(ipv6, false, others);
        if (port4 == port6) output.only_port = port4;
    }
    if (!others.indices().empty()) output.only_port = kNoPort;
}

// Those that do not come from where they can; whether there are any.
template <class Ip>
bool Pipeline::Burst::refuse_sources(Plain& work) const {
    Ip::lookup_sources(pipeline.table_, work);
    bool any = false;
    for (std::size_t entry = 0; entry < work.count; ++entry) {
        if (comes_from(pipeline.table_.group_or_none(work.slots[entry]))) continue;
        work.refused[entry] = 1;
        any = true;
    }
    return any;
}

// Of those that were forwarded.
void Pipeline::Burst::count_plain_routes(const Plain& work) const {
    const fib::RouteCells cells = pipeline.table_.route_cells(pipeline.worker_);
    for (std::size_t entry = 0; entry < work.count; ++entry) {
        if (!fib::is_counted(work.slots[entry])) continue;
        cells.add(work.slots[entry], work.lengths[entry] - std::uint32_t{kEthernetSize});
    }
}

template <class Ip>
PortId Pipeline::Burst::forward_plain(Plain& work, bool verify_checksums, Selection& others) {
    if (work.count == 0) return kNoPort;
    work.pad();
    const bool sources = port.source_validation != SourceValidation::off;
    bool refused = Ip::examine(work, {settings.hashing, verify_checksums, sources});
    if (sources) refused |= refuse_sources<Ip>(work);
    if (refused) [[unlikely]]
        work.leave_refused(others);
    if (work.count == 0) return kNoPort;
    if (settings.hashing.mode == fib::HashMode::inner) Ip::look_inside(work, settings.hashing);
    Ip::lookup(pipeline.table_, work);
    pipeline.table_.select(std::span(work.slots, work.count), work.hashes, work.members);
    if (settings.filtered_ports != 0) [[unlikely]]
        filter_plain_output(work);
    const fib::CounterCells counters = pipeline.table_.counters(pipeline.worker_);
    const std::size_t count = work.count;
    Packet* const burst = packets.data();
    std::size_t left = 0;
    std::uint32_t any_port = 0;
    std::uint32_t all_ports = kNoPort;
    for (std::size_t entry = 0; entry < count; ++entry) {
        const fib::Member& member = *work.members[entry];
        const std::uint32_t length = work.lengths[entry];
        const PortId out_port = member.port;
        std::uint8_t* const frame = work.frames[entry];
        if (!member.adjacency->try_write_addresses(frame, length)) [[unlikely]] {
            others.add(work.indices[entry]);
            work.found[entry] = 0;
            work.slots[entry] = 0;
            ++left;
            continue;
        }
        Ip::take_hop(frame, work.hops[entry]);
        Packet& packet = burst[work.indices[entry]];
        packet.length = length;
        packet.out_port = out_port;
        packet.verdict = Verdict::forward;
        any_port |= out_port;
        all_ports &= out_port;
        counters.add(member.counter);
    }
    if (settings.filtered_ports != 0) [[unlikely]]
        count_plain_output(work);
    if (pipeline.table_.counts_routes()) [[unlikely]]
        count_plain_routes(work);
    output.forwarded = static_cast<std::uint8_t>(output.forwarded + count - left);
    return any_port == all_ports ? static_cast<PortId>(any_port) : kNoPort;
}

}  // namespace torii::pipeline

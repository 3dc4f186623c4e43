#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/forward.h"

#include <array>
#include <cstring>

namespace torii::pipeline {
namespace {

using packet::kEthernetSize;

// By its first octet an address may be one that is_no_host_v4() or is_link_local_v4() refuse: the
// stages look closer.
constexpr auto kMaySpecial = [] {
    std::array<bool, 256> table{};
    for (std::uint32_t octet = 0; octet < table.size(); ++octet) {
        table[octet] = is_no_host_v4(octet << 24U) || octet == 169;
    }
    return table;
}();

// All ones for the protocols that have ports.
constexpr auto kPortsMask = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t protocol = 0; protocol < table.size(); ++protocol) {
        table[protocol] = packet::has_ports(static_cast<std::uint8_t>(protocol)) ? ~0U : 0U;
    }
    return table;
}();

// EtherType, version and header length, as they stand in memory: IPv4 without options.
constexpr std::uint32_t kPlainIpv4 = 0x00450008;
constexpr std::uint32_t kPlainIpv4Mask = 0x00ffffff;
constexpr std::uint16_t kFragmentMask = 0xff3f;  // RFC 791 section 3.1, as it stands in memory
constexpr std::uint64_t kMacMask = 0xffffffffffffULL;
// With the ports.
constexpr std::size_t kPlainSizeMin = kEthernetSize + packet::kIpv4Size + 4;

std::uint64_t mac_word(const MacAddress& mac) {
    std::uint64_t word = 0;
    std::memcpy(&word, mac.octets.data(), mac.octets.size());
    return word;
}

// What of the packets of a burst the passes work with, an array for each; plain ones, for bounds
// that the loops keep by themselves are not checked once more.
struct Plain {
    std::uint8_t indices[kBurst];
    std::uint8_t* frames[kBurst];
    std::uint32_t sources[kBurst];
    std::uint32_t destinations[kBurst];
    std::uint32_t ports[kBurst];
    std::uint32_t protocols[kBurst];
    std::uint32_t hashes[kBurst];
    const fib::GroupTable* groups[kBurst];
    const fib::Member* members[kBurst];
    std::size_t count = 0;
};

// Whether no check of ethernet_input() and ipv4_input() can refuse it, nor those of forward() that
// need no route.
inline bool is_plain(const Packet& packet, std::uint64_t our_mac) {
    constexpr unsigned kFlags =
        packet::kIpChecksumGood | packet::kSegmented | packet::kHeld | packet::kNeighborFailed;
    if ((packet.flags & kFlags) != packet::kIpChecksumGood || packet.length < kPlainSizeMin) {
        return false;
    }
    const std::uint8_t* header = packet.data + kEthernetSize;
    const std::uint32_t total_length = packet::load16(header + 2);
    const bool ours = (packet::load64_raw(packet.data) & kMacMask) == our_mac;
    const bool plain = (packet::load32_raw(packet.data + 12) & kPlainIpv4Mask) == kPlainIpv4;
    const bool whole =
        (total_length >= packet::kIpv4Size + 4) & (total_length + kEthernetSize <= packet.length);
    const bool hosts =
        (unsigned{kMaySpecial.data()[header[12]]} | kMaySpecial.data()[header[16]]) == 0;
    return ours & plain & whole & hosts & (header[8] > 1);
}

inline void add(Plain& work, std::size_t index, std::uint8_t* frame) {
    const std::uint8_t* header = frame + kEthernetSize;
    work.indices[work.count] = static_cast<std::uint8_t>(index);
    work.frames[work.count] = frame;
    work.sources[work.count] = packet::load32(header + 12);
    work.destinations[work.count] = packet::load32(header + 16);
    ++work.count;
}

// As Ipv4Forwarding::hash(). What this processor has of vector instructions is found out at the
// start of the program.
#if defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
[[gnu::target_clones("default", "avx2", "arch=skylake-avx512")]]
#endif
void hash(Plain& work, const fib::HashSeed& seed, fib::HashMode mode) {
    for (std::size_t entry = 0; entry < work.count; ++entry) {
        const std::uint8_t* header = work.frames[entry] + kEthernetSize;
        const bool fragment = (packet::load16_raw(header + 6) & kFragmentMask) != 0;
        const std::uint32_t whole = mode == fib::HashMode::l4 && !fragment ? ~0U : 0U;
        work.protocols[entry] = header[9] & whole;
        work.ports[entry] =
            packet::load32_raw(header + packet::kIpv4Size) & whole & kPortsMask.data()[header[9]];
    }
    for (std::size_t entry = 0; entry < kBurst; ++entry) {
        work.hashes[entry] = fib::ecmp_hash_v4(seed, work.sources[entry], work.destinations[entry],
                                               work.ports[entry], work.protocols[entry]);
    }
}

}  // namespace

// The packets that are the bulk of a router's work: IPv4 without options, of hosts to hosts,
// through a gateway whose MAC address is known. Each pass does one step for all of them, so that
// what one packet waits for from memory another has already. What is anything else, or may be, is
// left untouched to the stages, which alone know what to do about it.
void Pipeline::Burst::forward_plain_ipv4(Selection& others) {
    const fib::ForwardingTable& table = pipeline.table_;
    Plain work;
    const std::uint64_t our_mac = mac_word(port.mac);
    const bool possible = port.enabled && !port.looks_up_sources();
    Packet* const burst = packets.data();
    for (std::size_t index = 0; index < packets.size(); ++index) {
        if (!possible || !is_plain(burst[index], our_mac)) [[unlikely]] {
            others.add(index);
            continue;
        }
        add(work, index, burst[index].data);
        table.prefetch_v4(work.destinations[work.count - 1]);
    }
    std::uint32_t widest = 0;
    for (std::size_t entry = 0; entry < work.count; ++entry) {
        work.groups[entry] = &table.group_or_none(table.lookup_v4(work.destinations[entry]));
        widest |= work.groups[entry]->mask;
    }
    if (widest != 0) hash(work, seed, settings.hash_mode);
    for (std::size_t entry = 0; entry < work.count; ++entry) {
        work.members[entry] = &work.groups[entry]->select(work.hashes[entry]);
    }
    const fib::CounterCells counters = pipeline.table_.counters(pipeline.worker_);
    std::size_t sent = 0;
    for (std::size_t entry = 0; entry < work.count; ++entry) {
        const std::size_t index = work.indices[entry];
        if (!send_plain_ipv4(burst[index], *work.members[entry])) [[unlikely]] {
            others.add(index);
            continue;
        }
        counters.add(work.members[entry]->counter);
        ++sent;
    }
    output.forwarded = static_cast<std::uint8_t>(sent);
}

inline bool Pipeline::Burst::send_plain_ipv4(Packet& packet, const fib::Member& member) const {
    if (member.adjacency == nullptr || !settings.ports.data()[member.port].enabled) [[unlikely]] {
        return false;
    }
    std::uint8_t* const frame = packet.data;
    std::uint8_t* const header = frame + kEthernetSize;
    const std::uint64_t neighbor = member.adjacency->neighbor_word();
    const std::uint64_t link = member.adjacency->link_word();
    const std::uint32_t total_length = packet::load16(header + 2);
    if (neighbor == 0 || total_length > link >> 48U) [[unlikely]]
        return false;
    packet::decrement_ttl(header);
    // Twelve octets: the neighbor's MAC address, then ours.
    const std::uint64_t first = (neighbor & kMacMask) | link << 48U;
    const auto second = static_cast<std::uint32_t>(link >> 16U);
    std::memcpy(frame, &first, sizeof(first));
    std::memcpy(frame + sizeof(first), &second, sizeof(second));
    packet.length = static_cast<std::uint32_t>(kEthernetSize) + total_length;
    packet.out_port = member.port;
    packet.verdict = Verdict::forward;
    return true;
}

}  // namespace torii::pipeline

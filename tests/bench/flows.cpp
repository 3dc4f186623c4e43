#include "tests/bench/flows.h"

#include <rte_ip.h>
#include <rte_mbuf_ptype.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <random>

namespace torii::bench {
namespace {

constexpr std::size_t kMacs = 12;
constexpr std::size_t kEthernet = 14;
constexpr std::size_t kIpv4 = 20;
constexpr std::size_t kIpv6 = 40;
constexpr std::uint16_t kFrameChecksum = 4;
constexpr std::size_t kZipfFlows = 1'000'000;
constexpr double kZipfExponent = 1.1;

void put16(std::uint8_t* at, std::size_t value) {
    at[0] = static_cast<std::uint8_t>(value >> 8U);
    at[1] = static_cast<std::uint8_t>(value);
}

// A flow by its number: all of it follows from that.
struct Flow {
    std::array<std::uint8_t, 16> source{};
    std::array<std::uint8_t, 16> destination{};
    std::uint32_t ports = 0;
};

Flow make_flow(const Prefix& prefix, std::mt19937& random) {
    Flow flow;
    const std::size_t octets = prefix.family() == IpFamily::v4 ? 4 : 16;
    const Bytes network = prefix.address().bytes();
    for (std::size_t index = 0; index < octets; ++index) {
        const std::size_t kept = prefix.length() <= index * 8 ? 0 : prefix.length() - index * 8;
        const unsigned hosts = kept >= 8 ? 0 : 0xffU >> kept;
        flow.destination[index] =
            static_cast<std::uint8_t>(network[index] | (static_cast<unsigned>(random()) & hosts));
        flow.source[index] = static_cast<std::uint8_t>(random());
    }
    const bool v4 = prefix.family() == IpFamily::v4;
    flow.source[0] = v4 ? 192 : 0x20;
    flow.source[1] = v4 ? 168 : 0x01;
    flow.ports = static_cast<std::uint32_t>(random());
    return flow;
}

void write_ethernet(std::uint8_t* frame, std::uint16_t type) {
    std::copy(kRouterMac.begin(), kRouterMac.end(), frame);
    frame[6] = 0x02;
    frame[11] = 0xbb;
    put16(frame + kMacs, type);
}

void write_udp(std::uint8_t* at, std::uint32_t ports, std::size_t length) {
    std::memcpy(at, &ports, sizeof ports);
    put16(at + 4, length);
}

void write_ipv4(std::uint8_t* frame, const Flow& flow, std::size_t size) {
    write_ethernet(frame, 0x0800);
    rte_ipv4_hdr ip{};
    ip.version_ihl = RTE_IPV4_VHL_DEF;
    ip.total_length = rte_cpu_to_be_16(static_cast<std::uint16_t>(size - kEthernet));
    ip.time_to_live = kTtl;
    ip.next_proto_id = IPPROTO_UDP;
    std::memcpy(&ip.src_addr, flow.source.data(), 4);
    std::memcpy(&ip.dst_addr, flow.destination.data(), 4);
    ip.hdr_checksum = rte_ipv4_cksum(&ip);
    std::memcpy(frame + kEthernet, &ip, sizeof ip);
    write_udp(frame + kEthernet + kIpv4, flow.ports, size - kEthernet - kIpv4);
}

void write_ipv6(std::uint8_t* frame, const Flow& flow, std::size_t size) {
    write_ethernet(frame, 0x86dd);
    std::uint8_t* ip = frame + kEthernet;
    ip[0] = 0x60;
    put16(ip + 4, size - kEthernet - kIpv6);
    ip[6] = IPPROTO_UDP;
    ip[7] = kTtl;
    std::ranges::copy(flow.source, ip + 8);
    std::ranges::copy(flow.destination, ip + 24);
    write_udp(ip + kIpv6, flow.ports, size - kEthernet - kIpv6);
}

// Which flow each template is.
std::vector<std::size_t> choose_flows(std::mt19937& random) {
    std::vector<std::size_t> chosen(kFlows);
    if (setting("SPREAD") != "zipf") {
        for (std::size_t index = 0; index < kFlows; ++index) chosen[index] = index;
        return chosen;
    }
    std::vector<double> sums(kZipfFlows);
    double sum = 0;
    for (std::size_t rank = 0; rank < kZipfFlows; ++rank) {
        sum += std::pow(static_cast<double>(rank + 1), -kZipfExponent);
        sums[rank] = sum;
    }
    for (std::size_t& flow : chosen) {
        const double at = static_cast<double>(random()) / 0x1p32 * sum;
        flow = static_cast<std::size_t>(std::ranges::lower_bound(sums, at) - sums.begin());
    }
    return chosen;
}

std::size_t frame_size(bool imix, std::size_t index, bool v6) {
    const std::size_t least = v6 ? kEthernet + kIpv6 + 8 : 64 - kFrameChecksum;
    if (!imix) return least;
    constexpr std::array<std::size_t, 12> kSizes{64, 594, 64, 64,   594, 64,
                                                 64, 594, 64, 1518, 594, 64};
    return std::max(kSizes[index % kSizes.size()] - kFrameChecksum, least);
}

}  // namespace

void give_up(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::exit(EXIT_FAILURE);
}

std::string setting(const char* name) {
    const std::string full = std::string("TORII_BENCH_") + name;
    const char* value = std::getenv(full.c_str());
    if (value == nullptr) give_up(full + " is not set");
    return value;
}

std::vector<Route> read_routes(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "r");
    if (file == nullptr) give_up("cannot read the routes of " + path);
    std::vector<Route> routes;
    char prefix[64];
    unsigned port = 0;
    while (std::fscanf(file, " R%63s %u", prefix, &port) == 2) {
        const Result<Prefix> parsed = Prefix::parse(prefix);
        if (!parsed) give_up(parsed.error().message);
        routes.push_back({*parsed, static_cast<std::uint8_t>(port)});
    }
    std::fclose(file);
    if (routes.empty()) give_up("no routes in " + path);
    return routes;
}

Flows make_flows() {
    const std::string family = setting("FAMILY");
    const bool imix = setting("SIZES") == "imix";
    const std::vector<Route> v4 = read_routes(setting("ROUTES_V4"));
    const std::vector<Route> v6 = read_routes(setting("ROUTES_V6"));
    // The engine's output is the same everywhere; distributions' is not.
    std::mt19937 random(20240501);
    Flows flows;
    for (const std::size_t number : choose_flows(random)) {
        std::mt19937 own(static_cast<std::uint32_t>(number));
        const bool is_v6 = family == "6" || (family == "mixed" && own() % 2 == 1);
        const std::vector<Route>& routes = is_v6 ? v6 : v4;
        const Flow flow = make_flow(routes[own() % routes.size()].prefix, own);
        const std::size_t size = frame_size(imix, flows.known.size(), is_v6);
        Template frame{};
        (is_v6 ? write_ipv6 : write_ipv4)(frame.octets.data(), flow, size);
        flows.templates.push_back(frame);
        const std::uint32_t type = is_v6 ? RTE_PTYPE_L3_IPV6 : RTE_PTYPE_L3_IPV4;
        flows.known.push_back(
            {RTE_PTYPE_L2_ETHER | type | RTE_PTYPE_L4_UDP, static_cast<std::uint16_t>(size)});
    }
    return flows;
}

}  // namespace torii::bench

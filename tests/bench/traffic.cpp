#include "tests/bench/traffic.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_udp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <random>
#include <sys/mman.h>
#include <unistd.h>

namespace torii::bench {
namespace {

constexpr std::size_t kFlows = 65536;
constexpr std::uint16_t kFrameSize = 60;
constexpr std::uint8_t kTtl = 64;
constexpr std::uint16_t kBurst = 32;

struct alignas(64) Template {
    std::array<std::uint8_t, 64> octets;
};

std::vector<Template> templates;
std::size_t next_template = 0;
Page* page = nullptr;

[[noreturn]] void give_up(const char* what) {
    std::fprintf(stderr, "%s\n", what);
    std::exit(EXIT_FAILURE);
}

const char* setting(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) give_up(name);
    return value;
}

Template make_flow(std::uint32_t source, std::uint32_t destination, std::uint32_t ports) {
    Template flow{};
    std::uint8_t* at = flow.octets.data();
    std::copy(kRouterMac.begin(), kRouterMac.end(), at);
    at[6] = 0x02;
    at[11] = 0xbb;
    at[12] = 0x08;  // IPv4
    rte_ipv4_hdr ip{};
    ip.version_ihl = RTE_IPV4_VHL_DEF;
    ip.total_length = rte_cpu_to_be_16(kFrameSize - sizeof(rte_ether_hdr));
    ip.time_to_live = kTtl;
    ip.next_proto_id = IPPROTO_UDP;
    ip.src_addr = rte_cpu_to_be_32(source);
    ip.dst_addr = rte_cpu_to_be_32(destination);
    ip.hdr_checksum = rte_ipv4_cksum(&ip);
    std::memcpy(at + sizeof(rte_ether_hdr), &ip, sizeof ip);
    std::memcpy(at + sizeof(rte_ether_hdr) + sizeof ip, &ports, sizeof ports);
    at[39] = kFrameSize - sizeof(rte_ether_hdr) - sizeof(rte_ipv4_hdr);  // UDP length
    return flow;
}

void make_flows() {
    const std::vector<Route> routes = read_routes(setting("TORII_BENCH_ROUTES"));
    if (routes.empty()) give_up("no routes");
    // The engine's output is the same everywhere; distributions' is not.
    std::mt19937 random(20240501);
    templates.reserve(kFlows);
    for (std::size_t index = 0; index < kFlows; ++index) {
        const Route& route = routes[random() % routes.size()];
        const std::uint32_t hosts = route.length == 32 ? 0 : 0xffffffffU >> route.length;
        const std::uint32_t host = static_cast<std::uint32_t>(random()) & hosts;
        const std::uint32_t source = 0xc0a80000U | (random() & 0x3fffU);
        templates.push_back(
            make_flow(source, route.address | host, static_cast<std::uint32_t>(random())));
    }
}

void add(std::atomic<std::uint64_t>& counter, std::uint64_t count) {
    counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

std::uint16_t fill(std::uint16_t, std::uint16_t, rte_mbuf** mbufs, std::uint16_t count,
                   std::uint16_t, void*) {
    for (std::uint16_t index = 0; index < count; ++index) {
        rte_mbuf* mbuf = mbufs[index];
        std::memcpy(rte_pktmbuf_mtod(mbuf, void*), &templates[next_template], sizeof(Template));
        next_template = (next_template + 1) % kFlows;
        mbuf->packet_type = RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_UDP;
        mbuf->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD;
    }
    add(page->received, count);
    return count;
}

bool is_correct(const rte_mbuf& mbuf) {
    const auto* ip = rte_pktmbuf_mtod_offset(&mbuf, const rte_ipv4_hdr*, sizeof(rte_ether_hdr));
    return ip->time_to_live == kTtl - 1 && rte_raw_cksum(ip, sizeof *ip) == 0xffff;
}

std::uint16_t look(std::uint16_t, std::uint16_t, rte_mbuf** mbufs, std::uint16_t count, void*) {
    if (count == 0) return count;
    add(page->sent, count);
    add(page->sampled, 1);
    add(page->correct, is_correct(*mbufs[0]) ? 1 : 0);
    return count;
}

void map_page() {
    if (page != nullptr) return;
    const int file = ::open(setting("TORII_BENCH_PAGE"), O_RDWR | O_CLOEXEC);
    void* memory = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || memory == MAP_FAILED) give_up("cannot map the page of TORII_BENCH_PAGE");
    ::close(file);
    page = static_cast<Page*>(memory);
    page->tsc_hz = rte_get_tsc_hz();
}

}  // namespace

std::vector<Route> read_routes(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "r");
    if (file == nullptr) give_up("cannot read the file of TORII_BENCH_ROUTES");
    std::vector<Route> routes;
    unsigned a = 0, b = 0, c = 0, d = 0, length = 0, port = 0;
    while (std::fscanf(file, " R%u.%u.%u.%u/%u %u", &a, &b, &c, &d, &length, &port) == 6) {
        routes.push_back({a << 24U | b << 16U | c << 8U | d, static_cast<std::uint8_t>(length),
                          static_cast<std::uint8_t>(port)});
    }
    std::fclose(file);
    return routes;
}

void attach_source(std::uint16_t port) {
    map_page();
    make_flows();
    if (rte_eth_add_rx_callback(port, 0, fill, nullptr) == nullptr) give_up("no source");
}

void attach_sink(std::uint16_t port) {
    map_page();
    if (rte_eth_add_tx_callback(port, 0, look, nullptr) == nullptr) give_up("no sink");
}

bool launch(void (*run)(void*), void* argument) {
    struct Call {
        void (*run)(void*);
        void* argument;
    };
    static Call call;
    call = {run, argument};
    const auto start = [](void* given) {
        const auto* what = static_cast<const Call*>(given);
        what->run(what->argument);
        return 0;
    };
    return rte_eal_remote_launch(start, &call, rte_get_next_lcore(-1U, 1, 0)) == 0;
}

void pass_through(std::uint16_t in, std::uint16_t out) {
    std::array<rte_mbuf*, kBurst> mbufs;
    while (true) {
        const std::uint16_t count = rte_eth_rx_burst(in, 0, mbufs.data(), kBurst);
        const std::uint16_t sent = rte_eth_tx_burst(out, 0, mbufs.data(), count);
        for (std::uint16_t index = sent; index < count; ++index) rte_pktmbuf_free(mbufs[index]);
    }
}

}  // namespace torii::bench

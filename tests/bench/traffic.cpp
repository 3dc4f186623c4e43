#include "tests/bench/traffic.h"

#include "tests/bench/flows.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace torii::bench {
namespace {

constexpr std::uint16_t kBurst = 32;

Flows flows;
std::size_t next_flow = 0;
std::uint64_t checksums = 0;
std::uint8_t hop_limit = kTtl - 1;  // that IPv6 is sent with
Page* page = nullptr;

void add(std::atomic<std::uint64_t>& counter, std::uint64_t count) {
    counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

std::uint16_t fill(std::uint16_t, std::uint16_t, rte_mbuf** mbufs, std::uint16_t count,
                   std::uint16_t, void*) {
    for (std::uint16_t index = 0; index < count; ++index) {
        rte_mbuf* mbuf = mbufs[index];
        std::memcpy(rte_pktmbuf_mtod(mbuf, void*), &flows.templates[next_flow], sizeof(Template));
        const Known& known = flows.known[next_flow];
        mbuf->packet_type = known.packet_type;
        mbuf->data_len = known.size;
        mbuf->pkt_len = known.size;
        mbuf->ol_flags |= checksums;
        next_flow = (next_flow + 1) % kFlows;
    }
    add(page->received, count);
    return count;
}

// In place of fill() where packets come over a wire: what a driver of software ports does not know
// of them, but l3fwd wants to.
std::uint16_t describe(std::uint16_t, std::uint16_t, rte_mbuf** mbufs, std::uint16_t count,
                       std::uint16_t, void*) {
    for (std::uint16_t index = 0; index < count; ++index) {
        const auto* ip =
            rte_pktmbuf_mtod_offset(mbufs[index], const std::uint8_t*, sizeof(rte_ether_hdr));
        mbufs[index]->packet_type =
            RTE_PTYPE_L2_ETHER | (*ip >> 4U == 6 ? RTE_PTYPE_L3_IPV6 : RTE_PTYPE_L3_IPV4);
    }
    add(page->received, count);
    return count;
}

bool is_correct(const rte_mbuf& mbuf) {
    const auto* ip = rte_pktmbuf_mtod_offset(&mbuf, const rte_ipv4_hdr*, sizeof(rte_ether_hdr));
    if (ip->version_ihl >> 4U == 6) {
        return reinterpret_cast<const rte_ipv6_hdr*>(ip)->hop_limits == hop_limit;
    }
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
    const int file = ::open(setting("PAGE").c_str(), O_RDWR | O_CLOEXEC);
    void* memory = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || memory == MAP_FAILED) give_up("cannot map the page of TORII_BENCH_PAGE");
    ::close(file);
    page = static_cast<Page*>(memory);
    page->tsc_hz = rte_get_tsc_hz();
}

}  // namespace

void attach_source(std::uint16_t port) {
    map_page();
    if (setting("HOPS") == "kept") hop_limit = kTtl;
    if (setting("CHECKSUMS") == "known") checksums = RTE_MBUF_F_RX_IP_CKSUM_GOOD;
    const bool wire = setting("DEVICES") != "net_null";
    if (!wire) flows = make_flows();
    if (rte_eth_add_rx_callback(port, 0, wire ? describe : fill, nullptr) == nullptr) {
        give_up("no source");
    }
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

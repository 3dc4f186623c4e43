// Takes the place of some functions of DPDK's in l3fwd, so that it runs, unchanged, on a device
// without offloads and with our source and sink.
#include "tests/bench/flows.h"

#include <rte_ethdev.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_lpm.h>
#include <rte_lpm6.h>

#include <algorithm>
#include <string>

namespace {

std::uint32_t number(const char* name) {
    return static_cast<std::uint32_t>(std::stoul(torii::bench::setting(name)));
}

}  // namespace

extern "C" {

// l3fwd insists on receive checksum offloads; the source's packets come with the result of one.
int bench_dev_configure(std::uint16_t port, std::uint16_t rx_queues, std::uint16_t tx_queues,
                        const rte_eth_conf* conf) {
    rte_eth_conf without = *conf;
    without.rxmode.offloads = 0;
    return rte_eth_dev_configure(port, rx_queues, tx_queues, &without);
}

int bench_rx_queue_setup(std::uint16_t port, std::uint16_t queue, std::uint16_t descriptors,
                         unsigned socket, const rte_eth_rxconf* conf, rte_mempool* pool) {
    rte_eth_rxconf without = *conf;
    without.offloads = 0;
    return rte_eth_rx_queue_setup(port, queue, descriptors, socket, &without, pool);
}

// The packets' types are known too: it need not look for itself.
int bench_dev_get_supported_ptypes(std::uint16_t, std::uint32_t, std::uint32_t* types, int count) {
    constexpr std::uint32_t kTypes[] = {RTE_PTYPE_L3_IPV4, RTE_PTYPE_L3_IPV6};
    std::copy_n(kTypes, std::min(count, 2), types);
    return 2;
}

int bench_dev_start(std::uint16_t port) {
    const int error = rte_eth_dev_start(port);
    if (error != 0) return error;
    if (port == 0) torii::bench::attach_source(port);
    torii::bench::attach_sink(port);
    return 0;
}

// Room for more than its 1024 routes: ROOM_V4 and ROOM_V6; TABLES_V6 of 8 bits.
rte_lpm* bench_lpm_create(const char* name, int socket, const rte_lpm_config* config) {
    rte_lpm_config larger = *config;
    larger.max_rules = number("ROOM_V4");
    larger.number_tbl8s = 1U << 12U;
    return rte_lpm_create(name, socket, &larger);
}

// rte_lpm_add() first looks through the list of all prefixes of that length, which takes minutes
// for a million of them. Of such a table the entries are written as it would write them, without
// the list; look-ups only know the entries.
int bench_lpm_add(rte_lpm* lpm, std::uint32_t address, std::uint8_t depth, std::uint32_t next_hop) {
    constexpr std::uint32_t kMany = 200'000;
    static const bool many = number("ROOM_V4") > kMany;
    if (!many) return rte_lpm_add(lpm, address, depth, next_hop);
    if (depth == 0 || depth > 24) torii::bench::give_up("so many routes have 1 to 24 bits");
    rte_lpm_tbl_entry entry{};
    entry.next_hop = next_hop & 0xffffffU;
    entry.valid = 1;
    entry.depth = depth & 0x3fU;
    const std::uint32_t first = (address & ~0U << (32U - depth)) >> 8U;
    for (std::uint32_t index = first; index < first + (1U << (24U - depth)); ++index) {
        rte_lpm_tbl_entry& cell = lpm->tbl24[index];
        if (cell.valid == 0 || cell.depth <= depth) cell = entry;
    }
    return 0;
}

rte_lpm6* bench_lpm6_create(const char* name, int socket, const rte_lpm6_config* config) {
    rte_lpm6_config larger = *config;
    larger.max_rules = number("ROOM_V6");
    larger.number_tbl8s = number("TABLES_V6");
    return rte_lpm6_create(name, socket, &larger);
}

rte_fib* bench_fib_create(const char* name, int socket, rte_fib_conf* config) {
    config->max_routes = static_cast<int>(number("ROOM_V4"));
    return rte_fib_create(name, socket, config);
}

rte_fib6* bench_fib6_create(const char* name, int socket, rte_fib6_conf* config) {
    config->max_routes = static_cast<int>(number("ROOM_V6"));
    config->trie.num_tbl8 = number("TABLES_V6");
    return rte_fib6_create(name, socket, config);
}
}

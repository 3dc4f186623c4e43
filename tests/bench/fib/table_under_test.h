#pragma once

#include "dataplane/dpdk/qsbr.h"
#include "dataplane/fib/forwarding_table.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

// A forwarding table whose readers are threads of this program.
namespace torii::bench {

inline constexpr std::uint32_t kGroups = 64;

// Groups 1 to kGroups of one gateway each.
class TableUnderTest {
public:
    explicit TableUnderTest(unsigned readers) : qsbr(readers), table(qsbr, readers) {
        table.set_port(1, MacAddress{{2, 0, 0, 0, 0, 1}}, 1500);
        fib::FibTransaction transaction;
        for (std::uint32_t id = 1; id <= kGroups; ++id) {
            transaction.next_hops.push_back(
                {id, fib::NextHopKind::gateway, IpAddress::v4(0xc0a80000U + id), "eth1", 1});
            transaction.groups.push_back({id, {{id, 1}}});
        }
        apply(transaction);
    }

    void apply(const fib::FibTransaction& transaction) {
        if (const auto done = table.apply(transaction); !done) {
            std::fprintf(stderr, "%s\n", done.error().message.c_str());
            std::exit(EXIT_FAILURE);
        }
        qsbr.poll();
    }

    dpdk::Qsbr qsbr;
    fib::ForwardingTable table;
};

// Prefixes as an Internet table has them; none in 10.0.0.0/8 or fd00::/8. Always the same ones.
[[nodiscard]] std::vector<Prefix> internet_prefixes(IpFamily family, std::size_t count);

}  // namespace torii::bench

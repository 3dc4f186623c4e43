#include "tests/bench/churn.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <random>

namespace torii::bench {
namespace {

constexpr std::size_t kBatch = 256;

// Up to eight bits longer.
Prefix longer(const Prefix& prefix, std::mt19937& random) {
    const std::size_t octets = prefix.family() == IpFamily::v4 ? 4 : 16;
    const std::size_t length = std::min(prefix.length() + 1 + random() % 8, octets * 8);
    std::array<std::uint8_t, 16> address = prefix.address().octets();
    for (std::size_t bit = prefix.length(); bit < length; ++bit) {
        if (random() % 2 == 1) address[bit / 8] |= static_cast<std::uint8_t>(0x80U >> bit % 8);
    }
    const IpAddress whole = octets == 4 ? IpAddress::from_bytes(Bytes(address).first(4)).value()
                                        : IpAddress::v6(address);
    return Prefix::covering(whole, static_cast<std::uint8_t>(length));
}

}  // namespace

void be_called_churn() {
    pthread_setname_np(pthread_self(), "churn");
}

void churn_for_good(fib::ForwardingTable& table, dpdk::Qsbr& qsbr, const std::vector<Route>& routes,
                    std::uint32_t first_group) {
    std::mt19937 random(3);
    fib::FibTransaction transaction;
    while (true) {
        transaction.removed_routes.clear();
        for (const fib::FibRoute& route : transaction.routes) {
            transaction.removed_routes.push_back(route.prefix);
        }
        transaction.routes.clear();
        for (std::size_t index = 0; index < kBatch; ++index) {
            const Route& route = routes[random() % routes.size()];
            const Prefix prefix = longer(route.prefix, random);
            // A host's route has none: it stays as it is.
            if (prefix == route.prefix) continue;
            transaction.routes.push_back({prefix, first_group + route.port});
        }
        std::erase_if(transaction.removed_routes, [&](const Prefix& gone) {
            return std::ranges::find(transaction.routes, gone, &fib::FibRoute::prefix) !=
                   transaction.routes.end();
        });
        if (const auto done = table.apply(transaction); !done) {
            std::fprintf(stderr, "%s\n", done.error().message.c_str());
            std::exit(EXIT_FAILURE);
        }
        qsbr.poll();
    }
}

}  // namespace torii::bench

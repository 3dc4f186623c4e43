// How fast routes are added, replaced and removed while readers look addresses up, and whether
// those ever see anything but the truth.
//
//     torii_bench_fib_churn [LOOKUPS] [READERS]     (10^9 and 1 unless told)
//
// Readers look up addresses behind routes that stay; around them (in the same 256 addresses, and by
// covering prefixes) others come and go. Every answer is compared with the only right one.
#include "dataplane/packet/packet.h"
#include "tests/bench/fib/clocks.h"
#include "tests/bench/fib/table_under_test.h"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>

namespace torii::bench {
namespace {

constexpr std::size_t kLasting = 2048;  // routes that stay, with an address of each
constexpr std::size_t kBatch = 1024;    // routes of one transaction

// 10.x.y.0/24 or fd00:0:x:y::/64 by number, and an address in its first half.
Prefix lasting_prefix(IpFamily family, std::size_t number) {
    if (family == IpFamily::v4) {
        const auto network = 0x0a000000U | static_cast<std::uint32_t>(number) << 8U;
        return Prefix::covering(IpAddress::v4(network), 24);
    }
    std::array<std::uint8_t, 16> octets{0xfd};
    octets[6] = static_cast<std::uint8_t>(number >> 8U);
    octets[7] = static_cast<std::uint8_t>(number);
    return Prefix::covering(IpAddress::v6(octets), 64);
}

// What comes and goes around lasting ones: longer ones in the second half, or shorter ones.
Prefix passing_prefix(IpFamily family, std::mt19937& random) {
    const Prefix lasting = lasting_prefix(family, random() % kLasting);
    const bool shorter = random() % 16 == 0;
    if (family == IpFamily::v4) {
        const auto length =
            static_cast<std::uint8_t>(shorter ? 16 + random() % 8 : 25 + random() % 8);
        return Prefix::covering(IpAddress::v4(lasting.address().v4_number() | 0x80U |
                                              static_cast<std::uint32_t>(random() & 0x7fU)),
                                length);
    }
    const auto length =
        static_cast<std::uint8_t>(shorter ? 40 + random() % 24 : 65 + random() % 64);
    std::array<std::uint8_t, 16> octets = lasting.address().octets();
    octets[8] = static_cast<std::uint8_t>(0x80U | random());
    octets[15] = static_cast<std::uint8_t>(random());
    return Prefix::covering(IpAddress::v6(octets), length);
}

struct alignas(64) ReaderCounts {
    std::atomic<std::uint64_t> lookups{0};
    std::atomic<std::uint64_t> wrong{0};
    double cpu = 0;
};

// The addresses looked up, as the table wants them, and the slot each has.
struct Probes {
    IpFamily family = IpFamily::v4;
    std::array<std::vector<std::uint32_t>, 4> words;
    std::vector<std::uint32_t> slots;

    void lookup(const fib::ForwardingTable& table, std::size_t first, std::uint32_t* found) const {
        if (family == IpFamily::v4) {
            table.lookup_v4(std::span(words[0]).subspan(first, kBurst), found);
            return;
        }
        const fib::Lpm6::Columns columns{words[0].data() + first, words[1].data() + first,
                                         words[2].data() + first, words[3].data() + first};
        table.lookup_v6(columns, kBurst, found);
    }
};

class Churn {
public:
    Churn(IpFamily family, unsigned readers) : family_(family), under_(readers), counts_(readers) {}

    void run(std::size_t routes, std::uint64_t lookups) {
        add_lasting();
        start_readers();
        const double added = add(internet_prefixes(family_, routes));
        stop_readers();
        const double quiet = rate_for(0.5);
        start_readers();
        const Stopwatch watch;
        std::uint64_t changes = 0;
        while (all(&ReaderCounts::lookups) < lookups) changes += flap();
        const double changed = static_cast<double>(changes) / watch.cpu();
        stop_readers();
        const double beside = rate();
        std::printf("  IPv%c %8zu %12.0f %14.0f %16.2e %8llu %10.0f%%\n",
                    family_ == IpFamily::v4 ? '4' : '6', routes, added, changed,
                    static_cast<double>(all(&ReaderCounts::lookups)),
                    static_cast<unsigned long long>(wrong_), 100 * beside / quiet);
        std::fflush(stdout);
    }

    [[nodiscard]] std::uint64_t wrong() const { return wrong_; }

private:
    void add_lasting() {
        fib::FibTransaction transaction;
        for (std::size_t number = 0; number < kLasting; ++number) {
            transaction.routes.push_back({lasting_prefix(family_, number),
                                          1 + static_cast<std::uint32_t>(number) % kGroups});
        }
        under_.apply(transaction);
        probes_.family = family_;
        std::mt19937 random(3);
        for (std::size_t number = 0; number < kLasting; ++number) {
            const IpAddress address = lasting_prefix(family_, number).address();
            if (family_ == IpFamily::v4) {
                const std::uint32_t host =
                    address.v4_number() | static_cast<std::uint32_t>(random() & 0x7fU);
                probes_.words[0].push_back(host);
                probes_.slots.push_back(under_.table.lookup_v4(host));
                continue;
            }
            std::array<std::uint8_t, 16> octets = address.octets();
            octets[8] = static_cast<std::uint8_t>(random() & 0x7fU);
            octets[15] = static_cast<std::uint8_t>(random());
            for (std::size_t word = 0; word < 4; ++word) {
                probes_.words[word].emplace_back();
                std::memcpy(&probes_.words[word].back(), octets.data() + 4 * word, 4);
            }
            probes_.slots.push_back(under_.table.lookup_v6(octets.data()));
        }
    }

    // Routes per second of the writer's CPU time.
    double add(const std::vector<Prefix>& prefixes) {
        const Stopwatch watch;
        fib::FibTransaction transaction;
        for (const Prefix& prefix : prefixes) {
            transaction.routes.push_back(
                {prefix, 1 + static_cast<std::uint32_t>(transaction.routes.size()) % kGroups});
            if (transaction.routes.size() < kBatch) continue;
            under_.apply(transaction);
            transaction.routes.clear();
        }
        under_.apply(transaction);
        return static_cast<double>(prefixes.size()) / watch.cpu();
    }

    // Adds, replaces and removes; how many changes that were.
    std::uint64_t flap() {
        fib::FibTransaction transaction;
        for (std::size_t index = 0; index < kBatch / 2; ++index) {
            transaction.routes.push_back({passing_prefix(family_, random_),
                                          1 + static_cast<std::uint32_t>(random_()) % kGroups});
        }
        // Half of the ones before, so that some stay long enough to be replaced.
        const std::size_t keep = passing_.size() / 2;
        transaction.removed_routes.assign(passing_.begin(),
                                          passing_.end() - static_cast<std::ptrdiff_t>(keep));
        passing_.erase(passing_.begin(), passing_.end() - static_cast<std::ptrdiff_t>(keep));
        for (const auto& route : transaction.routes) passing_.push_back(route.prefix);
        under_.apply(transaction);
        return transaction.routes.size() + transaction.removed_routes.size();
    }

    void read(unsigned reader) {
        ReaderCounts& counts = counts_[reader];
        const Stopwatch watch;
        under_.qsbr.enter(reader);
        std::array<std::uint32_t, kBurst> found{};
        for (std::size_t first = 0; !stop_.load(std::memory_order_relaxed);
             first = (first + kBurst) % kLasting) {
            probes_.lookup(under_.table, first, found.data());
            if (std::memcmp(found.data(), &probes_.slots[first], sizeof found) != 0) {
                for (std::size_t index = 0; index < kBurst; ++index) {
                    if (found[index] != probes_.slots[first + index]) counts.wrong.fetch_add(1);
                }
            }
            counts.lookups.store(counts.lookups.load(std::memory_order_relaxed) + kBurst,
                                 std::memory_order_relaxed);
            under_.qsbr.quiescent(reader);
        }
        under_.qsbr.leave(reader);
        counts.cpu = watch.cpu();
    }

    void start_readers() {
        stop_ = false;
        for (ReaderCounts& counts : counts_) counts.lookups = 0;
        for (unsigned reader = 0; reader < counts_.size(); ++reader) {
            threads_.emplace_back([this, reader] { read(reader); });
        }
    }
    void stop_readers() {
        stop_ = true;
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
        for (ReaderCounts& counts : counts_) wrong_ += counts.wrong.exchange(0);
    }

    [[nodiscard]] std::uint64_t all(std::atomic<std::uint64_t> ReaderCounts::*which) const {
        std::uint64_t sum = 0;
        for (const ReaderCounts& counts : counts_) sum += (counts.*which).load();
        return sum;
    }
    // Lookups per second of the readers' CPU time.
    [[nodiscard]] double rate() const {
        double cpu = 0;
        for (const ReaderCounts& counts : counts_) cpu += counts.cpu;
        return static_cast<double>(all(&ReaderCounts::lookups)) / cpu;
    }
    double rate_for(double seconds) {
        const Stopwatch watch;
        start_readers();
        while (watch.wall() < seconds) std::this_thread::yield();
        stop_readers();
        return rate();
    }

    IpFamily family_;
    TableUnderTest under_;
    Probes probes_;
    std::mt19937 random_{11};
    std::vector<Prefix> passing_;
    std::vector<ReaderCounts> counts_;
    std::vector<std::thread> threads_;
    std::atomic<bool> stop_{false};
    std::uint64_t wrong_ = 0;
};

}  // namespace
}  // namespace torii::bench

int main(int argc, char** argv) {
    using namespace torii;
    const auto lookups = static_cast<std::uint64_t>(argc > 1 ? std::atof(argv[1]) : 1e9);
    const auto readers = static_cast<unsigned>(argc > 2 ? std::atoi(argv[2]) : 1);
    std::printf(
        "%u reader(s); rates per second of the writer's CPU time; lookups while routes come "
        "and go\n       routes        adds/s      changes/s          lookups    wrong   speed "
        "(of quiet)\n",
        readers);
    std::uint64_t wrong = 0;
    for (const std::size_t routes : {100'000UL, 1'000'000UL}) {
        for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
            bench::Churn churn(family, readers);
            churn.run(routes, lookups);
            wrong += churn.wrong();
        }
    }
    return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

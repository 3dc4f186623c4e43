// A member of a group of 64 dies: how long packets still go to it, and whether that depends on how
// many routes lead to the group.
//
//     torii_bench_fib_group [ROUNDS]
//
// A reader looks up one address after the other and notes when it was last sent to the dead member.
// The event is the control plane's transaction: the group without it.
#include "dataplane/packet/packet.h"
#include "tests/bench/fib/clocks.h"
#include "tests/bench/fib/table_under_test.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

namespace torii::bench {
namespace {

constexpr std::uint32_t kMembers = 64;
constexpr std::uint32_t kGroup = 1000;
constexpr std::uint32_t kDead = 8;  // the member that dies
constexpr std::size_t kProbes = 4096;
constexpr double kBurstSecondsMax = 10e-6;  // a reader that is slower does not run

double now() {
    return seconds_of(CLOCK_MONOTONIC);
}

class GroupChange {
public:
    explicit GroupChange(std::size_t routes) : under_(1) {
        fib::FibTransaction transaction;
        for (std::uint32_t member = 1; member <= kMembers; ++member) {
            transaction.next_hops.push_back({100 + member, fib::NextHopKind::gateway,
                                             IpAddress::v4(0xc0a90000U + member), "eth",
                                             static_cast<PortId>(member - 1)});
        }
        transaction.groups.push_back(group_without(0));
        const std::vector<Prefix> prefixes = internet_prefixes(IpFamily::v4, routes);
        for (const Prefix& prefix : prefixes) transaction.routes.push_back({prefix, kGroup});
        under_.apply(transaction);
        std::mt19937 random(1);
        for (std::size_t index = 0; index < kProbes; ++index) {
            const Prefix& prefix = prefixes[random() % prefixes.size()];
            probes_.push_back(prefix.address().v4_number());
            hashes_.push_back(static_cast<std::uint32_t>(random()));
        }
    }

    // Microseconds from the event to the last lookup that led to the dead member; the median of the
    // rounds in which both threads had a CPU all the time.
    double run(std::size_t rounds) {
        std::thread reader([this] { read(); });
        std::vector<double> times;
        for (std::size_t tries = 0; times.size() < rounds && tries < 50 * rounds; ++tries) {
            wait_for_bursts(kProbes / kBurst);
            const std::uint64_t before = bursts_.load();
            const Stopwatch watch;
            const double event = now();
            replace(kDead);
            const bool disturbed =
                watch.wall() > 1.1 * watch.cpu() ||
                static_cast<double>(bursts_.load() - before) < watch.wall() / kBurstSecondsMax;
            wait_for_bursts(kProbes / kBurst);
            if (!disturbed) times.push_back(std::max(last_dead_.load() - event, 0.0) * 1e6);
            replace(0);
        }
        stop_ = true;
        reader.join();
        if (times.empty()) return 0;
        std::ranges::sort(times);
        return times[times.size() / 2];
    }

private:
    static fib::NextHopGroup group_without(std::uint32_t gone) {
        fib::NextHopGroup group{kGroup, {}};
        for (std::uint32_t member = 1; member <= kMembers; ++member) {
            if (member != gone) group.members.push_back({100 + member, 1});
        }
        return group;
    }
    void replace(std::uint32_t gone) {
        fib::FibTransaction transaction;
        transaction.groups.push_back(group_without(gone));
        under_.apply(transaction);
    }

    void wait_for_bursts(std::uint64_t count) {
        const std::uint64_t before = bursts_.load();
        while (bursts_.load() < before + count) std::this_thread::yield();
    }

    void read() {
        std::array<std::uint32_t, kBurst> slots{};
        std::array<const fib::Member*, kBurst> members{};
        under_.qsbr.enter(0);
        while (!stop_.load(std::memory_order_relaxed)) {
            for (std::size_t first = 0; first < kProbes; first += kBurst) {
                const auto probes = std::span(probes_).subspan(first, kBurst);
                under_.table.lookup_v4(probes, slots.data());
                under_.table.select(slots, &hashes_[first], members.data());
                const bool dead = std::ranges::any_of(
                    members, [](const fib::Member* member) { return member->port == kDead - 1; });
                if (dead) last_dead_.store(now(), std::memory_order_relaxed);
                under_.qsbr.quiescent(0);
                bursts_.fetch_add(1);
            }
        }
        under_.qsbr.leave(0);
    }

    TableUnderTest under_;
    std::vector<std::uint32_t> probes_;
    std::vector<std::uint32_t> hashes_;
    std::atomic<double> last_dead_{0};
    std::atomic<std::uint64_t> bursts_{0};
    std::atomic<bool> stop_{false};
};

}  // namespace
}  // namespace torii::bench

int main(int argc, char** argv) {
    using namespace torii;
    const auto rounds = static_cast<std::size_t>(argc > 1 ? std::atoll(argv[1]) : 101);
    for (const std::size_t routes : {1'000UL, 10'000UL, 1'000'000UL}) {
        bench::GroupChange change(routes);
        std::printf("%zu %.1f\n", routes, change.run(rounds));
        std::fflush(stdout);
    }
    return EXIT_SUCCESS;
}

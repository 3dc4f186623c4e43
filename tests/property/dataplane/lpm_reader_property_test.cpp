#include "dataplane/fib/reclaimer.h"
#include "tests/property/dataplane/prefixes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <deque>
#include <functional>
#include <set>
#include <thread>
#include <vector>

// Lookups of one thread while another changes routes around the addresses it looks up.
namespace torii::fib {
namespace {

using test::NaiveTable;
using test::RandomPrefix;
using Octets = std::array<std::uint8_t, 16>;

// For one reader, who says after each pass that it holds nothing.
class OneReaderReclaimer final : public Reclaimer {
public:
    ~OneReaderReclaimer() override {
        for (const auto& [pass, release] : retired_) release();
    }

    void retire(std::function<void()> release) override {
        // The pass under way may have begun before this call, the next one has not.
        retired_.emplace_back(passes_.load() + 2, std::move(release));
    }
    void run_due() {
        while (!retired_.empty() && retired_.front().first <= passes_.load()) {
            retired_.front().second();
            retired_.pop_front();
        }
    }
    void pass_done() { passes_.fetch_add(1); }
    [[nodiscard]] std::uint64_t passes() const { return passes_.load(); }

private:
    std::atomic<std::uint64_t> passes_{0};
    std::deque<std::pair<std::uint64_t, std::function<void()>>> retired_;
};

struct Probe {
    Octets address{};
    std::set<std::uint32_t> legal;
};

struct Wrong {
    std::size_t probe = 0;
    std::uint32_t value = 0;
};

// What an address may resolve to: the routes that stay give one answer, and any longer one that
// comes and goes another.
Probe probe_of(const Octets& address, const NaiveTable& lasting,
               const std::vector<std::pair<RandomPrefix, std::uint32_t>>& flapping) {
    Probe probe{address, {lasting.lookup(address)}};
    int longest = -1;
    for (const auto& [route, value] : lasting.routes()) {
        if (test::covers(route, address))
            longest = std::max(longest, static_cast<int>(route.length));
    }
    for (const auto& [route, value] : flapping) {
        if (static_cast<int>(route.length) > longest && test::covers(route, address)) {
            probe.legal.insert(value);
        }
    }
    return probe;
}

// One by one, or many at once by either way, in turn.
template <class Family>
std::vector<std::uint32_t> lookup_all(const typename Family::Lpm& lpm,
                                      const std::vector<Probe>& probes, std::size_t pass) {
    test::Addresses addresses;
    for (const Probe& probe : probes) addresses.push_back(probe.address);
    if (pass % 3 == 1) return Family::lookup(lpm, addresses, test::Way::scalar);
    if (pass % 3 == 2 && kVectorLookup) return Family::lookup(lpm, addresses, test::Way::vector);
    std::vector<std::uint32_t> found;
    for (const Octets& address : addresses) found.push_back(Family::lookup(lpm, address));
    return found;
}

template <class Family>
void readers_see_only_what_is_true() {
    OneReaderReclaimer reclaimer;
    typename Family::Lpm lpm(reclaimer, 1 << 14U);
    const auto prefixes = rc::gen::nonEmpty(
        rc::gen::container<std::vector<RandomPrefix>>(test::prefix_of(Family::kOctets)));
    NaiveTable lasting;
    std::uint32_t value = 1;
    for (const RandomPrefix& prefix : *prefixes) {
        lasting.set(prefix, value);
        lpm.set(Family::key(prefix), prefix.length, value++);
    }
    std::vector<std::pair<RandomPrefix, std::uint32_t>> flapping;
    for (const RandomPrefix& prefix : *prefixes) {
        if (!lpm.find(Family::key(prefix), prefix.length)) flapping.emplace_back(prefix, value++);
    }
    std::vector<Probe> probes;
    for (const auto& [prefix, unused] : lasting.routes()) {
        probes.push_back(probe_of(prefix.octets, lasting, flapping));
    }
    for (const auto& [prefix, unused] : flapping) {
        probes.push_back(probe_of(prefix.octets, lasting, flapping));
    }

    std::atomic<bool> stop{false};
    std::vector<Wrong> wrong;
    std::thread reader([&] {
        for (std::size_t pass = 0; !stop.load(std::memory_order_relaxed); ++pass) {
            const std::vector<std::uint32_t> found = lookup_all<Family>(lpm, probes, pass);
            for (std::size_t index = 0; index < probes.size(); ++index) {
                if (!probes[index].legal.contains(found[index])) {
                    wrong.push_back({index, found[index]});
                }
            }
            reclaimer.pass_done();
        }
    });
    // As long as it takes for reads and writes to have met often, but not for ever.
    for (unsigned round = 0; round < 50 || (reclaimer.passes() < 20 && round < 2000); ++round) {
        for (const auto& [prefix, own] : flapping) {
            if (lpm.free_tables() >= Family::Lpm::kLevels) {
                lpm.set(Family::key(prefix), prefix.length, own);
            }
            reclaimer.run_due();
        }
        for (const auto& [prefix, own] : flapping) {
            lpm.remove(Family::key(prefix), prefix.length);
            reclaimer.run_due();
        }
    }
    stop = true;
    reader.join();
    RC_ASSERT(wrong.empty());
    for (const Probe& probe : probes) {
        RC_ASSERT(Family::lookup(lpm, probe.address) == lasting.lookup(probe.address));
    }
}

RC_GTEST_PROP(Lpm4Readers, SeeOnlyWhatIsTrue, ()) {
    readers_see_only_what_is_true<test::Family4>();
}
RC_GTEST_PROP(Lpm6Readers, SeeOnlyWhatIsTrue, ()) {
    readers_see_only_what_is_true<test::Family6>();
}

}  // namespace
}  // namespace torii::fib

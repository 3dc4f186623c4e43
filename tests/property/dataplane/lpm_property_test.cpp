#include "tests/property/dataplane/prefixes.h"
#include "tests/unit/dataplane/fib/deferred_reclaimer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <tuple>

namespace torii::fib {
namespace {

using test::NaiveTable;
using test::RandomPrefix;

struct Step {
    bool add = true;
    RandomPrefix prefix;
    std::uint32_t value = 1;
    bool readers_move_on = false;
};

void showValue(const Step& step, std::ostream& out) {
    out << (step.add ? "add " : "remove ");
    test::showValue(step.prefix, out);
    out << " = " << step.value;
}

// Steps that often name a prefix again that an earlier one named.
std::vector<Step> random_steps(unsigned octets) {
    const auto pool =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<RandomPrefix>>(test::prefix_of(octets)));
    const auto step =
        rc::gen::map(rc::gen::tuple(rc::gen::weightedElement<bool>({{3, true}, {2, false}}),
                                    rc::gen::elementOf(pool), rc::gen::inRange<std::uint32_t>(1, 6),
                                    rc::gen::arbitrary<bool>()),
                     [](const auto& parts) {
                         return Step{std::get<0>(parts), std::get<1>(parts), std::get<2>(parts),
                                     std::get<3>(parts)};
                     });
    return *rc::gen::container<std::vector<Step>>(step);
}

// First and last address of a prefix: where an error by one shows.
std::vector<std::array<std::uint8_t, 16>> edges(const RandomPrefix& prefix, unsigned octets) {
    std::array<std::uint8_t, 16> last = prefix.octets;
    for (unsigned bit = prefix.length; bit < octets * 8; ++bit) {
        last[bit / 8] = static_cast<std::uint8_t>(last[bit / 8] | 0x80U >> (bit % 8));
    }
    return {prefix.octets, last};
}

template <class Family>
void equals_the_naive_table() {
    test::DeferredReclaimer reclaimer;
    typename Family::Lpm lpm(reclaimer, 4096);
    NaiveTable naive;
    const std::vector<Step> steps = random_steps(Family::kOctets);
    const auto probes = *rc::gen::container<std::vector<std::array<std::uint8_t, 16>>>(
        20, test::address_of(Family::kOctets));
    const auto same = [&](const std::array<std::uint8_t, 16>& address) {
        RC_ASSERT(Family::lookup(lpm, address) == naive.lookup(address));
    };
    for (const Step& step : steps) {
        if (step.add) {
            lpm.set(Family::key(step.prefix), step.prefix.length, step.value);
            naive.set(step.prefix, step.value);
        } else {
            RC_ASSERT(lpm.remove(Family::key(step.prefix), step.prefix.length) ==
                      naive.remove(step.prefix));
        }
        if (step.readers_move_on) reclaimer.release();
        for (const auto& address : edges(step.prefix, Family::kOctets)) same(address);
        RC_ASSERT(lpm.size() == naive.size());
    }
    test::Addresses addresses = probes;
    for (const Step& step : steps) {
        for (const auto& address : edges(step.prefix, Family::kOctets))
            addresses.push_back(address);
    }
    // Of no round number.
    addresses.resize(*rc::gen::inRange<std::size_t>(1, addresses.size() + 1));
    for (const auto& address : addresses) same(address);
    for (const test::Way way : {test::Way::scalar, test::Way::vector}) {
        if (way == test::Way::vector && !fib::kVectorLookup) continue;
        const std::vector<std::uint32_t> found = Family::lookup(lpm, addresses, way);
        for (std::size_t index = 0; index < addresses.size(); ++index) {
            RC_ASSERT(found[index] == naive.lookup(addresses[index]));
        }
    }
}

// Whatever came and went: no route, no table.
template <class Family>
void leaks_no_table() {
    test::DeferredReclaimer reclaimer;
    typename Family::Lpm lpm(reclaimer, 4096);
    const std::vector<Step> steps = random_steps(Family::kOctets);
    for (const Step& step : steps) {
        if (step.add) {
            lpm.set(Family::key(step.prefix), step.prefix.length, step.value);
        } else {
            lpm.remove(Family::key(step.prefix), step.prefix.length);
        }
    }
    for (const Step& step : steps) lpm.remove(Family::key(step.prefix), step.prefix.length);
    reclaimer.release();
    RC_ASSERT(lpm.size() == 0U);
    RC_ASSERT(lpm.used_tables() == 0U);
}

RC_GTEST_PROP(Lpm4Property, EqualsTheNaiveTable, ()) {
    equals_the_naive_table<test::Family4>();
}
RC_GTEST_PROP(Lpm6Property, EqualsTheNaiveTable, ()) {
    equals_the_naive_table<test::Family6>();
}
RC_GTEST_PROP(Lpm4Property, LeaksNoTable, ()) {
    leaks_no_table<test::Family4>();
}
RC_GTEST_PROP(Lpm6Property, LeaksNoTable, ()) {
    leaks_no_table<test::Family6>();
}

}  // namespace
}  // namespace torii::fib

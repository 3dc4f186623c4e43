#include "tests/property/dataplane/ecmp_router.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <random>

// What an operator may rely on when a route has several next hops, seen from outside: by the
// packets that leave.
namespace torii::pipeline {
namespace {

using test::EcmpMember;
using test::EcmpRouter;
using test::Flow;
using test::members_of;

using Counts = std::map<std::uint16_t, double>;

Counts count(const std::vector<std::uint16_t>& gateways) {
    Counts counts;
    for (const std::uint16_t gateway : gateways) ++counts[gateway];
    return counts;
}

// Flows as they come: many clients of one service, one client's connections, clients of many
// services, or anything; never the same one twice.
std::vector<Flow> random_flows(std::size_t amount) {
    const bool v6 = *rc::gen::arbitrary<bool>();
    const int kind = *rc::gen::inRange(0, 4);
    const auto start = *rc::gen::arbitrary<std::uint32_t>();
    std::mt19937 random(start);
    std::vector<Flow> flows;
    for (std::uint32_t number = 0; number < amount; ++number) {
        Flow flow{v6, start, start >> 7U, 50000, 443};
        switch (kind) {
            case 0: flow.source += number; break;
            case 1:
                flow.source += number / 50000;
                flow.source_port = static_cast<std::uint16_t>(1024 + number % 50000);
                break;
            case 2:
                flow.destination += number % 256;
                flow.source += number / 256;
                break;
            default:
                flow = {v6, static_cast<std::uint32_t>(random()),
                        static_cast<std::uint32_t>(random()), static_cast<std::uint16_t>(random()),
                        static_cast<std::uint16_t>(random())};
        }
        flows.push_back(flow);
    }
    return flows;
}

std::uint32_t random_seed() {
    return *rc::gen::arbitrary<std::uint32_t>();
}

RC_GTEST_PROP(Ecmp, SpreadsFlowsOver64Members, ()) {
    EcmpRouter router(members_of(64), random_seed());
    const std::vector<Flow> flows = random_flows(32'000);
    Counts counts = count(router.gateways(flows));
    double chi_square = 0;
    double most = 0;
    for (std::uint16_t gateway = 1; gateway <= 64; ++gateway) {
        const double share = router.share(flows[0].v6, gateway);
        most = std::max(most, share * 64);
        const double expected = share * static_cast<double>(flows.size());
        const double off = counts[gateway] - expected;
        chi_square += off * off / expected;
    }
    RC_ASSERT(most <= 1.06);
    RC_ASSERT(chi_square < 150);  // 63 degrees of freedom: beyond it once in 10^8
}

// Two routers in a row with four ways each: what one way of the first brings, the second spreads
// again as evenly.
RC_GTEST_PROP(Ecmp, DoesNotPolariseInTwoTiers, ()) {
    const std::uint32_t seed = random_seed();
    EcmpRouter first(members_of(4), seed, 1);
    EcmpRouter second(members_of(4), seed + *rc::gen::inRange<std::uint32_t>(1, 1000), 2);
    const std::vector<Flow> flows = random_flows(200'000);
    const std::vector<std::uint16_t> ways = first.gateways(flows);
    for (std::uint16_t way = 1; way <= 4; ++way) {
        std::vector<Flow> arriving;
        for (std::size_t index = 0; index < flows.size(); ++index) {
            if (ways[index] == way) arriving.push_back(flows[index]);
        }
        const auto total = static_cast<double>(arriving.size());
        RC_ASSERT(std::abs(total / static_cast<double>(flows.size()) - 0.25) <= 0.02);
        Counts amounts = count(second.gateways(arriving));
        for (std::uint16_t gateway = 1; gateway <= 4; ++gateway) {
            // Of 50000 flows: five standard deviations.
            const double share = second.share(flows[0].v6, gateway);
            RC_ASSERT(std::abs(share - 0.25) <= 0.02);
            RC_ASSERT(std::abs(amounts[gateway] / total - share) <= 0.01);
        }
    }
}

// When a member leaves, its flows find another; hardly a hundredth of the others' move. When it
// comes back, all is as it was.
RC_GTEST_PROP(Ecmp, LeavesFlowsOfSurvivorsAlone, ()) {
    const auto size = *rc::gen::inRange<std::uint16_t>(2, 65);
    const auto gone = *rc::gen::inRange<std::uint16_t>(1, static_cast<std::uint16_t>(size + 1));
    const std::vector<EcmpMember> members = members_of(size);
    std::vector<EcmpMember> left = members;
    left.erase(left.begin() + gone - 1);
    EcmpRouter router(members, random_seed());
    const std::vector<Flow> flows = random_flows(20'000);
    const auto before = router.gateways(flows);
    router.set_members(left);
    const auto without = router.gateways(flows);
    std::size_t survivors = 0;
    std::size_t moved = 0;
    for (std::size_t index = 0; index < flows.size(); ++index) {
        RC_ASSERT(without[index] != gone);
        if (before[index] == gone) continue;
        ++survivors;
        if (without[index] != before[index]) ++moved;
    }
    RC_CLASSIFY(moved == 0U, "none moved");
    RC_ASSERT(moved * 100 <= survivors);
    router.set_members(members);
    RC_ASSERT(router.gateways(flows) == before);
}

// Whichever worker forwards, and whatever has happened to a router since it started.
RC_GTEST_PROP(Ecmp, IsTheSameOnEveryWorkerAndRouter, ()) {
    const auto size = *rc::gen::inRange<std::uint16_t>(2, 80);
    const std::uint32_t seed = random_seed();
    std::vector<EcmpMember> members = members_of(size);
    EcmpRouter one(members, seed, 1, 0);
    std::ranges::reverse(members);
    std::vector<EcmpMember> more = members;
    more.push_back({1000, 3});
    EcmpRouter other(more, seed, 1, 1);
    const auto selection = *rc::gen::element(fib::Selection::resilient, fib::Selection::threshold);
    one.set_selection(selection);
    other.set_selection(selection);
    other.set_members({{1000, 1}});
    other.set_members(members);
    const std::vector<Flow> flows = random_flows(5'000);
    RC_ASSERT(one.gateways(flows) == other.gateways(flows));
}

RC_GTEST_PROP(Ecmp, KeepsWeights, ()) {
    std::vector<EcmpMember> members = members_of(*rc::gen::inRange<std::uint16_t>(2, 9));
    double total = 0;
    for (EcmpMember& member : members) {
        member.weight = *rc::gen::inRange<std::uint32_t>(1, 11);
        total += member.weight;
    }
    EcmpRouter router(members, random_seed());
    const std::vector<Flow> flows = random_flows(100'000);
    Counts counts = count(router.gateways(flows));
    for (const EcmpMember& member : members) {
        const double share = router.share(flows[0].v6, member.gateway);
        // Five standard deviations of a fair lottery over the buckets.
        RC_ASSERT(std::abs(share - member.weight / total) <= 0.04);
        RC_ASSERT(std::abs(counts[member.gateway] / static_cast<double>(flows.size()) - share) <=
                  0.01);
    }
}

// Whatever the groups' order: what goes out by one gateway comes back by it.
RC_GTEST_PROP(Ecmp, SymmetricTakesOneGatewayForBothDirections, ()) {
    EcmpRouter router(members_of(*rc::gen::inRange<std::uint16_t>(2, 65)), random_seed());
    const std::vector<Flow> flows = random_flows(5'000);
    std::vector<Flow> back;
    for (const Flow& flow : flows) back.push_back(reversed(flow));
    router.set_symmetric(true);
    RC_ASSERT(router.gateways(flows) == router.gateways(back));
    router.set_mode(fib::HashMode::l3);
    RC_ASSERT(router.gateways(flows) == router.gateways(back));
    router.set_mode(fib::HashMode::l4);
    router.set_symmetric(false);
    RC_ASSERT(router.gateways(flows) != router.gateways(back));
}

RC_GTEST_PROP(Ecmp, SymmetricSpreadsAsEvenly, ()) {
    EcmpRouter router(members_of(64), random_seed());
    router.set_symmetric(true);
    const std::vector<Flow> flows = random_flows(32'000);
    Counts counts = count(router.gateways(flows));
    double chi_square = 0;
    for (std::uint16_t gateway = 1; gateway <= 64; ++gateway) {
        const double expected =
            router.share(flows[0].v6, gateway) * static_cast<double>(flows.size());
        const double off = counts[gateway] - expected;
        chi_square += off * off / expected;
    }
    RC_ASSERT(chi_square < 150);
}

// RFC 2992 section 3: when one of N members leaves, those before it lose the beginning of their
// ranges and those behind it the end, by 1 / (N (N - 1)) more for each place away from the edge.
RC_GTEST_PROP(Ecmp, ThresholdMovesFlowsAsLinuxDoes, ()) {
    const auto size = *rc::gen::inRange<std::uint16_t>(2, 65);
    const auto gone = *rc::gen::inRange<std::uint16_t>(1, static_cast<std::uint16_t>(size + 1));
    const std::vector<EcmpMember> members = members_of(size);
    std::vector<EcmpMember> left = members;
    left.erase(left.begin() + gone - 1);
    EcmpRouter router(members, random_seed());
    router.set_selection(fib::Selection::threshold);
    const std::vector<Flow> flows = random_flows(20'000);
    const auto before = router.gateways(flows);
    router.set_members(left);
    const auto without = router.gateways(flows);
    double moved = 0;
    for (std::size_t index = 0; index < flows.size(); ++index) {
        RC_ASSERT(without[index] != gone);
        if (without[index] != before[index]) ++moved;
    }
    const double n = size;
    const double before_it = gone - 1;
    const double behind_it = n - gone;
    const double expected =
        1 / n + (before_it * (before_it - 1) + behind_it * (behind_it - 1)) / 2 / n / (n - 1);
    RC_ASSERT(std::abs(moved / static_cast<double>(flows.size()) - expected) <= 0.03);
    router.set_members(members);
    RC_ASSERT(router.gateways(flows) == before);
}

// Another way to share out moves flows, but loses none (gateways() would throw).
RC_GTEST_PROP(Ecmp, ChangesItsSelectionWithoutLoss, ()) {
    EcmpRouter router(members_of(*rc::gen::inRange<std::uint16_t>(2, 65)), random_seed());
    const std::vector<Flow> flows = random_flows(2'000);
    const auto resilient = router.gateways(flows);
    router.set_selection(fib::Selection::threshold);
    RC_ASSERT(router.gateways(flows) != resilient);
    router.set_selection(fib::Selection::resilient);
    RC_ASSERT(router.gateways(flows) == resilient);
}

// Another hash moves flows, but loses none (gateways() would throw).
RC_GTEST_PROP(Ecmp, ChangesItsHashWithoutLoss, ()) {
    EcmpRouter router(members_of(16), random_seed());
    std::vector<Flow> flows = random_flows(2'000);
    for (Flow& flow : flows) flow.source = flow.destination = 7;
    const auto l4 = router.gateways(flows);
    router.set_mode(fib::HashMode::l3);
    const auto l3 = router.gateways(flows);
    RC_ASSERT(count(l3).size() == 1U);
    router.set_mode(fib::HashMode::l4);
    RC_ASSERT(router.gateways(flows) == l4);
}

}  // namespace
}  // namespace torii::pipeline

// What is selected follows from the paths alone: not from the order of their arrival, not from
// paths that came and went, not from how arrivals are split into batches.
#include "controlplane/rib/table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace torii::rib {
namespace {

constexpr std::uint16_t kPeers = 8;

struct Draft {
    std::uint16_t peer = 1;
    std::uint32_t local_pref = 100;
    std::uint32_t med = 0;
    std::uint32_t neighbor_as = 65001;
    std::size_t length = 1;
    std::uint8_t origin = 0;
    std::uint32_t next_hop = 1;
    bool stale = false;
};
// Few values each, so that ties are frequent.
Draft any_draft(std::uint16_t peer) {
    Draft draft;
    draft.peer = peer;
    draft.local_pref = *rc::gen::element(100U, 100U, 100U, 200U);
    draft.med = *rc::gen::inRange(0U, 3U);
    draft.neighbor_as = *rc::gen::element(65001U, 65002U);
    draft.length = *rc::gen::element<std::size_t>(1, 1, 2);
    draft.origin = *rc::gen::element<std::uint8_t>(0, 0, 1);
    draft.next_hop = *rc::gen::inRange(1U, 6U);
    draft.stale = *rc::gen::arbitrary<bool>();
    return draft;
}

// One path at most from each peer.
std::vector<Draft> any_drafts() {
    std::vector<Draft> drafts;
    for (std::uint16_t peer = 1; peer <= kPeers; ++peer) {
        if (*rc::gen::arbitrary<bool>()) drafts.push_back(any_draft(peer));
    }
    return drafts;
}

std::vector<Draft> any_order(std::vector<Draft> drafts) {
    for (std::size_t left = drafts.size(); left > 1; --left) {
        std::swap(drafts[left - 1], drafts[*rc::gen::inRange<std::size_t>(0, left)]);
    }
    return drafts;
}

class Subject {
public:
    explicit Subject(const DecisionRules& rules) {
        table_.set_rules(rules);
        for (std::uint16_t number = 1; number <= kPeers; ++number) {
            // Some share a router ID; odd ones are external.
            table_.set_peer(PeerId{number}, {IpAddress::v4(0x0a000000U + number),
                                             bgp::RouterId{number / 2U + 1U}, number % 2 == 1});
        }
    }

    void announce(const Draft& draft) {
        bgp::PathAttributes attributes;
        attributes.local_pref = draft.local_pref;
        attributes.med = draft.med;
        attributes.as_path =
            bgp::AsPath::sequence(std::vector<bgp::Asn>(draft.length, bgp::Asn{draft.neighbor_as}));
        attributes.origin = static_cast<bgp::Origin>(draft.origin);
        attributes.next_hop = IpAddress::v4(0xc0a80000U + draft.next_hop);
        Path path;
        path.attributes = stores_.attributes.intern(attributes);
        path.peer = PeerId{draft.peer};
        path.stale = draft.stale;
        table_.announce(kPrefix, std::move(path));
    }
    void withdraw(std::uint16_t peer) { table_.withdraw(PeerId{peer}, kPrefix); }
    void turn() { table_.release(table_.select()); }

    struct Outcome {
        std::optional<std::uint16_t> best;
        NextHops next_hops;
        Reason reason = Reason::none;
        bool operator==(const Outcome&) const = default;
    };
    [[nodiscard]] Outcome outcome() const {
        Outcome outcome;
        const auto entry = table_.find(kPrefix);
        if (!entry) return outcome;
        if (const Path* best = entry->best()) outcome.best = best->peer.value();
        if (entry->next_hops) outcome.next_hops = *entry->next_hops;
        outcome.reason = entry->reason;
        return outcome;
    }

private:
    inline static const Prefix kPrefix = Prefix::host(IpAddress::v4(0xc0a85a01));

    Stores stores_;
    Table table_{stores_};
};

DecisionRules any_rules() {
    DecisionRules rules;
    rules.compare_router_id = true;
    rules.multipath_relax = *rc::gen::arbitrary<bool>();
    rules.always_compare_med = *rc::gen::arbitrary<bool>();
    rules.maximum_paths_ebgp = *rc::gen::inRange(1U, 9U);
    rules.maximum_paths_ibgp = *rc::gen::inRange(1U, 9U);
    return rules;
}

RC_GTEST_PROP(Selection, DoesNotDependOnTheOrderOfArrival, ()) {
    const DecisionRules rules = any_rules();
    const std::vector<Draft> drafts = any_drafts();
    Subject one(rules);
    Subject other(rules);
    for (const Draft& draft : drafts) one.announce(draft);
    one.turn();
    for (const Draft& draft : any_order(drafts)) {
        other.announce(draft);
        if (*rc::gen::arbitrary<bool>()) other.turn();
    }
    other.turn();
    RC_ASSERT(one.outcome() == other.outcome());
    RC_ASSERT(one.outcome().best.has_value() == !drafts.empty());
}

RC_GTEST_PROP(Selection, DoesNotDependOnWhatCameAndWent, ()) {
    const DecisionRules rules = any_rules();
    const std::vector<Draft> drafts = any_drafts();
    Subject one(rules);
    for (const Draft& draft : drafts) one.announce(draft);
    one.turn();

    Subject other(rules);
    std::set<std::uint16_t> kept;
    for (const Draft& draft : drafts) kept.insert(draft.peer);
    for (int round = 0; round < 12; ++round) {
        const auto peer = *rc::gen::inRange<std::uint16_t>(1, kPeers + 1);
        if (*rc::gen::arbitrary<bool>()) {
            other.announce(any_draft(peer));
        } else {
            other.withdraw(peer);
        }
        if (*rc::gen::arbitrary<bool>()) other.turn();
    }
    for (const Draft& draft : any_order(drafts)) other.announce(draft);
    for (std::uint16_t peer = 1; peer <= kPeers; ++peer) {
        if (!kept.contains(peer)) other.withdraw(peer);
    }
    other.turn();
    RC_ASSERT(one.outcome() == other.outcome());
}

// Without comparing router IDs the best path depends on history, as it must; which next hops are in
// use does not while all equals fit in.
RC_GTEST_PROP(Selection, NextHopsDoNotDependOnHistoryEvenIfTheBestDoes, ()) {
    DecisionRules rules;
    rules.multipath_relax = true;
    rules.maximum_paths_ebgp = rules.maximum_paths_ibgp = kPeers;
    const std::vector<Draft> drafts = any_drafts();
    Subject one(rules);
    for (const Draft& draft : drafts) one.announce(draft);
    one.turn();
    Subject other(rules);
    for (const Draft& draft : any_order(drafts)) {
        other.announce(draft);
        other.turn();
    }
    RC_ASSERT(one.outcome().next_hops == other.outcome().next_hops);
}

RC_GTEST_PROP(Selection, NoMorePathsThanAllowedAndNoneTwice, ()) {
    const DecisionRules rules = any_rules();
    Subject subject(rules);
    for (const Draft& draft : any_drafts()) subject.announce(draft);
    subject.turn();
    const NextHops hops = subject.outcome().next_hops;
    if (hops.empty()) return;
    const std::size_t limit =
        hops.front().external ? rules.maximum_paths_ebgp : rules.maximum_paths_ibgp;
    RC_ASSERT(hops.size() <= limit);
    RC_ASSERT(std::ranges::adjacent_find(hops, {}, &NextHop::address) == hops.end());
}

}  // namespace
}  // namespace torii::rib

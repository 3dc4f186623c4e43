// Aggregates and default routes, where the moment counts: nobody hears of what is not there yet, or
// of one thing twice.
#include "controlplane/policy/library.h"
#include "desk.h"

namespace torii::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const Prefix kPods = prefix("172.20.0.0/16");
const Prefix kRoute = prefix("172.20.2.0/24");
const Prefix kOther = prefix("172.20.3.0/24");
const Prefix kFar = prefix("10.9.0.0/16");

class Origination : public Desktop {
protected:
    static bgp::FamilyPolicies& policies_of(speaker::SpeakerConfig& config) {
        return config.dynamic_neighbors[0].peer.policies[0];
    }
    static speaker::SpeakerConfig aggregating(const speaker::AggregateConfig& aggregate) {
        speaker::SpeakerConfig with = config();
        with.families[0].aggregates = {aggregate};
        return with;
    }
    // The policy FAR accepts 10.9.0.0/16, and nothing else.
    static std::shared_ptr<const policy::Library> far_only() {
        policy::Definitions definitions;
        definitions.prefix_sets = {{"FAR", {{5, true, kFar, {}, {}}}}};
        policy::Statement statement;
        statement.sequence = 10;
        statement.match.prefix_set = "FAR";
        statement.change.med = policy::MedChange{.value = 9};
        definitions.policies = {{"FAR", {statement}}};
        return std::make_shared<const policy::Library>(
            policy::Library::compile(definitions).value());
    }
    void configure(const speaker::SpeakerConfig& config) {
        ASSERT_TRUE(core_->configure(config).has_value());
        settle();
    }
    // What a node hears from now on.
    std::vector<std::string> hears(Node& node) {
        auto told = node.told();
        node.heard.clear();
        std::erase_if(told, [](const std::string& one) { return one.starts_with("End-of-RIB"); });
        return told;
    }
    void open(Node& node) {
        node.establish(desk_.acceptor());
        settle();
    }
    [[nodiscard]] ipc::BgpPath path(const Prefix& of) const {
        const auto table = core_->table({Family::ipv4_unicast}, of);
        return table.entries_size() == 0 ? ipc::BgpPath{} : table.entries(0).paths(0);
    }
};

TEST_F(Origination, AnAggregateComesWithItsFirstRouteAndGoesWithItsLast) {
    start(aggregating({.prefix = kPods}));
    open(first_);
    open(far_);
    EXPECT_THAT(hears(far_), IsEmpty());
    first_.announce(kRoute);
    first_.announce(kOther);
    settle();
    EXPECT_THAT(hears(far_),
                UnorderedElementsAre("172.20.0.0/16 via 10.0.1.1", "172.20.2.0/24 via 10.0.1.1",
                                     "172.20.3.0/24 via 10.0.1.1"));
    EXPECT_TRUE(path(kPods).aggregated());
    EXPECT_EQ(path(kPods).aggregator(), "65000 0.0.0.1");
    first_.withdraw(kRoute);
    settle();
    EXPECT_THAT(hears(far_), ElementsAre("-172.20.2.0/24"));
    first_.vanish();
    settle();
    world_.run(std::chrono::seconds(20));  // more than it may take to restart
    const auto last = hears(far_);
    EXPECT_EQ(std::ranges::count(last, "-172.20.0.0/16"), 1);
    EXPECT_EQ(std::ranges::count(last, "-172.20.3.0/24"), 1);
}

TEST_F(Origination, SummaryOnlyIsAllThatIsHeard) {
    start(aggregating({.prefix = kPods, .summary_only = true}));
    open(first_);
    open(far_);
    first_.announce(kRoute);
    first_.announce(kOther);
    first_.announce(kFar);
    settle();
    EXPECT_THAT(hears(far_),
                UnorderedElementsAre("172.20.0.0/16 via 10.0.1.1", "10.9.0.0/16 via 10.0.1.1"));
    EXPECT_TRUE(path(kRoute).suppressed());
    EXPECT_TRUE(path(kRoute).best()) << "we use it ourselves";
    EXPECT_FALSE(path(kFar).suppressed());
    // Who comes later hears no more.
    open(second_);
    EXPECT_THAT(hears(second_),
                UnorderedElementsAre("172.20.0.0/16 via 10.0.0.1", "10.9.0.0/16 via 10.0.0.2"));
}

TEST_F(Origination, WhatIsConfiguredLaterIsToldAtOnce) {
    start(config());
    open(first_);
    open(far_);
    first_.announce(kRoute);
    first_.announce(kOther);
    settle();
    hears(far_);
    configure(aggregating({.prefix = kPods, .summary_only = true}));
    EXPECT_THAT(hears(far_), UnorderedElementsAre("172.20.0.0/16 via 10.0.1.1", "-172.20.2.0/24",
                                                  "-172.20.3.0/24"));
    configure(config());
    EXPECT_THAT(hears(far_), UnorderedElementsAre("-172.20.0.0/16", "172.20.2.0/24 via 10.0.1.1",
                                                  "172.20.3.0/24 via 10.0.1.1"));
}

// The next hop of an aggregate is told as none: discard.
TEST_F(Origination, ForwardingIsToldOfAnAggregate) {
    start(aggregating({.prefix = kPods}));
    open(first_);
    first_.announce(kRoute);
    turns_.clear();
    settle();
    std::vector<std::string> told;
    for (const auto& turn : turns_) told.insert(told.end(), turn.begin(), turn.end());
    EXPECT_THAT(told, UnorderedElementsAre("172.20.2.0/24 width 1", "172.20.0.0/16 width 1"));
}

TEST_F(Origination, ADefaultRouteIsSentWhereThereIsNone) {
    speaker::SpeakerConfig with = config();
    policies_of(with).default_originate = true;
    start(with);
    open(far_);
    EXPECT_THAT(hears(far_), ElementsAre("0.0.0.0/0 via 10.0.1.1"));
    EXPECT_TRUE(core_
                    ->table_head({Family::ipv4_unicast, speaker::TableView::Routes::advertised,
                                  far_.info.remote})
                    .originating_default() == "0.0.0.0/0");
    EXPECT_TRUE(state(far_).prefixes(0).default_sent());
    // One that is learned is not sent on beside it.
    open(first_);
    first_.announce(prefix("0.0.0.0/0"));
    settle();
    EXPECT_THAT(hears(far_), IsEmpty());
    configure(config());
    EXPECT_THAT(hears(far_), ElementsAre("0.0.0.0/0 via 10.0.1.1")) << "the learned one";
    first_.withdraw(prefix("0.0.0.0/0"));
    settle();
    EXPECT_THAT(hears(far_), ElementsAre("-0.0.0.0/0"));
}

TEST_F(Origination, ADefaultRouteGoesWithItsOption) {
    speaker::SpeakerConfig with = config();
    policies_of(with).default_originate = true;
    start(with);
    open(far_);
    hears(far_);
    configure(config());
    EXPECT_THAT(hears(far_), ElementsAre("-0.0.0.0/0"));
    EXPECT_FALSE(state(far_).prefixes(0).default_originate());
    configure(with);
    EXPECT_THAT(hears(far_), ElementsAre("0.0.0.0/0 via 10.0.1.1"));
}

TEST_F(Origination, ADefaultRouteDependsOnARoute) {
    speaker::SpeakerConfig with = config();
    with.policies = far_only();
    policies_of(with).default_policies = {"FAR"};
    policies_of(with).default_originate = true;
    start(with);
    open(first_);
    open(far_);
    EXPECT_THAT(hears(far_), IsEmpty());
    EXPECT_FALSE(state(far_).prefixes(0).default_sent());
    first_.announce(kFar);
    settle();
    EXPECT_THAT(hears(far_),
                UnorderedElementsAre("10.9.0.0/16 via 10.0.1.1", "0.0.0.0/0 via 10.0.1.1"));
    EXPECT_THAT(hears(first_), ElementsAre("0.0.0.0/0 via 10.0.0.1"));
    first_.withdraw(kFar);
    settle();
    EXPECT_THAT(hears(far_), UnorderedElementsAre("-10.9.0.0/16", "-0.0.0.0/0"));
}

}  // namespace
}  // namespace torii::sim

#include "controlplane/rib/aggregates.h"

#include "controlplane/bgp/community.h"
#include "controlplane/policy/library.h"
#include "controlplane/rib/adj_rib_out.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace torii::rib {
namespace {

Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}

const Prefix kPods = prefix("10.1.0.0/16");
const bgp::Aggregator kSelf{bgp::Asn{65000}, IpAddress::v4(0x0a000064)};

class Aggregating : public testing::Test {
protected:
    Aggregating() {
        table_.set_peer(kLocalPeer, {{}, bgp::RouterId{100}, false});
        for (std::uint16_t number = 1; number <= 3; ++number) {
            table_.set_peer(PeerId{number}, {hop(number), bgp::RouterId{number}, true});
        }
        export_.local_as = bgp::Asn{65000};
        export_.self = IpAddress::v4(0x0a0000fe);
    }

    static IpAddress hop(std::uint32_t number) { return IpAddress::v4(0x0a000000 + number); }
    static bgp::PathAttributes learned(std::vector<bgp::Asn> path) {
        bgp::PathAttributes attributes;
        attributes.as_path = bgp::AsPath::sequence(std::move(path));
        attributes.next_hop = hop(1);
        return attributes;
    }

    void configure(const Aggregates::Rules& rules) {
        aggregates_.configure(rules, kSelf);
        turn();
    }
    void announce(const char* to, const bgp::PathAttributes& attributes, std::uint16_t peer = 1) {
        Path path;
        path.attributes = stores_.attributes.intern(attributes);
        path.peer = PeerId{peer};
        table_.announce(prefix(to), path);
    }
    void announce(const char* to) { announce(to, learned({bgp::Asn{65001}})); }
    void withdraw(const char* from) { table_.withdraw(PeerId{1}, prefix(from)); }
    // Turns of the loop until there is nothing left to do.
    void turn() {
        while (table_.dirty() || aggregates_.pending()) {
            auto changes = table_.select();
            aggregates_.update(changes, TimePoint{}, 1);
            for (AdjRibOut* out : outs_) (void)out->update(changes);
            table_.release(changes);
        }
    }
    [[nodiscard]] std::optional<bgp::PathAttributes> aggregate(const Prefix& of = kPods) const {
        const auto entry = table_.find(of);
        if (!entry || entry->best() == nullptr) return std::nullopt;
        const Path& best = *entry->best();
        if (best.source != policy::RouteSource::aggregate) return std::nullopt;
        return best.attributes.unpack();
    }
    [[nodiscard]] bool sent(const AdjRibOut& out, const char* what) const {
        const auto id = table_.id_of(prefix(what));
        return id && out.route(*id).sent;
    }
    // A policy that does one thing with what is inside of a prefix, and rejects the rest.
    static policy::Chain chain(const char* inside, const policy::Change& change = {}) {
        policy::Definitions definitions;
        definitions.prefix_sets = {
            {"SET", {{.sequence = 1, .prefix = prefix(inside), .ge = {}, .le = 32}}}};
        policy::Statement statement;
        statement.sequence = 10;
        statement.match.prefix_set = "SET";
        statement.change = change;
        definitions.policies = {{"MAP", {statement}, policy::Action::reject}};
        const std::vector<std::string> names{"MAP"};
        return policy::Library::compile(definitions).value().chain(names).value();
    }

    Stores stores_;
    Table table_{stores_};
    Aggregates aggregates_{table_, stores_};
    ExportRules export_;
    std::vector<AdjRibOut*> outs_;
};

TEST_F(Aggregating, IsThereWhileAMoreSpecificRouteIs) {
    configure({{kPods, {}}});
    EXPECT_FALSE(aggregate()) << "there is nothing that it stands for";
    announce("10.1.0.0/16");
    announce("10.2.0.0/24");
    turn();
    EXPECT_FALSE(aggregate()) << "neither its own prefix nor a foreign one counts";
    withdraw("10.1.0.0/16");
    announce("10.1.3.0/24");
    announce("10.1.4.0/24");
    turn();
    EXPECT_TRUE(aggregate());
    withdraw("10.1.3.0/24");
    turn();
    EXPECT_TRUE(aggregate());
    withdraw("10.1.4.0/24");
    turn();
    EXPECT_FALSE(table_.find(kPods)) << "the last one took it along";
}

TEST_F(Aggregating, FindsWhatWasThereBeforeIt) {
    for (const char* one : {"10.1.3.0/24", "10.1.4.0/24", "10.3.0.0/24"}) announce(one);
    turn();
    configure({{kPods, {.summary_only = true}}});
    EXPECT_TRUE(aggregate());
    EXPECT_TRUE(table_.suppressed(*table_.id_of(prefix("10.1.3.0/24"))));
    EXPECT_FALSE(table_.suppressed(*table_.id_of(prefix("10.3.0.0/24"))));
    configure({});
    EXPECT_FALSE(table_.find(kPods));
    EXPECT_FALSE(table_.suppressed(*table_.id_of(prefix("10.1.3.0/24"))));
}

// RFC 4271 sections 5.1.6, 5.1.7 and 9.2.2.2; what FRR leaves out without as-set.
TEST_F(Aggregating, SaysWhoMadeItAndThatItLeavesSomethingOut) {
    configure({{kPods, {}}});
    bgp::PathAttributes one = learned({bgp::Asn{65001}});
    one.med = 50;
    one.communities = {0x00010001};
    announce("10.1.3.0/24", one);
    turn();
    ASSERT_TRUE(aggregate());
    EXPECT_EQ(aggregate()->origin, bgp::Origin::igp);
    EXPECT_TRUE(aggregate()->as_path.empty());
    EXPECT_TRUE(aggregate()->atomic_aggregate);
    EXPECT_EQ(aggregate()->aggregator, kSelf);
    EXPECT_EQ(aggregate()->med, 0U);
    EXPECT_TRUE(aggregate()->communities.empty());
    EXPECT_EQ(table_.find(kPods)->best()->weight, kLocalWeight);
}

TEST_F(Aggregating, HasTheLeastKnownOriginOfThem) {
    configure({{kPods, {}}});
    bgp::PathAttributes one = learned({bgp::Asn{65001}});
    announce("10.1.1.0/24", one);
    one.origin = bgp::Origin::egp;
    announce("10.1.2.0/24", one);
    turn();
    EXPECT_EQ(aggregate()->origin, bgp::Origin::egp);
    one.origin = bgp::Origin::incomplete;
    announce("10.1.3.0/24", one);
    turn();
    EXPECT_EQ(aggregate()->origin, bgp::Origin::incomplete);
    withdraw("10.1.3.0/24");
    turn();
    EXPECT_EQ(aggregate()->origin, bgp::Origin::egp);
    configure({{kPods, {.origin = bgp::Origin::igp}}});
    EXPECT_EQ(aggregate()->origin, bgp::Origin::igp);
}

TEST_F(Aggregating, AsSetKeepsWhatPathsBeginWithAndHasTheRest) {
    configure({{kPods, {.as_set = true}}});
    bgp::PathAttributes one = learned({bgp::Asn{1}, bgp::Asn{2}, bgp::Asn{3}});
    one.communities = {0x00010001, bgp::kGracefulShutdown};
    announce("10.1.1.0/24", one);
    turn();
    EXPECT_EQ(aggregate()->as_path.to_string(), "1 2 3");
    EXPECT_FALSE(aggregate()->atomic_aggregate) << "nothing is left out";
    EXPECT_EQ(aggregate()->communities, (std::vector<std::uint32_t>{0x00010001}));
    bgp::PathAttributes other = learned({bgp::Asn{1}, bgp::Asn{2}, bgp::Asn{4}, bgp::Asn{4}});
    other.large_communities = {{1, 2, 3}};
    announce("10.1.2.0/24", other);
    turn();
    EXPECT_EQ(aggregate()->as_path.to_string(), "1 2 {3,4}");
    EXPECT_EQ(aggregate()->large_communities.size(), 1U);
    other.atomic_aggregate = true;
    announce("10.1.2.0/24", other);
    turn();
    EXPECT_TRUE(aggregate()->atomic_aggregate) << "RFC 4271 section 9.2.2.2";
    withdraw("10.1.2.0/24");
    turn();
    EXPECT_EQ(aggregate()->as_path.to_string(), "1 2 3");
    EXPECT_FALSE(aggregate()->atomic_aggregate);
}

// RFC 4271 section 4.3: the count of a segment is one octet; a message has 4096.
TEST_F(Aggregating, AsSetThatFitsInNoMessageIsLeftOut) {
    configure({{kPods, {.as_set = true}}});
    for (std::uint32_t number = 0; number < 256; ++number) {
        Path path;
        path.attributes = stores_.attributes.intern(learned({bgp::Asn{1000 + number}}));
        path.peer = PeerId{1};
        table_.announce(Prefix::covering(IpAddress::v4(0x0a010000 + number * 256), 24), path);
    }
    turn();
    ASSERT_TRUE(aggregate());
    EXPECT_TRUE(aggregate()->as_path.empty());
    EXPECT_TRUE(aggregate()->atomic_aggregate);
    withdraw("10.1.0.0/24");
    turn();
    EXPECT_EQ(aggregate()->as_path.length(), 1U) << "a set counts one";
    EXPECT_FALSE(aggregate()->atomic_aggregate);
}

TEST_F(Aggregating, SummaryOnlyKeepsTheOthersHere) {
    AdjRibOut out(export_, table_, stores_);
    outs_ = {&out};
    configure({{kPods, {.summary_only = true}}});
    announce("10.1.3.0/24");
    announce("10.2.3.0/24");
    turn();
    EXPECT_TRUE(sent(out, "10.1.0.0/16"));
    EXPECT_FALSE(sent(out, "10.1.3.0/24"));
    EXPECT_TRUE(sent(out, "10.2.3.0/24"));
    configure({{kPods, {}}});
    EXPECT_TRUE(sent(out, "10.1.3.0/24"));
    EXPECT_TRUE(sent(out, "10.1.0.0/16"));
    configure({{kPods, {.summary_only = true}}});
    EXPECT_FALSE(sent(out, "10.1.3.0/24"));
    configure({});
    EXPECT_TRUE(sent(out, "10.1.3.0/24"));
}

TEST_F(Aggregating, SuppressPolicySaysWhich) {
    AdjRibOut out(export_, table_, stores_);
    outs_ = {&out};
    configure({{kPods, {.suppress = chain("10.1.4.0/22")}}});
    announce("10.1.3.0/24");
    announce("10.1.5.0/24");
    turn();
    EXPECT_TRUE(sent(out, "10.1.3.0/24"));
    EXPECT_FALSE(sent(out, "10.1.5.0/24"));
}

TEST_F(Aggregating, UnsuppressPolicyIsInPlaceOfThatOfTheSession) {
    export_.policy = chain("10.0.0.0/8", {.med = policy::MedChange{.value = 1}});
    ExportRules all = export_;
    all.unsuppress = chain("10.1.4.0/22", {.med = policy::MedChange{.value = 2}});
    AdjRibOut plain(export_, table_, stores_);
    AdjRibOut out(all, table_, stores_);
    outs_ = {&plain, &out};
    configure({{kPods, {.summary_only = true}}});
    announce("10.1.3.0/24");
    announce("10.1.5.0/24");
    announce("10.2.5.0/24");
    turn();
    EXPECT_FALSE(sent(plain, "10.1.5.0/24"));
    EXPECT_FALSE(sent(out, "10.1.3.0/24"));
    ASSERT_TRUE(sent(out, "10.1.5.0/24"));
    const auto med_of = [&](const char* text) {
        AdjRibOut::Memo memo;
        const OutId id = *table_.id_of(prefix(text));
        return bgp::unpack(memo[out.attributes(id, memo)]).med;
    };
    EXPECT_EQ(med_of("10.1.5.0/24"), 2U);
    EXPECT_EQ(med_of("10.2.5.0/24"), 1U);
}

TEST_F(Aggregating, ItsPolicyMayRejectIt) {
    // Rejects what has a community, which it gets from the routes by as-set.
    policy::Definitions definitions;
    definitions.communities[0] = {{"NO", {{.sequence = 1, .members = {"1:1"}}}}};
    policy::Statement statement;
    statement.sequence = 10;
    statement.match.communities[0] = "NO";
    statement.action = policy::Action::reject;
    definitions.policies = {{"MAP", {statement}, policy::Action::accept}};
    const std::vector<std::string> names{"MAP"};
    const auto rejecting = policy::Library::compile(definitions).value().chain(names).value();

    AdjRibOut out(export_, table_, stores_);
    outs_ = {&out};
    configure({{kPods, {.summary_only = true, .as_set = true, .policy = rejecting}}});
    announce("10.1.3.0/24");
    announce("10.1.4.0/24");
    turn();
    EXPECT_TRUE(aggregate());
    EXPECT_FALSE(sent(out, "10.1.3.0/24"));
    bgp::PathAttributes marked = learned({bgp::Asn{65001}});
    marked.communities = {0x00010001};
    announce("10.1.4.0/24", marked);
    turn();
    EXPECT_FALSE(aggregate());
    EXPECT_TRUE(sent(out, "10.1.3.0/24")) << "what is not there suppresses nothing";
    withdraw("10.1.4.0/24");
    turn();
    EXPECT_TRUE(aggregate());
    EXPECT_FALSE(sent(out, "10.1.3.0/24"));
}

// As in FRR: aggregates do not make aggregates, and do not suppress each other.
TEST_F(Aggregating, OneInsideOfAnotherStandsByItself) {
    const Prefix all = prefix("10.0.0.0/8");
    AdjRibOut out(export_, table_, stores_);
    outs_ = {&out};
    configure({{kPods, {}}, {all, {.summary_only = true}}});
    announce("10.1.3.0/24");
    turn();
    EXPECT_TRUE(aggregate());
    EXPECT_TRUE(aggregate(all));
    EXPECT_TRUE(sent(out, "10.1.0.0/16"));
    EXPECT_FALSE(sent(out, "10.1.3.0/24"));
    withdraw("10.1.3.0/24");
    turn();
    EXPECT_FALSE(aggregate());
    EXPECT_FALSE(aggregate(all)) << "nothing but the other one is left, which went as well";
}

// What is inside of it and nowhere goes nowhere: not along a less specific route, in a circle.
TEST_F(Aggregating, LeadsNowhere) {
    configure({{kPods, {}}});
    announce("10.1.3.0/24");
    turn();
    const auto entry = table_.find(kPods);
    ASSERT_TRUE(entry && entry->next_hops);
    ASSERT_EQ(entry->next_hops->size(), 1U);
    EXPECT_TRUE(entry->next_hops->front().address.is_unspecified());
    EXPECT_FALSE(entry->next_hops->front().external) << "FRR's distance of 200";
}

TEST_F(Aggregating, AnUnusablePathDoesNotCount) {
    bool reachable = false;
    table_.set_next_hop_check([&](const IpAddress&) { return reachable; });
    configure({{kPods, {}}});
    announce("10.1.3.0/24");
    turn();
    EXPECT_FALSE(aggregate());
    reachable = true;
    table_.recheck_next_hops();
    turn();
    EXPECT_TRUE(aggregate());
}

TEST_F(Aggregating, WithoutAnyNothingIsKept) {
    announce("10.1.3.0/24");
    turn();
    const std::size_t before = stores_.attributes.size();
    configure({{kPods, {.as_set = true}}});
    configure({});
    EXPECT_FALSE(aggregates_.pending());
    EXPECT_EQ(stores_.attributes.size(), before);
}

}  // namespace
}  // namespace torii::rib

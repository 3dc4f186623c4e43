#include "controlplane/rib/adj_rib_out.h"

#include "controlplane/bgp/community.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace torii::rib {
namespace {

Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}

const Prefix kVip = prefix("192.168.90.1/32");

class Out : public testing::Test {
protected:
    Out() {
        rules_.local_as = bgp::Asn{65000};
        rules_.self = IpAddress::v4(0x0a0000fe);
        table_.set_rules({.maximum_paths_ebgp = 8});
        table_.set_peer(kLocalPeer, {{}, bgp::RouterId{100}, false});
        for (std::uint16_t number = 1; number <= 3; ++number) {
            table_.set_peer(PeerId{number}, {hop(number), bgp::RouterId{number}, true});
        }
    }

    static IpAddress hop(std::uint32_t number) { return IpAddress::v4(0x0a000000 + number); }

    void announce(std::uint16_t peer) {
        bgp::PathAttributes attributes;
        attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
        attributes.next_hop = hop(peer);
        Path path;
        path.attributes = stores_.attributes.intern(attributes);
        path.peer = PeerId{peer};
        table_.announce(kVip, std::move(path));
    }
    void originate() {
        Path path;
        path.attributes = stores_.attributes.intern(bgp::PathAttributes{});
        path.weight = kLocalWeight;
        path.peer = kLocalPeer;
        table_.announce(kVip, std::move(path));
    }
    OutChanges turn(AdjRibOut& out) {
        const auto changes = table_.select();
        auto result = out.update(changes);
        table_.release(changes);
        return result;
    }

    Stores stores_;
    Table table_{stores_};
    ExportRules rules_;
};

TEST_F(Out, AMemberDoesNotGetItsOwnPath) {
    AdjRibOut out(rules_, table_, stores_);
    announce(1);
    const auto changes = turn(out);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_FALSE((OutMember{PeerId{1}, hop(1)}.gets(changes.runs()[0].after)));
    EXPECT_TRUE((OutMember{PeerId{2}, hop(2)}.gets(changes.runs()[0].after)));
    EXPECT_EQ(out.size(), 1U);
}

// The next hop is the third party's: who has that address must not be told (RFC 4271 section
// 5.1.3).
TEST_F(Out, AMemberDoesNotGetItselfAsNextHop) {
    rules_.subnet = prefix("10.0.0.0/24");
    AdjRibOut out(rules_, table_, stores_);
    announce(1);
    turn(out);
    const OutRoute route = out.route(*table_.id_of(kVip));
    EXPECT_FALSE((OutMember{PeerId{3}, hop(1)}.gets(route)));
    EXPECT_TRUE((OutMember{PeerId{3}, hop(3)}.gets(route)));
}

TEST_F(Out, AnEqualPathMoreOrLessIsNotTold) {
    AdjRibOut out(rules_, table_, stores_);
    announce(1);
    turn(out);
    announce(2);
    EXPECT_TRUE(turn(out).empty());
    table_.withdraw(PeerId{2}, kVip);
    EXPECT_TRUE(turn(out).empty());
}

TEST_F(Out, AnotherSourceWithTheSameAttributesIsOnlyAChangeOfSource) {
    AdjRibOut out(rules_, table_, stores_);
    announce(1);
    announce(2);
    turn(out);
    table_.withdraw(PeerId{1}, kVip);
    const auto changes = turn(out);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes.runs()[0].attributes, 0U);
    EXPECT_EQ(changes.runs()[0].before.source, PeerId{1});
    EXPECT_EQ(changes.runs()[0].after.source, PeerId{2});
}

// What a peer says of its route need not change what we say of it.
TEST_F(Out, WhatStaysInsideIsNotTold) {
    AdjRibOut out(rules_, table_, stores_);
    announce(1);
    turn(out);
    bgp::PathAttributes attributes;
    attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
    attributes.next_hop = hop(1);
    attributes.med = 7;  // goes to nobody else
    Path path;
    path.attributes = stores_.attributes.intern(attributes);
    path.peer = PeerId{1};
    table_.announce(kVip, path);
    EXPECT_TRUE(turn(out).empty());
    attributes.communities = {0x00010001};
    path.attributes = stores_.attributes.intern(attributes);
    table_.announce(kVip, path);
    const auto changes = turn(out);
    ASSERT_EQ(changes.size(), 1U);
    const auto told = bgp::unpack(out.batch()[changes.runs()[0].attributes]);
    EXPECT_EQ(told.communities, attributes.communities);
    EXPECT_FALSE(told.med);
}

// Equal attributes, and still: what an internal peer said stays among those who heard it.
TEST_F(Out, WhoSaidItCountsBesideTheAttributes) {
    rules_.external = false;
    AdjRibOut out(rules_, table_, stores_);
    table_.set_peer(PeerId{4}, {hop(4), bgp::RouterId{4}, false});
    bgp::PathAttributes attributes;
    attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
    attributes.next_hop = hop(9);
    Path path;
    path.attributes = stores_.attributes.intern(attributes);
    for (const std::uint16_t peer : std::vector<std::uint16_t>{1, 4}) {
        path.peer = PeerId{peer};
        table_.announce(Prefix::host(hop(100U + peer)), path);
    }
    path.attributes = {};
    turn(out);
    EXPECT_TRUE(out.route(*table_.id_of(Prefix::host(hop(101)))).sent);
    EXPECT_FALSE(out.route(*table_.id_of(Prefix::host(hop(104)))).sent);
}

// Numbers of attributes are used again: what was found out about one holds for a batch.
TEST_F(Out, ABatchKnowsNothingOfTheOneBefore) {
    AdjRibOut out(rules_, table_, stores_);
    announce(1);
    const AttributesId number = [&] {
        EXPECT_EQ(turn(out).size(), 1U);
        return table_.best_attributes(*table_.id_of(kVip));
    }();
    Path path;
    path.attributes = stores_.attributes.handle(number);
    path.peer = PeerId{1};
    table_.announce(prefix("192.168.90.2/32"), path);
    path.attributes = {};
    const auto changes = turn(out);
    ASSERT_EQ(changes.runs().size(), 1U) << "the same change as in the batch before";
    EXPECT_EQ(bgp::unpack(out.batch()[changes.runs()[0].attributes]).as_path.to_string(),
              "65000 65001");

    table_.withdraw(PeerId{1}, kVip);
    table_.withdraw(PeerId{1}, prefix("192.168.90.2/32"));
    EXPECT_EQ(turn(out).size(), 2U);
    bgp::PathAttributes attributes;
    attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
    attributes.next_hop = hop(1);
    attributes.communities = {bgp::kNoExport};
    path.attributes = stores_.attributes.intern(attributes);
    ASSERT_EQ(path.attributes.id(), number);
    table_.announce(kVip, path);
    EXPECT_TRUE(turn(out).empty()) << "it may not go";
}

// Who of a group gets a route follows from the next hop that a policy has chosen, too.
TEST_F(Out, APolicyMayChooseTheNextHop) {
    policy::PolicyDefinition definition;
    policy::Statement& statement = definition.statements.emplace_back();
    statement.action = policy::Action::accept;
    statement.change.next_hop = {policy::NextHopChange::Kind::address, hop(3)};
    rules_.policy = policy::Chain({std::make_shared<const policy::Policy>(
        definition, std::vector<policy::StatementParts>(1))});
    AdjRibOut out(rules_, table_, stores_);
    announce(1);
    turn(out);
    const EntryId id = *table_.id_of(kVip);
    AdjRibOut::Memo memo;
    for (const OutRoute& route : {out.route(id), out.route(id, memo)}) {
        EXPECT_EQ(route.next_hop, hop(3));
        EXPECT_FALSE((OutMember{PeerId{3}, hop(3)}.gets(route)));
        EXPECT_TRUE((OutMember{PeerId{2}, hop(2)}.gets(route)));
    }
    EXPECT_EQ(memo[out.attributes(id, memo)].next_hop, hop(3));
}

TEST_F(Out, WithdrawnAndReusedEntriesLeaveNothing) {
    AdjRibOut out(rules_, table_, stores_);
    announce(1);
    turn(out);
    table_.withdraw(PeerId{1}, kVip);
    const auto changes = turn(out);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_FALSE(changes.runs()[0].after.sent);
    EXPECT_EQ(out.size(), 0U);
    announce(2);
    EXPECT_EQ(turn(out).size(), 1U);
}

TEST_F(Out, ANewGroupHasTheWholeTable) {
    announce(1);
    table_.release(table_.select());
    AdjRibOut out(rules_, table_, stores_);
    EXPECT_FALSE(out.filled());
    EXPECT_EQ(out.fill().size(), 1U);
    EXPECT_TRUE(out.filled());
    EXPECT_EQ(out.size(), 1U);
    AdjRibOut::Memo memo;
    const auto number = out.attributes(*table_.id_of(kVip), memo);
    const bgp::PathAttributes attributes = bgp::unpack(memo[number]);
    EXPECT_EQ(attributes.as_path.to_string(), "65000 65001");
}

TEST_F(Out, OnlyTheAudienceGetsOurRoute) {
    AdjRibOut out(rules_, table_, stores_);
    originate();
    table_.set_audience(kVip, stores_.audiences.intern({hop(2)}));
    turn(out);
    const EntryId id = *table_.id_of(kVip);
    EXPECT_FALSE((OutMember{PeerId{1}, hop(1)}.gets(out.route(id))));
    EXPECT_TRUE((OutMember{PeerId{2}, hop(2)}.gets(out.route(id))));

    table_.set_audience(kVip, {});
    EXPECT_EQ(turn(out).size(), 1U);
    EXPECT_TRUE((OutMember{PeerId{1}, hop(1)}.gets(out.route(id))));
    EXPECT_EQ(stores_.audiences.size(), 0U);
}

TEST_F(Out, TheAudienceIsForOurRouteNotForOthers) {
    AdjRibOut out(rules_, table_, stores_);
    announce(1);
    table_.set_audience(kVip, stores_.audiences.intern({hop(2)}));
    turn(out);
    EXPECT_TRUE((OutMember{PeerId{3}, hop(3)}.gets(out.route(*table_.id_of(kVip)))));
}

}  // namespace
}  // namespace torii::rib

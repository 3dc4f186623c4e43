// BGP roles (RFC 9234): who may have a session, and which way its routes go.
#include "desk.h"

namespace torii::sim {
namespace {

using bgp::Role;
using testing::Contains;

const Prefix kFromAbove = prefix("172.20.1.0/24");
const Prefix kFromBelow = prefix("172.20.2.0/24");
const Prefix kAcross = prefix("172.20.3.0/24");
const Prefix kLeak = prefix("172.20.4.0/24");
const Prefix kOurs = prefix("10.10.1.0/24");

class RoleSim : public Desktop {
protected:
    // We are the customer of the first, the provider of the second and an equal of the far one.
    [[nodiscard]] speaker::SpeakerConfig with_roles(bool strict = false) const {
        speaker::SpeakerConfig with = config();
        const std::pair<const Node*, Role> peers[] = {
            {&first_, Role::customer}, {&second_, Role::provider}, {&far_, Role::peer}};
        for (const auto& [node, role] : peers) {
            bgp::PeerConfig peer = with.dynamic_neighbors[0].peer;
            peer.passive = true;
            peer.address = node->info.remote;
            peer.local_role = role;
            peer.role_strict = strict;
            with.peers.push_back(peer);
        }
        return with;
    }
    void establish(Node& node, std::optional<Role> role) {
        bgp::Open open = node.open(false);
        open.capabilities.role = role;
        node.establish(desk_.acceptor(), open);
    }
    // Its OPEN, which is the last that it says.
    void offer(Node& node, std::optional<Role> role) {
        node.dial(desk_.acceptor());
        bgp::Open open = node.open(false);
        open.capabilities.role = role;
        node.say(bgp::encode(open));
        settle();
    }
    void establish_all() {
        establish(first_, Role::provider);
        establish(second_, Role::customer);
        establish(far_, Role::peer);
        settle();
    }
    // The mark with which a node was told a route last.
    [[nodiscard]] static std::string told_mark(const Node& node, const Prefix& route) {
        std::string mark = "nothing";
        for (const auto& update : node.heard_of<bgp::Update>()) {
            for (const bgp::Reach& reach : update.announced) {
                if (std::ranges::count(reach.prefixes, route) == 0) continue;
                const auto as = bgp::attributes_of(update, reach).only_to_customer;
                mark = as ? std::to_string(as->value()) : "unmarked";
            }
        }
        return mark;
    }
    static void announce_marked(Node& node, const Prefix& route, bgp::Asn mark) {
        bgp::PathAttributes attributes;
        attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
        attributes.only_to_customer = mark;
        node.announce(route, attributes);
    }
};

TEST_F(RoleSim, RoutesGoDownTheHill) {
    start(with_roles(), {{kOurs, {}}});
    establish_all();
    first_.announce(kFromAbove);
    second_.announce(kFromBelow);
    far_.announce(kAcross);
    settle();
    EXPECT_EQ(told_mark(second_, kFromAbove), "65001");
    EXPECT_EQ(told_mark(far_, kFromAbove), "nothing");
    EXPECT_EQ(told_mark(first_, kFromBelow), "unmarked");
    EXPECT_EQ(told_mark(far_, kFromBelow), "65000");
    EXPECT_EQ(told_mark(second_, kAcross), "65001");
    EXPECT_EQ(told_mark(first_, kAcross), "nothing");
    EXPECT_EQ(told_mark(first_, kOurs), "unmarked");
    EXPECT_EQ(told_mark(second_, kOurs), "65000");
    EXPECT_EQ(told_mark(far_, kOurs), "65000");
    const ipc::BgpTable table = core_->table({}, kFromAbove);
    ASSERT_EQ(table.entries_size(), 1);
    EXPECT_EQ(table.entries(0).paths(0).only_to_customer(), 65001U);
}

TEST_F(RoleSim, WhatLeaksIsNotUsed) {
    start(with_roles());
    establish_all();
    announce_marked(second_, kLeak, bgp::Asn{65009});
    announce_marked(far_, kLeak, bgp::Asn{65009});
    settle();
    EXPECT_EQ(told_mark(first_, kLeak), "nothing");
    EXPECT_TRUE(turns_.empty() ||
                !std::ranges::count(turns_.back(), std::string("172.20.4.0/24 width 1")));
    EXPECT_EQ(state(second_).prefixes(0).received(), 1U) << "it is kept, and shown as filtered";
    EXPECT_EQ(state(second_).prefixes(0).accepted(), 0U);
    announce_marked(far_, kLeak, bgp::Asn{65001});
    settle();
    EXPECT_EQ(state(far_).prefixes(0).accepted(), 1U) << "an equal marks its own";
    EXPECT_EQ(told_mark(second_, kLeak), "65001");
}

TEST_F(RoleSim, AMarkFromAboveIsPassedOnAsItCame) {
    start(with_roles());
    establish_all();
    announce_marked(first_, kLeak, bgp::Asn{65009});
    settle();
    EXPECT_EQ(told_mark(second_, kLeak), "65009") << "it went down before it came to our provider";
}

TEST_F(RoleSim, APeerOfAnotherRoleIsRefused) {
    start(with_roles());
    offer(first_, Role::customer);
    EXPECT_THAT(first_.heard_of<bgp::Notification>(),
                Contains(bgp::open_error(bgp::OpenError::role_mismatch)));
    EXPECT_NE(state(first_).state(), "Established");
    // A peer that knows no roles is taken at our word, unless that is not enough.
    establish(second_, std::nullopt);
    settle();
    EXPECT_EQ(state(second_).state(), "Established");
    second_.announce(kFromBelow);
    announce_marked(second_, kLeak, bgp::Asn{65009});
    settle();
    EXPECT_EQ(state(second_).prefixes(0).accepted(), 1U);
}

TEST_F(RoleSim, StrictMeansThatThePeerHasToSayIt) {
    start(with_roles(true));
    offer(second_, std::nullopt);
    EXPECT_THAT(second_.heard_of<bgp::Notification>(),
                Contains(bgp::open_error(bgp::OpenError::role_mismatch)));
    EXPECT_NE(state(second_).state(), "Established");
    establish(far_, Role::peer);
    settle();
    EXPECT_EQ(state(far_).state(), "Established");
    EXPECT_THAT(far_.heard_of<bgp::Notification>(), testing::IsEmpty());
    ASSERT_FALSE(far_.heard_of<bgp::Open>().empty());
    EXPECT_EQ(far_.heard_of<bgp::Open>().front().capabilities.role, Role::peer);
}

}  // namespace
}  // namespace torii::sim

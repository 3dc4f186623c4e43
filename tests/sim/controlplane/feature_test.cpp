// What a session can do beyond carrying routes: refresh, long-lived routes, other AS numbers,
// shutdown with a message, clear, ADD-PATH, and ends of patience.
#include "controlplane/bgp/community.h"
#include "desk.h"

namespace torii::sim {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Features : public Desktop {
protected:
    // The first node has settings of its own, the same as those of the range.
    [[nodiscard]] speaker::SpeakerConfig config_with_first() const {
        speaker::SpeakerConfig with = config();
        bgp::PeerConfig peer = with.dynamic_neighbors[0].peer;
        peer.passive = true;
        peer.address = first_.info.remote;
        with.peers = {peer};
        return with;
    }
    [[nodiscard]] std::uint64_t received(const Node& node) const {
        const ipc::BgpNeighborState shown = state(node);
        return shown.prefixes().empty() ? 0 : shown.prefixes(0).received();
    }
    // The AS path of a route as a node was told it last, or why not.
    [[nodiscard]] static std::string path_told(const Node& node, const Prefix& route) {
        std::string path = "nothing";
        for (const auto& update : node.heard_of<bgp::Update>()) {
            for (const bgp::Reach& reach : update.announced) {
                if (std::ranges::count(reach.prefixes, route) != 0) {
                    path = bgp::attributes_of(update, reach).as_path.to_string();
                }
            }
        }
        return path;
    }
    // Subtypes of the ROUTE-REFRESH messages for IPv4 and, as 9, its UPDATE messages.
    [[nodiscard]] static std::vector<int> refresh_order(const Node& node, std::size_t from) {
        std::vector<int> order;
        for (std::size_t index = from; index < node.heard.size(); ++index) {
            const bgp::Message& message = node.heard[index].message;
            const auto* refresh = std::get_if<bgp::RouteRefresh>(&message);
            if (refresh != nullptr && refresh->family == Family::ipv4_unicast) {
                order.push_back(refresh->subtype);
            }
            if (std::holds_alternative<bgp::Update>(message)) order.push_back(9);
        }
        return order;
    }
};

const Prefix kRoute = prefix("172.20.2.0/24");
const Prefix kOther = prefix("172.20.3.0/24");

bgp::Open refreshing(bgp::Open open) {
    open.capabilities.route_refresh = true;
    open.capabilities.enhanced_route_refresh = true;
    return open;
}

// RFC 7313 section 4.1: the table stands between two markers.
TEST_F(Features, ARefreshIsAnsweredBetweenMarkers) {
    start(config(), {{prefix("10.10.1.0/24"), {}}});
    first_.establish(desk_.acceptor(), refreshing(first_.open(false)));
    settle();
    const std::size_t before = first_.heard.size();
    first_.say(bgp::encode(bgp::RouteRefresh{Family::ipv4_unicast, bgp::kRefreshRequest}));
    settle();
    EXPECT_THAT(refresh_order(first_, before), ElementsAre(1, 9, 2));
    second_.establish(desk_.acceptor());
    settle();
    const std::size_t plain = second_.heard.size();
    second_.say(bgp::encode(bgp::RouteRefresh{Family::ipv4_unicast, bgp::kRefreshRequest}));
    settle();
    EXPECT_THAT(refresh_order(second_, plain), ElementsAre(9)) << "it does not know markers";
}

// Without markers the peer keeps what it is not told otherwise.
TEST_F(Features, WhatGoesDuringARefreshIsWithdrawn) {
    start(config());
    far_.establish(desk_.acceptor());
    first_.establish(desk_.acceptor());
    first_.announce(kRoute);
    first_.announce(kOther);
    settle();
    const std::size_t before = far_.told().size();
    far_.reads = false;
    far_.say(bgp::encode(bgp::RouteRefresh{Family::ipv4_unicast, bgp::kRefreshRequest}));
    settle();
    first_.withdraw(kRoute);
    settle();
    EXPECT_EQ(far_.told().size(), before);
    EXPECT_EQ(state(far_).prefixes(0).sent(), 2U) << "it still has both";
    far_.reads = true;
    far_.handler->drained();
    settle();
    auto told = far_.told();
    told.erase(told.begin(), told.begin() + static_cast<std::ptrdiff_t>(before));
    EXPECT_THAT(told, ElementsAre("-172.20.2.0/24", "172.20.3.0/24 via 10.0.1.1"));
    EXPECT_EQ(state(far_).prefixes(0).sent(), 1U);
}

// RFC 7313 section 4.2.
TEST_F(Features, WhatDoesNotComeAgainInARefreshIsGone) {
    start(config());
    first_.establish(desk_.acceptor(), refreshing(first_.open(false)));
    first_.announce(kRoute);
    first_.announce(kOther);
    settle();
    const auto mark = [&](std::uint8_t subtype) {
        first_.say(bgp::encode(bgp::RouteRefresh{Family::ipv4_unicast, subtype}));
    };
    mark(bgp::kRefreshBegin);
    settle();
    first_.announce(kOther);
    settle();
    EXPECT_EQ(received(first_), 2U) << "until the end all of them count";
    mark(bgp::kRefreshEnd);
    settle();
    EXPECT_EQ(received(first_), 1U);
    EXPECT_THAT(turns_.back(), ElementsAre("172.20.2.0/24 width 0"));
    mark(bgp::kRefreshEnd);
    settle();
    EXPECT_EQ(received(first_), 1U) << "an end without a beginning ends nothing";
}

// All in one go: the beginning, the routes and the end before the table has had a turn.
TEST_F(Features, ARefreshInOneTurnLosesNothing) {
    start(config());
    first_.establish(desk_.acceptor(), refreshing(first_.open(false)));
    first_.announce(kRoute);
    settle();
    first_.say(bgp::encode(bgp::RouteRefresh{Family::ipv4_unicast, bgp::kRefreshBegin}));
    first_.announce(kRoute);
    first_.announce(kOther);
    first_.say(bgp::encode(bgp::RouteRefresh{Family::ipv4_unicast, bgp::kRefreshEnd}));
    settle();
    EXPECT_EQ(received(first_), 2U);
}

// Nobody has to say that it is still there.
bgp::Open without_keepalives(bgp::Open open) {
    open.hold_time = Seconds{0};
    return open;
}

bgp::Open long_lived(bgp::Open open) {
    open.capabilities.long_lived.emplace().entries = {{Family::ipv4_unicast, true, Seconds{600}}};
    return open;
}

// RFC 9494: beyond the restart time as a last resort, told only to who understands.
TEST_F(Features, LongLivedRoutesAreALastResort) {
    start(config());
    first_.establish(desk_.acceptor(), long_lived(first_.open(true)));
    second_.establish(desk_.acceptor(), without_keepalives(long_lived(second_.open(true))));
    far_.establish(desk_.acceptor(), without_keepalives(far_.open(false)));
    first_.announce(kRoute);
    first_.announce(kOther, {bgp::kNoLlgr});
    settle();
    first_.vanish();
    world_.run(Seconds{14});
    EXPECT_EQ(received(first_), 2U);
    world_.run(Seconds{2});
    EXPECT_EQ(received(first_), 1U) << "NO_LLGR";
    EXPECT_TRUE(state(first_).prefixes(0).long_lived());
    const auto table = core_->table({}, kRoute);
    ASSERT_EQ(table.entries_size(), 1);
    EXPECT_THAT(table.entries(0).paths(0).communities(), Contains("llgr-stale"));
    EXPECT_THAT(far_.told(), Contains("-172.20.2.0/24")) << "it would not know what this is";
    EXPECT_THAT(second_.told(), Not(Contains("-172.20.2.0/24")));

    // Any other path is better, although its AS path is longer and it is the newer one.
    bgp::PathAttributes longer;
    longer.as_path = bgp::AsPath::sequence({bgp::Asn{65001}, bgp::Asn{65001}, bgp::Asn{65002}});
    longer.next_hop = second_.info.remote;
    bgp::UpdateBuilder builder(bgp::UpdateContext{});
    builder.announce(kRoute, longer);
    for (const auto& message : builder.take()) second_.say(message);
    settle();
    EXPECT_EQ(path_told(far_, kRoute), "65000 65001 65001 65002");

    world_.run(Seconds{590});
    EXPECT_EQ(received(first_), 1U);
    world_.run(Seconds{10});
    EXPECT_EQ(received(first_), 0U) << "ten minutes, and no more";
}

TEST_F(Features, LongLivedRoutesBecomeOrdinaryOnesWhenThePeerIsBack) {
    start(config());
    first_.establish(desk_.acceptor(), long_lived(first_.open(true)));
    first_.announce(kRoute);
    first_.announce(kOther);
    settle();
    first_.vanish();
    world_.run(Seconds{60});
    first_.establish(desk_.acceptor(), long_lived(first_.open(true)));
    settle();
    EXPECT_EQ(received(first_), 2U);
    first_.announce(kRoute);
    first_.say(bgp::end_of_rib(Family::ipv4_unicast));
    settle();
    EXPECT_EQ(received(first_), 1U);
    EXPECT_FALSE(state(first_).prefixes(0).stale());
    const auto table = core_->table({}, kRoute);
    EXPECT_THAT(table.entries(0).paths(0).communities(), IsEmpty());
}

// FRR's local-as: 64999 before what comes in, 64999 before 65000 in what goes out.
TEST_F(Features, AnotherAsForOneSession) {
    speaker::SpeakerConfig with = config();
    bgp::PeerConfig peer = with.dynamic_neighbors[0].peer;
    peer.passive = true;
    peer.address = first_.info.remote;
    peer.local_as = bgp::Asn{64999};
    with.peers = {peer};
    start(with, {{prefix("10.10.1.0/24"), {}}});
    for (Node* node : {&first_, &far_}) node->establish(desk_.acceptor());
    first_.announce(kRoute);
    settle();
    EXPECT_EQ(first_.heard_of<bgp::Open>().front().as, bgp::Asn{64999});
    EXPECT_EQ(far_.heard_of<bgp::Open>().front().as, bgp::Asn{65000});
    EXPECT_EQ(path_told(first_, prefix("10.10.1.0/24")), "64999 65000");
    EXPECT_EQ(path_told(far_, kRoute), "65000 64999 65001");

    with.peers[0].no_prepend = with.peers[0].replace_as = true;
    ASSERT_TRUE(core_->configure(with).has_value());
    first_.establish(desk_.acceptor());
    first_.announce(kRoute);
    settle();
    EXPECT_EQ(path_told(first_, prefix("10.10.1.0/24")), "64999");
    EXPECT_EQ(path_told(far_, kRoute), "65000 65001");
}

TEST_F(Features, ARouteWithTheOtherAsInItIsALoop) {
    speaker::SpeakerConfig with = config();
    with.dynamic_neighbors[0].peer.local_as = bgp::Asn{64999};
    start(with);
    first_.establish(desk_.acceptor());
    first_.announce_with_path(kRoute, {bgp::Asn{65001}, bgp::Asn{64999}});
    settle();
    EXPECT_EQ(received(first_), 1U);
    EXPECT_EQ(state(first_).prefixes(0).accepted(), 0U);
}

// RFC 9003, both ways.
TEST_F(Features, AShutdownSaysWhy) {
    speaker::SpeakerConfig with = config_with_first();
    start(with);
    first_.establish(desk_.acceptor());
    far_.establish(desk_.acceptor());
    settle();
    with.peers[0].enabled = false;
    with.peers[0].shutdown_message = "rack 4 moves";
    ASSERT_TRUE(core_->configure(with).has_value());
    const auto told = first_.heard_of<bgp::Notification>();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(bgp::text(told[0]), "6/2 Cease/Administrative Shutdown");
    EXPECT_EQ(bgp::shutdown_communication(told[0]), "rack 4 moves");

    far_.say(bgp::encode(bgp::cease(bgp::Cease::administrative_reset, "new kernel")));
    settle();
    far_.handler = nullptr;
}

TEST_F(Features, TheShutdownMessageOfAPeerIsShown) {
    speaker::SpeakerConfig with = config_with_first();
    start(with);
    first_.establish(desk_.acceptor());
    settle();
    first_.say(bgp::encode(bgp::cease(bgp::Cease::administrative_shutdown, "new kernel")));
    world_.run(Seconds{7});
    const ipc::BgpNeighborState shown = state(first_);
    EXPECT_EQ(shown.last_shutdown_message(), "new kernel");
    EXPECT_EQ(shown.last_reset_seconds(), 7U);
    EXPECT_EQ(shown.last_reset_code(), 13U);
    EXPECT_EQ(shown.last_notification(), "Cease/Administrative Shutdown");
    EXPECT_EQ(shown.dropped_count(), 1U);
}

TEST_F(Features, ClearEndsSessionsWithAReset) {
    start(config());
    for (Node* node : {&first_, &second_}) node->establish(desk_.acceptor(), true);
    first_.announce(kRoute);
    settle();
    EXPECT_EQ(core_->clear({first_.info.remote, {}}, speaker::ClearKind::hard), 1U);
    const auto told = first_.heard_of<bgp::Notification>();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(bgp::is_hard_reset(told[0])) << "it has the N bit";
    EXPECT_EQ(told[0].data.at(1), 4) << "Administrative Reset";
    EXPECT_THAT(second_.heard_of<bgp::Notification>(), IsEmpty());
    settle();
    EXPECT_THAT(turns_.back(), ElementsAre("172.20.2.0/24 width 0")) << "nothing is kept";
    EXPECT_EQ(core_->clear({{}, "OTHER"}, speaker::ClearKind::hard), 0U);
}

TEST_F(Features, SoftClearsKeepTheSession) {
    start(config(), {{prefix("10.10.1.0/24"), {}}});
    first_.establish(desk_.acceptor(), refreshing(first_.open(false)));
    second_.establish(desk_.acceptor());
    settle();
    std::size_t before = first_.heard.size();
    EXPECT_EQ(core_->clear({}, speaker::ClearKind::soft_in), 2U);
    settle();
    EXPECT_THAT(refresh_order(first_, before), ElementsAre(0)) << "asked, and nothing is told";
    before = first_.heard.size();
    const std::size_t plain = second_.heard.size();
    EXPECT_EQ(core_->clear({}, speaker::ClearKind::soft_out), 2U);
    settle();
    EXPECT_THAT(refresh_order(first_, before), ElementsAre(1, 9, 2));
    EXPECT_THAT(refresh_order(second_, plain), ElementsAre(9));
    before = first_.heard.size();
    EXPECT_EQ(core_->clear({}, speaker::ClearKind::soft), 2U);
    settle();
    EXPECT_THAT(refresh_order(first_, before), ElementsAre(0, 1, 9, 2));
    EXPECT_THAT(first_.heard_of<bgp::Notification>(), IsEmpty());
    EXPECT_EQ(state(first_).received().notifications(), 0U);
    EXPECT_EQ(state(first_).sent().route_refreshes(), 12U) << "4 requests, 8 markers";
}

// Two paths of one peer to one prefix, each withdrawn by its number (RFC 7911 section 3).
TEST_F(Features, AddPathKeepsEveryPathOfAPeer) {
    speaker::SpeakerConfig with = config();
    with.dynamic_neighbors[0].peer.add_path[0].receive = true;
    with.multipath_relax = true;
    start(with);
    bgp::Open open = first_.open(false);
    open.capabilities.add_path_send = {Family::ipv4_unicast};
    first_.establish(desk_.acceptor(), open);
    bgp::UpdateContext context;
    context.add_path_send = {Family::ipv4_unicast};
    const auto say = [&](const char* next_hop, std::uint32_t id) {
        bgp::UpdateBuilder builder(context);
        bgp::PathAttributes attributes;
        attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
        attributes.next_hop = address(next_hop);
        builder.announce(kRoute, attributes, bgp::PathId{id});
        for (const auto& message : builder.take()) first_.say(message);
    };
    say("10.0.0.2", 1);
    say("10.0.0.9", 2);
    settle();
    EXPECT_EQ(received(first_), 2U);
    EXPECT_THAT(turns_.back(), ElementsAre("172.20.2.0/24 width 2"));
    bgp::UpdateBuilder builder(context);
    builder.withdraw(kRoute, bgp::PathId{1});
    for (const auto& message : builder.take()) first_.say(message);
    settle();
    EXPECT_EQ(received(first_), 1U);
    const auto table = core_->table({}, kRoute);
    EXPECT_EQ(table.entries(0).paths(0).next_hop(), "10.0.0.9");
}

// RFC 9687: a peer that sends keepalives but reads nothing.
TEST_F(Features, APeerThatReadsNothingIsGivenUpAfterEightMinutes) {
    start(config());
    first_.establish(desk_.acceptor());
    settle();
    first_.reads = false;
    for (int seconds = 0; seconds < 475; seconds += 3) {
        world_.run(Seconds{3});
        first_.say(bgp::encode(bgp::Keepalive{}));
    }
    EXPECT_EQ(state(first_).state(), "Established");
    for (int seconds = 0; seconds < 12 && first_.handler != nullptr; seconds += 3) {
        world_.run(Seconds{3});
        if (first_.handler != nullptr) first_.say(bgp::encode(bgp::Keepalive{}));
    }
    const auto told = first_.heard_of<bgp::Notification>();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(bgp::text(told[0]), "8/0 Send Hold Timer Expired");
}

// One octet a second: the hold timer looks at whole messages only.
TEST_F(Features, ADrippingMessageDoesNotKeepASessionUp) {
    start(config());
    first_.establish(desk_.acceptor());
    settle();
    const std::vector<std::uint8_t> update = bgp::end_of_rib(Family::ipv6_unicast);
    std::size_t said = 0;
    while (first_.handler != nullptr && said < update.size()) {
        ++said;
        (void)first_.handler->received(Bytes(update).first(said));
        world_.run(Seconds{1});
    }
    EXPECT_LE(said, 10U) << "a hold time of 9 s";
    EXPECT_EQ(bgp::text(first_.heard_of<bgp::Notification>().at(0)), "4/0 Hold Timer Expired");
}

// RFC 8950. The address that the session is with is one that the peer reaches.
TEST_F(Features, IPv4OverIPv6HasTheAddressOfTheSessionAsNextHopWhereThePeerTakesIt) {
    speaker::SpeakerConfig with = config();
    with.dynamic_neighbors[0].prefix = prefix("fd00::/64");
    with.dynamic_neighbors[0].peer.extended_next_hop = true;
    start(with, {{prefix("10.10.1.0/24"), {}}});
    Node modern(world_, "fd00::2", "fd00::1", "fd00::/64");
    Node old(world_, "fd00::3", "fd00::1", "fd00::/64");
    modern.info.local_other = old.info.local_other = address("10.0.0.1");
    bgp::Open open = modern.open(false);
    open.router_id = bgp::RouterId{2};
    old.establish(desk_.acceptor(), open);
    open.capabilities.extended_next_hop = modern.context.extended_next_hop = true;
    modern.establish(desk_.acceptor(), open);
    settle();
    EXPECT_THAT(modern.told(), Contains("10.10.1.0/24 via fd00::1"));
    EXPECT_THAT(old.told(), Contains("10.10.1.0/24 via 10.0.0.1"));
    core_.reset();
}

TEST_F(Features, WhatTheOperatorIsTold) {
    speaker::SpeakerConfig with = config();
    with.host_name = "tor-1";
    start(with, {{prefix("10.10.1.0/24"), {}}});
    bgp::Open open = refreshing(first_.open(true));
    open.capabilities.host_name = bgp::HostName{"node-1", "rack"};
    first_.establish(desk_.acceptor(), open);
    first_.say(bgp::end_of_rib(Family::ipv4_unicast));
    world_.run(Seconds{2});
    const ipc::BgpNeighborState shown = state(first_);
    EXPECT_EQ(shown.capabilities_sent().host_name(), "tor-1");
    EXPECT_EQ(shown.capabilities_received().host_name(), "node-1");
    EXPECT_EQ(shown.last_read_seconds(), 2U);
    EXPECT_EQ(shown.sent().opens(), 1U);
    EXPECT_EQ(shown.sent().updates(), 3U) << "a route and two ends";
    EXPECT_EQ(shown.received().updates(), 1U);
    EXPECT_EQ(shown.received().keepalives(), 1U);
    EXPECT_TRUE(shown.prefixes(0).end_of_rib_sent() && shown.prefixes(0).end_of_rib_received());
    EXPECT_FALSE(shown.prefixes(1).end_of_rib_received());
    EXPECT_EQ(shown.graceful_restart_mode(), "Helper");
    EXPECT_FALSE(shown.has_last_reset_seconds());
}

}  // namespace
}  // namespace torii::sim

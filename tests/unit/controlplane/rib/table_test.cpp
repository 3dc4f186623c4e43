#include "controlplane/rib/table.h"

#include <gmock/gmock.h>

#include <string>

namespace torii::rib {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}

const Prefix kVip = prefix("192.168.90.1/32");

class Tables : public testing::Test {
protected:
    Tables() {
        table_.set_rules({.maximum_paths_ebgp = 8});
        for (std::uint16_t number = 1; number <= 4; ++number) {
            table_.set_peer(PeerId{number}, {hop(number), bgp::RouterId{number}, true});
        }
    }

    static IpAddress hop(std::uint32_t number) { return IpAddress::v4(0x0a000000 + number); }

    void announce(std::uint16_t peer, const Prefix& to = kVip, bool rejected = false,
                  std::uint32_t med = 0) {
        bgp::PathAttributes attributes;
        attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
        attributes.next_hop = hop(peer);
        attributes.med = med;
        Path path;
        path.attributes = stores_.attributes.intern(attributes);
        path.peer = PeerId{peer};
        path.rejected = rejected;
        table_.announce(to, std::move(path));
    }
    // Selects, as a turn of the loop does.
    std::vector<Change> turn() {
        const std::vector<Change> changes = table_.select();
        table_.release(changes);
        return changes;
    }
    [[nodiscard]] std::vector<IpAddress> next_hops(const Prefix& of = kVip) const {
        std::vector<IpAddress> addresses;
        const auto entry = table_.find(of);
        if (!entry || !entry->next_hops) return addresses;
        for (const NextHop& next_hop : *entry->next_hops) addresses.push_back(next_hop.address);
        return addresses;
    }

    Stores stores_;
    Table table_{stores_};
};

TEST_F(Tables, EqualPathsAreUsedTogether) {
    announce(3);
    announce(1);
    announce(2);
    const auto changes = turn();
    ASSERT_EQ(changes.size(), 1U) << "a batch selects a prefix once";
    EXPECT_TRUE(changes[0].best && changes[0].next_hops);
    EXPECT_THAT(next_hops(), ElementsAre(hop(1), hop(2), hop(3)));
    EXPECT_EQ(table_.find(kVip)->best_peer, PeerId{1});
}

TEST_F(Tables, LosingAnEqualPathChangesNextHopsButNotTheBest) {
    for (std::uint16_t peer = 1; peer <= 3; ++peer) announce(peer);
    turn();
    table_.withdraw(PeerId{3}, kVip);
    const auto changes = turn();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_FALSE(changes[0].best) << "no other peer is to be told";
    EXPECT_TRUE(changes[0].next_hops);
}

TEST_F(Tables, TheSameAgainChangesNothing) {
    announce(1);
    turn();
    announce(1);
    EXPECT_FALSE(table_.dirty());
    announce(1, kVip, false, 5);
    announce(1);
    EXPECT_THAT(turn(), IsEmpty()) << "there and back within a turn";
}

TEST_F(Tables, PrefixesShareTheirNextHopSets) {
    for (std::uint16_t peer = 1; peer <= 2; ++peer) {
        announce(peer);
        announce(peer, prefix("192.168.90.2/32"));
    }
    turn();
    EXPECT_EQ(table_.find(kVip)->next_hops, table_.find(prefix("192.168.90.2/32"))->next_hops);
    EXPECT_EQ(stores_.next_hops.size(), 1U);
}

TEST_F(Tables, RejectedPathsAreCountedAndNotUsed) {
    announce(1, kVip, true);
    turn();
    EXPECT_EQ(table_.counts(PeerId{1}), (PathCounts{1, 0}));
    EXPECT_THAT(next_hops(), IsEmpty());
    table_.reimport(PeerId{1}, [](const Prefix&, Path& path) { path.rejected = false; });
    turn();
    EXPECT_EQ(table_.counts(PeerId{1}), (PathCounts{1, 1}));
    EXPECT_THAT(next_hops(), ElementsAre(hop(1)));
    announce(1, kVip, true);
    EXPECT_EQ(table_.counts(PeerId{1}), (PathCounts{1, 0}));
}

TEST_F(Tables, StalePathsStayUntilSwept) {
    announce(1);
    announce(1, prefix("172.20.1.0/24"));
    announce(2);
    turn();
    table_.mark_stale(PeerId{1});
    turn();
    EXPECT_THAT(next_hops(), ElementsAre(hop(1), hop(2)));
    EXPECT_FALSE(table_.find(kVip)->stale) << "the best path is a fresh one";
    EXPECT_TRUE(table_.find(prefix("172.20.1.0/24"))->stale);
    announce(1);  // it is back, with one of the two
    table_.sweep_stale(PeerId{1});
    turn();
    EXPECT_THAT(next_hops(), ElementsAre(hop(1), hop(2)));
    EXPECT_FALSE(table_.find(prefix("172.20.1.0/24")));
    EXPECT_EQ(table_.counts(PeerId{1}), (PathCounts{1, 1}));
}

// A node that hangs must not get its part of the traffic until its restart time is over.
TEST_F(Tables, PathsOfASilentPeerAreUsedOnlyWhereThereAreNoOthers) {
    announce(1);
    announce(1, prefix("172.20.1.0/24"));
    announce(2);
    announce(3);
    turn();
    table_.mark_stale(PeerId{1}, true);
    turn();
    EXPECT_THAT(next_hops(), ElementsAre(hop(2), hop(3)));
    EXPECT_TRUE(table_.find(prefix("172.20.1.0/24"))->stale) << "nobody else has it";
    EXPECT_TRUE(table_.find(prefix("172.20.1.0/24"))->next_hops);
    table_.mark_stale(PeerId{2});
    table_.flush(PeerId{3});
    turn();
    EXPECT_THAT(next_hops(), ElementsAre(hop(2))) << "one that only restarts is better";
    table_.mark_stale(PeerId{2}, true);
    turn();
    EXPECT_THAT(next_hops(), ElementsAre(hop(1), hop(2))) << "one as good as the other";
    announce(1);  // it is back
    turn();
    EXPECT_THAT(next_hops(), ElementsAre(hop(1)));
}

TEST_F(Tables, FlushTakesAllOfOnePeer) {
    announce(1);
    announce(2);
    announce(1, prefix("172.20.1.0/24"));
    turn();
    table_.flush(PeerId{1});
    EXPECT_EQ(turn().size(), 2U);
    EXPECT_EQ(table_.size(), 1U);
    EXPECT_EQ(table_.counts(PeerId{1}), (PathCounts{0, 0}));
    EXPECT_THAT(next_hops(), ElementsAre(hop(2)));
}

TEST_F(Tables, UnreachableNextHopsAreNotUsed) {
    IpAddress dead = hop(2);
    unsigned asked = 0;
    table_.set_next_hop_check([&](const IpAddress& address) {
        ++asked;
        return address != dead;
    });
    for (std::uint16_t peer = 1; peer <= 3; ++peer) {
        announce(peer);
        announce(peer, prefix("192.168.90.2/32"));
    }
    turn();
    EXPECT_THAT(next_hops(), ElementsAre(hop(1), hop(3)));
    EXPECT_EQ(asked, 3U) << "once for each next hop";
    dead = hop(1);
    table_.recheck_next_hops();
    turn();
    EXPECT_THAT(next_hops(), ElementsAre(hop(2), hop(3)));
}

TEST_F(Tables, OurOwnRouteHasNoNextHops) {
    announce(1);
    turn();
    Path own;
    own.attributes = stores_.attributes.intern(bgp::PathAttributes{});
    own.weight = kLocalWeight;
    own.peer = kLocalPeer;
    table_.set_peer(kLocalPeer, {{}, bgp::RouterId{9}, false});
    table_.announce(kVip, own);
    const auto changes = turn();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_THAT(next_hops(), IsEmpty());
    EXPECT_EQ(table_.find(kVip)->reason, Reason::weight);
    table_.withdraw(kLocalPeer, kVip);
    turn();
    EXPECT_THAT(next_hops(), ElementsAre(hop(1)));
}

TEST_F(Tables, LongestMatchNeedsABestPath) {
    announce(1, prefix("172.20.0.0/16"));
    announce(1, prefix("172.20.1.0/24"), true);
    turn();
    const IpAddress inside = IpAddress::parse("172.20.1.5").value();
    EXPECT_EQ(table_.longest_match(inside), prefix("172.20.0.0/16"));
    announce(2, prefix("172.20.1.0/24"));
    turn();
    EXPECT_EQ(table_.longest_match(inside), prefix("172.20.1.0/24"));
    EXPECT_EQ(table_.longest_match(IpAddress::parse("9.9.9.9").value()), std::nullopt);
}

TEST_F(Tables, OtherRulesSelectAnew) {
    for (std::uint16_t peer = 1; peer <= 4; ++peer) announce(peer);
    turn();
    table_.set_rules({.maximum_paths_ebgp = 2});
    turn();
    EXPECT_EQ(next_hops().size(), 2U);
    table_.set_rules({.maximum_paths_ebgp = 2});
    EXPECT_FALSE(table_.dirty());
}

TEST_F(Tables, NothingIsLeftOfWhatWasWithdrawn) {
    for (int round = 0; round < 3; ++round) {
        for (std::uint32_t index = 0; index < 500; ++index) {
            announce(1, Prefix::covering(IpAddress::v4(0x14000000 + (index << 8U)), 24));
            announce(2, Prefix::covering(IpAddress::v4(0x14000000 + (index << 8U)), 24));
        }
        turn();
        EXPECT_EQ(table_.size(), 500U);
        EXPECT_TRUE(table_.id_of(prefix("20.1.243.0/24")));
        table_.flush(PeerId{1});
        table_.flush(PeerId{2});
        turn();
        EXPECT_EQ(table_.size(), 0U);
        EXPECT_EQ(stores_.attributes.size(), 0U);
        EXPECT_EQ(stores_.next_hops.size(), 0U);
    }
}

}  // namespace
}  // namespace torii::rib

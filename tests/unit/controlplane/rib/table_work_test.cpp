// What a table does in portions, paths with identifiers, and what import policy leaves.
#include "controlplane/rib/table.h"

#include <gmock/gmock.h>

namespace torii::rib {
namespace {

using testing::ElementsAre;

constexpr PeerId kPeer{1};
constexpr PeerId kOther{2};

class TableWork : public testing::Test {
protected:
    static constexpr std::uint32_t kPrefixes = 100;

    TableWork() {
        table_.set_rules({.maximum_paths_ebgp = 8});
        for (const PeerId peer : {kPeer, kOther}) {
            table_.set_peer(peer, {hop(peer.value()), bgp::RouterId{peer.value()}, true});
        }
    }

    static IpAddress hop(std::uint32_t number) { return IpAddress::v4(0x0a000000 + number); }
    static Prefix numbered(std::uint32_t number) {
        return Prefix::host(IpAddress::v4(0xc0a80000 + number));
    }
    Path path(PeerId peer, std::uint32_t next_hop, PathId id = 0) {
        bgp::PathAttributes attributes;
        attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
        attributes.next_hop = hop(next_hop);
        Path path;
        path.attributes = stores_.attributes.intern(attributes);
        path.peer = peer;
        path.id = id;
        return path;
    }
    void announce(PeerId peer, std::uint32_t from = 0) {
        for (std::uint32_t number = from; number < kPrefixes; ++number) {
            table_.announce(numbered(number), path(peer, peer.value()));
        }
    }
    std::size_t turn(std::size_t limit = Table::kAll) {
        const auto changes = table_.select(limit);
        table_.release(changes);
        return changes.size();
    }
    void settle(std::size_t limit) {
        while (table_.dirty()) EXPECT_LE(turn(limit), limit);
    }

    Stores stores_;
    Table table_{stores_};
};

TEST_F(TableWork, SelectionIsBounded) {
    announce(kPeer);
    EXPECT_EQ(turn(30), 30U);
    EXPECT_TRUE(table_.dirty());
    settle(30);
    EXPECT_NE(table_.best_attributes(*table_.id_of(numbered(kPrefixes - 1))), 0U);
}

TEST_F(TableWork, AFlushInPortionsSparesWhatComesMeanwhile) {
    announce(kPeer);
    settle(Table::kAll);
    table_.flush(kPeer);
    EXPECT_EQ(table_.counts(kPeer), (PathCounts{0, 0})) << "they count no more";
    turn(10);
    // The session is back before all of it is gone: some of these are, some are not yet.
    announce(kPeer, 5);
    table_.announce(numbered(0), path(kPeer, 1));
    EXPECT_EQ(table_.counts(kPeer).received, kPrefixes - 4);
    settle(10);
    EXPECT_EQ(table_.size(), kPrefixes - 4);
    EXPECT_EQ(table_.counts(kPeer), (PathCounts{kPrefixes - 4, kPrefixes - 4}));
    table_.flush(kPeer);
    table_.flush(kPeer);
    settle(10);
    EXPECT_EQ(table_.size(), 0U);
    EXPECT_EQ(stores_.attributes.size(), 0U);
}

// A reader must not take what is on its way out for what the peer says now.
TEST_F(TableWork, AReaderSeesWhatThePresentSessionSaid) {
    const auto read = [this](std::size_t limit) {
        std::size_t count = 0;
        EntryId next = 0;
        while (table_.read(kPeer, next, limit,
                           [&](const Prefix&, const Path& one) { count += one.peer == kPeer; })) {
        }
        return count;
    };
    announce(kPeer);
    EXPECT_EQ(read(7), kPrefixes);
    EXPECT_EQ(read(Table::kAll), kPrefixes);
    settle(Table::kAll);
    table_.begin_refresh(kPeer);
    announce(kPeer, 30);
    EXPECT_EQ(read(7), kPrefixes) << "until the end of the refresh";
    table_.end_refresh(kPeer);
    std::size_t dropped = 0;
    table_.read_dropped(kPeer, [&](const Prefix&, const Path&) { ++dropped; });
    EXPECT_EQ(dropped, kPrefixes - read(7));
    EXPECT_LT(dropped, kPrefixes);
    EXPECT_GT(dropped, 0U);
    settle(Table::kAll);
    EXPECT_EQ(read(7), kPrefixes - dropped);
    table_.mark_stale(kPeer);
    EXPECT_EQ(read(7), 0U);
    table_.announce(numbered(0), path(kPeer, 1));
    EXPECT_EQ(read(7), 1U);
    settle(10);
    table_.flush(kPeer);
    EXPECT_EQ(read(7), 0U);
    EXPECT_EQ(read(Table::kAll), 0U);
}

TEST_F(TableWork, AWithdrawalOfWhatIsFlushedCountsOnce) {
    announce(kPeer);
    settle(Table::kAll);
    table_.flush(kPeer);
    table_.withdraw(kPeer, numbered(kPrefixes - 1));
    settle(10);
    EXPECT_EQ(table_.counts(kPeer), (PathCounts{0, 0}));
    EXPECT_EQ(table_.size(), 0U);
}

TEST_F(TableWork, StaleInPortionsSparesWhatComesMeanwhile) {
    announce(kPeer);
    settle(Table::kAll);
    table_.mark_stale(kPeer);
    turn(10);
    table_.announce(numbered(50), path(kPeer, 1));
    settle(10);
    EXPECT_FALSE(table_.find(numbered(50))->stale);
    EXPECT_TRUE(table_.find(numbered(51))->stale);
    // Again, with paths of two sessions.
    table_.mark_stale(kPeer);
    turn(10);
    table_.sweep_stale(kPeer);
    settle(10);
    EXPECT_EQ(table_.size(), 0U);
}

TEST_F(TableWork, PathsOfOnePeerAreToldApart) {
    const Prefix prefix = numbered(0);
    table_.announce(prefix, path(kPeer, 5, 1));
    table_.announce(prefix, path(kPeer, 6, 2));
    table_.announce(prefix, path(kPeer, 7, 2));
    turn();
    EXPECT_EQ(table_.counts(kPeer).received, 2U);
    EXPECT_THAT(*table_.find(prefix)->next_hops,
                ElementsAre(NextHop{hop(5), 1, true}, NextHop{hop(7), 1, true}));
    table_.withdraw(kPeer, prefix);
    EXPECT_EQ(table_.counts(kPeer).received, 2U) << "there is none without an identifier";
    table_.withdraw(kPeer, prefix, 1);
    turn();
    EXPECT_THAT(*table_.find(prefix)->next_hops, ElementsAre(NextHop{hop(7), 1, true}));
    table_.flush(kPeer);
    turn();
    EXPECT_EQ(table_.size(), 0U);
}

TEST_F(TableWork, PolicyKeepsWhatWasReceived) {
    Path changed = path(kPeer, 1);
    changed.received = changed.attributes;
    bgp::PathAttributes attributes = changed.received.unpack();
    attributes.local_pref = 200;
    changed.attributes = stores_.attributes.intern(attributes);
    changed.weight = 5;
    changed.share = 3;
    table_.announce(numbered(0), changed);
    turn();
    Path known = table_.find(numbered(0))->paths.at(0);
    EXPECT_EQ(known.attributes->local_pref(), 200U);
    EXPECT_EQ(known.as_received(), path(kPeer, 1).attributes);
    EXPECT_EQ(known.weight, 5U);
    EXPECT_EQ(known.share, 3U);

    known = changed = {};
    // The policy is gone: as received.
    table_.reimport(kPeer, [](const Prefix&, Path& again) {
        EXPECT_EQ(again.attributes->local_pref(), 100U);
        again.weight = 0;
        again.share = 0;
    });
    turn();
    const Path plain = table_.find(numbered(0))->paths.at(0);
    EXPECT_EQ(plain.attributes, path(kPeer, 1).attributes);
    EXPECT_FALSE(plain.received);
    EXPECT_EQ(stores_.attributes.size(), 1U);
}

TEST_F(TableWork, OtherFactsAndRulesAreWorkedOffInPortions) {
    announce(kPeer);
    announce(kOther);
    settle(Table::kAll);
    EXPECT_EQ(table_.best_peer(*table_.id_of(numbered(99))), kPeer);
    table_.set_rules({.compare_router_id = true});
    table_.set_peer(kPeer, {hop(1), bgp::RouterId{9}, true});
    settle(10);
    for (std::uint32_t number = 0; number < kPrefixes; ++number) {
        EXPECT_EQ(table_.best_peer(*table_.id_of(numbered(number))), kOther);
    }
}

// The number of a next hop is used again: what was known of the old one is not true of the new one.
TEST_F(TableWork, ANextHopIsNotTakenForAnEarlierOne) {
    table_.set_next_hop_check([](const IpAddress& address) { return address != hop(1); });
    table_.announce(numbered(0), path(kPeer, 1));
    turn();
    EXPECT_EQ(table_.best_attributes(*table_.id_of(numbered(0))), 0U);
    table_.withdraw(kPeer, numbered(0));
    turn();
    table_.announce(numbered(0), path(kPeer, 8));
    turn();
    EXPECT_NE(table_.best_attributes(*table_.id_of(numbered(0))), 0U);
}

}  // namespace
}  // namespace torii::rib

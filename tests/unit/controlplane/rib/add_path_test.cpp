// Several paths of a prefix to a group, each with an identifier (RFC 7911).
#include "controlplane/bgp/community.h"
#include "controlplane/rib/adj_rib_out.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace torii::rib {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Prefix kVip = Prefix::parse("192.168.90.1/32").value();
const Prefix kOther = Prefix::parse("192.168.90.2/32").value();

TEST(PathNumbers, IdentifiersFollowFromThePath) {
    auto prefixes = std::make_shared<PrefixNumbers>();
    PathNumbers numbers(prefixes);
    const std::uint32_t entry = prefixes->add(kVip);
    const PathKey second{PeerId{2}, 0};
    const auto number = numbers.add(entry, second);
    numbers.hold(number);
    const PathId id = numbers.id(number);
    EXPECT_EQ(numbers.add(entry, second), number);
    numbers.drop(number);
    EXPECT_EQ(numbers.size(), 0U);
    EXPECT_EQ(prefixes->size(), 0U) << "the prefix is not in use any more";

    const std::uint32_t again = prefixes->add(kVip);
    const auto others = numbers.add(again, {PeerId{1}, 0});
    numbers.hold(others);
    const auto back = numbers.add(again, second, others);
    numbers.hold(back);
    EXPECT_EQ(numbers.id(back), id);
    EXPECT_NE(numbers.id(others), id);
    EXPECT_EQ(numbers.key(back), second);
    std::vector<PathId> ids;
    numbers.for_each(again, [&](auto one) { ids.push_back(numbers.id(one)); });
    EXPECT_THAT(ids, ElementsAre(numbers.id(others), id)) << "by peer";
    numbers.drop(others);
    EXPECT_EQ(prefixes->prefix(again), kVip) << "still in use";
    numbers.drop(back);
    EXPECT_EQ(prefixes->size(), 0U);
}

// Peers may number their paths as they like: what does not fit in goes through a hash.
TEST(PathNumbers, IdentifiersDifferWhereHashesMeet) {
    auto prefixes = std::make_shared<PrefixNumbers>();
    PathNumbers numbers(prefixes);
    const std::uint32_t entry = prefixes->add(kVip);
    const std::uint32_t other = prefixes->add(kOther);
    prefixes->hold(other);
    const auto id_alone = [&](const PathKey& key) {
        const auto number = numbers.add(other, key);
        numbers.hold(number);
        const PathId id = numbers.id(number);
        numbers.drop(number);
        return id;
    };
    // The hash is a multiplication with the golden ratio, so it brings Fibonacci numbers together.
    constexpr PathId kFibonacci = 2971215073;
    PathKey one{PeerId{3}, 40000};
    PathKey two{PeerId{3}, 40000 + kFibonacci};
    while (id_alone(one) != id_alone(two)) {
        ASSERT_LT(++one.id, 50000U) << "no two with the same hash";
        ++two.id;
    }
    const auto first = numbers.add(entry, one);
    numbers.hold(first);
    const auto second = numbers.add(entry, two);
    numbers.hold(second);
    EXPECT_NE(numbers.id(first), numbers.id(second));
    EXPECT_NE(numbers.id(second), 0U);
    const auto elsewhere = numbers.add(other, two);
    numbers.hold(elsewhere);
    EXPECT_EQ(numbers.id(elsewhere), numbers.id(first)) << "of another prefix: may be the same";
    for (const auto number : {first, second, elsewhere}) numbers.drop(number);
}

TEST(PathNumbers, EveryKindOfKeyHasAnIdentifierOfItsOwn) {
    auto prefixes = std::make_shared<PrefixNumbers>();
    PathNumbers numbers(prefixes);
    const std::uint32_t entry = prefixes->add(kVip);
    std::set<PathId> ids;
    std::vector<PathNumbers::Number> held;
    for (const std::uint16_t peer : std::vector<std::uint16_t>{0, 1, 2, 4000, 65534, 65535}) {
        for (const PathId received : {0U, 1U, 2U, 32765U, 32766U, 32767U, 32768U, 65536U,
                                      0x7fffffffU, 0x80000000U, 0xfffffffeU, 0xffffffffU}) {
            const auto number = numbers.add(entry, {PeerId{peer}, received});
            numbers.hold(number);
            ids.insert(numbers.id(number));
            held.push_back(number);
        }
    }
    EXPECT_EQ(ids.size(), held.size());
    EXPECT_FALSE(ids.contains(0));
    for (const auto number : held) numbers.drop(number);
}

// Peer N is 10.0.0.N, and prepends N times: so N is preferred to N + 1.
class AddPathOut : public testing::Test {
protected:
    AddPathOut() {
        rules_.local_as = bgp::Asn{65000};
        rules_.self = IpAddress::v4(0x0a0000fe);
        rules_.paths = 2;
        table_.set_peer(kLocalPeer, {{}, bgp::RouterId{100}, false});
        for (std::uint16_t number = 1; number <= 5; ++number) {
            table_.set_peer(PeerId{number}, {hop(number), bgp::RouterId{number}, true});
        }
    }

    static IpAddress hop(std::uint32_t number) { return IpAddress::v4(0x0a000000 + number); }

    void announce(std::uint16_t peer, std::vector<std::uint32_t> communities = {}, PathId id = 0) {
        bgp::PathAttributes attributes;
        attributes.as_path =
            bgp::AsPath::sequence(std::vector<bgp::Asn>(peer, bgp::Asn{65000U + peer}));
        attributes.next_hop = hop(peer);
        attributes.communities = std::move(communities);
        Path path;
        path.attributes = stores_.attributes.intern(attributes);
        path.peer = PeerId{peer};
        path.id = id;
        table_.announce(kVip, path);
    }
    void turn(AdjRibOut& out) {
        const auto changes = table_.select(Table::kAll, true);
        note(out, out.update(changes));
        table_.release(changes);
    }
    void note(AdjRibOut& out, const OutChanges& changes) {
        changes_ = changes.size();
        for (const OutRun& run : changes.runs()) {
            for (const OutId number : changes.ids(run)) {
                const PathId id = out.path_id(number);
                EXPECT_EQ(told_.contains(id), run.before.sent);
                if (run.after.sent) {
                    told_[id] = run.after.source.value();
                } else {
                    told_.erase(id);
                }
            }
        }
        out.release(changes);
    }
    // Where the paths come from that were told.
    std::vector<std::uint16_t> sources() {
        std::vector<std::uint16_t> found;
        for (const auto& [id, source] : told_) found.push_back(source);
        std::ranges::sort(found);
        return found;
    }

    Stores stores_;
    Table table_{stores_};
    ExportRules rules_;
    std::map<PathId, std::uint16_t> told_;  // of kVip: identifiers and peers
    std::size_t changes_ = 0;               // of the last turn
};

TEST_F(AddPathOut, TellsTheBestOnesAndKeepsTheirIdentifiers) {
    AdjRibOut out(rules_, table_, stores_);
    for (const std::uint16_t peer : std::vector<std::uint16_t>{3, 4, 2}) announce(peer);
    turn(out);
    EXPECT_THAT(sources(), ElementsAre(2, 3));
    EXPECT_EQ(out.size(), 2U);
    const auto before = told_;

    announce(1);
    turn(out);
    EXPECT_THAT(sources(), ElementsAre(1, 2));
    EXPECT_EQ(changes_, 2U) << "the third goes, and nothing is said of the second";
    table_.withdraw(PeerId{1}, kVip);
    turn(out);
    EXPECT_EQ(told_, before) << "it is back with the identifier that it had";
    EXPECT_EQ(changes_, 2U);
    table_.withdraw(PeerId{4}, kVip);
    turn(out);
    EXPECT_EQ(changes_, 0U) << "nobody has that one";
    announce(2, {0x00010001});
    turn(out);
    EXPECT_EQ(told_, before);
    EXPECT_EQ(changes_, 1U) << "other attributes";
}

TEST_F(AddPathOut, NothingIsLeftOfWhatHasGone) {
    AdjRibOut out(rules_, table_, stores_);
    announce(1);
    announce(2);
    turn(out);
    table_.withdraw(PeerId{1}, kVip);
    table_.withdraw(PeerId{2}, kVip);
    turn(out);
    EXPECT_THAT(told_, IsEmpty());
    EXPECT_EQ(out.size(), 0U);
    EXPECT_EQ(stores_.paths.size(), 0U);
    EXPECT_EQ(stores_.prefixes->size(), 0U);
    EXPECT_EQ(stores_.attributes.size(), 0U);
}

TEST_F(AddPathOut, ThePolicyIsAskedOfEachPath) {
    AdjRibOut out(rules_, table_, stores_);
    announce(1);
    announce(2, {bgp::kNoExport});
    announce(3);
    turn(out);
    EXPECT_THAT(sources(), ElementsAre(1)) << "the best two, and one of them may not go";
    rules_.paths = 3;
    AdjRibOut more(rules_, table_, stores_);
    told_.clear();
    note(more, more.fill());
    EXPECT_THAT(sources(), ElementsAre(1, 3));
}

TEST_F(AddPathOut, PathsOfOnePeerAreToldApart) {
    rules_.paths = 100;
    AdjRibOut out(rules_, table_, stores_);
    announce(1, {}, 7);
    announce(1, {}, 4000000000);
    announce(1, {}, 0);
    announce(2);
    turn(out);
    EXPECT_THAT(sources(), ElementsAre(1, 1, 1, 2));
    EXPECT_FALSE(told_.contains(0));
    table_.withdraw(PeerId{1}, kVip, 7);
    turn(out);
    EXPECT_THAT(sources(), ElementsAre(1, 1, 2));
}

TEST_F(AddPathOut, ANewGroupHasTheWholeTableUnderTheSameIdentifiers) {
    AdjRibOut out(rules_, table_, stores_);
    for (const std::uint16_t peer : std::vector<std::uint16_t>{1, 2, 3}) announce(peer);
    turn(out);
    const auto before = std::exchange(told_, {});
    rules_.next_hop_unchanged = true;
    AdjRibOut other(rules_, table_, stores_);
    EXPECT_FALSE(other.filled());
    while (!other.filled()) note(other, other.fill(1));
    EXPECT_EQ(told_, before);
}

// What is not selected yet comes as a change, so that no path goes out before its next hop was
// looked at.
TEST_F(AddPathOut, ANewGroupDoesNotRunAheadOfSelection) {
    table_.set_next_hop_check([](const IpAddress& address) { return address != hop(2); });
    announce(1);
    table_.release(table_.select());
    announce(2);
    AdjRibOut out(rules_, table_, stores_);
    note(out, out.fill());
    EXPECT_THAT(told_, IsEmpty());
    turn(out);
    EXPECT_THAT(sources(), ElementsAre(1));
}

TEST_F(AddPathOut, WhoFellSilentIsNotOfferedBesideOthers) {
    AdjRibOut out(rules_, table_, stores_);
    announce(1);
    announce(2);
    announce(3);
    turn(out);
    table_.mark_stale(PeerId{2}, true);
    turn(out);
    EXPECT_THAT(sources(), ElementsAre(1, 3));
    for (const std::uint16_t peer : std::vector<std::uint16_t>{1, 3})
        table_.withdraw(PeerId{peer}, kVip);
    turn(out);
    EXPECT_THAT(sources(), ElementsAre(2)) << "there is no other";
    table_.mark_stale(PeerId{2}, false);
    announce(3);
    turn(out);
    EXPECT_THAT(sources(), ElementsAre(2, 3));
}

TEST_F(AddPathOut, OnlyTheAudienceGetsOurRoute) {
    AdjRibOut out(rules_, table_, stores_);
    Path path;
    path.attributes = stores_.attributes.intern(bgp::PathAttributes{});
    path.weight = kLocalWeight;
    path.peer = kLocalPeer;
    table_.announce(kVip, path);
    announce(1);
    table_.set_audience(kVip, stores_.audiences.intern({hop(2)}));
    turn(out);
    EXPECT_THAT(sources(), ElementsAre(0, 1));
    std::size_t told = 0;
    out.for_each(*table_.id_of(kVip), [&](OutId id) {
        told += OutMember{PeerId{3}, hop(3)}.gets(out.route(id)) ? 1 : 0;
        EXPECT_TRUE((OutMember{PeerId{2}, hop(2)}.gets(out.route(id))));
    });
    EXPECT_EQ(told, 1U);
    table_.set_audience(kVip, {});
    turn(out);
    EXPECT_EQ(changes_, 1U);
}

}  // namespace
}  // namespace torii::rib

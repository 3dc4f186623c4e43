// Several paths of a prefix to peers that take them (RFC 7911): who is told what, when.
#include "add_path_desk.h"
#include "controlplane/bgp/community.h"

#include <set>

namespace torii::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const Prefix kVip = prefix("192.168.90.1/32");

TEST_F(AddPath, EachIsToldAsManyAsItTakes) {
    start(add_path_config());
    for (Node* node : {&first_, &second_, &third_, &best_, &all_}) establish(*node);
    establish(plain_, false);
    announce(first_, kVip, 1, 3);
    announce(first_, kVip, 2, 4);
    announce(second_, kVip, 7, 2);
    announce(third_, kVip, 9, 1, 0, {bgp::kNoExport});
    settle();
    Taken best(best_);
    Taken all(all_);
    Taken plain(plain_);
    Taken sender(first_);
    for (Taken* taken : {&best, &all, &plain, &sender}) taken->read();
    EXPECT_THAT(best.of(kVip), ElementsAre(name(second_, 7)))
        << "the best two, of which one must not leave the AS";
    EXPECT_THAT(all.of(kVip),
                UnorderedElementsAre(name(first_, 1), name(first_, 2), name(second_, 7)));
    EXPECT_THAT(plain.of(kVip), IsEmpty()) << "the best is the one that must not leave";
    EXPECT_THAT(sender.of(kVip), ElementsAre(name(second_, 7))) << "not its own";

    third_.withdraw(kVip, bgp::PathId{9});
    settle();
    for (Taken* taken : {&best, &all, &plain, &sender}) taken->read();
    EXPECT_THAT(best.of(kVip), UnorderedElementsAre(name(first_, 1), name(second_, 7)));
    EXPECT_THAT(plain.of(kVip), ElementsAre(name(second_, 7)));
    EXPECT_EQ(sent(best_), 2U);
    EXPECT_EQ(sent(all_), 3U);
    EXPECT_EQ(sent(plain_), 1U);
    EXPECT_EQ(sent(first_), 1U);
    const std::size_t before = all.updates;
    second_.withdraw(kVip, bgp::PathId{7});
    settle();
    for (Taken* taken : {&best, &all, &plain, &sender}) taken->read();
    EXPECT_THAT(best.of(kVip), UnorderedElementsAre(name(first_, 1), name(first_, 2)));
    EXPECT_THAT(all.of(kVip), UnorderedElementsAre(name(first_, 1), name(first_, 2)));
    EXPECT_EQ(all.updates, before + 1) << "the others are not sent again";
    EXPECT_THAT(plain.of(kVip), ElementsAre(name(first_, 1)));
    EXPECT_THAT(sender.of(kVip), IsEmpty());
    for (const Taken* taken : {&best, &all, &plain, &sender}) {
        EXPECT_EQ(taken->idle, 0U);
        EXPECT_THAT(taken->faults, IsEmpty());
    }
}

TEST_F(AddPath, TheOperatorSeesAllPathsWithTheirIdentifiers) {
    start(add_path_config());
    for (Node* node : {&first_, &second_, &all_}) establish(*node);
    announce(first_, kVip, 1, 2);
    announce(second_, kVip, 70000, 1);
    settle();
    const ipc::BgpTable told = core_->table(
        {Family::ipv4_unicast, speaker::TableView::Routes::advertised, all_.info.remote},
        std::nullopt);
    ASSERT_EQ(told.entries_size(), 1);
    std::map<std::uint32_t, std::string> shown;
    for (const ipc::BgpPath& path : told.entries(0).paths()) {
        shown.emplace(path.sent_path_id(), path.large_communities(0));
        EXPECT_EQ(path.best(), path.large_communities(0) == name(second_, 70000));
    }
    std::map<std::uint32_t, std::string> taken_ids;
    Taken taken(all_);
    taken.read();
    for (const auto& [path, id] : taken.names()) taken_ids.emplace(id, std::get<1>(path));
    EXPECT_EQ(shown, taken_ids);
    EXPECT_EQ(shown.size(), 2U);
    const ipc::BgpTable table = core_->table({}, kVip);
    std::set<std::uint32_t> received;
    for (const ipc::BgpPath& path : table.entries(0).paths()) received.insert(path.path_id());
    EXPECT_EQ(received, (std::set<std::uint32_t>{1, 70000}));
    EXPECT_THAT(table.entries(0).advertised_to(),
                UnorderedElementsAre("10.0.0.2", "10.0.0.3", "10.0.2.2"));
}

TEST_F(AddPath, ARefreshHasAllPathsBetweenItsMarkers) {
    start(add_path_config());
    for (Node* node : {&first_, &best_}) establish(*node);
    announce(first_, kVip, 1, 1);
    announce(first_, kVip, 2, 2);
    announce(first_, kVip, 3, 3);
    settle();
    Taken taken(best_);
    taken.read();
    const auto before = taken.names();
    const auto told_again = [&] {
        std::vector<std::uint8_t> markers;
        for (const auto& one : best_.heard_of<bgp::RouteRefresh>()) markers.push_back(one.subtype);
        EXPECT_THAT(markers, ElementsAre(bgp::kRefreshBegin, bgp::kRefreshEnd));
        const auto* last = std::get_if<bgp::RouteRefresh>(&best_.heard.back().message);
        ASSERT_NE(last, nullptr);
        taken.forget();
        best_.heard.clear();
    };
    best_.say(bgp::encode(bgp::RouteRefresh{Family::ipv4_unicast, bgp::kRefreshRequest}));
    settle();
    taken.read();
    EXPECT_EQ(taken.idle, 2U) << "the same again";
    EXPECT_EQ(taken.names(), before);
    EXPECT_EQ(sent(best_), 2U);
    told_again();

    EXPECT_EQ(core_->clear({best_.info.remote, {}}, speaker::ClearKind::soft_out), 1U);
    settle();
    Taken again(best_);
    again.read();
    EXPECT_EQ(again.names(), before);
    EXPECT_EQ(sent(best_), 2U);
}

// Who does not read is told later, and only what is different then.
TEST_F(AddPath, ASlowReaderGetsTheDifference) {
    start(add_path_config());
    for (Node* node : {&first_, &second_, &all_}) establish(*node);
    announce(first_, kVip, 1, 1);
    announce(first_, kVip, 2, 2);
    announce(second_, kVip, 3, 3);
    settle();
    Taken taken(all_);
    taken.read();
    const std::size_t before = taken.updates;
    all_.reads = false;
    announce(first_, kVip, 5, 1);  // fills its queue
    settle();
    first_.withdraw(kVip, bgp::PathId{1});
    announce(first_, kVip, 2, 2, 1);
    announce(first_, kVip, 2, 2, 2);
    announce(second_, kVip, 4, 4);
    settle();
    second_.withdraw(kVip, bgp::PathId{4});
    // All paths of another prefix come and go.
    announce(second_, prefix("192.168.90.2/32"), 1, 1);
    settle();
    second_.withdraw(prefix("192.168.90.2/32"), bgp::PathId{1});
    settle();
    all_.reads = true;
    all_.handler->drained();
    settle();
    taken.read();
    EXPECT_THAT(taken.of(kVip),
                UnorderedElementsAre(name(first_, 2, 2), name(first_, 5), name(second_, 3)));
    EXPECT_EQ(taken.updates, before + 3) << "5 is new, 1 has gone, 2 is another";
    EXPECT_EQ(taken.idle, 0U);
    EXPECT_EQ(sent(all_), 3U);
}

TEST_F(AddPath, AnotherNumberOfPathsKeepsTheSession) {
    speaker::SpeakerConfig with = add_path_config();
    start(with);
    for (Node* node : {&first_, &best_, &all_}) establish(*node);
    for (const std::uint32_t id : {1U, 2U, 3U, 4U}) announce(first_, kVip, id, id);
    settle();
    Taken taken(best_);
    taken.read();
    const auto set = [&](std::uint32_t paths) {
        with.dynamic_neighbors[1].peer.add_path[0].send_maximum = paths;
        ASSERT_TRUE(core_->configure(with).has_value());
        settle();
        taken.read();
    };
    set(3);
    EXPECT_THAT(taken.of(kVip), ElementsAre(name(first_, 1), name(first_, 2), name(first_, 3)));
    set(bgp::AddPathConfig::kAll);
    EXPECT_EQ(taken.of(kVip).size(), 4U);
    EXPECT_EQ(taken.withdrawals, 0U);
    set(1);
    EXPECT_THAT(taken.of(kVip), ElementsAre(name(first_, 1)));
    EXPECT_EQ(taken.withdrawals, 3U) << "those beyond, and nothing else";
    EXPECT_THAT(taken.faults, IsEmpty());
    EXPECT_EQ(sent(best_), 1U);
    EXPECT_EQ(state(best_).dropped_count(), 0U);
    set(0);
    EXPECT_EQ(best_.heard_of<bgp::Notification>().size(), 1U) << "that is another capability";
}

// A table of more than one portion, told to a newcomer while it changes.
TEST_F(AddPath, ANewcomerGetsTheWholeTableThenItsEnd) {
    start(add_path_config());
    establish(first_);
    establish(second_);
    constexpr unsigned kPrefixes = 3000;
    const auto route = [](unsigned number) {
        return Prefix::host(IpAddress::v4(0xc0a90000U + number));
    };
    for (unsigned number = 0; number < kPrefixes; ++number) {
        announce(first_, route(number), 1, 1);
        announce(first_, route(number), 2, 2);
        announce(second_, route(number), 1, 3);
    }
    settle();
    establish(best_);
    establish(all_);
    for (unsigned number = 0; number < kPrefixes; number += 3) {
        first_.withdraw(route(number), bgp::PathId{1});
    }
    settle();
    Taken best(best_);
    Taken all(all_);
    best.read();
    all.read();
    EXPECT_TRUE(best.ended() && all.ended());
    EXPECT_EQ(best.names().size(), 2 * kPrefixes);
    EXPECT_EQ(all.names().size(), 3 * kPrefixes - kPrefixes / 3);
    EXPECT_EQ(sent(best_), best.names().size());
    EXPECT_EQ(sent(all_), all.names().size());
    EXPECT_EQ(best.idle + all.idle, 0U);
    const auto* last = std::get_if<bgp::Update>(&best_.heard.back().message);
    ASSERT_NE(last, nullptr);
}

// RFC 4724 section 4.1: nothing goes out before selection, then all of it, then End-of-RIB.
TEST_F(AddPath, AfterARestartAllPathsComeBeforeTheEnd) {
    speaker::SpeakerConfig with = add_path_config();
    with.after_restart = true;
    start(with);
    establish(first_);
    establish(best_);
    announce(first_, kVip, 1, 1);
    announce(first_, kVip, 2, 2);
    settle();
    Taken taken(best_);
    taken.read();
    EXPECT_EQ(taken.updates, 0U);
    for (int seconds = 0; seconds < 16; ++seconds) {
        world_.run(Seconds{1});
        for (Node* node : {&first_, &best_}) node->say(bgp::encode(bgp::Keepalive{}));
    }
    taken.read();
    EXPECT_THAT(taken.of(kVip), ElementsAre(name(first_, 1), name(first_, 2)));
    EXPECT_TRUE(taken.ended());
}

}  // namespace
}  // namespace torii::sim

// Several paths of a prefix, with everything at random.
#include "add_path_desk.h"
#include "controlplane/bgp/community.h"
#include "lab.h"

#include <set>

namespace torii::sim {
namespace {

using testing::IsEmpty;

// Everything at random, then rest: each has the best of the table that it may have, and nothing was
// said in vain.
class AddPathStorm : public AddPath, public testing::WithParamInterface<std::uint64_t> {
protected:
    struct Path {
        std::size_t length = 1;
        std::uint32_t version = 0;
        bool stays = false;  // NO_EXPORT
    };

    static Prefix route(std::uint64_t number) {
        return Prefix::host(IpAddress::v4(0xc0a80000U + static_cast<std::uint32_t>(number)));
    }
    void step();
    void say(Node& node);
    // What `node` should have, as names.
    [[nodiscard]] std::set<Taken::Name> expected(const Node& node, std::size_t most) const;
    void check(const Node& node, Taken& taken, std::size_t most) const;

    World chance_{GetParam()};
    speaker::SpeakerConfig with_ = add_path_config();
    std::vector<Node*> senders_{&first_, &second_, &third_};
    std::map<std::tuple<Prefix, const Node*, std::uint32_t>, Path> paths_;
    std::uint32_t version_ = 0;
    bool repeats_ = false;  // this round has a reason to say something again
    Taken all_taken_{all_};
    Taken best_taken_{best_};
    Taken plain_taken_{plain_};
};

void AddPathStorm::say(Node& node) {
    const Prefix at = route(chance_.chance(4));
    constexpr std::uint32_t kIds[] = {1, 2, 100000};
    const std::uint32_t id = kIds[chance_.chance(3)];
    if (chance_.chance(3) == 0) {
        node.withdraw(at, bgp::PathId{id});
        paths_.erase({at, &node, id});
        return;
    }
    const Path path{1 + chance_.chance(3), ++version_, chance_.chance(6) == 0};
    announce(node, at, id, path.length, path.version,
             path.stays ? std::vector{bgp::kNoExport} : std::vector<std::uint32_t>{});
    paths_[{at, &node, id}] = path;
}

void AddPathStorm::step() {
    Node& sender = *senders_[chance_.chance(senders_.size())];
    Node& reader = *std::vector{&all_, &best_, &plain_}[chance_.chance(3)];
    switch (chance_.chance(20)) {
        case 0: return settle();
        case 1:
            reader.reads = false;
            repeats_ = true;
            return;
        case 2: reader.reads = true; return reader.handler->drained();
        case 3:
            repeats_ = true;
            with_.dynamic_neighbors[1].peer.add_path[0].send_maximum =
                static_cast<std::uint32_t>(1 + chance_.chance(4));
            ASSERT_TRUE(core_->configure(with_).has_value());
            return;
        case 4:
            repeats_ = true;
            with_.dynamic_neighbors[2].peer.next_hop_self ^= true;
            ASSERT_TRUE(core_->configure(with_).has_value());
            return;
        case 5:
            std::erase_if(paths_,
                          [&](const auto& one) { return std::get<1>(one.first) == &sender; });
            sender.vanish();
            settle();
            return establish(sender);
        default: return say(sender);
    }
}

std::set<Taken::Name> AddPathStorm::expected(const Node& node, std::size_t most) const {
    // By length, router ID and identifier.
    std::map<Prefix, std::set<std::tuple<std::size_t, std::uint32_t, std::uint32_t>>> ranking;
    for (const auto& [at, path] : paths_) {
        const auto& [to, from, id] = at;
        ranking[to].insert({path.length, from->info.remote.v4_number(), id});
    }
    std::set<Taken::Name> names;
    for (const auto& [to, places] : ranking) {
        std::size_t place = 0;
        for (const auto& [length, from, id] : places) {
            if (place++ == most) break;
            for (const Node* sender : senders_) {
                if (sender->info.remote.v4_number() != from || sender == &node) continue;
                const Path& path = paths_.at({to, sender, id});
                if (!path.stays) names.insert({to.to_string(), name(*sender, id, path.version)});
            }
        }
    }
    return names;
}

void AddPathStorm::check(const Node& node, Taken& taken, std::size_t most) const {
    SCOPED_TRACE(fmt::format("{} seed {}", node.info.remote, GetParam()));
    taken.read();
    std::set<Taken::Name> has;
    for (const auto& [path, id] : taken.names()) {
        EXPECT_TRUE(has.insert(path).second) << "twice";
    }
    EXPECT_EQ(has, expected(node, most));
    EXPECT_EQ(sent(node), has.size());
    EXPECT_THAT(taken.faults, IsEmpty());
    // With other rules all of it is sent again; and who reads late, what came back meanwhile.
    EXPECT_TRUE(std::exchange(taken.idle, 0) == 0 || repeats_);
}

TEST_P(AddPathStorm, EachHasTheBestOfTheTableAtRest) {
    start(with_);
    for (Node* node : senders_) establish(*node);
    for (Node* node : {&best_, &all_}) establish(*node);
    establish(plain_, false);
    for (int round = 0; round < 8; ++round) {
        for (std::uint64_t steps = chance_.chance(30); steps > 0; --steps) step();
        for (Node* node : {&best_, &all_, &plain_}) {
            node->reads = true;
            node->handler->drained();
        }
        settle();
        check(all_, all_taken_, 1000);
        check(best_, best_taken_, with_.dynamic_neighbors[1].peer.add_path[0].send_maximum);
        check(plain_, plain_taken_, 1);
        if (HasFailure()) return;
        repeats_ = false;
        Node& again = *std::vector{&all_, &best_}[chance_.chance(2)];
        again.say(bgp::encode(bgp::RouteRefresh{Family::ipv4_unicast, bgp::kRefreshRequest}));
        settle();
        Taken& taken = &again == &all_ ? all_taken_ : best_taken_;
        taken.read();
        EXPECT_EQ(std::exchange(taken.idle, 0), sent(again)) << "all of it again, as it was";
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AddPathStorm, testing::Range<std::uint64_t>(0, kSeeds / 2));

}  // namespace
}  // namespace torii::sim

// RFC 4271 section 9.1.2.2, each step with its reason; multipath.
#include "controlplane/rib/decision.h"

#include <gmock/gmock.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace torii::rib {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

// Paths with everything equal but what a test changes, and the peers they come from: peer N has the
// address and router ID 10.0.0.N, and is the next hop.
class Paths {
public:
    struct Draft {
        bgp::PathAttributes attributes;
        Path path;
        PeerFacts peer;
    };

    Draft& add() {
        const auto number = static_cast<std::uint16_t>(drafts_.size() + 1);
        Draft& draft = drafts_.emplace_back();
        draft.attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
        draft.attributes.next_hop = IpAddress::v4(0x0a000000 + number);
        draft.path.peer = PeerId{number};
        draft.peer = {draft.attributes.next_hop, bgp::RouterId{0x0a000000U + number}, true};
        return draft;
    }

    std::vector<std::size_t> rank(std::size_t count, const DecisionRules& rules = {}) {
        const auto ranked = selector_.rank(candidates(), rules, count);
        return {ranked.begin(), ranked.end()};
    }
    Selection select(const DecisionRules& rules = {}) {
        const std::vector<Candidate> candidates = this->candidates();
        const std::size_t best = selector_.select(candidates, rules).best;
        const Selection& selection = selector_.explain(candidates, rules);
        EXPECT_EQ(selection.best, best) << "knowing why does not change what";
        return selection;
    }
    Draft& operator[](std::size_t index) { return drafts_.at(index); }

private:
    std::vector<Candidate> candidates() {
        std::vector<Candidate> candidates;
        for (Draft& draft : drafts_) {
            draft.path.attributes = store_.intern(draft.attributes);
            candidates.push_back(candidate(draft.path, draft.peer));
        }
        return candidates;
    }

    AttributeStore store_;
    Selector selector_;
    std::deque<Draft> drafts_;  // tests hold references
};

// The second of two paths wins because of `better`, although the first has all later steps on its
// side (it has the lower router ID).
struct Step {
    std::string name;
    std::function<void(Paths::Draft&)> better;
    std::function<void(Paths::Draft&)> worse;
    Reason reason;
};
void PrintTo(const Step& step, std::ostream* out) {
    *out << step.name;
}

class DecisionStep : public testing::TestWithParam<Step> {};

TEST_P(DecisionStep, DecidesAndIsTheReason) {
    Paths paths;
    paths.add();
    paths.add();
    if (GetParam().worse) GetParam().worse(paths[0]);
    if (GetParam().better) GetParam().better(paths[1]);
    const Selection selection = paths.select();
    EXPECT_EQ(selection.best, 1U);
    EXPECT_EQ(selection.reason, GetParam().reason);
    EXPECT_THAT(selection.multipath, ElementsAre(1));
}

const Step kSteps[] = {
    {"Weight", [](auto& draft) { draft.path.weight = 1; },
     [](auto& draft) { draft.attributes.local_pref = 500; }, Reason::weight},
    {"LocalPreference", [](auto& draft) { draft.attributes.local_pref = 101; },
     [](auto& draft) { draft.attributes.as_path = {}; }, Reason::local_preference},
    {"UnsetLocalPreferenceIs100",
     {},
     [](auto& draft) { draft.attributes.local_pref = 99; },
     Reason::local_preference},
    {"LocalRoute", [](auto& draft) { draft.path.peer = kLocalPeer; },
     [](auto& draft) { draft.attributes.as_path = {}; }, Reason::local_route},
    {"AsPathLength",
     [](auto& draft) {
         draft.attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
         draft.attributes.origin = bgp::Origin::incomplete;
     },
     [](auto& draft) {
         draft.attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}, bgp::Asn{65002}});
     },
     Reason::as_path},
    {"Origin", [](auto& draft) { draft.attributes.med = 7; },
     [](auto& draft) { draft.attributes.origin = bgp::Origin::egp; }, Reason::origin},
    {"Med", [](auto& draft) { draft.attributes.med = 5; },
     [](auto& draft) { draft.attributes.med = 6; }, Reason::med},
    {"MissingMedIsTheLowest", {}, [](auto& draft) { draft.attributes.med = 1; }, Reason::med},
    {"ExternalBeforeInternal",
     {},
     [](auto& draft) { draft.peer.external = false; },
     Reason::peer_type},
    {"FreshBeforeStale", {}, [](auto& draft) { draft.path.stale = true; }, Reason::staleness},
    {"OlderExternal", [](auto& draft) { draft.path.best = true; }, {}, Reason::older},
    {"RouterId",
     [](auto& draft) { draft.peer.router_id = bgp::RouterId{1}; },
     {},
     Reason::router_id},
    {"OriginatorIdCountsAsRouterId",
     [](auto& draft) { draft.attributes.originator_id = bgp::RouterId{1}; },
     {},
     Reason::router_id},
    {"NeighborAddress",
     [](auto& draft) {
         draft.peer.router_id = bgp::RouterId{0x0a000001};
         draft.peer.address = IpAddress::v4(1);
     },
     {},
     Reason::neighbor_address},
};
INSTANTIATE_TEST_SUITE_P(Steps, DecisionStep, testing::ValuesIn(kSteps),
                         [](const auto& instance) { return instance.param.name; });

TEST(Decision, OneAloneIsTheFirstReceived) {
    Paths paths;
    paths.add();
    const Selection selection = paths.select();
    EXPECT_EQ(selection.best, 0U);
    EXPECT_EQ(selection.reason, Reason::first_path);
    EXPECT_EQ(to_string(selection.reason), "First path received");
}

// MED 100, and behind it 1 of another neighbor AS.
void add_two_neighbors(Paths& paths) {
    paths.add().attributes.med = 100;
    auto& other = paths.add();
    other.attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65002}});
    other.attributes.med = 1;
}

TEST(Decision, MedComparesPathsOfOneNeighborAsOnly) {
    Paths paths;
    add_two_neighbors(paths);
    Selection selection = paths.select();
    EXPECT_EQ(selection.best, 0U) << "the lower router ID";
    EXPECT_EQ(selection.reason, Reason::router_id);

    // A third path of the first's AS with a lower MED takes that one out, not the second.
    paths.add().attributes.med = 50;
    selection = paths.select();
    EXPECT_EQ(selection.best, 1U);
}

TEST(Decision, MedComparesAllPathsWhereItIsToldTo) {
    Paths paths;
    add_two_neighbors(paths);
    Selection selection = paths.select({.always_compare_med = true});
    EXPECT_EQ(selection.best, 1U);
    EXPECT_EQ(selection.reason, Reason::med);
    paths.add().attributes.med = 0;
    EXPECT_EQ(paths.select({.always_compare_med = true}).best, 2U);
    EXPECT_THAT(paths.rank(2, {.always_compare_med = true}), UnorderedElementsAre(2, 1));
}

TEST(Decision, TheOlderPathIsNotFavouredWhenRouterIdsAreCompared) {
    Paths paths;
    paths.add();
    paths.add().path.best = true;
    EXPECT_EQ(paths.select({.compare_router_id = false}).best, 1U);
    EXPECT_EQ(paths.select({.compare_router_id = true}).best, 0U);
}

TEST(Decision, InternalPathsAreNotFavouredForAge) {
    Paths paths;
    paths.add().peer.external = false;
    paths.add().peer.external = false;
    paths[1].path.best = true;
    EXPECT_EQ(paths.select().best, 0U);
}

TEST(Multipath, TakesAllEqualsUpToTheLimitBestFirst) {
    Paths paths;
    for (int index = 0; index < 4; ++index) paths.add();
    paths[2].path.best = true;
    EXPECT_THAT(paths.select({.maximum_paths_ebgp = 8}).multipath, ElementsAre(2, 0, 1, 3));
    EXPECT_THAT(paths.select({.maximum_paths_ebgp = 3}).multipath, ElementsAre(2, 0, 1));
    EXPECT_THAT(paths.select({.maximum_paths_ebgp = 1}).multipath, ElementsAre(2));
}

TEST(Multipath, NeedsEqualAsPathsUnlessRelaxed) {
    Paths paths;
    paths.add();
    paths.add();
    paths.add().attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65002}});
    EXPECT_THAT(paths.select({.maximum_paths_ebgp = 8}).multipath, UnorderedElementsAre(0, 1));
    EXPECT_THAT(paths.select({.multipath_relax = true, .maximum_paths_ebgp = 8}).multipath,
                UnorderedElementsAre(0, 1, 2));
    // A longer path is never equal.
    paths[2].attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65002}, bgp::Asn{65002}});
    EXPECT_THAT(paths.select({.multipath_relax = true, .maximum_paths_ebgp = 8}).multipath,
                UnorderedElementsAre(0, 1));
}

TEST(Multipath, InternalAndExternalHaveTheirOwnLimits) {
    Paths paths;
    paths.add().peer.external = false;
    paths.add().peer.external = false;
    EXPECT_EQ(paths.select({.maximum_paths_ebgp = 8}).multipath.size(), 1U);
    EXPECT_EQ(paths.select({.maximum_paths_ibgp = 8}).multipath.size(), 2U);
}

TEST(Multipath, UsesANextHopOnce) {
    Paths paths;
    paths.add();
    paths.add().attributes.next_hop = paths[0].attributes.next_hop;
    paths.add();
    EXPECT_THAT(paths.select({.maximum_paths_ebgp = 8}).multipath, UnorderedElementsAre(0, 2));
}

// A node whose process restarts forwards on: its path stays in use beside the fresh ones.
TEST(Multipath, KeepsStaleEquals) {
    Paths paths;
    paths.add().path.stale = true;
    paths.add();
    const Selection selection = paths.select({.maximum_paths_ebgp = 8});
    EXPECT_EQ(selection.best, 1U);
    EXPECT_THAT(selection.multipath, ElementsAre(1, 0));
}

TEST(Multipath, OurOwnRouteIsAlone) {
    Paths paths;
    paths.add().path.peer = kLocalPeer;
    paths.add();
    EXPECT_THAT(paths.select({.maximum_paths_ebgp = 8, .maximum_paths_ibgp = 8}).multipath,
                ElementsAre(0));
}

// The first is worse than the second by MED, whatever its router ID: it is behind it also where the
// third, of another AS, has won between them.
TEST(Ranking, RunsTheWholeDecisionForEachPlace) {
    Paths paths;
    paths.add().attributes.med = 10;
    paths.add();
    paths[1].attributes.med = 5;
    paths[1].peer.router_id = bgp::RouterId{0x0a000009};
    paths.add().attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65002}});
    paths.add().attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65002}, bgp::Asn{65003}});
    EXPECT_THAT(paths.rank(1), ElementsAre(2));
    EXPECT_THAT(paths.rank(2), ElementsAre(2, 1));
    EXPECT_THAT(paths.rank(3), ElementsAre(2, 1, 0));
    EXPECT_THAT(paths.rank(4), UnorderedElementsAre(0, 1, 2, 3));
    EXPECT_THAT(paths.rank(100), UnorderedElementsAre(0, 1, 2, 3));
}

TEST(Ranking, BeginsWithThePathThatIsBestAlready) {
    Paths paths;
    paths.add();
    paths.add();
    paths.add().path.best = true;
    EXPECT_THAT(paths.rank(2), ElementsAre(2, 0));
    EXPECT_THAT(paths.rank(2, {.compare_router_id = true}), ElementsAre(0, 1));
}

}  // namespace
}  // namespace torii::rib

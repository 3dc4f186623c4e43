#include "agent/reconcile/import_policy.h"

#include "controlplane/policy/library.h"
#include "controlplane/policy/prefix_set.h"
#include "tests/unit/agent/reconcile/cluster.h"

#include <gmock/gmock.h>

namespace torii::reconcile {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Which of the prefixes the words let in.
std::vector<std::string> let_in(const std::vector<std::string>& words,
                                const std::vector<std::string>& prefixes) {
    const auto rules = import_rules(words);
    if (!rules) return {rules.error().message};
    const auto set = policy::PrefixSet::compile(*rules);
    EXPECT_TRUE(set);
    std::vector<std::string> permitted;
    for (const std::string& prefix : prefixes) {
        if (set->matches(Prefix::parse(prefix).value())) permitted.push_back(prefix);
    }
    return permitted;
}

const std::vector<std::string> kSome{"0.0.0.0/0",     "172.20.0.0/16", "172.20.1.0/24",
                                     "172.20.1.1/32", "10.0.0.0/8",    "::/0",
                                     "2001:db8::/32"};

TEST(ImportRules, WordsAndPrefixesWithLengths) {
    EXPECT_THAT(let_in({}, kSome), IsEmpty());
    EXPECT_THAT(let_in({"all"}, kSome), kSome);
    EXPECT_THAT(let_in({"default"}, kSome), testing::ElementsAre("0.0.0.0/0", "::/0"));
    EXPECT_THAT(let_in({"172.20.0.0/16"}, kSome), testing::ElementsAre("172.20.0.0/16"));
    EXPECT_THAT(let_in({"172.20.0.0/16 le 24"}, kSome),
                testing::ElementsAre("172.20.0.0/16", "172.20.1.0/24"));
    EXPECT_THAT(let_in({"172.20.0.0/16 ge 24 le 24", "2001:db8::/32"}, kSome),
                testing::ElementsAre("172.20.1.0/24", "2001:db8::/32"));
}

TEST(ImportRules, MistakesAreNamed) {
    for (const auto& [words, problem] : std::map<std::string, std::string>{
             {"everything", "neither default, all, nor a prefix"},
             {"172.20.0.0/16 to 24", "ge or le, not to"},
             {"172.20.0.0/16 le 33", "\"33\" is not a length of 16 to 32"},
             {"172.20.0.0/16 le", "\"\" is not a length"},
             {"172.20.0.0/16 le 8", "\"8\" is not a length of 16 to 32"},
             {"172.20.0.0/16 ge 28 le 24", "ge is more than le"}}) {
        EXPECT_THAT(let_in({words}, {}), testing::ElementsAre(HasSubstr(problem))) << words;
    }
}

TEST(ImportRoutes, AllSessionsGetThePolicyAndTakeTheNodesOwnAs) {
    NodeSettings settings{.node = "n1"};
    const std::string resources =
        std::string(kNode) + std::string(kCluster) + std::string(kPeerConfig);
    const Desired without = desired(snapshot_of(resources), settings);
    EXPECT_EQ(without.instances.at("i").speaker.peers.at(0).allow_own_as, 0U);
    EXPECT_EQ(without.instances.at("i").speaker.policies, nullptr);

    settings.imported = import_rules({"172.20.0.0/16 le 24"}).value();
    const Desired with = desired(snapshot_of(resources), settings);
    const speaker::SpeakerConfig& config = with.instances.at("i").speaker;
    EXPECT_EQ(config.peers.at(0).allow_own_as, 1U);
    EXPECT_TRUE(config.multipath_relax);
    EXPECT_GT(config.families.at(0).maximum_paths_ebgp, 1U);
    EXPECT_TRUE(config.originate_only) << "a node must never become a transit AS";
    ASSERT_NE(config.policies, nullptr);
    EXPECT_TRUE(config.policies->chain(config.peers.at(0).policies[0].import_policies));
}

}  // namespace
}  // namespace torii::reconcile

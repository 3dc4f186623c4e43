// The text for nftables, and what of it is sent when something changes.
#include "agent/loadbalance/ruleset.h"

#include "tests/unit/agent/loadbalance/cluster.h"

#include <gmock/gmock.h>

namespace torii::loadbalance {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr TableSettings kSmall{5, 0};
const std::string kBoth = fmt::format("{}, {}", kHere, kElsewhere);
constexpr std::string_view kLoadBalancer = "type: LoadBalancer, clusterIP: 10.96.0.1";

template <class... Texts>
Ruleset rules_of(const Texts&... texts) {
    return ruleset(balancing_of(node(), texts...), kSmall);
}

// The rules of the only chain whose name starts so.
std::string chain(const Ruleset& rules, std::string_view kind) {
    std::string found;
    for (const auto& [name, text] : rules.chains) {
        if (!name.starts_with(kind)) continue;
        EXPECT_THAT(found, IsEmpty()) << kind;
        found = text;
    }
    return found;
}

// All of it in one transaction; "" for nothing to do.
std::string commands(const Ruleset& installed, const Ruleset& wanted) {
    const std::vector<std::string> pieces = additions(installed, wanted);
    EXPECT_LE(pieces.size(), 1U);
    return pieces.empty() ? "" : pieces.front();
}

std::string value(const Ruleset& rules, const std::string& set, const std::string& key) {
    const auto found = rules.elements.find(set);
    if (found == rules.elements.end() || !found->second.contains(key)) return "absent";
    return found->second.at(key);
}

TEST(RulesetText, PolicyClusterHashesOverAllAndMarksWhatMayLeave) {
    const Ruleset rules = rules_of(service(kLoadBalancer), slice(kBoth));
    EXPECT_EQ(chain(rules, "service/test/web/tcp-80/"),
              "ip saddr != @pods4 fib saddr type != local meta mark set meta mark | 0x200000\n"
              "meta l4proto 6 dnat ip to jhash ip saddr . th sport mod 5 seed 0x746f7269 map "
              "{ 0 : 10.0.1.5 . 8080, 1 : 10.0.1.5 . 8080, 2 : 10.0.2.5 . 8080, "
              "3 : 10.0.2.5 . 8080, 4 : 10.0.1.5 . 8080 }\n");
    EXPECT_EQ(value(rules, "services4", "172.16.1.1 . 6 . 80"),
              "goto " + rules.chains.begin()->first);
    EXPECT_EQ(value(rules, "local_backends4", "10.0.1.5"), "");
    EXPECT_EQ(value(rules, "local_backends4", "10.0.2.5"), "absent");
    EXPECT_EQ(value(rules, "hairpins4", "10.0.1.5 . 10.0.1.5"), "");
    EXPECT_EQ(value(rules, "load_balancer_ips4", "172.16.1.1"), "");
    EXPECT_EQ(value(rules, "cluster_ips4", "10.96.0.1"), "");
}

TEST(RulesetText, OneBackendNeedsNoMapAndAPodHereNoMark) {
    EXPECT_EQ(chain(rules_of(service(kLoadBalancer), slice(kHere)), "service/"),
              "meta l4proto 6 dnat ip to 10.0.1.5:8080\n");
}

TEST(RulesetText, PolicyLocalSendsWhoIsInsideToAll) {
    const Ruleset rules = rules_of(
        service(fmt::format("{}, externalTrafficPolicy: Local", kLoadBalancer)), slice(kBoth));
    std::string inside;
    for (const auto& [name, text] : rules.chains) {
        if (name.starts_with("service/")) inside = name;
    }
    EXPECT_EQ(chain(rules, "service-local/"),
              fmt::format("ip saddr @pods4 goto {}\nfib saddr type local goto {}\n"
                          "meta l4proto 6 dnat ip to 10.0.1.5:8080\n",
                          inside, inside));
    EXPECT_EQ(value(rules, "services4", "10.96.0.1 . 6 . 80"), "goto " + inside);
}

TEST(RulesetText, WithoutEndpointsItIsRefusedWithoutOnesHereDropped) {
    EXPECT_EQ(value(rules_of(service(kLoadBalancer)), "services4", "172.16.1.1 . 6 . 80"),
              "goto refuse");
    EXPECT_THAT(
        chain(rules_of(service(fmt::format("{}, externalTrafficPolicy: Local", kLoadBalancer)),
                       slice(kElsewhere)),
              "service-local/"),
        HasSubstr("\ndrop\n"));
    EXPECT_EQ(
        value(rules_of(service(fmt::format("{}, internalTrafficPolicy: Local", kLoadBalancer)),
                       slice(kElsewhere)),
              "services4", "10.96.0.1 . 6 . 80"),
        "drop");
}

TEST(RulesetText, AffinityHashesTheAddressAloneAndRemembers) {
    const Ruleset rules =
        rules_of(service("clusterIP: 10.96.0.1, sessionAffinity: ClientIP"), slice(kBoth));
    EXPECT_EQ(rules.affinity_sets.size(), 2U);
    EXPECT_EQ(rules.affinity_sets.begin()->second,
              "type ipv4_addr; size 65536; flags dynamic,timeout; timeout 10800s;");
    const std::string text = chain(rules, "service/");
    EXPECT_THAT(text, HasSubstr("ip saddr @affinity/test/web/tcp-80/10800/"));
    EXPECT_THAT(text, HasSubstr("jhash ip saddr mod 5 seed 0x746f7269 vmap { 0 : goto backend/"));
    EXPECT_THAT(text, Not(HasSubstr("sport")));
    for (const auto& [name, set] : rules.affinity_sets) EXPECT_THAT(text, HasSubstr('@' + name));
}

TEST(RulesetText, SourceRangesComeFirst) {
    const std::string spec = fmt::format(
        "{}, loadBalancerSourceRanges: ['192.0.2.0/24', '198.51.100.0/24']", kLoadBalancer);
    const Ruleset rules = rules_of(service(spec), slice(kHere));
    const std::string guarded = value(rules, "services4", "172.16.1.1 . 6 . 80").substr(5);
    EXPECT_THAT(rules.chains.at(guarded),
                StartsWith("fib saddr type != local ip saddr != 192.0.2.0/24 "
                           "ip saddr != 198.51.100.0/24 drop\n"));
}

TEST(RulesetText, Ipv6) {
    const Ruleset rules =
        rules_of(service("clusterIP: 'fd00:96::1'"),
                 slice("{addresses: ['fd00::5'], nodeName: n1}", "name: http, port: 8080", "IPv6"));
    EXPECT_EQ(chain(rules, "service/"), "meta l4proto 6 dnat ip6 to [fd00::5]:8080\n");
    EXPECT_THAT(value(rules, "services6", "fd00:96::1 . 6 . 80"), StartsWith("goto service/"));
}

TEST(RulesetChange, NothingDiffersNothingIsSent) {
    const Ruleset rules = rules_of(service(kLoadBalancer), slice(kBoth));
    EXPECT_EQ(commands(rules, rules), "");
    EXPECT_EQ(removals(rest(rules, rules)), "");
}

TEST(RulesetChange, AnotherBackendIsAnotherChainInPlaceOfTheOld) {
    const Ruleset before = rules_of(service("clusterIP: 10.96.0.1"), slice(kBoth));
    const Ruleset after = rules_of(service("clusterIP: 10.96.0.1"), slice(kHere));
    const std::string& old_chain = before.chains.begin()->first;
    const std::string& new_chain = after.chains.begin()->first;
    EXPECT_EQ(commands(before, after),
              fmt::format("add chain inet torii {}\n"
                          "add rule inet torii {} meta l4proto 6 dnat ip to 10.0.1.5:8080\n"
                          "delete element inet torii services4 {{ 10.96.0.1 . 6 . 80 }}\n"
                          "add element inet torii services4 {{ 10.96.0.1 . 6 . 80 : goto {} }}\n",
                          new_chain, new_chain, new_chain));
    EXPECT_EQ(removals(rest(before, after)),
              fmt::format("flush chain inet torii {}\ndelete chain inet torii {}\n", old_chain,
                          old_chain));
}

TEST(RulesetChange, AServiceThatIsGoneGoesOnlyWithTheRemovals) {
    const Ruleset before = rules_of(service("clusterIP: 10.96.0.1"), slice(kHere));
    const Ruleset after = rules_of();
    EXPECT_EQ(commands(before, after), "");
    EXPECT_THAT(removals(rest(before, after)),
                HasSubstr("delete element inet torii services4 { 10.96.0.1 . 6 . 80 }\n"));
}

TEST(RulesetChange, OfARestWhatIsWantedAgainStays) {
    const Ruleset both = rules_of(service(kLoadBalancer), slice(kBoth));
    const Ruleset cluster_ip = rules_of(service("clusterIP: 10.96.0.1"), slice(kBoth));
    const Ruleset nothing = rules_of();
    const Ruleset left = common(rest(both, nothing), rest(both, cluster_ip));
    EXPECT_EQ(removals(left), removals(rest(both, cluster_ip)));
    EXPECT_FALSE(is_empty(left));
    EXPECT_THAT(removals(left), Not(HasSubstr("10.96.0.1")));
    EXPECT_TRUE(is_empty(rest(both, both)));
    EXPECT_TRUE(is_empty(common(left, rest(both, both))));
}

TEST(RulesetChange, TheAffinityOfBackendsThatStayIsKept) {
    const std::string sticky = service("clusterIP: 10.96.0.1, sessionAffinity: ClientIP");
    const Ruleset before = rules_of(sticky, slice(kBoth));
    const Ruleset after = rules_of(sticky, slice(kHere));
    EXPECT_THAT(commands(before, after), Not(HasSubstr("add set")));
    ASSERT_EQ(after.affinity_sets.size(), 1U);
    EXPECT_THAT(removals(rest(before, after)), HasSubstr("delete set inet torii affinity/"));
    EXPECT_THAT(removals(rest(before, after)),
                Not(HasSubstr("delete set inet torii " + after.affinity_sets.begin()->first)));
}

TEST(RulesetChange, PrefixesChangeAsAWhole) {
    const Ruleset before = ruleset(balancing_of(node("10.0.1.0/24")), kSmall);
    const Ruleset after = ruleset(balancing_of(node("10.0.2.0/24")), kSmall);
    EXPECT_THAT(commands(before, after),
                HasSubstr("flush set inet torii pods4\n"
                          "add element inet torii pods4 { 10.0.2.0/24 }\n"));
}

TEST(RulesetFrame, NamesOfTheFrameAreNotOfServices) {
    for (const std::string_view name : {"prerouting", "services", "services4", "pods6", "refuse"}) {
        EXPECT_TRUE(is_of_frame(name)) << name;
    }
    EXPECT_FALSE(is_of_frame("service/test/services4/tcp-80/0"));
}

// A great many chains go in pieces; what others lead to before them, and the elements last.
TEST(RulesetChange, ManyChainsGoInPiecesAndAreUsedOnlyWithTheLast) {
    Ruleset many;
    for (int number = 0; number < 500; ++number) {
        many.chains[fmt::format("service-local/{}", number)] =
            fmt::format("goto service/{}\n", number);
        many.chains[fmt::format("service/{}", number)] = "drop\n";
    }
    many.elements["services4"]["10.96.0.1 . 6 . 80"] = "goto service-local/0";
    const std::vector<std::string> pieces = additions({}, many);
    ASSERT_GT(pieces.size(), 2U);
    std::string before;
    for (const std::string& piece : pieces) {
        EXPECT_EQ(piece.find("element") != std::string::npos, &piece == &pieces.back());
        before += piece;
        for (int number = 0; number < 500; ++number) {
            const std::string user = fmt::format("goto service/{}\n", number);
            if (piece.find(user) == std::string::npos) continue;
            EXPECT_THAT(before,
                        HasSubstr(fmt::format("add chain inet torii service/{}\n", number)));
        }
    }
}

}  // namespace
}  // namespace torii::loadbalance

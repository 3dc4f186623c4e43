#include "mgmt/show/policy.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

namespace torii::show {
namespace {

ipc::Policies parse(const std::string& text) {
    ipc::Policies out;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &out)) << text;
    return out;
}

const char* const kPolicies = R"(
    sets { prefix_sets { name: "PODS"
             entries { sequence: 5 prefix: "172.20.0.0/16" ge: 24 le: 24 }
             entries { sequence: 10 deny: true prefix: "0.0.0.0/0" le: 32 } }
           community_sets { name: "C" entries { sequence: 5 members: "65001:1" members: "no-export" } }
           as_path_sets { name: "A" entries { sequence: 5 pattern: "_65001_" } } }
    policies { matched: [3, 1] policy { name: "IN" default_action: POLICY_ACCEPT
      statements { sequence: 10 description: "pods" match { prefix_set: "PODS" sources: POLICY_SOURCE_EXTERNAL }
                   change { local_preference: 200 med: "+5" prepend: [1, 2] communities { add: "no-export" } }
                   action: POLICY_NEXT }
      statements { sequence: 20 action: POLICY_REJECT } } }
    policies { policy { name: "OUT" } })";

TEST(ShowPolicy, AllOfAStatement) {
    EXPECT_EQ(policies(parse(kPolicies), "IN"), R"(route-map: IN
 permit, sequence 10 Matched 3
  Description:
    pods
  Match clauses:
    prefix-set PODS
    source external
  Set clauses:
    local-preference 200
    med +5
    as-path prepend 1 2
    community add no-export
  Action:
    Continue with the next statement
 deny, sequence 20 Matched 1
  Match clauses:
  Set clauses:
  Action:
    Exit routemap
 otherwise: accept
)");
}

TEST(ShowPolicy, AllOrOneOrNone) {
    const std::string all = policies(parse(kPolicies), "");
    EXPECT_NE(all.find("route-map: IN"), all.npos);
    EXPECT_NE(all.find("route-map: OUT\n otherwise: the next policy decides, at last reject\n"),
              all.npos);
    EXPECT_EQ(policies(parse(kPolicies), "X"), "% No such policy\n");
    EXPECT_EQ(policies({}, ""), "There are no policies.\n");
}

TEST(ShowPolicy, SetsAsFrrPrintsThem) {
    EXPECT_EQ(prefix_sets(parse(kPolicies), ""),
              "ip prefix-list PODS: 2 entries\n"
              "   seq 5 permit 172.20.0.0/16 ge 24 le 24\n"
              "   seq 10 deny 0.0.0.0/0 le 32\n");
    EXPECT_EQ(prefix_sets(parse(kPolicies), "X"), "% No such prefix set\n");
    EXPECT_EQ(other_sets(parse(kPolicies)),
              "as-path-set A: 1 entries\n   seq 5 permit _65001_\n"
              "community-set C: 1 entries\n   seq 5 permit 65001:1 no-export\n");
}

}  // namespace
}  // namespace torii::show

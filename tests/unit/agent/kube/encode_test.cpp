// What is written and read again is the same.
#include "agent/kube/encode.h"

#include "agent/kube/yaml.h"
#include "tests/support/manifests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::kube {
namespace {

TEST(Encode, ANodeConfigIsReadAsItWas) {
    constexpr std::string_view kText = R"(
apiVersion: cilium.io/v2
kind: CiliumBGPNodeConfig
metadata:
  name: n1
  ownerReferences: [{apiVersion: cilium.io/v2, kind: CiliumBGPClusterConfig, name: c, uid: u}]
spec:
  bgpInstances:
  - name: i
    localASN: 4200000000
    localPort: 179
    routerID: 1.2.3.4
    peers:
    - name: a
      peerAddress: fe80::1%eth0
      peerASN: 65000
      peerConfigRef: {name: p}
      localAddress: "fd00::1"
    - name: b
      autoDiscovery: {mode: DefaultGateway, defaultGateway: {addressFamily: ipv6}}
  - name: bare
)";
    const test::Decoded first = test::decoded(kText);
    ASSERT_THAT(first.problems, testing::IsEmpty());
    const model::BgpNodeConfig& config = first.snapshot.node_configs.at("n1");
    EXPECT_EQ(config.owner, "c");
    const test::Decoded again = test::decoded(to_yaml(encode(config)));
    ASSERT_THAT(again.problems, testing::IsEmpty());
    EXPECT_EQ(again.snapshot.node_configs.at("n1"), config);
}

}  // namespace
}  // namespace torii::kube

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

TEST(Encode, WhatANodeTellsIsReadAsItWas) {
    model::Absence absence;
    absence.metadata.name = "n1";
    absence.metadata.namespace_name = model::Absence::kNamespace;
    absence.addresses = {*IpAddress::parse("192.0.2.1"), *IpAddress::parse("2001:db8::1")};
    for (const auto state : {model::Absence::State::leaving, model::Absence::State::back}) {
        absence.state = state;
        const test::Decoded again = test::decoded(to_yaml(encode(absence)));
        ASSERT_THAT(again.problems, testing::IsEmpty());
        const model::Absence& read = again.snapshot.absences.at(model::Absence::key("n1"));
        EXPECT_EQ(read.state, state);
        EXPECT_EQ(read.addresses, absence.addresses);
    }
}

}  // namespace
}  // namespace torii::kube

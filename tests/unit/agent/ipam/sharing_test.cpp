// Which services may have one address.
#include "agent/ipam/sharing.h"

#include "tests/unit/agent/ipam/cluster.h"

namespace torii::ipam {
namespace {

constexpr const char* kKey = "io.cilium/lb-ipam-sharing-key: k";

TEST(Sharing, TheSameKeyIsTheSameAddress) {
    Cluster cluster;
    cluster.pool("p", "blocks: [{cidr: 10.0.10.0/24}]");
    cluster.service("a", "ports: [{port: 80}]", "lbipam.cilium.io/sharing-key: k");
    cluster.service("b", "ports: [{port: 81}]", kKey);
    cluster.service("other", "ports: [{port: 82}]", "lbipam.cilium.io/sharing-key: l");
    cluster.service("none", "ports: [{port: 83}]");
    EXPECT_EQ(cluster.told("a"), "10.0.10.0 satisfied");
    EXPECT_EQ(cluster.told("b"), "10.0.10.0 satisfied");
    EXPECT_EQ(cluster.told("other"), "10.0.10.1 satisfied");
    EXPECT_EQ(cluster.told("none"), "10.0.10.2 satisfied");
    EXPECT_EQ(cluster.use("p").used, 3U) << "a shared address counts once";
    cluster.remove("service/default/a");
    EXPECT_EQ(cluster.told("b"), "10.0.10.0 satisfied");
}

// Whether two services with these specs and annotations get one address.
bool share(std::string_view one, std::string_view other, std::string_view one_notes = kKey,
           std::string_view other_notes = kKey, const std::string& other_name = "default/b") {
    Cluster cluster;
    cluster.pool("p", "blocks: [{cidr: 10.0.10.0/24}]");
    cluster.service("a", one, one_notes);
    cluster.service(other_name, other, other_notes);
    return cluster.told("a") == cluster.told(other_name);
}

TEST(Sharing, NotWithAPortOfOneProtocolInCommon) {
    EXPECT_FALSE(share("ports: [{port: 80}]", "ports: [{port: 81}, {port: 80}]"));
    EXPECT_TRUE(share("ports: [{port: 53}]", "ports: [{port: 53, protocol: UDP}]"));
    EXPECT_TRUE(share("", ""));
}

TEST(Sharing, OnlyWithTheSameTrafficPolicyAndWithLocalTheSamePods) {
    const std::string local = "externalTrafficPolicy: Local";
    EXPECT_FALSE(share("", local));
    EXPECT_FALSE(share(local, local)) << "no selector says that the pods are the same";
    EXPECT_FALSE(share(local + ", selector: {a: b}", local + ", selector: {a: c}"));
    EXPECT_TRUE(share(local + ", selector: {a: b}", local + ", selector: {a: b}"));
}

TEST(Sharing, AcrossNamespacesBothMustPermitIt) {
    const std::string cross = std::string(kKey) + ", io.cilium/lb-ipam-sharing-cross-namespace: ";
    const auto across = [&](const std::string& one, const std::string& other) {
        return share("", "", one, other, "ns/b");
    };
    EXPECT_FALSE(across(kKey, kKey));
    EXPECT_FALSE(across(cross + "'*'", kKey));
    EXPECT_TRUE(across(cross + "'*'", cross + "'*'"));
    EXPECT_TRUE(across(cross + "'x, ns'", cross + "default"));
    EXPECT_FALSE(across(cross + "x", cross + "default"));
}

TEST(Sharing, OfSeveralAddressesTheOldest) {
    Cluster cluster;
    cluster.pool("p", "blocks: [{cidr: 10.0.10.0/24}]");
    cluster.service("first");
    cluster.service("c", "ports: [{port: 80}]", kKey);
    cluster.remove("service/default/first");
    cluster.service("a", "ports: [{port: 80}]", kKey);
    EXPECT_EQ(cluster.told("a"), "10.0.10.0 satisfied");
    cluster.service("b", "ports: [{port: 81}]", kKey);
    EXPECT_EQ(cluster.told("b"), "10.0.10.1 satisfied") << "that of c";
}

// Deleted and made anew before anybody looked: its address is older than its key.
TEST(Sharing, TheAgeIsThatOfTheKey) {
    Cluster cluster;
    cluster.pool("p", "blocks: [{cidr: 10.0.10.0/24}]");
    cluster.service("a", "ports: [{port: 80}]", "lbipam.cilium.io/sharing-key: other");
    cluster.service("c", "ports: [{port: 80}]", kKey);
    cluster.service("a", "ports: [{port: 80}]", kKey);
    cluster.service("b", "ports: [{port: 81}]", kKey);
    EXPECT_EQ(cluster.told("a"), "10.0.10.0 satisfied");
    EXPECT_EQ(cluster.told("b"), "10.0.10.1 satisfied") << "that of c";
}

TEST(Sharing, ARequestedAddressIsSharedOrRefusedWithTheReason) {
    Cluster cluster;
    cluster.pool("p", "blocks: [{cidr: 10.0.10.0/24}]");
    const std::string request = "lbipam.cilium.io/ips: 10.0.10.7";
    cluster.service("a", "ports: [{port: 80}]", request + ", " + kKey);
    cluster.service("b", "ports: [{port: 81}]", request + ", " + kKey);
    cluster.service("c", "ports: [{port: 80}]", request + ", " + kKey);
    cluster.service("d", "ports: [{port: 82}]", request);
    EXPECT_EQ(cluster.told("b"), "10.0.10.7 satisfied");
    EXPECT_EQ(cluster.told("c"), "already_allocated_incompatible_service");
    EXPECT_EQ(cluster.told("d"), "already_allocated");
}

}  // namespace
}  // namespace torii::ipam

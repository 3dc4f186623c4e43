#include "tests/support/manifests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::kube {
namespace {

using model::AdvertisementType;
using model::LargeCommunity;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string advertisement(std::string_view entries) {
    std::string text =
        "apiVersion: cilium.io/v2\nkind: CiliumBGPAdvertisement\n"
        "metadata: {name: a, labels: {advertise: bgp}}\n"
        "spec: {advertisements: ";
    return text.append(entries) + "}\n";
}

model::BgpAdvertisement good(std::string_view entries) {
    test::Decoded decoded = test::decoded(advertisement(entries));
    EXPECT_THAT(decoded.problems, IsEmpty()) << entries;
    return decoded.snapshot.advertisements["a"];
}

std::string problem(std::string_view entries) {
    const test::Decoded decoded = test::decoded(advertisement(entries));
    EXPECT_THAT(decoded.snapshot.advertisements, IsEmpty()) << entries;
    if (decoded.problems.size() == 1) return decoded.problems[0];
    ADD_FAILURE() << decoded.problems.size() << " problems: " << entries;
    return {};
}

TEST(Advertisement, PodCidr) {
    const model::BgpAdvertisement read = good("[{advertisementType: PodCIDR}]");
    EXPECT_EQ(read.metadata.name, "a");
    EXPECT_EQ(read.metadata.labels, (model::Labels{{"advertise", "bgp"}}));
    ASSERT_EQ(read.advertisements.size(), 1U);
    EXPECT_EQ(read.advertisements[0].type, AdvertisementType::pod_cidr);
    EXPECT_EQ(read.advertisements[0].attributes, model::BgpAttributes{});
}

TEST(Advertisement, StandardAndWellKnownCommunitiesShareOneListWithoutRepetition) {
    const auto read = good(
        "[{advertisementType: PodCIDR, attributes: {communities: {"
        "standard: ['65000:99', '4259840099', '0:0', '65535:65281'], "
        "wellKnown: [no-export, internet, planned-shut, blackhole]}}}]");
    EXPECT_THAT(read.advertisements[0].attributes.communities,
                ElementsAre(0xFDE80063U, 0U, 0xFFFFFF01U, 0xFFFF0000U, 0xFFFF029AU));
}

TEST(Advertisement, LargeCommunitiesAndLocalPreference) {
    const auto read = good(
        "[{advertisementType: PodCIDR, attributes: {localPreference: 99, "
        "communities: {large: ['65001:100:4294967295', '65001:100:4294967295']}}}]");
    EXPECT_THAT(read.advertisements[0].attributes.large_communities,
                ElementsAre(LargeCommunity{65001, 100, 4294967295U}));
    EXPECT_EQ(read.advertisements[0].attributes.local_preference, 99U);
}

TEST(Advertisement, WrongCommunities) {
    const auto with = [](std::string_view kind, std::string_view value) {
        return problem(
            fmt::format("[{{advertisementType: PodCIDR, attributes: {{communities: "
                        "{{{}: ['{}']}}}}}}]",
                        kind, value));
    };
    for (const char* wrong : {"65536:1", "1:65536", "4294967296", "1:2:3", "a:b", "", "1:", "-1"}) {
        EXPECT_THAT(with("standard", wrong), HasSubstr("communities.standard[0]: Invalid value: "))
            << wrong;
    }
    for (const char* wrong : {"1:2", "1:2:3:4", "4294967296:1:1", "1::2"}) {
        EXPECT_THAT(with("large", wrong), HasSubstr("communities.large[0]: Invalid value: "))
            << wrong;
    }
    EXPECT_THAT(with("wellKnown", "no-such"),
                HasSubstr("communities.wellKnown[0]: Unsupported value: \"no-such\""));
}

TEST(Advertisement, PodCidrTakesNoSelector) {
    EXPECT_EQ(problem("[{advertisementType: PodCIDR, selector: {}}]"),
              "test.yaml, document 1, CiliumBGPAdvertisement a: "
              "spec.advertisements[0].selector: Forbidden: selector field is not allowed for the "
              "'PodCIDR' advertisementType");
}

TEST(Advertisement, ServiceNeedsItsBlock) {
    EXPECT_THAT(problem("[{advertisementType: Service, selector: {}}]"),
                HasSubstr("spec.advertisements[0].service: Required value"));
    EXPECT_THAT(problem("[{advertisementType: Service, service: {addresses: []}}]"),
                HasSubstr("service.addresses: Invalid value: []: should have at least 1 items"));
    EXPECT_THAT(problem("[{advertisementType: Service, service: {addresses: [NodePort]}}]"),
                HasSubstr("service.addresses[0]: Unsupported value: \"NodePort\""));
    EXPECT_THAT(problem("[{advertisementType: Service, service: {addresses: [ClusterIP], "
                        "aggregationLengthIPv4: 32}}]"),
                HasSubstr("aggregationLengthIPv4: Invalid value: 32"));
    EXPECT_EQ(good("[{advertisementType: Service, service: {addresses: [LoadBalancerIP]}}]")
                  .advertisements[0]
                  .type,
              AdvertisementType::service);
}

TEST(Advertisement, TypesOfLaterVersionsAreTolerated) {
    EXPECT_EQ(good("[{advertisementType: FromTheFuture}]").advertisements[0].type,
              AdvertisementType::unknown);
    EXPECT_THAT(problem("[{selector: {}}]"),
                HasSubstr("spec.advertisements[0].advertisementType: Required value"));
}

TEST(Advertisement, ListIsRequired) {
    EXPECT_THAT(problem("null"), HasSubstr("spec.advertisements: Required value"));
    EXPECT_THAT(problem("PodCIDR"), HasSubstr("spec.advertisements: Invalid value: \"PodCIDR\""));
}

}  // namespace
}  // namespace torii::kube

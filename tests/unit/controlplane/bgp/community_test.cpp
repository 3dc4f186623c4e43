#include "controlplane/bgp/community.h"

#include <gtest/gtest.h>

namespace torii::bgp {
namespace {

TEST(BgpCommunity, TextAndBack) {
    for (const auto& [community, text] :
         std::initializer_list<std::pair<std::uint32_t, const char*>>{
             {65001U << 16U | 100U, "65001:100"},
             {kNoExport, "no-export"},
             {kNoAdvertise, "no-advertise"},
             {kNoExportSubconfed, "local-AS"},
             {kNoPeer, "no-peer"},
             {kGracefulShutdown, "graceful-shutdown"},
             {0xffff029a, "blackhole"}}) {
        EXPECT_EQ(community_text(community), text);
        EXPECT_EQ(parse_community(text), community) << text;
    }
    for (const char* wrong : {"", "1", "1:", "65536:1", "1:2:3", "no-exports", "1:-2", "1: 2"}) {
        EXPECT_FALSE(parse_community(wrong)) << wrong;
    }
}

TEST(BgpCommunity, LargeTextAndBack) {
    EXPECT_EQ(large_community_text({4200000000, 1, 2}), "4200000000:1:2");
    EXPECT_EQ(parse_large_community("4200000000:1:2"), (LargeCommunity{4200000000, 1, 2}));
    EXPECT_FALSE(parse_large_community("1:2"));
    EXPECT_FALSE(parse_large_community("1:2:4294967296"));
}

TEST(BgpCommunity, ExtendedTextAndBack) {
    for (const auto& [community, text] :
         std::initializer_list<std::pair<std::uint64_t, const char*>>{
             {0x0002fde900000064, "RT:65001:100"},
             {0x0202fa56ea000064, "RT:4200000000:100"},
             {0x0102c00002010005, "RT:192.0.2.1:5"},
             {0x0003fde900000064, "SoO:65001:100"},
             {0x4004fde94cee6b28, "LB:65001:125000000"}}) {
        EXPECT_EQ(extended_community_text(community), text);
        EXPECT_EQ(parse_extended_community(text), community) << text;
    }
    EXPECT_EQ(extended_community_text(0x030c000000000008), "0x030c000000000008");
    for (const char* wrong : {"rt:1", "xx:1:2", "rt:4200000000:65536", "lb:1:-5", "lb:1:inf",
                              "lb:65536:1", "rt:fd00::1:5"}) {
        EXPECT_FALSE(parse_extended_community(wrong)) << wrong;
    }
}

TEST(BgpCommunity, LinkBandwidthOfEitherKind) {
    EXPECT_EQ(link_bandwidth(0x4004fde94cee6b28), 125000000.0F);
    EXPECT_EQ(link_bandwidth(0x0004fde94cee6b28), 125000000.0F);
    EXPECT_EQ(link_bandwidth(0x0002fde94cee6b28), std::nullopt);
    EXPECT_EQ(link_bandwidth(0x4004fde97fc00000), 0.0F) << "not a number";
    EXPECT_EQ(link_bandwidth(0x4004fde9cceb6b28), 0.0F) << "negative";
    EXPECT_TRUE(is_non_transitive(0x4004fde94cee6b28));
    EXPECT_FALSE(is_non_transitive(0x0004fde94cee6b28));
}

}  // namespace
}  // namespace torii::bgp

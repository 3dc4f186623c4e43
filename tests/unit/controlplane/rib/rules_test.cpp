#include "controlplane/bgp/community.h"
#include "controlplane/rib/export_rules.h"
#include "controlplane/rib/import_rules.h"

#include <gtest/gtest.h>

namespace torii::rib {
namespace {

constexpr bgp::Asn kOurs{65000};
constexpr bgp::Asn kNode{65001};

IpAddress address(const char* text) {
    return IpAddress::parse(text).value();
}

class Import : public testing::Test {
protected:
    Import() {
        attributes_.as_path = bgp::AsPath::sequence({kNode});
        attributes_.next_hop = address("192.168.10.101");
        rules_.remote_as = kNode;
        rules_.instance_as = rules_.local_as = kOurs;
        rules_.local_address = address("192.168.10.200");
    }
    [[nodiscard]] ImportVerdict check() const { return check_import(attributes_, rules_); }

    bgp::PathAttributes attributes_;
    ImportRules rules_;
};

TEST_F(Import, AcceptsWhatIsRight) {
    EXPECT_EQ(check(), ImportVerdict::accepted);
}

TEST_F(Import, OurAsIsALoopBeyondWhatIsAllowed) {
    attributes_.as_path = bgp::AsPath::sequence({kNode, kOurs, kOurs});
    EXPECT_EQ(check(), ImportVerdict::as_loop);
    rules_.allow_own_as = 1;
    EXPECT_EQ(check(), ImportVerdict::as_loop);
    rules_.allow_own_as = 2;
    EXPECT_EQ(check(), ImportVerdict::accepted);
}

TEST_F(Import, TheAsThatThePeerSeesCountsToo) {
    rules_.local_as = bgp::Asn{64999};
    attributes_.as_path = bgp::AsPath::sequence({kNode, bgp::Asn{64999}});
    EXPECT_EQ(check(), ImportVerdict::as_loop);
}

TEST_F(Import, AnExternalPathBeginsWithThePeersAs) {
    attributes_.as_path = bgp::AsPath::sequence({bgp::Asn{65002}, kNode});
    EXPECT_EQ(check(), ImportVerdict::wrong_first_as);
    attributes_.as_path = {};
    EXPECT_EQ(check(), ImportVerdict::wrong_first_as);
    rules_.external = false;
    EXPECT_EQ(check(), ImportVerdict::accepted);
}

TEST_F(Import, NextHopsThatCannotBe) {
    for (const char* bad : {"192.168.10.200", "0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.5",
                            "240.0.0.1", "255.255.255.255", "::", "::1", "ff02::1"}) {
        attributes_.next_hop = address(bad);
        EXPECT_EQ(check(), ImportVerdict::bad_next_hop) << bad;
    }
    attributes_.next_hop = address("fd00::5");
    EXPECT_EQ(check(), ImportVerdict::accepted);
}

TEST_F(Import, WithoutARequiredPolicyNothingComesIn) {
    rules_.policy_missing = true;
    EXPECT_EQ(check(), ImportVerdict::no_policy);
    rules_.external = false;
    EXPECT_EQ(check(), ImportVerdict::accepted) << "RFC 8212 is about external peers";
}

class Export : public testing::Test {
protected:
    Export() {
        attributes_.as_path = bgp::AsPath::sequence({kNode});
        attributes_.next_hop = address("192.168.10.101");
        rules_.local_as = kOurs;
        rules_.self = address("192.168.20.200");
    }
    [[nodiscard]] std::optional<bgp::PathAttributes> run(ExportSource source = {}) const {
        return export_attributes(Prefix{}, attributes_, source, rules_);
    }

    bgp::PathAttributes attributes_;
    ExportRules rules_;
};

TEST_F(Export, ExternalPeersGetOurAsAndOurAddress) {
    attributes_.local_pref = 200;
    attributes_.med = 5;
    const auto out = run();
    ASSERT_TRUE(out.has_value());
    EXPECT_EQ(out->as_path.to_string(), "65000 65001");
    EXPECT_EQ(out->next_hop, address("192.168.20.200"));
    EXPECT_EQ(out->local_pref, std::nullopt);
    EXPECT_EQ(out->med, std::nullopt) << "learned from another AS";
}

TEST_F(Export, OurOwnMedGoesOut) {
    attributes_.as_path = {};
    attributes_.med = 0;
    const auto out = run({.local = true, .external = false});
    ASSERT_TRUE(out.has_value());
    EXPECT_EQ(out->med, 0U);
    EXPECT_EQ(out->as_path.to_string(), "65000");
}

TEST_F(Export, ThirdPartyNextHopStaysOnASharedSubnet) {
    rules_.subnet = Prefix::parse("192.168.10.0/24").value();
    EXPECT_EQ(run()->next_hop, address("192.168.10.101"));
    rules_.next_hop_self = true;
    EXPECT_EQ(run()->next_hop, address("192.168.20.200"));
}

TEST_F(Export, InternalPeersGetThePathAsItIs) {
    rules_.external = false;
    const auto out = run();
    ASSERT_TRUE(out.has_value());
    EXPECT_EQ(out->as_path.to_string(), "65001");
    EXPECT_EQ(out->next_hop, address("192.168.10.101"));
    EXPECT_EQ(out->local_pref, 100U);
}

TEST_F(Export, InternalPathsDoNotGoToInternalPeers) {
    rules_.external = false;
    EXPECT_EQ(run({.local = false, .external = false}), std::nullopt);
    EXPECT_TRUE(run({.local = true, .external = false}).has_value());
    rules_.external = true;
    EXPECT_TRUE(run({.local = false, .external = false}).has_value());
}

TEST_F(Export, AsOverrideReplacesThePeersAs) {
    rules_.override_as = kNode;
    EXPECT_EQ(run()->as_path.to_string(), "65000 65000");
}

TEST_F(Export, WellKnownCommunitiesKeepRoutesIn) {
    attributes_.communities = {bgp::kNoExport};
    EXPECT_EQ(run(), std::nullopt);
    rules_.external = false;
    EXPECT_TRUE(run().has_value());
    attributes_.communities = {bgp::kNoAdvertise};
    EXPECT_EQ(run(), std::nullopt);
}

TEST_F(Export, WithoutARequiredPolicyNothingGoesOut) {
    rules_.policy_missing = true;
    EXPECT_EQ(run(), std::nullopt);
}

TEST_F(Export, ANodeTellsItsOwnRoutesOnly) {
    rules_.originate_only = true;
    EXPECT_EQ(run(), std::nullopt);
    EXPECT_TRUE(run({.local = true, .external = false}).has_value());
}

TEST_F(Export, WithoutAnAddressOfTheFamilyOurRoutesStay) {
    rules_.self.reset();
    EXPECT_EQ(run({.local = true, .external = false}), std::nullopt);
}

}  // namespace
}  // namespace torii::rib

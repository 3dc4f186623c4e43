#include "controlplane/bgp/community.h"
#include "controlplane/policy/library.h"
#include "controlplane/rib/export_rules.h"
#include "controlplane/rib/importer.h"

#include <gtest/gtest.h>

#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace torii::rib {
namespace {

constexpr bgp::Asn kOurs{65000};
constexpr bgp::Asn kNode{65001};

IpAddress address(const char* text) {
    return IpAddress::parse(text).value();
}

bgp::PackedAttributes packed(const bgp::PathAttributes& attributes, ByteWriter& octets) {
    bgp::pack(attributes, octets);
    return {octets.view(), attributes.next_hop, attributes.link_local};
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
    [[nodiscard]] ImportVerdict check() const {
        ByteWriter octets;
        return check_import(packed(attributes_, octets), rules_);
    }

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
    rules_.external = true;
    rules_.enforce_first_as = false;
    EXPECT_EQ(check(), ImportVerdict::accepted) << "a route server leaves its own out";
    attributes_.as_path = bgp::AsPath::sequence({kOurs});
    EXPECT_EQ(check(), ImportVerdict::as_loop);
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
        ByteWriter octets;
        ByteWriter out;
        const auto exported =
            export_attributes(Prefix{}, packed(attributes_, octets), source, rules_, out);
        return exported ? std::optional(unpack(*exported)) : std::nullopt;
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

policy::Chain chain_of(policy::Match match, policy::Change change) {
    policy::Definitions definitions;
    definitions.prefix_sets = {
        {"PODS", {{5, true, Prefix::parse("172.20.0.0/16").value(), {}, 24}}}};
    policy::Statement statement;
    statement.sequence = 10;
    statement.match = std::move(match);
    statement.change = std::move(change);
    definitions.policies = {{"P", {statement}}};
    const std::vector<std::string> names{"P"};
    return policy::Library::compile(definitions)->chain(names).value();
}

TEST_F(Export, PrivateAsNumbersAsInFrr) {
    const auto path_with = [&](bgp::PrivateAs rule, std::vector<bgp::Asn> path) {
        attributes_.as_path = bgp::AsPath::sequence(std::move(path));
        rules_.private_as = rule;
        rules_.private_as_kept = bgp::Asn{64900};
        return run()->as_path.to_string();
    };
    using enum bgp::PrivateAs;
    const std::vector<bgp::Asn> mixed{bgp::Asn{64512}, bgp::Asn{3}, bgp::Asn{4200000001}};
    const std::vector<bgp::Asn> all{bgp::Asn{65534}, bgp::Asn{4294967294}};
    EXPECT_EQ(path_with(keep, mixed), "65000 64512 3 4200000001");
    EXPECT_EQ(path_with(remove, mixed), "65000 3");
    EXPECT_EQ(path_with(replace, mixed), "65000 65000 3 65000");
    EXPECT_EQ(path_with(remove_if_all, mixed), "65000 64512 3 4200000001");
    EXPECT_EQ(path_with(remove_if_all, all), "65000");
    EXPECT_EQ(path_with(replace_if_all, all), "65000 65000 65000");
    EXPECT_EQ(path_with(remove, {bgp::Asn{64900}, bgp::Asn{64901}}), "65000 64900")
        << "the peer has to see its own loops";
    EXPECT_EQ(path_with(remove, {bgp::Asn{65535}, bgp::Asn{64511}}), "65000 65535 64511")
        << "not private (RFC 6996)";
}

TEST_F(Export, NextHopUnchangedForExternalPeers) {
    rules_.next_hop_unchanged = true;
    EXPECT_EQ(run()->next_hop, address("192.168.10.101"));
    attributes_.next_hop = IpAddress::any(IpFamily::v4);
    EXPECT_EQ(run({.local = true, .external = false})->next_hop, address("192.168.20.200"));
}

TEST_F(Export, ARouteOfOursHasTheNextHopItsPolicyGaveIt) {
    rules_.external = false;
    EXPECT_EQ(run({.local = true, .external = false})->next_hop, address("192.168.10.101"));
    attributes_.next_hop = IpAddress::any(IpFamily::v4);
    EXPECT_EQ(run({.local = true, .external = false})->next_hop, address("192.168.20.200"));
}

TEST_F(Export, OnlyTheKindsOfCommunitiesThatAreSent) {
    attributes_.communities = {1};
    attributes_.extended_communities = {0x0002000100000001};
    attributes_.large_communities = {{1, 2, 3}};
    rules_.send_communities = {.standard = true, .extended = false, .large = false};
    EXPECT_EQ(run()->communities.size(), 1U);
    EXPECT_TRUE(run()->extended_communities.empty());
    EXPECT_TRUE(run()->large_communities.empty());
    rules_.send_communities = {.standard = false, .extended = true, .large = true};
    EXPECT_TRUE(run()->communities.empty());
    EXPECT_EQ(run()->extended_communities.size(), 1U);
    EXPECT_EQ(run()->large_communities.size(), 1U);
}

TEST_F(Export, NonTransitiveCommunitiesStayInTheAs) {
    attributes_.extended_communities = {0x0002000100000001, 0x4004fde94cee6b28};
    EXPECT_EQ(run()->extended_communities, (std::vector<std::uint64_t>{0x0002000100000001}));
    rules_.external = false;
    EXPECT_EQ(run()->extended_communities.size(), 2U);
}

TEST_F(Export, GracefulShutdownIsACommunityOutsideAndAPreferenceInside) {
    rules_.graceful_shutdown = true;
    EXPECT_TRUE(run()->has_community(bgp::kGracefulShutdown));
    rules_.external = false;
    EXPECT_EQ(run()->local_pref, 0U);
    EXPECT_FALSE(run()->has_community(bgp::kGracefulShutdown));
}

TEST_F(Export, ThePolicySeesThePathBeforeOurAsAndDecidesTheNextHop) {
    attributes_.med = 9;
    policy::Change change;
    change.prepend = {bgp::Asn{1}};
    change.med = policy::MedChange{policy::MedChange::Kind::add, 5};
    change.next_hop = policy::NextHopChange{policy::NextHopChange::Kind::unchanged};
    rules_.policy = chain_of({}, change);
    const auto out = run();
    ASSERT_TRUE(out.has_value());
    EXPECT_EQ(out->as_path.to_string(), "65000 1 65001");
    EXPECT_EQ(out->med, 5U) << "of another AS, it was reset before";
    EXPECT_EQ(out->next_hop, address("192.168.10.101"));
    EXPECT_EQ(run({.local = true, .external = false})->next_hop, address("192.168.10.101"));
    rules_.policy = chain_of({.prefix_set = "PODS"}, {});
    EXPECT_FALSE(run().has_value());
}

class Imports : public testing::Test {
protected:
    Imports() {
        rules_.remote_as = kNode;
        rules_.instance_as = rules_.local_as = kOurs;
        rules_.neighbor = address("192.168.10.101");
        attributes_.as_path = bgp::AsPath::sequence({kNode});
        attributes_.next_hop = rules_.neighbor;
    }
    Path run(const char* prefix = "172.20.1.0/24") {
        if (!importer_) importer_.emplace(rules_, store_);
        Path path;
        path.attributes = store_.intern(attributes_);
        importer_->run(Prefix::parse(prefix).value(), path);
        return path;
    }

    AttributeStore store_;
    ImportRules rules_;
    bgp::PathAttributes attributes_;
    std::optional<Importer> importer_;
};

TEST_F(Imports, WithoutAPolicyThePathIsAsItCame) {
    const Path path = run();
    EXPECT_FALSE(path.rejected);
    EXPECT_FALSE(path.received);
    EXPECT_EQ(path.attributes.unpack(), attributes_);
}

TEST_F(Imports, WhatAPolicyChangesIsKeptBesideWhatCame) {
    rules_.policy = chain_of({}, {.local_preference = 200, .weight = 7});
    const Path path = run();
    EXPECT_EQ(path.attributes->local_pref(), 200U);
    EXPECT_EQ(path.received.unpack(), attributes_);
    EXPECT_EQ(path.weight, 7U);
    // And decided again from there.
    Path again = path;
    importer_->run(Prefix{}, again);
    EXPECT_EQ(again.attributes, path.attributes);
    EXPECT_EQ(again.received, path.received);
}

TEST_F(Imports, OneDecisionServesAllRoutesOfEqualAttributes) {
    rules_.policy = chain_of({}, {.local_preference = 200});
    static_cast<void>(run("172.20.1.0/24"));
    static_cast<void>(run("172.20.2.0/24"));
    EXPECT_EQ(rules_.policy.policies().front()->matched().front(), 1U);
    attributes_.med = 1;
    static_cast<void>(run());
    EXPECT_EQ(rules_.policy.policies().front()->matched().front(), 2U);
}

TEST_F(Imports, APolicyThatLooksAtPrefixesDecidesOncePerClassOfThem) {
    rules_.policy = chain_of({.prefix_set = "PODS"}, {});
    EXPECT_FALSE(run("172.20.1.0/24").rejected);
    EXPECT_TRUE(run("10.0.0.0/8").rejected);
    EXPECT_FALSE(run("172.20.2.0/24").rejected);
    EXPECT_EQ(rules_.policy.policies().front()->matched().front(), 1U);
}

TEST_F(Imports, AnAnnouncementIsDecidedInRunsOfOneClass) {
    rules_.policy = chain_of({.prefix_set = "PODS"}, {});
    Importer importer(rules_, store_);
    std::vector<Prefix> prefixes;
    for (const char* text : {"172.20.1.0/24", "172.20.2.0/24", "10.0.0.0/8", "172.20.3.0/24"}) {
        prefixes.push_back(Prefix::parse(text).value());
    }
    std::vector<std::pair<std::size_t, bool>> runs;
    for (std::span<const Prefix> rest = prefixes; !rest.empty();) {
        Path path;
        path.attributes = store_.intern(attributes_);
        const std::size_t count = importer.run(rest, path);
        runs.emplace_back(count, path.rejected);
        rest = rest.subspan(count);
    }
    EXPECT_EQ(runs, (std::vector<std::pair<std::size_t, bool>>{{2, false}, {1, true}, {1, false}}));
    rules_.policy = {};
    Path path;
    path.attributes = store_.intern(attributes_);
    EXPECT_EQ(Importer(rules_, store_).run(prefixes, path), prefixes.size());
}

TEST_F(Imports, GracefulShutdownIsTheLastChoice) {
    attributes_.communities = {bgp::kGracefulShutdown};
    EXPECT_EQ(run().attributes->local_pref(), 0U);
    attributes_.communities.clear();
    EXPECT_EQ(run().attributes->local_pref(), 100U);
    rules_.graceful_shutdown = true;
    importer_.reset();
    EXPECT_EQ(run().attributes->local_pref(), 0U);
    EXPECT_TRUE(run().attributes.unpack().has_community(bgp::kGracefulShutdown));
}

TEST_F(Imports, LinkBandwidthIsTheShare) {
    EXPECT_EQ(run().share, 0U);
    attributes_.extended_communities = {0x4004fde94cee6b28};  // 1 Gbit/s
    EXPECT_EQ(run().share, 1000000U);
}

}  // namespace
}  // namespace torii::rib

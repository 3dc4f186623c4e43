#include "agent/nftables/listing.h"

#include <gmock/gmock.h>

namespace torii::nftables {
namespace {

using testing::ElementsAre;
using testing::Pair;

// As libnftables 1.0.6 answers `list maps inet` and the like, with numbers.
constexpr std::string_view kMaps = R"({"nftables": [{"metainfo": {"json_schema_version": 1}},
    {"map": {"family": "inet", "name": "services4", "table": "torii", "handle": 1, "elem": [
        [{"concat": ["10.96.0.2", 17, 53]}, {"goto": {"target": "refuse"}}],
        [{"concat": ["10.96.0.3", 132, 53]}, {"drop": null}]]}},
    {"map": {"family": "inet", "name": "node_ports4", "table": "torii", "handle": 2}},
    {"map": {"family": "inet", "name": "services4", "table": "other", "handle": 1, "elem": [
        [{"concat": ["10.96.0.9", 17, 53]}, {"drop": null}]]}}]})";
constexpr std::string_view kSets = R"({"nftables": [
    {"set": {"family": "inet", "name": "pods4", "table": "torii", "type": "ipv4_addr", "elem": [
        {"prefix": {"addr": "10.0.1.0", "len": 24}}, "10.0.2.1"]}},
    {"set": {"family": "inet", "name": "affinity/test/web/tcp-80/5/1", "table": "torii", "elem": [
        {"elem": {"val": "192.0.2.1", "timeout": 5, "expires": 4}}]}}]})";
constexpr std::string_view kChains = R"({"nftables": [
    {"chain": {"family": "inet", "table": "torii", "name": "prerouting", "handle": 9}},
    {"chain": {"family": "inet", "table": "torii", "name": "service/test/web/tcp-80/1"}},
    {"chain": {"family": "inet", "table": "kube-proxy", "name": "service/a"}}]})";

TEST(NftablesListing, IsReadAsItWouldBeWritten) {
    loadbalance::Ruleset rules;
    for (const std::string_view text : {kMaps, kSets, kChains}) {
        ASSERT_TRUE(add_listing(text, rules));
    }
    EXPECT_THAT(rules.elements.at("services4"),
                ElementsAre(Pair("10.96.0.2 . 17 . 53", "goto refuse"),
                            Pair("10.96.0.3 . 132 . 53", "drop")));
    EXPECT_THAT(rules.elements.at("pods4"),
                ElementsAre(Pair("10.0.1.0/24", ""), Pair("10.0.2.1", "")));
    EXPECT_THAT(rules.affinity_sets, ElementsAre(Pair("affinity/test/web/tcp-80/5/1", "")));
    EXPECT_THAT(rules.chains, ElementsAre(Pair("service/test/web/tcp-80/1", "")));
}

TEST(NftablesListing, WhatIsNoListingIsAnError) {
    loadbalance::Ruleset rules;
    EXPECT_FALSE(add_listing("{", rules));
    EXPECT_FALSE(add_listing("{}", rules));
    EXPECT_FALSE(add_listing(R"({"nftables": [{"chain": {"name": "x"}}]})", rules));
}

}  // namespace
}  // namespace torii::nftables

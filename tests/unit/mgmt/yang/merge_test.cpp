#include "mgmt/yang/merge.h"

#include "mgmt/yang/edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace torii::yang {
namespace {

namespace json = boost::json;
using testing::ElementsAre;

const Schema& schema() {
    static const Schema loaded = *Schema::load(TORII_YANG_DIR);
    return loaded;
}

using Lines = std::vector<std::string>;

// Lines of set, or of delete with a dash before them, on top of a document.
json::object edited(json::object document, const Lines& lines) {
    for (const std::string& line : lines) {
        const bool removes = line.starts_with('-');
        std::istringstream stream(line.substr(removes ? 1 : 0));
        const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
        const auto done = removes ? delete_words(schema(), document, words)
                                  : set_words(schema(), document, words);
        EXPECT_TRUE(done) << line << ": " << (done ? "" : done.error().text());
    }
    return document;
}

const Lines kBase{"system hostname r1", "bgp as 65000", "bgp neighbor 192.0.2.1 remote-as 65001",
                  "bgp neighbor 192.0.2.2 remote-as 65002",
                  "bgp neighbor 192.0.2.2 description two"};

void expect_merged(const Lines& mine, const Lines& theirs, const Lines& both) {
    const json::object base = edited({}, kBase);
    const auto merged = merge(schema(), base, edited(base, mine), edited(base, theirs));
    ASSERT_TRUE(merged) << merged.error().front().text();
    EXPECT_EQ(*merged, edited(base, both));
}

Problems conflicts(const Lines& mine, const Lines& theirs) {
    const json::object base = edited({}, kBase);
    const auto merged = merge(schema(), base, edited(base, mine), edited(base, theirs));
    return merged ? Problems() : merged.error();
}

TEST(MergeTest, ChangesOfDifferentPlaces) {
    expect_merged({"system hostname r2"}, {"bgp as 65009"}, {"bgp as 65009", "system hostname r2"});
    expect_merged(
        {"bgp neighbor 192.0.2.1 description one"}, {"bgp neighbor 192.0.2.2 description zwei"},
        {"bgp neighbor 192.0.2.2 description zwei", "bgp neighbor 192.0.2.1 description one"});
    expect_merged(
        {"bgp neighbor 192.0.2.3 remote-as 65003"}, {"bgp neighbor 192.0.2.4 remote-as 65004"},
        {"bgp neighbor 192.0.2.4 remote-as 65004", "bgp neighbor 192.0.2.3 remote-as 65003"});
    expect_merged({"-bgp neighbor 192.0.2.1"}, {"bgp neighbor 192.0.2.2 passive true"},
                  {"bgp neighbor 192.0.2.2 passive true", "-bgp neighbor 192.0.2.1"});
}

TEST(MergeTest, TheSameChangeTwice) {
    expect_merged({"system hostname r2"}, {"system hostname r2"}, {"system hostname r2"});
    expect_merged({"-bgp neighbor 192.0.2.1"}, {"-bgp neighbor 192.0.2.1"},
                  {"-bgp neighbor 192.0.2.1"});
    const Lines both{"bgp neighbor 192.0.2.3 remote-as 65003",
                     "bgp neighbor 192.0.2.3 description three"};
    expect_merged({both[0]}, both, both);
}

TEST(MergeTest, TheSamePlaceToDifferentThings) {
    EXPECT_THAT(conflicts({"system hostname a"}, {"system hostname b"}),
                ElementsAre(Problem{"system hostname", "was changed to b meanwhile, here to a"}));
    EXPECT_THAT(conflicts({"-bgp neighbor 192.0.2.2 description"},
                          {"bgp neighbor 192.0.2.2 description zwei"}),
                ElementsAre(Problem{"bgp neighbor 192.0.2.2 description",
                                    "was changed to zwei meanwhile, here to nothing"}));
    EXPECT_THAT(conflicts({"-bgp neighbor 192.0.2.2"}, {"bgp neighbor 192.0.2.2 description zwei"}),
                ElementsAre(Problem{"bgp neighbor 192.0.2.2",
                                    "was changed to something meanwhile, here to nothing"}));
    EXPECT_THAT(
        conflicts({"bgp neighbor 192.0.2.1 password a"}, {"bgp neighbor 192.0.2.1 password b"}),
        ElementsAre(Problem{"bgp neighbor 192.0.2.1 password",
                            "was changed to <secret> meanwhile, here to <secret>"}));
}

TEST(MergeTest, EveryConflictIsNamed) {
    EXPECT_EQ(
        conflicts({"system hostname a", "bgp as 1"}, {"system hostname b", "bgp as 2"}).size(), 2U);
}

}  // namespace
}  // namespace torii::yang

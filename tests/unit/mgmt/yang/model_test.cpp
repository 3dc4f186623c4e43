// The model itself: what every node of it must have, whoever adds one.
#include "mgmt/yang/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace torii::yang {
namespace {

const Schema& schema() {
    static const Schema loaded = *Schema::load(TORII_YANG_DIR);
    return loaded;
}

TEST(Model, EveryNodeHasOneShortSentenceOfHelp) {
    for (const SchemaNode& node : schema().nodes()) {
        EXPECT_FALSE(node.description.empty()) << node.path;
        EXPECT_LE(node.description.size(), 60U) << node.path << ": " << node.description;
        EXPECT_TRUE(node.description.ends_with('.')) << node.path << ": " << node.description;
    }
}

TEST(Model, EveryConstraintAnswersInItsOwnWords) {
    for (const SchemaNode& node : schema().nodes()) {
        EXPECT_EQ(node.constraints_without_message, 0U) << node.path;
    }
}

// A default in a neighbor or its group would hide the value it inherits.
TEST(Model, NothingInheritedHasADefault) {
    unsigned seen = 0;
    for (const SchemaNode& node : schema().nodes()) {
        if (!node.path.starts_with("bgp/neighbor/") && !node.path.starts_with("bgp/peer-group/")) {
            continue;
        }
        ++seen;
        EXPECT_FALSE(node.has_default) << node.path;
    }
    EXPECT_GT(seen, 30U);
}

TEST(Model, GroupAndNeighborHaveTheSameSessionValues) {
    std::vector<std::string> group;
    std::vector<std::string> neighbor;
    for (const SchemaNode& node : schema().nodes()) {
        const std::string kGroup = "bgp/peer-group/";
        const std::string kNeighbor = "bgp/neighbor/";
        if (node.state) continue;
        if (node.path.starts_with(kGroup)) group.push_back(node.path.substr(kGroup.size()));
        if (node.path.starts_with(kNeighbor))
            neighbor.push_back(node.path.substr(kNeighbor.size()));
    }
    std::erase(group, "name");
    std::erase(neighbor, "address");
    std::erase(neighbor, "peer-group");
    EXPECT_THAT(group, testing::UnorderedElementsAreArray(neighbor));
}

// rename finds all references to an entry by its name alone.
TEST(Model, EveryReferenceNamesAnEntryOfOneList) {
    std::map<std::string, SchemaNode> by_path;
    for (const SchemaNode& node : schema().nodes()) by_path[node.path] = node;
    unsigned seen = 0;
    for (const auto& [path, node] : by_path) {
        if (node.refers_to.empty()) continue;
        ++seen;
        EXPECT_FALSE(node.key) << path;
        EXPECT_TRUE(by_path.at(node.refers_to).key) << path;
        EXPECT_EQ(by_path.at(node.refers_to).lists, 1U) << path;
    }
    EXPECT_GT(seen, 15U);
}

TEST(Model, AMissingDirectoryIsNamed) {
    const auto loaded = Schema::load("/nonexistent/yang");
    ASSERT_FALSE(loaded.has_value());
    EXPECT_THAT(loaded.error().message, testing::HasSubstr("/nonexistent/yang"));
}

}  // namespace
}  // namespace torii::yang

#include "agent/kube/object.h"

#include "agent/kube/yaml.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> places(std::string_view text) {
    std::vector<std::string> places;
    const auto objects = read_objects(text, "f.yaml");
    EXPECT_TRUE(objects.has_value()) << text;
    if (!objects) return places;
    for (const Object& object : *objects) places.push_back(object.place());
    return places;
}

std::vector<std::string> problems(std::string_view text) {
    std::vector<std::string> problems;
    const auto objects = read_objects(text, "f.yaml");
    EXPECT_FALSE(objects.has_value()) << text;
    if (objects) return problems;
    for (const Error& problem : objects.error()) problems.push_back(problem.message);
    return problems;
}

std::string json_of(std::string_view text) {
    const auto documents = parse_yaml(text);
    if (!documents) return documents.error().message;
    return documents->empty() ? "nothing" : boost::json::serialize(documents->front());
}

TEST(ReadObjects, DocumentsAndListsAreResources) {
    EXPECT_THAT(places("# nothing but a comment\n---\n"
                       "{apiVersion: v1, kind: Node, metadata: {name: a}}\n---\n"
                       "apiVersion: v1\nkind: List\nitems:\n"
                       "- {apiVersion: v1, kind: Node, metadata: {name: b}}\n"
                       "- {apiVersion: v1, kind: NodeList, items: "
                       "[{apiVersion: v1, kind: Node, metadata: {name: c}}]}\n"),
                ElementsAre("f.yaml, document 1, Node a", "f.yaml, document 2, Node b",
                            "f.yaml, document 2, Node c"));
}

TEST(ReadObjects, JsonIsYaml) {
    EXPECT_THAT(places(R"({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}})"),
                ElementsAre("f.yaml, document 1, Node a"));
}

TEST(ReadObjects, WhatEveryResourceNeeds) {
    EXPECT_THAT(problems("{kind: Node}"),
                ElementsAre("f.yaml, document 1: apiVersion: Required value",
                            "f.yaml, document 1: metadata.name: Required value"));
    EXPECT_THAT(problems("{apiVersion: v1, kind: Node, metadata: {name: a}}\n---\n- a\n"),
                ElementsAre("f.yaml, document 2: must be a resource: apiVersion, kind, ..."));
    EXPECT_THAT(problems("{apiVersion: v1, kind: List, items: {}}"),
                ElementsAre("f.yaml, document 1: items: must be a list"));
}

TEST(ReadObjects, BrokenYamlIsToldWithItsLine) {
    EXPECT_THAT(problems("a: [1\nb: 2\n"), ElementsAre(HasSubstr("f.yaml: not a manifest: line ")));
    EXPECT_THAT(problems("a: 1\na: 2\n"),
                ElementsAre("f.yaml: not a manifest: document 1: line 2: key \"a\" comes twice"));
}

TEST(Yaml, ScalarsHaveTheTypesOfTheKubernetesTools) {
    EXPECT_EQ(json_of("[1, -2, 0.5, 'x', \"1\", yes, off, null, ~, 1.2.3.4, 1e3x, '']"),
              R"([1,-2,5E-1,"x","1",true,false,null,null,"1.2.3.4","1e3x",""])");
}

TEST(Yaml, AnchorsUnfoldButNotWithoutEnd) {
    EXPECT_EQ(json_of("{a: &x {b: 1}, c: *x}"), R"({"a":{"b":1},"c":{"b":1}})");
    std::string bomb = "a: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int level = 1; level < 9; ++level) {
        bomb += fmt::format("b{0}: &a{0} [*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1}]\n",
                            level, level - 1);
    }
    EXPECT_THAT(json_of(bomb), HasSubstr("the document is too large"));
}

TEST(Yaml, WhatIsWrittenReadsAsTheSame) {
    const std::string json =
        R"({"a":{"b":["x","true","12","1e3","","null","0.5","a: b","- c","multi\nline","#no",)"
        R"("fd00::1","'q'","\"d\""],"empty":{},"none":[]},"n":-5,"t":true,"f":1.5E0,"z":null})";
    const auto value = parse_yaml(json);
    ASSERT_TRUE(value.has_value());
    const std::string yaml = to_yaml(value->front());
    EXPECT_EQ(json_of(yaml), boost::json::serialize(value->front())) << yaml;
}

}  // namespace
}  // namespace torii::kube

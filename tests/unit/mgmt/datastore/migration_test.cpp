#include "mgmt/datastore/migration.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace torii::datastore {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

// Two steps of an imagined past: a leaf got another name, then a unit.
json::object rename_name(json::object document) {
    document["hostname"] = json::value(document["name"]);
    document.erase("name");
    return document;
}
json::object seconds_to_milliseconds(json::object document) {
    if (json::value* time = document.if_contains("time")) *time = time->as_int64() * 1000;
    return document;
}
constexpr std::array<Migration, 2> kSteps{rename_name, seconds_to_milliseconds};

json::value migrated(const std::string& text) {
    const auto document = document_of(text, kSteps);
    return json::parse(document.value_or("\"refused\""));
}

TEST(MigrationTest, ADocumentWithoutReleaseIsTheFirst) {
    EXPECT_EQ(migrated(R"({"name":"r1","time":3})"),
              json::parse(R"({"hostname":"r1","time":3000})"));
}

TEST(MigrationTest, OnlyTheStepsThatAreMissingAreTaken) {
    EXPECT_EQ(migrated(R"({"torii:document":{"release":2},"hostname":"r1","time":3})"),
              json::parse(R"({"hostname":"r1","time":3000})"));
    EXPECT_EQ(migrated(R"({"torii:document":{"release":3},"hostname":"r1","time":3000})"),
              json::parse(R"({"hostname":"r1","time":3000})"));
}

TEST(MigrationTest, WhatIsStoredIsReadBackAsItWas) {
    for (const char* const text : {"{}\n", "{\n}\n", "{\n  \"hostname\": \"r1\"\n}\n"}) {
        const std::string stored = stored_text(text, kSteps);
        EXPECT_THAT(stored, HasSubstr("\"release\": 3"));
        EXPECT_EQ(migrated(stored), json::parse(text)) << stored;
    }
}

TEST(MigrationTest, ALaterReleaseIsRefused) {
    const auto refused = document_of(R"({"torii:document":{"release":4}})", kSteps);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message,
                HasSubstr("later release (model 4, this one knows 1 to 3)"));
}

TEST(MigrationTest, AHeaderThatSaysNothingIsRefused) {
    for (const char* const header : {"7", "{}", R"({"release":0})", R"({"release":"x"})"}) {
        EXPECT_FALSE(document_of(fmt::format(R"({{"torii:document":{}}})", header), kSteps))
            << header;
    }
}

// What is wrong with it is told with its lines, so it comes through as it is.
TEST(MigrationTest, WhatIsNoDocumentIsLeftToTheParser) {
    for (const char* const text : {"", "[1]", "{\n\"a\":", "{\n\n\"a\": 1}"}) {
        EXPECT_EQ(document_of(text, {}).value_or("refused"), text);
    }
}

}  // namespace
}  // namespace torii::datastore

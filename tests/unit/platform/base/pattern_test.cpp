#include "platform/base/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace torii {
namespace {

struct MatchCase {
    const char* why;
    const char* pattern;
    const char* subject;
    bool matches;
};

class Patterns : public testing::TestWithParam<MatchCase> {};

TEST_P(Patterns, MatchAsInFrr) {
    const MatchCase& row = GetParam();
    const auto pattern = Pattern::compile(row.pattern);
    ASSERT_TRUE(pattern) << pattern.error().message;
    EXPECT_EQ(pattern->matches(row.subject), row.matches)
        << row.why << ": " << row.pattern << " on \"" << row.subject << '"';
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Patterns,
    testing::Values(MatchCase{"our own routes have an empty path", "^$", "", true},
                    MatchCase{"a learned one is not ours", "^$", "65001", false},
                    MatchCase{"anywhere", "500", "65001", true},
                    MatchCase{"a border is no digit", "_500_", "65001", false},
                    MatchCase{"a border at both ends", "_65001_", "65001", true},
                    MatchCase{"a border between numbers", "_65001_", "1 65001 2", true},
                    MatchCase{"learned from", "^65001_", "65001 65002", true},
                    MatchCase{"learned from a longer number", "^6500_", "65001 65002", false},
                    MatchCase{"originated by", "_65002$", "65001 65002", true},
                    MatchCase{"originated by another", "_65002$", "65002 65001", false},
                    MatchCase{"inside an AS set", "_7_", "65001 {5,7,9}", true},
                    MatchCase{"a set's brace is a border", "_9_", "65001 {5,7,9}", true},
                    MatchCase{"one or two hops", "^[0-9]+( [0-9]+)?$", "65001 65002", true},
                    MatchCase{"not three", "^[0-9]+( [0-9]+)?$", "1 2 3", false},
                    MatchCase{"alternatives", "^(65001|65002)$", "65002", true},
                    MatchCase{"a range", "_6451[2-9]_", "1 64515 2", true},
                    MatchCase{"outside of the range", "_6451[2-9]_", "1 64511 2", false},
                    MatchCase{"what is not in brackets", "^[^6]", "7", true},
                    MatchCase{"a dash at the end is itself", "[a-]$", "no-", true},
                    MatchCase{"a bracket that comes first is itself", "[]]", "a]", true},
                    MatchCase{"any", "^1.3$", "123", true},
                    MatchCase{"an escaped character", "^\\{5\\}$", "{5}", true},
                    MatchCase{"an escaped dot is a dot", "1\\.3", "123", false},
                    MatchCase{"nothing at all matches everything", "", "65001", true},
                    MatchCase{"star of nothing", "^(a*)*b$", "aab", true},
                    MatchCase{"an end before the end", "1$2", "12", false},
                    MatchCase{"both ends of nothing", "$^", "", true},
                    MatchCase{"communities", "_65001:1[0-9]_", "65001:7 65001:12 no-export", true},
                    MatchCase{"prepended twice", "^(65001_)+$", "65001 65001 65001", true}));

TEST(PatternErrors, SayWhatIsWrong) {
    const auto refusal = [](const std::string& text) {
        const auto pattern = Pattern::compile(text);
        return pattern ? "accepted" : pattern.error().message;
    };
    EXPECT_EQ(refusal("(1"), R"x("(1" has a ( without its ): write \( for the character)x");
    EXPECT_EQ(refusal("1)"), R"x("1)" has a ) without its (: write \) for the character)x");
    EXPECT_EQ(refusal("[1"), R"x("[1" has a [ without its ]: write \[ for the character)x");
    EXPECT_EQ(refusal("[9-1]"),
              R"x("[9-1]" has a range that ends before it begins: write the lower first)x");
    EXPECT_EQ(refusal("*"), R"x("*" has a * with nothing before it: write \* for the character)x");
    EXPECT_EQ(refusal("1\\"), R"x("1\" ends with a \: write \\ for the character)x");
    EXPECT_THAT(refusal("1{2}"), testing::HasSubstr("has a {: write \\{ for"));
    EXPECT_THAT(refusal(std::string(600, '1')), testing::HasSubstr("longer than"));
    EXPECT_THAT(refusal(std::string(100, '(') + std::string(100, ')')),
                testing::HasSubstr("nested more than"));
}

// The classic that makes a backtracking matcher take 2^n steps, and a table 2^n states.
TEST(PatternErrors, WhatWouldBeTooLargeIsRefused) {
    std::string pattern = "(0|1)*1";
    for (int count = 0; count < 20; ++count) pattern += "(0|1)";
    const auto compiled = Pattern::compile(pattern + "x");
    ASSERT_FALSE(compiled);
    EXPECT_THAT(compiled.error().message, testing::HasSubstr("is too complex"));
}

TEST(PatternSize, UsualPatternsAreSmall) {
    const auto private_as = Pattern::compile("_(6451[2-9]|645[2-9][0-9]|64[6-9][0-9][0-9])_");
    ASSERT_TRUE(private_as);
    EXPECT_LT(private_as->states(), 40U);
}

}  // namespace
}  // namespace torii

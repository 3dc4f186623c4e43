#include "platform/base/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace torii {
namespace {

using testing::HasSubstr;

struct SizeCase {
    const char* why;
    const char* expression;
    std::size_t size;
};

class ExpressionSizes : public testing::TestWithParam<SizeCase> {};

TEST_P(ExpressionSizes, AreOfWhatTheCLibraryWritesOut) {
    EXPECT_EQ(expression_size(GetParam().expression), GetParam().size)
        << GetParam().why << ": " << GetParam().expression;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ExpressionSizes,
    testing::Values(
        SizeCase{"nothing", "", 0}, SizeCase{"a word", "eth1", 4},
        SizeCase{"a bracket is one", "[a-z]x", 2}, SizeCase{"a ] first is in it", "[]{9}]x", 2},
        SizeCase{"so it is after ^", "[^]{9}]x", 2},
        SizeCase{"a class in it", "[[:digit:]{9}]x", 2},
        SizeCase{"a bracket without its end", "[[:x]{9}", 1}, SizeCase{"repeated", "xa{9}", 10},
        SizeCase{"up to", "a{2,7}", 7}, SizeCase{"from", "a{7,}", 8},
        SizeCase{"at most", "a{,7}", 7}, SizeCase{"not at all is read still", "a{0}", 1},
        SizeCase{"no bounds", "a{x}", 4}, SizeCase{"none either", "a{}", 3},
        SizeCase{"a brace as a character", "a\\{9}", 4},
        SizeCase{"once or more is written twice", "a+", 2},
        SizeCase{"each time", "a++++++++++", 1024}, SizeCase{"any number is not", "a**??", 1},
        SizeCase{"a group", "(ab|c){3}", 15},
        SizeCase{"groups in groups", "((a{10}){10}){10}", 1110},
        SizeCase{"a group without its end", "((((a", 5}, SizeCase{"a ) alone", "a){3}", 4},
        SizeCase{"past any number", "((((a{9999999999}){9999}){9999}){9999})", 1'000'000'000}));

TEST(Expressions, FindAsGrepDoes) {
    const auto found = Expression::compile("^eth[0-9]+ (up|down)$");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_TRUE(found->found_in("eth12 down"));
    EXPECT_FALSE(found->found_in("loop1 down"));
    EXPECT_TRUE(Expression::compile("a{250}"));
    EXPECT_TRUE(Expression::compile(std::string(1000, 'a')));
    EXPECT_TRUE(Expression::compile("^(eth|lo)[0-9]+\\b.*(up|down)?$|^$"));
}

TEST(Expressions, WhatIsNoneIsRefused) {
    const auto open = Expression::compile("(");
    ASSERT_FALSE(open);
    EXPECT_THAT(open.error().message, HasSubstr("not a regular expression: "));
}

TEST(Expressions, WhatWouldTakeAGigabyteIsRefused) {
    for (const std::string text :
         {"(((a{255}){255}){255})", "a{1001}", "a++++++++++++++++++++++++++++++"}) {
        const auto large = Expression::compile(text);
        ASSERT_FALSE(large) << text;
        EXPECT_THAT(large.error().message, HasSubstr("more than 1000 characters"));
    }
    // It is read by functions that call each other: as deep as there are groups.
    EXPECT_FALSE(Expression::compile(std::string(100'000, '(')));
}

// Each of these takes the C library minutes, or a gigabyte.
TEST(Expressions, WhatIsRepeatedInRepetitionsIsRefused) {
    for (const std::string text :
         {"a{251}", "(a?){200}", "x?+++++++++", "c++++++~++tch w++6++x?+++++++++4++++++"}) {
        const auto large = Expression::compile(text);
        ASSERT_FALSE(large) << text;
        EXPECT_THAT(large.error().message, HasSubstr("repeats more than 250 characters"));
    }
}

TEST(Expressions, RepeatedAnchorsAreRefused) {
    std::string many;
    for (int count = 0; count < 17; ++count) many += "^a|";
    for (const std::string& text :
         {std::string("((^|$)*){12}"), std::string("((^|$)+){9}"), std::string("((a|$)*){9}"),
          std::string("((\\b|\\B|\\<|\\>)*){4}"), std::string("(x(y(z^)))?"), many}) {
        const auto anchored = Expression::compile(text);
        ASSERT_FALSE(anchored) << text;
        EXPECT_THAT(anchored.error().message, HasSubstr("repeats ^, $ or a border")) << text;
    }
    EXPECT_TRUE(Expression::compile("(^|,)a+(,|$)"));
    EXPECT_TRUE(Expression::compile("([^$]*\\^\\$)+"));
}

TEST(Expressions, WhatWouldTakeForEverIsRefused) {
    const auto back = Expression::compile("(a*)*\\1");
    ASSERT_FALSE(back);
    EXPECT_THAT(back.error().message, HasSubstr("back references"));
    EXPECT_TRUE(Expression::compile("\\\\1\\.5[\\1]"));
}

}  // namespace
}  // namespace torii

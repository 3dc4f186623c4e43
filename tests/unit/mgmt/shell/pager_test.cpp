#include "mgmt/shell/pager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>

namespace torii::shell {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kRows = 5;  // four lines and the prompt
constexpr std::size_t kColumns = 20;

// Lines "line 0" to "line N-1", some a portion.
class PagerTest : public testing::Test {
protected:
    PagerTest() { std::setlocale(LC_CTYPE, "C.UTF-8"); }

    Pager pager(int lines, int at_once = 3) {
        return {[this, lines, at_once]() -> std::optional<std::string> {
                    if (given_ == lines) return std::nullopt;
                    std::string out;
                    for (int index = 0; index < at_once && given_ < lines; ++index) {
                        out += "line " + std::to_string(given_++) + "\n";
                    }
                    return out;
                },
                kRows, kColumns};
    }

    int given_ = 0;
};

TEST_F(PagerTest, WhatFitsIsPrintedAndNobodyIsAsked) {
    Pager one = pager(4);
    EXPECT_EQ(one.begin(), "\r\033[Kline 0\r\nline 1\r\nline 2\r\nline 3\r\n");
    EXPECT_TRUE(one.ended());
}

TEST_F(PagerTest, APageAtATimeAndNoMoreIsReadThanShown) {
    Pager one = pager(1000);
    EXPECT_THAT(one.begin(), AllOf(HasSubstr("line 3"), Not(HasSubstr("line 4")),
                                   EndsWith("\033[7m--More--\033[0m")));
    EXPECT_LE(given_, 6);
    EXPECT_THAT(one.key(" "),
                AllOf(HasSubstr("line 4"), HasSubstr("line 7"), Not(HasSubstr("line 8"))));
    EXPECT_THAT(one.key("enter"), AllOf(HasSubstr("line 8"), Not(HasSubstr("line 9"))));
    EXPECT_FALSE(one.ended());
    EXPECT_EQ(one.key("q"), "\r\033[K");
    EXPECT_TRUE(one.ended());
    EXPECT_LT(given_, 20);
}

TEST_F(PagerTest, GoesBackToTheTopAndToTheEnd) {
    Pager one = pager(30);
    (void)one.begin();
    (void)one.key(" ");
    EXPECT_THAT(one.key("b"),
                AllOf(HasSubstr("line 0\r\n"), HasSubstr("line 3"), Not(HasSubstr("line 4"))));
    EXPECT_THAT(one.key("down"), HasSubstr("line 4"));
    EXPECT_THAT(one.key("up"), AllOf(HasSubstr("line 0\r\n"), Not(HasSubstr("line 4"))));
    EXPECT_THAT(one.key("g"), HasSubstr("line 0\r\n"));
    EXPECT_THAT(one.key("G"), AllOf(HasSubstr("line 26"), HasSubstr("line 29")));
    EXPECT_TRUE(one.ended()) << "there is nothing below";
}

TEST_F(PagerTest, Searches) {
    Pager one = pager(100);
    (void)one.begin();
    EXPECT_THAT(one.key("/"), EndsWith("/"));
    for (const char* key : {"2", "x", "backspace", "5", "$"}) (void)one.key(key);
    EXPECT_THAT(one.key("enter"), AllOf(HasSubstr("line 25"), HasSubstr("line 28")));
    (void)one.key("/");
    for (const char* key : {"7", "."}) (void)one.key(key);
    EXPECT_THAT(one.key("enter"), HasSubstr("line 70"));
    EXPECT_THAT(one.key("n"), HasSubstr("line 71"));
    (void)one.key("/");
    (void)one.key("(");
    EXPECT_THAT(one.key("enter"), HasSubstr("not a regular expression"));
    (void)one.key("/");
    (void)one.key("z");
    EXPECT_THAT(one.key("enter"), HasSubstr("is not found"));
    EXPECT_FALSE(one.ended());
    (void)one.key("/");
    (void)one.key("interrupt");
    EXPECT_FALSE(one.ended()) << "Ctrl-C leaves the search first";
}

TEST_F(PagerTest, LongAndWideLinesTakeTheirRows) {
    bool given = false;
    // 12 Korean syllables are 24 cells: two rows of 20.
    const std::string wide =
        "\uac00\uac00\uac00\uac00\uac00\uac00\uac00\uac00\uac00\uac00\uac00\uac00\n";
    Pager one(
        [&]() -> std::optional<std::string> {
            if (std::exchange(given, true)) return std::nullopt;
            return wide + wide + "below\n";
        },
        kRows, kColumns);
    EXPECT_THAT(one.begin(), Not(HasSubstr("below")));
    EXPECT_THAT(one.key("enter"), HasSubstr("below"));
}

TEST_F(PagerTest, AnotherSizeOfTheWindowIsAnotherPage) {
    Pager one = pager(100);
    (void)one.begin();
    EXPECT_THAT(one.resize(9, kColumns),
                AllOf(HasSubstr("line 0\r\n"), HasSubstr("line 7"), Not(HasSubstr("line 8"))));
}

TEST(Cells, AreThoseOfTheTerminal) {
    std::setlocale(LC_CTYPE, "C.UTF-8");
    EXPECT_EQ(cells_of("abc"), 3U);
    EXPECT_EQ(cells_of("\uac00\ub098"), 4U);
    EXPECT_EQ(cells_of("\xff!"), 2U);
}

}  // namespace
}  // namespace torii::shell

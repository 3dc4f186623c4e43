#include "mgmt/server/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::mgmt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CommandLine, WordsQuotesAndPipes) {
    const auto line =
        parse_command_line(R"(set  bgp neighbor x description "two \"words\" | more" | match a b)");
    ASSERT_TRUE(line);
    EXPECT_THAT(line->words,
                ElementsAre("set", "bgp", "neighbor", "x", "description", R"(two "words" | more)"));
    EXPECT_THAT(line->pipes, ElementsAre(Pipe{"match", "a b"}));
}

TEST(CommandLine, CommentsAndEmptyLinesHaveNoWords) {
    for (const char* line : {"", "   ", "# note", "  ! frr style"}) {
        const auto parsed = parse_command_line(line);
        ASSERT_TRUE(parsed) << line;
        EXPECT_TRUE(parsed->words.empty()) << line;
    }
}

TEST(CommandLine, WhetherTheLastWordIsOpen) {
    EXPECT_TRUE(parse_command_line("show ip")->in_word);
    EXPECT_FALSE(parse_command_line("show ip ")->in_word);
}

TEST(CommandLine, BadLinesSayWhatToDo) {
    for (const auto& [line, problem] : std::vector<std::pair<std::string, std::string>>{
             {"set x \"open", "add \" at the end"},
             {"show version |", "nothing after |"},
             {"show version | grep x", "| grep is not known; there are compare, count, display"},
             {"show version | match", "needs a regular expression"},
             {"show version | count 3", "remove \"3\""},
             {"show version | display yaml", "needs one of frr, json, linux, set, tree, xml"},
             {"show version | last x", "needs a number of lines, 1 to 100000"},
             {"show version | save", "needs the name of a file"},
             {"show version | c", "| c is not known"},
             {std::string("show\0x", 6), "NUL"},
             {std::string(2U << 20U, 'x'), "longer than"}}) {
        const auto parsed = parse_command_line(line);
        ASSERT_FALSE(parsed) << line.substr(0, 40);
        EXPECT_THAT(parsed.error().message, HasSubstr(problem));
    }
}

TEST(CommandLine, WhatIsWrongIsPointedAt) {
    EXPECT_EQ(parse_command_line("show version | grep x").error().column, 15U);
    EXPECT_EQ(parse_command_line("show version |").error().column, 13U);
    EXPECT_EQ(parse_command_line("set x \"open").error().column, 6U);
    EXPECT_THAT(parse_command_line("  show  ip \"a b\"")->columns, ElementsAre(2U, 8U, 11U));
}

TEST(CommandLine, AnUnfinishedPipeIsForCompletion) {
    const auto line = parse_command_line("show bgp | match a | dis", true);
    ASSERT_TRUE(line);
    EXPECT_THAT(line->pipes, ElementsAre(Pipe{"match", "a"}));
    EXPECT_THAT(*line->last_pipe, ElementsAre("dis"));
    EXPECT_FALSE(parse_command_line("show bgp", true)->last_pipe);
}

TEST(CommandLine, TheFormIsThatOfThePipes) {
    EXPECT_EQ(form_of({{"json", ""}}), Form::json);
    EXPECT_EQ(form_of({{"match", "x"}, {"display", "set"}}), Form::set);
    EXPECT_EQ(form_of({{"display", "xml"}}), Form::xml);
    EXPECT_EQ(form_of({{"display", "tree"}}), Form::text);
}

}  // namespace
}  // namespace torii::mgmt

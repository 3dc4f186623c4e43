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
             {"show version | grep x", "| grep is not known; there are json, display, match"},
             {"show version | match", "needs a regular expression"},
             {"show version | count 3", "remove \"3\""},
             {"show version | display xml", "needs one of set, json, tree"},
             {std::string("show\0x", 6), "NUL"},
             {std::string(2U << 20U, 'x'), "longer than"}}) {
        const auto parsed = parse_command_line(line);
        ASSERT_FALSE(parsed) << line.substr(0, 40);
        EXPECT_THAT(parsed.error().message, HasSubstr(problem));
    }
}

TEST(Pipes, FilterCountAndChooseTheForm) {
    const std::string text = "eth1 up\neth2 down\nloop1 up\n";
    EXPECT_EQ(*apply_pipes(text, {{"match", "^eth"}}), "eth1 up\neth2 down\n");
    EXPECT_EQ(*apply_pipes(text, {{"match", "^eth"}, {"except", "down|never"}}), "eth1 up\n");
    EXPECT_EQ(*apply_pipes(text, {{"match", "up"}, {"count", ""}}), "Count: 2 lines\n");
    EXPECT_EQ(*apply_pipes(text, {{"json", ""}}), text);
    EXPECT_EQ(form_of({{"json", ""}}), Form::json);
    EXPECT_EQ(form_of({{"match", "x"}, {"display", "set"}}), Form::set);
    EXPECT_EQ(form_of({{"display", "tree"}}), Form::text);
    const auto bad = apply_pipes(text, {{"match", "("}});
    ASSERT_FALSE(bad);
    EXPECT_THAT(bad.error().message, HasSubstr("not a regular expression"));
}

}  // namespace
}  // namespace torii::mgmt

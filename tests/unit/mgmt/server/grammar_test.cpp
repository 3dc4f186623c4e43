#include "mgmt/server/grammar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace torii::mgmt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class GrammarTest : public testing::Test {
protected:
    GrammarTest() {
        for (const char* pattern :
             {"show ip bgp", "show ip bgp summary", "show ip bgp <prefix>", "show ip route",
              "show ip route static", "show ip route <prefix>", "show interfaces",
              "show interfaces <name>", "configure", "commit", "commit check",
              "commit comment <text>", "set <path>..."}) {
            grammar_.add(pattern, "Help.", [this, pattern](const Invocation& asked, const Done&) {
                ran_ = pattern;
                arguments_ = asked.arguments;
            });
        }
    }

    // The pattern that a line runs, or the error.
    std::string run(const std::string& line) {
        ran_.clear();
        const auto match = grammar_.match(words(line));
        if (!match) return match.error().message;
        Invocation asked;
        asked.arguments = match->arguments;
        (*match->run)(asked, nullptr);
        return ran_;
    }
    [[nodiscard]] std::vector<std::string> next(const std::string& line) const {
        std::vector<std::string> out;
        for (const auto& choice : grammar_.choices(words(line))) out.push_back(choice.word);
        return out;
    }
    static std::vector<std::string> words(const std::string& line) {
        std::istringstream stream(line);
        return {std::istream_iterator<std::string>(stream), {}};
    }

    Grammar grammar_;
    std::string ran_;
    std::vector<std::string> arguments_;
};

TEST_F(GrammarTest, CommandsAreFoundByWordsAndByTheirBeginnings) {
    EXPECT_EQ(run("show ip bgp summary"), "show ip bgp summary");
    EXPECT_EQ(run("sh ip b s"), "show ip bgp summary");
    EXPECT_EQ(run("show interface"), "show interfaces");
    EXPECT_EQ(run("show ip route static"), "show ip route static");
    EXPECT_EQ(run("conf"), "configure");
}

TEST_F(GrammarTest, ParametersTakeValues) {
    EXPECT_EQ(run("show ip bgp 172.16.1.1/32"), "show ip bgp <prefix>");
    EXPECT_THAT(arguments_, ElementsAre("172.16.1.1/32"));
    EXPECT_EQ(run("show interfaces eth1"), "show interfaces <name>");
    EXPECT_EQ(run("set bgp as 1"), "set <path>...");
    EXPECT_THAT(arguments_, ElementsAre("bgp", "as", "1"));
    EXPECT_EQ(run("set"), "set <path>...") << "what is missing is said by the command";
}

TEST_F(GrammarTest, WrongLinesSayWhatThereIs) {
    EXPECT_EQ(run("show ip bpg"), "\"bpg\" is not known after \"show ip\"; there are bgp, route");
    EXPECT_EQ(run("nonsense"), "\"nonsense\" is not known; there are show, configure, commit, set");
    EXPECT_EQ(run("show ip"), "\"show ip\" is not complete; next comes one of bgp, route");
    EXPECT_EQ(run("show ip bgp summary now"), "\"now\" is too much after \"show ip bgp summary\"");
    EXPECT_THAT(run("co"), HasSubstr("could be \"configure\" or \"commit\""));
    EXPECT_EQ(run("commit c"), "commit check") << "a comment would need its text";
}

TEST_F(GrammarTest, ChoicesAreTheNextWords) {
    EXPECT_THAT(next(""), ElementsAre("show", "configure", "commit", "set"));
    EXPECT_THAT(next("show ip"), ElementsAre("bgp", "route"));
    EXPECT_THAT(next("show ip bgp"), ElementsAre("summary", "<prefix>"));
    EXPECT_THAT(next("show ip bgp summary"), ElementsAre());
    EXPECT_THAT(next("nonsense"), ElementsAre());
}

}  // namespace
}  // namespace torii::mgmt

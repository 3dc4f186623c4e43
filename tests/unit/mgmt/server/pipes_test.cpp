#include "mgmt/server/pipes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::mgmt {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;

// In portions of one line each, as a table may come.
std::string through(const std::vector<Pipe>& pipes, const std::string& text) {
    auto chain = PipeChain::make(pipes);
    EXPECT_TRUE(chain) << chain.error().message;
    std::string out;
    std::size_t start = 0;
    while (start < text.size()) {
        const std::size_t end = std::min(text.find('\n', start), text.size() - 1) + 1;
        out += chain->feed(text.substr(start, end - start));
        start = end;
    }
    return out + chain->finish();
}

constexpr const char* kText = "eth1 up\neth2 down\nloop1 up\nloop2 up\n";

TEST(Pipes, FilterFindAndCount) {
    EXPECT_EQ(through({{"match", "^eth"}}, kText), "eth1 up\neth2 down\n");
    EXPECT_EQ(through({{"match", "^eth"}, {"except", "down|never"}}, kText), "eth1 up\n");
    EXPECT_EQ(through({{"match", "up"}, {"count", ""}}, kText), "Count: 3 lines\n");
    EXPECT_EQ(through({{"find", "down"}}, kText), "eth2 down\nloop1 up\nloop2 up\n");
    EXPECT_EQ(through({{"last", "2"}}, kText), "loop1 up\nloop2 up\n");
    EXPECT_EQ(through({{"last", "3"}, {"match", "eth"}}, kText), "eth2 down\n");
    EXPECT_EQ(through({{"match", "no such"}, {"count", ""}}, kText), "Count: 0 lines\n");
    EXPECT_EQ(through({{"json", ""}, {"no-more", ""}}, kText), kText);
    EXPECT_EQ(through({{"match", "x"}}, "x without an end"), "x without an end\n");
}

TEST(Pipes, ABadExpressionIsNamed) {
    const auto bad = PipeChain::make({{"find", "("}});
    ASSERT_FALSE(bad);
    EXPECT_THAT(bad.error().message, HasSubstr("| find (: not a regular expression"));
}

TEST(Pipes, NamesMayBeShortenedAndFrrsAreKnown) {
    EXPECT_EQ(*known_pipe({"inc", "up"}), (Pipe{"match", "up"}));
    EXPECT_EQ(*known_pipe({"cou"}), (Pipe{"count", ""}));
    EXPECT_EQ(*known_pipe({"last"}), (Pipe{"last", "10"}));
}

TEST(Pipes, AreOffered) {
    EXPECT_THAT(pipe_choices({}), Contains(Field(&yang::Choice::word, "no-more")));
    EXPECT_THAT(pipe_choices({"display"}), Contains(Field(&yang::Choice::word, "xml")));
    EXPECT_THAT(pipe_choices({"match"}), Contains(Field(&yang::Choice::word, "<expression>")));
    EXPECT_TRUE(pipe_choices({"count"}).empty());
}

}  // namespace
}  // namespace torii::mgmt

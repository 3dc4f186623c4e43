#include "mgmt/server/tool_commands.h"

#include "mgmt/server/log_files.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::mgmt {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(ToolCommands, BecomeTheWordsOfAProgram) {
    EXPECT_THAT(*ping_program({"192.0.2.1"}), ElementsAre("ping", "-n", "-c", "5", "192.0.2.1"));
    EXPECT_THAT(*ping_program({"fd00::1", "count", "3", "interface", "eth1", "size", "1400"}),
                ElementsAre("ping", "-n", "-c", "3", "-I", "eth1", "-s", "1400", "fd00::1"));
    EXPECT_THAT(*traceroute_program({"router.example", "source", "192.0.2.9", "ttl", "4"}),
                ElementsAre("traceroute", "-n", "-s", "192.0.2.9", "-m", "4", "router.example"));
}

TEST(ToolCommands, NothingThatIsTypedIsAnOptionOfTheProgram) {
    using Words = std::vector<std::string>;
    for (const auto& [words, message, place] :
         std::vector<std::tuple<Words, std::string, std::size_t>>{
             {{}, "say where to: an address or a name", 0},
             {{"-f"}, "\"-f\" is no address or name", 0},
             {{"a b"}, "\"a b\" is no address or name", 0},
             {{"10.0.0.1", "-f"},
              "\"-f\" is no option of ping; there are count, source, "
              "interface, size, ttl, interval",
              1},
             {{"10.0.0.1", "count"}, "count needs a value", 2},
             {{"10.0.0.1", "count", "0"}, "count must be 1 to 1000000", 2},
             {{"10.0.0.1", "count", "1x"}, "count must be 1 to 1000000", 2},
             {{"10.0.0.1", "source", "-f"}, "\"-f\" is no address or name", 2}}) {
        const auto program = ping_program(words);
        ASSERT_FALSE(program);
        EXPECT_EQ(program.error().message, message);
        EXPECT_EQ(program.error().word, place);
    }
}

TEST(LogFiles, AreOneLogByTime) {
    const test::TemporaryFolder folder;
    folder.write("one.log",
                 "2026-01-02T10:00:00.000 info a: first\n"
                 "2026-01-02T10:00:02.000 info a: third\nand more of it\n");
    folder.write("two.log", "2026-01-02T10:00:01.000 info b: second\n");
    folder.write("other.txt", "2026-01-02T10:00:01.500 not a log\n");
    const auto files = log_files(folder.path());
    EXPECT_THAT(files, SizeIs(2));
    EXPECT_EQ(last_lines(files, 100),
              "2026-01-02T10:00:00.000 info a: first\n"
              "2026-01-02T10:00:01.000 info b: second\n"
              "2026-01-02T10:00:02.000 info a: third\nand more of it\n");
    EXPECT_EQ(last_lines(files, 2), "2026-01-02T10:00:02.000 info a: third\nand more of it\n");
    EXPECT_THAT(log_files(folder.path() / "none"), SizeIs(0));
}

TEST(LogFiles, OfALongFileOnlyTheEndIsRead) {
    const test::TemporaryFolder folder;
    std::string text;
    for (int index = 0; index < 20000; ++index) {
        text += fmt::format("2026-01-02T10:00:00.{:03} info a: line {}\n", index % 1000, index);
    }
    folder.write("one.log", text);
    const auto lines = last_lines(log_files(folder.path()), 3);
    EXPECT_EQ(lines.substr(lines.rfind("line")), "line 19999\n");
    EXPECT_EQ(std::ranges::count(lines, '\n'), 3);
}

}  // namespace
}  // namespace torii::mgmt

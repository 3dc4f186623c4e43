#include "mgmt/shell/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::shell {
namespace {

using testing::ElementsAre;

TEST(Batch, EditsRunTogetherAndOthersAlone) {
    std::deque<std::string> lines{"configure", "set a b", "# note",        "",
                                  " delete c", "commit",  "set d | count", "settle"};
    EXPECT_THAT(take_batch(lines, 1).lines, ElementsAre("configure"));
    const Batch edits = take_batch(lines, 2);
    EXPECT_THAT(edits.lines, ElementsAre("set a b", "# note", "", " delete c"));
    EXPECT_EQ(edits.text(), "\nset a b\n# note\n\n delete c\n") << "numbered as in the paste";
    EXPECT_THAT(take_batch(lines, 6).lines, ElementsAre("commit"));
    EXPECT_THAT(take_batch(lines, 7).lines, ElementsAre("set d | count"));
    EXPECT_THAT(take_batch(lines, 8).lines, ElementsAre("settle"));
    EXPECT_TRUE(lines.empty());
}

}  // namespace
}  // namespace torii::shell

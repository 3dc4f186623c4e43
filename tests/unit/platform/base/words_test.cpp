#include "platform/base/words.h"

#include <gtest/gtest.h>

namespace torii {
namespace {

TEST(QuotedWord, IsReadBackAsWhatItWas) {
    for (const std::string text : {"plain", "", "two words", "a\tb", "a\nb", "say \"hi\"",
                                   "back\\slash", "\\", "a|b", "첫째 노드", "\"", "'single'"}) {
        const std::string quoted = quoted_word(text);
        const auto line = split_line("before " + quoted + " behind", "|");
        ASSERT_TRUE(line) << quoted;
        ASSERT_EQ(line->words.size(), 3U) << quoted;
        EXPECT_EQ(line->words[1].text, text);
        EXPECT_FALSE(line->words[1].mark) << quoted;
    }
}

TEST(QuotedWord, StaysAsItIsWhereItCan) {
    EXPECT_EQ(quoted_word("10.0.0.0/8"), "10.0.0.0/8");
    EXPECT_EQ(quoted_word("two words"), "\"two words\"");
}

}  // namespace
}  // namespace torii

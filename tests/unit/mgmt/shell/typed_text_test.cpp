#include "mgmt/shell/typed_text.h"

#include <gtest/gtest.h>

#include <clocale>
#include <initializer_list>

namespace torii::shell {
namespace {

std::string keys(TypedText& text, std::initializer_list<const char*> keys) {
    std::string shown;
    for (const char* key : keys) shown += text.key(key);
    return shown;
}

TEST(TypedText, IsWholeLinesUntilItsEnd) {
    TypedText text;
    EXPECT_EQ(keys(text, {"a", "b", "enter", "\t", "c", "enter"}), "ab\n\tc\n");
    EXPECT_FALSE(text.ended());
    EXPECT_EQ(keys(text, {"\004"}), "");
    EXPECT_TRUE(text.ended());
    EXPECT_EQ(text.text(), "ab\n\tc\n");
}

TEST(TypedText, ALineMayBeLongerThanATerminalTakes) {
    TypedText text;
    for (int count = 0; count < 100'000; ++count) text.key("x");
    text.key("enter");
    EXPECT_EQ(text.text(), std::string(100'000, 'x') + "\n");
}

TEST(TypedText, KeysEraseAndDrop) {
    std::setlocale(LC_CTYPE, "C.UTF-8");  // as the line editor does
    TypedText text;
    EXPECT_EQ(keys(text, {"a", "한", "backspace"}), "a한\b \b\b \b") << "it is two cells wide";
    EXPECT_EQ(keys(text, {"backspace", "backspace"}), "\b \b");
    EXPECT_EQ(keys(text, {"up", "escape", "\001"}), "");
    keys(text, {"a", "\004"});
    EXPECT_FALSE(text.ended()) << "not in the middle of a line";
    EXPECT_EQ(keys(text, {"interrupt"}), "^C\n");
    EXPECT_TRUE(text.dropped());
}

}  // namespace
}  // namespace torii::shell

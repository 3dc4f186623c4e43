#include "platform/base/durable_file.h"

#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace torii {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

TEST(DurableFile, IsThereWholeOrNotAtAll) {
    const test::TemporaryFolder folder;
    const std::string path = folder.path() / "f";
    folder.write("f", "old");
    {
        auto file = DurableFile::write(path, "new");
        ASSERT_TRUE(file.has_value());
        EXPECT_EQ(**read_text(path), "old");
    }
    EXPECT_FALSE(fs::exists(path + ".partial")) << "it was not published";
    ASSERT_TRUE(DurableFile::write(path, "new")->publish().has_value());
    EXPECT_EQ(**read_text(path), "new");
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    ASSERT_TRUE(remove_file(path).has_value());
    EXPECT_FALSE(read_text(path)->has_value());
    EXPECT_TRUE(remove_file(path).has_value()) << "none the worse";
}

TEST(ReplaceFile, KeepsTheRightsOfTheFile) {
    const test::TemporaryFolder folder;
    const std::string path = folder.path() / "f";
    ASSERT_TRUE(replace_file(path, "a").has_value());
    EXPECT_EQ(static_cast<unsigned>(fs::status(path).permissions()), 0644U);
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    ASSERT_TRUE(replace_file(path, "b").has_value());
    EXPECT_EQ(static_cast<unsigned>(fs::status(path).permissions()), 0600U);
    EXPECT_EQ(**read_text(path), "b");
    EXPECT_FALSE(replace_file(folder.path() / "absent/f", "c").has_value());
}

TEST(ReadText, HasALimit) {
    const test::TemporaryFolder folder;
    folder.write("f", std::string((1U << 20U) + 1, 'x'));
    const auto text = read_text(folder.path() / "f", 1U << 20U);
    ASSERT_FALSE(text.has_value());
    EXPECT_THAT(text.error().message, HasSubstr("f is larger than 1 MB"));
    EXPECT_TRUE(read_text(folder.path() / "f").has_value());
}

}  // namespace
}  // namespace torii

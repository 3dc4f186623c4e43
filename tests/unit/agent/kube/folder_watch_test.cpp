#include "agent/kube/folder_watch.h"

#include "tests/support/temporary_folder.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>

namespace torii::kube {
namespace {

using std::chrono::milliseconds;
namespace fs = std::filesystem;

constexpr Duration kDeadline = std::chrono::seconds(5);
// Long enough for a call that must not come.
constexpr Duration kSilence = FolderWatch::kQuietTime * 4;

class FolderWatchTest : public testing::Test {
protected:
    void start() {
        auto watch = FolderWatch::start(loop_, folder_.path(), [this] {
            ++changes_;
            loop_.stop();
        });
        ASSERT_TRUE(watch.has_value()) << watch.error().message;
        watch_ = std::move(*watch);
    }

    // Runs the loop until a change is told; false when none was in this time.
    bool changed_within(Duration time) {
        const int before = changes_;
        const Timer end = loop_.after(time, [this] { loop_.stop(); });
        loop_.context().restart();
        loop_.run();
        return changes_ > before;
    }

    test::TemporaryFolder folder_;
    EventLoop loop_;
    std::unique_ptr<FolderWatch> watch_;
    int changes_ = 0;
};

TEST_F(FolderWatchTest, TellsOfNewChangedReplacedAndRemovedFiles) {
    start();
    folder_.write("a.yaml", "a");
    EXPECT_TRUE(changed_within(kDeadline)) << "new";
    folder_.write("a.yaml", "b");
    EXPECT_TRUE(changed_within(kDeadline)) << "changed";
    folder_.replace("a.yaml", "c");
    EXPECT_TRUE(changed_within(kDeadline)) << "replaced";
    folder_.remove("a.yaml");
    EXPECT_TRUE(changed_within(kDeadline)) << "removed";
    EXPECT_EQ(changes_, 4);
}

TEST_F(FolderWatchTest, ManyFilesAtOnceAreOneChange) {
    start();
    for (int index = 0; index < 50; ++index) {
        folder_.replace(std::to_string(index) + ".yaml", "x");
    }
    EXPECT_TRUE(changed_within(kDeadline));
    EXPECT_FALSE(changed_within(kSilence));
}

TEST_F(FolderWatchTest, AFileThatIsStillBeingWrittenIsNoChangeYet) {
    start();
    std::ofstream file(folder_.path() / "a.yaml");
    file << "half" << std::flush;
    EXPECT_FALSE(changed_within(kSilence));
    file << " and half" << std::flush;
    file.close();
    EXPECT_TRUE(changed_within(kDeadline));
}

TEST_F(FolderWatchTest, ReadingIsNoChange) {
    folder_.write("a.yaml", "a");
    start();
    std::string text;
    std::ifstream(folder_.path() / "a.yaml") >> text;
    EXPECT_EQ(text, "a");
    EXPECT_FALSE(changed_within(kSilence));
}

TEST_F(FolderWatchTest, AFolderThatComesBackIsWatchedAgain) {
    start();
    const fs::path aside = folder_.path().string() + ".aside";
    fs::rename(folder_.path(), aside);
    fs::create_directory(folder_.path());
    EXPECT_TRUE(changed_within(kDeadline)) << "it is another one now";
    folder_.write("a.yaml", "a");
    EXPECT_TRUE(changed_within(kDeadline));
    fs::remove_all(aside);
}

TEST_F(FolderWatchTest, NothingIsToldAfterItsEnd) {
    start();
    folder_.write("a.yaml", "a");
    watch_.reset();
    EXPECT_FALSE(changed_within(kSilence));
}

TEST_F(FolderWatchTest, AMissingFolderIsAnErrorWithItsName) {
    const auto watch = FolderWatch::start(loop_, folder_.path() / "gone", [] {});
    ASSERT_FALSE(watch.has_value());
    EXPECT_EQ(watch.error().message, "cannot watch folder " + (folder_.path() / "gone").string() +
                                         ": No such file or directory");
}

}  // namespace
}  // namespace torii::kube

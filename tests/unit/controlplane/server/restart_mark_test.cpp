#include "controlplane/server/restart_mark.h"

#include <gtest/gtest.h>

#include <string>
#include <unistd.h>

namespace torii::controlplane {
namespace {

TEST(RestartMarkTest, OutlivesItsProcessUntilItIsTakenAway) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("torii-mark-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    RestartMark first(folder / "mark");
    EXPECT_FALSE(first.there());
    first.set(true);
    EXPECT_TRUE(RestartMark(folder / "mark").there());
    RestartMark next(folder / "mark");
    next.set(false);
    EXPECT_FALSE(RestartMark(folder / "mark").there());
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace torii::controlplane

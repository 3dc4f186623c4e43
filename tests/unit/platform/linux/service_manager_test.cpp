#include "platform/linux/service_manager.h"

#include "platform/runtime/event_loop.h"
#include "tests/unit/platform/run_until.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace torii {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

// The other side: a datagram socket with a name in no file system.
class ServiceManagerTest : public ::testing::Test {
protected:
    ServiceManagerTest() : name_("@torii-notify-" + std::to_string(getpid())) {
        socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::ranges::copy(name_, std::begin(address.sun_path));
        address.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
        EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    }
    ~ServiceManagerTest() override {
        for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
            ::unsetenv(name);
        }
        ::close(socket_);
    }

    std::vector<std::string> heard() {
        std::vector<std::string> out;
        std::string datagram(256, '\0');
        for (;;) {
            const auto length = ::recv(socket_, datagram.data(), datagram.size(), 0);
            if (length < 0) return out;
            out.push_back(datagram.substr(0, static_cast<std::size_t>(length)));
        }
    }
    void wait(milliseconds time) {
        bool over = false;
        const Timer timer = loop_.after(time, [&] { over = true; });
        ASSERT_TRUE(run_until(loop_, [&] { return over; }));
    }

    std::string name_;
    int socket_ = -1;
    EventLoop loop_;
};

TEST_F(ServiceManagerTest, HearsThatTheProcessServesAndThatItEnds) {
    ServiceManager manager(loop_, name_, std::nullopt);
    manager.ready();
    manager.stopping();
    EXPECT_THAT(heard(), ElementsAre("READY=1", "STOPPING=1"));
}

TEST_F(ServiceManagerTest, HearsAgainAndAgainThatTheLoopTurns) {
    ServiceManager manager(loop_, name_, milliseconds(20));
    manager.ready();
    wait(milliseconds(45));
    std::vector<std::string> words = heard();
    ASSERT_GE(words.size(), 4U);
    EXPECT_EQ(words.front(), "READY=1");
    words.erase(words.begin());
    EXPECT_THAT(words, ::testing::Each("WATCHDOG=1"));
    manager.stopping();
    heard();
    wait(milliseconds(25));
    EXPECT_TRUE(heard().empty());
}

TEST_F(ServiceManagerTest, HearsNothingWhileThePartsAreNotWell) {
    ServiceManager manager(loop_, name_, milliseconds(10));
    bool healthy = false;
    manager.ready([&] { return healthy; });
    wait(milliseconds(25));
    EXPECT_THAT(heard(), Not(Contains("WATCHDOG=1")));
    healthy = true;
    wait(milliseconds(25));
    EXPECT_THAT(heard(), Contains("WATCHDOG=1"));
}

TEST_F(ServiceManagerTest, IsTheOneOfTheEnvironmentIfThisProcessIsMeant) {
    ::setenv("NOTIFY_SOCKET", name_.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "10000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
    ServiceManager meant = ServiceManager::of_environment(loop_);
    meant.ready();
    EXPECT_THAT(heard(), ElementsAre("READY=1", "WATCHDOG=1"));
    ::setenv("WATCHDOG_PID", "1", 1);
    ServiceManager other = ServiceManager::of_environment(loop_);
    other.ready();
    EXPECT_THAT(heard(), ElementsAre("READY=1"));
}

TEST_F(ServiceManagerTest, NobodyIsToldWhereNobodyAsks) {
    ServiceManager manager = ServiceManager::of_environment(loop_);
    manager.ready();
    manager.stopping();
    EXPECT_TRUE(heard().empty());
}

}  // namespace
}  // namespace torii

#include "platform/base/log_targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace torii {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr Log kLog("test");

// A syslog server at a port of its own.
class Receiver {
public:
    Receiver() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
        socklen_t size = sizeof at;
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size);
        port_ = ntohs(at.sin_port);
    }
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;
    ~Receiver() { ::close(socket_); }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    // What has come; empty: nothing.
    [[nodiscard]] std::string datagram() const {
        std::array<char, 4096> buffer{};
        const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
        return got < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(got));
    }

private:
    int socket_;
    std::uint16_t port_ = 0;
};

class LogTargetsTest : public testing::Test {
protected:
    LogTargetsTest() {
        std::string name = std::filesystem::temp_directory_path() / "torii-log-XXXXXX";
        folder_ = mkdtemp(name.data());
    }
    ~LogTargetsTest() override {
        (void)set_log_targets({});
        std::filesystem::remove_all(folder_);
    }
    LogTargetsTest(const LogTargetsTest&) = delete;
    LogTargetsTest& operator=(const LogTargetsTest&) = delete;
    [[nodiscard]] std::string path() const { return folder_ + "/log"; }
    [[nodiscard]] std::string written() const {
        std::ifstream file(path());
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::string folder_;
};

TEST_F(LogTargetsTest, AServerGetsEachLineAsRfc5424HasIt) {
    const Receiver receiver;
    LogTargets targets;
    targets.program = "torii-x";
    targets.hostname = "tor-1";
    targets.servers = {{*IpAddress::parse("127.0.0.1"), receiver.port()}};
    ASSERT_TRUE(set_log_targets(targets));
    kLog.warning("one {}", 1);
    EXPECT_THAT(receiver.datagram(),
                ContainsRegex("^<28>1 [0-9-]+T[0-9:]+Z tor-1 torii-x [0-9]+ - - test: one 1$"));
    kLog.error("{}", std::string(5000, 'x'));
    EXPECT_EQ(receiver.datagram().size(), 2048U);
    ASSERT_TRUE(set_log_targets({}));
    kLog.warning("two");
    EXPECT_EQ(receiver.datagram(), "");
}

TEST_F(LogTargetsTest, AFileGetsWhatIsOfItsLevel) {
    LogTargets targets;
    targets.file = path();
    targets.level = LogLevel::warning;
    ASSERT_TRUE(set_log_targets(targets));
    kLog.info("quiet");
    kLog.warning("loud");
    EXPECT_THAT(written(), HasSubstr(" warning test: loud\n"));
    EXPECT_THAT(written(), Not(HasSubstr("quiet")));
    targets.level.reset();
    ASSERT_TRUE(set_log_targets(targets));
    kLog.info("again");
    EXPECT_THAT(written(), HasSubstr("loud")) << "it is added to";
    EXPECT_THAT(written(), HasSubstr(" info test: again\n")) << "the level of the start";
}

TEST_F(LogTargetsTest, ACategoryHasALevelOfItsOwn) {
    constexpr Log kOther("other");
    LogTargets targets;
    targets.file = path();
    targets.level = LogLevel::warning;
    targets.categories = {{"test", LogLevel::debug}, {"quiet", LogLevel::error}};
    ASSERT_TRUE(set_log_targets(targets));
    kLog.debug("chatty");
    kOther.info("as all others");
    Log("quiet").warning("less than others");
    EXPECT_THAT(written(), HasSubstr(" debug test: chatty\n"));
    EXPECT_THAT(written(), Not(HasSubstr("others")));
    targets.categories.clear();
    ASSERT_TRUE(set_log_targets(targets));
    kLog.debug("no more");
    EXPECT_THAT(written(), Not(HasSubstr("no more")));
}

TEST_F(LogTargetsTest, AFileThatCannotBeWrittenChangesNothing) {
    LogTargets targets;
    targets.file = path();
    ASSERT_TRUE(set_log_targets(targets));
    LogTargets bad;
    bad.file = "/proc/no/such/log";
    const auto done = set_log_targets(bad);
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("/proc/no/such/log"));
    kLog.info("still here");
    EXPECT_THAT(written(), HasSubstr("still here"));
}

TEST_F(LogTargetsTest, AFullDiskCostsTheServersNothing) {
    constexpr int kMoreThanAnyBuffer = 200;
    const Receiver receiver;
    LogTargets targets;
    targets.file = "/dev/full";
    targets.servers = {{*IpAddress::parse("127.0.0.1"), receiver.port()}};
    ASSERT_TRUE(set_log_targets(targets));
    for (int line = 0; line < kMoreThanAnyBuffer; ++line) {
        kLog.warning("line {} of {}", line, std::string(100, 'x'));
        EXPECT_THAT(receiver.datagram(), HasSubstr(fmt::format("test: line {} of", line)));
    }
}

}  // namespace
}  // namespace torii

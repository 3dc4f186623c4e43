#include "platform/ipc/framing.h"

#include "platform/ipc/frame_endpoint.h"
#include "tests/unit/platform/ipc/socket_folder.h"
#include "tests/unit/platform/run_until.h"

#include <gmock/gmock.h>

#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace torii::ipc {
namespace {

using ::testing::ElementsAre;

// The other side of a frame connection, octet by octet.
class RawClient {
public:
    explicit RawClient(const std::string& path)
        : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address),
                               sizeof address) == 0;
    }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    ~RawClient() { ::close(descriptor_); }

    [[nodiscard]] bool connected() const { return connected_; }
    void send(std::string_view octets) const {
        ASSERT_EQ(::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(octets.size()));
    }
    // What has come so far.
    void receive_into(std::string& octets) const {
        char buffer[65536];
        ssize_t size = 0;
        while ((size = ::recv(descriptor_, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
            octets.append(buffer, static_cast<std::size_t>(size));
        }
    }
    // The other side closed.
    [[nodiscard]] bool ended() const {
        char octet = 0;
        return ::recv(descriptor_, &octet, 1, MSG_DONTWAIT) == 0;
    }

private:
    int descriptor_;
    bool connected_ = false;
};

class Framing : public ::testing::Test {
protected:
    void SetUp() override {
        auto listener =
            FrameListener::listen(loop_, folder_.socket(), 0600, [this](FrameConnectionPtr made) {
                connection_ = std::move(made);
                connection_->start(
                    [this](std::string frame) { frames_.push_back(std::move(frame)); },
                    [this] { ++closed_; });
            });
        ASSERT_TRUE(listener) << listener.error().message;
        listener_ = std::move(*listener);
    }
    void accept() {
        ASSERT_TRUE(run_until(loop_, [this] { return connection_ != nullptr; }));
    }
    // Lets everything that is due on the loop happen.
    void settle() {
        loop_.context().restart();
        loop_.context().poll();
    }

    EventLoop loop_;
    SocketFolder folder_;
    std::unique_ptr<FrameListener> listener_;
    FrameConnectionPtr connection_;
    std::vector<std::string> frames_;
    int closed_ = 0;
};

TEST_F(Framing, AFrameMayComeInAnyPieces) {
    const RawClient client(folder_.socket());
    accept();
    const std::string octets("\0\0\0\3abc", 7);
    for (const char octet : octets) {
        EXPECT_TRUE(frames_.empty());
        client.send({&octet, 1});
        settle();
    }
    EXPECT_THAT(frames_, ElementsAre("abc"));
    EXPECT_EQ(closed_, 0);
}

TEST_F(Framing, ManyFramesMayComeInOnePiece) {
    const RawClient client(folder_.socket());
    accept();
    client.send(std::string_view("\0\0\0\1a\0\0\0\0\0\0\0\2bc\0\0", 17));
    ASSERT_TRUE(run_until(loop_, [this] { return frames_.size() == 3; }));
    EXPECT_THAT(frames_, ElementsAre("a", "", "bc"));
    EXPECT_EQ(closed_, 0);
}

TEST_F(Framing, AnOversizedFrameClosesTheConnectionBeforeItIsRead) {
    const RawClient client(folder_.socket());
    accept();
    static_assert(kFrameSizeMax == 0x04000000);
    client.send(std::string_view("\x04\x00\x00\x01", 4));
    ASSERT_TRUE(run_until(loop_, [this] { return closed_ == 1; }));
    EXPECT_TRUE(client.ended());
    EXPECT_TRUE(frames_.empty());
}

std::size_t resident_pages() {
    std::size_t total = 0;
    std::size_t resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident;
}

TEST_F(Framing, APromiseOfALargeFrameTakesNoMemory) {
    const RawClient client(folder_.socket());
    accept();
    const std::size_t before = resident_pages();
    client.send(std::string_view("\x04\x00\x00\x00", 4));  // 64 MiB
    client.send(std::string(1000, 'a'));
    settle();
    EXPECT_EQ(closed_, 0);
    EXPECT_LT(resident_pages() - before, kFrameSizeMax / 4 / 4096);
}

TEST_F(Framing, AFrameOfSeveralStepsIsWhole) {
    const RawClient client(folder_.socket());
    accept();
    std::string frame;
    for (std::size_t index = 0; frame.size() < 5 * kFrameStepMin + 7; ++index) {
        frame += std::to_string(index);
    }
    std::string octets("\0\0\0\0\0\0\0\1b", 9);
    octets.insert(4, frame);
    for (unsigned index = 0; index < 4; ++index) {
        octets[index] = static_cast<char>(frame.size() >> (24 - 8 * index));
    }
    for (std::size_t at = 0; at < octets.size(); at += 30'000) {
        client.send(std::string_view(octets).substr(at, 30'000));
        settle();
    }
    ASSERT_TRUE(run_until(loop_, [this] { return frames_.size() == 2; }));
    EXPECT_TRUE(frames_[0] == frame) << "too long to print";
    EXPECT_EQ(frames_[1], "b");
}

TEST_F(Framing, AFrameCutByTheEndIsNotDelivered) {
    {
        const RawClient client(folder_.socket());
        accept();
        client.send(std::string_view("\0\0\0\1a\0\0\0\5ab", 11));
    }
    ASSERT_TRUE(run_until(loop_, [this] { return closed_ == 1; }));
    EXPECT_THAT(frames_, ElementsAre("a"));
}

TEST_F(Framing, FramesGoOutWithTheirLengths) {
    const RawClient client(folder_.socket());
    accept();
    connection_->send("abc");
    connection_->send("");
    connection_->send(std::string(300, 'x'));
    std::string octets;
    ASSERT_TRUE(run_until(loop_, [&] {
        client.receive_into(octets);
        return octets.size() == 315;
    }));
    EXPECT_EQ(octets.substr(0, 15), std::string("\0\0\0\3abc\0\0\0\0\0\0\1\x2c", 15));
    EXPECT_EQ(octets.substr(15), std::string(300, 'x'));
}

TEST_F(Framing, ALargeFrameReachesAReaderThatIsSlow) {
    const RawClient client(folder_.socket());
    accept();
    connection_->send(std::string(std::size_t{8} * 1024 * 1024, 'x'));
    connection_->send("end");
    settle();
    std::string octets;
    ASSERT_TRUE(run_until(loop_, [&] {
        client.receive_into(octets);
        return octets.size() == std::size_t{8} * 1024 * 1024 + 11;
    }));
    EXPECT_TRUE(octets.ends_with("end"));
    EXPECT_EQ(closed_, 0);
}

TEST_F(Framing, AReaderThatReadsNothingIsDisconnected) {
    const RawClient client(folder_.socket());
    accept();
    const std::size_t size = std::size_t{60} * 1024 * 1024;
    for (std::size_t sent = 0; sent <= kQueueBytesMax; sent += size) {
        connection_->send(std::string(size, 'x'));
        // The sender learns it from the loop, never from within send().
        EXPECT_EQ(closed_, 0);
    }
    EXPECT_TRUE(run_until(loop_, [this] { return closed_ == 1; }));
    connection_->send("ignored");
}

TEST_F(Framing, AnEndThatWasAskedForIsNotTold) {
    const RawClient client(folder_.socket());
    accept();
    connection_->close();
    ASSERT_TRUE(run_until(loop_, [&] { return client.ended(); }));
    settle();
    EXPECT_EQ(closed_, 0);
}

TEST_F(Framing, TheSocketFileIsPrivateAndGoesWithTheListener) {
    struct stat status {};
    ASSERT_EQ(::stat(folder_.socket().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    listener_.reset();
    EXPECT_NE(::stat(folder_.socket().c_str(), &status), 0);
}

TEST_F(Framing, ASocketFileLeftBehindIsReplaced) {
    auto second = FrameListener::listen(loop_, folder_.socket(), 0600, [](FrameConnectionPtr) {});
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_TRUE(RawClient(folder_.socket()).connected());
}

TEST(FrameListener, SaysWhereItCannotListen) {
    EventLoop loop;
    const auto missing =
        FrameListener::listen(loop, "/nonexistent/x.sock", 0600, [](FrameConnectionPtr) {});
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().message, ::testing::HasSubstr("/nonexistent/x.sock"));
    EXPECT_FALSE(
        FrameListener::listen(loop, std::string(200, 'x'), 0600, [](FrameConnectionPtr) {}));
}

TEST(ConnectFrames, NobodyThereIsNull) {
    EventLoop loop;
    for (const std::string& path : {std::string("/nonexistent/x.sock"), std::string(200, 'x')}) {
        bool done = false;
        connect_frames(loop, path, [&](const FrameConnectionPtr& connection) {
            EXPECT_EQ(connection, nullptr);
            done = true;
        });
        EXPECT_TRUE(run_until(loop, [&] { return done; }));
    }
}

}  // namespace
}  // namespace torii::ipc

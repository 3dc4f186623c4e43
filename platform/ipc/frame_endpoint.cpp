#include "platform/ipc/frame_endpoint.h"

#include "platform/ipc/frame_stream.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace torii::ipc {
namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

namespace {

constexpr auto kAcceptRetry = std::chrono::milliseconds(100);

class Listener final : public FrameListener {
public:
    Listener(EventLoop& loop, std::string path, std::function<void(FrameConnectionPtr)> on_accept)
        : loop_(loop),
          path_(std::move(path)),
          acceptor_(loop.context()),
          on_accept_(std::move(on_accept)) {}
    ~Listener() override {
        *alive_ = false;
        ::unlink(path_.c_str());
    }

    Result<void> open(unsigned mode) {
        ::unlink(path_.c_str());
        error_code error;
        acceptor_.open(stream_protocol(), error);
        if (!error) acceptor_.bind(stream_protocol::endpoint(path_), error);
        if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
        if (error) return fail("cannot listen on {}: {}", path_, error.message());
        if (::chmod(path_.c_str(), mode) != 0) return fail("cannot set the mode of {}", path_);
        accept();
        return {};
    }

private:
    void accept() {
        acceptor_.async_accept(
            [this, alive = alive_](error_code error, stream_protocol::socket socket) {
                if (!*alive) return;
                if (error) {
                    // Out of descriptors: the client waits in the backlog until there are some.
                    retry_ = loop_.after(kAcceptRetry, [this] { accept(); });
                    return;
                }
                on_accept_(std::make_shared<FrameStream>(std::move(socket)));
                accept();
            });
    }

    EventLoop& loop_;
    std::string path_;
    stream_protocol::acceptor acceptor_;
    std::function<void(FrameConnectionPtr)> on_accept_;
    Timer retry_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

bool fits(const std::string& path) {
    return path.size() < sizeof(sockaddr_un::sun_path);
}

}  // namespace

Result<std::unique_ptr<FrameListener>> FrameListener::listen(
    EventLoop& loop, const std::string& path, unsigned mode,
    std::function<void(FrameConnectionPtr)> on_accept) {
    if (!fits(path)) return fail("{} is too long a path", path);
    auto listener = std::make_unique<Listener>(loop, path, std::move(on_accept));
    const Result<void> opened = listener->open(mode);
    if (!opened) return unexpected(opened.error());
    return listener;
}

void connect_frames(EventLoop& loop, const std::string& path,
                    std::function<void(FrameConnectionPtr)> done) {
    if (!fits(path)) return loop.post([done = std::move(done)] { done(nullptr); });
    auto socket = std::make_shared<stream_protocol::socket>(loop.context());
    socket->async_connect(
        stream_protocol::endpoint(path), [socket, done = std::move(done)](error_code error) {
            done(error ? nullptr : std::make_shared<FrameStream>(std::move(*socket)));
        });
}

}  // namespace torii::ipc

#pragma once

#include "platform/base/result.h"
#include "platform/ipc/frame_endpoint.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace torii::ipc {

// Keeps one conversation with a server up: connects, and connects again when the server went away.
template <class Request, class Reply>
class Client {
public:
    using Handler = std::function<void(Result<Reply>)>;

    struct Events {
        std::function<void()> up;
        std::function<void()> down;
        std::function<void(const Reply&)> event;  // replies of id 0
    };

    Client(EventLoop& loop, std::string path, Events events)
        : loop_(loop), path_(std::move(path)), events_(std::move(events)) {}
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() {
        *alive_ = false;
        if (connection_) connection_->close();
    }

    void start() { connect(); }
    [[nodiscard]] bool connected() const { return connection_ != nullptr; }

    // `done` gets the reply, or an error: the server's own, no connection, or its end.
    void call(Request request, Handler done) {
        if (!connection_) return done(fail("{} does not answer", path_));
        request.set_id(++last_id_);
        pending_[last_id_] = std::move(done);
        connection_->send(request.SerializeAsString());
    }

private:
    void connect() {
        connect_frames(loop_, path_, [this, alive = alive_](FrameConnectionPtr connection) {
            if (!*alive) {
                if (connection) connection->close();
                return;
            }
            if (!connection) return retry();
            connection_ = std::move(connection);
            connection_->start([this](const std::string& frame) { receive(frame); },
                               [this] { lost(); });
            if (events_.up) events_.up();
        });
    }

    void retry() {
        retry_ = loop_.after(std::chrono::milliseconds(200), [this] { connect(); });
    }

    void receive(const std::string& frame) {
        Reply reply;
        if (!reply.ParseFromString(frame)) {
            connection_->close();
            return lost();
        }
        if (reply.id() == 0) {
            if (events_.event) events_.event(reply);
            return;
        }
        const auto found = pending_.find(reply.id());
        if (found == pending_.end()) return;
        const Handler done = std::move(found->second);
        pending_.erase(found);
        if (reply.error().empty()) return done(std::move(reply));
        done(unexpected(Error{reply.error()}));
    }

    void lost() {
        connection_ = nullptr;
        const auto pending = std::exchange(pending_, {});
        for (const auto& [id, done] : pending) done(fail("{} went away", path_));
        if (events_.down) events_.down();
        retry();
    }

    EventLoop& loop_;
    std::string path_;
    Events events_;
    FrameConnectionPtr connection_;
    std::map<std::uint64_t, Handler> pending_;
    std::uint64_t last_id_ = 0;
    Timer retry_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace torii::ipc

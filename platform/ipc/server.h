#pragma once

#include "platform/base/result.h"
#include "platform/ipc/frame_endpoint.h"

#include <google/protobuf/arena.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace torii::ipc {

// Serves one conversation: Request in, Reply out, both with `id`; a Reply of id 0 is an event.
template <class Request, class Reply>
class Server {
public:
    // A connected client, for later replies and events. Harmless after the client went.
    class Session {
    public:
        explicit Session(const FrameConnectionPtr& connection)
            : connection_(connection), peer_(connection->peer()) {}
        void send(const Reply& reply) const {
            if (const auto connection = connection_.lock()) {
                connection->send(reply.SerializeAsString());
            }
        }
        [[nodiscard]] bool alive() const { return !connection_.expired(); }
        [[nodiscard]] const std::optional<PeerCredentials>& peer() const { return peer_; }

    private:
        std::weak_ptr<FrameConnection> connection_;
        std::optional<PeerCredentials> peer_;
    };
    using SessionPtr = std::shared_ptr<Session>;
    using Handler = std::function<void(const Request&, const SessionPtr&)>;
    using Gone = std::function<void(const SessionPtr&)>;

    // `handle` answers through the session, at once or later, with the request's id. `gone` hears
    // that a client went, not that the server ends.
    static Result<std::unique_ptr<Server>> listen(EventLoop& loop, const std::string& path,
                                                  unsigned mode, Handler handle,
                                                  Gone gone = nullptr) {
        auto server = std::unique_ptr<Server>(new Server(std::move(handle), std::move(gone)));
        auto listener = FrameListener::listen(
            loop, path, mode,
            [self = server.get()](FrameConnectionPtr connection) { self->accept(connection); });
        if (!listener) return unexpected(listener.error());
        server->listener_ = std::move(*listener);
        return server;
    }

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() {
        for (const auto& [key, connection] : connections_) connection->close();
    }

private:
    Server(Handler handle, Gone gone) : handle_(std::move(handle)), gone_(std::move(gone)) {}

    void accept(const FrameConnectionPtr& connection) {
        auto session = std::make_shared<Session>(connection);
        const auto* key = connection.get();
        connections_[key] = connection;
        connection->start(
            [this, session, key](const std::string& frame) {
                // One piece of memory for all its parts: there may be thousands of them.
                google::protobuf::Arena arena;
                auto* request = google::protobuf::Arena::CreateMessage<Request>(&arena);
                if (!request->ParseFromString(frame)) return drop(key, session);
                handle_(*request, session);
            },
            [this, key, session] {
                connections_.erase(key);
                if (gone_) gone_(session);
            });
    }

    // A frame that is no Request: the other side is not one of ours.
    void drop(const FrameConnection* key, SessionPtr session) {
        const auto found = connections_.find(key);
        if (found == connections_.end()) return;
        const FrameConnectionPtr connection = found->second;
        connections_.erase(found);
        connection->close();
        if (gone_) gone_(session);
    }

    Handler handle_;
    Gone gone_;
    std::unique_ptr<FrameListener> listener_;
    std::map<const FrameConnection*, FrameConnectionPtr> connections_;
};

}  // namespace torii::ipc

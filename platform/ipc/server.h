#pragma once

#include "platform/base/result.h"
#include "platform/ipc/frame_endpoint.h"

#include <google/protobuf/arena.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
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

    // Who may be connected at the same time, root and the user of this process apart: as many of
    // one user, as many of all. Who comes after them is sent away, so that nobody can use up all
    // the descriptors of the process.
    struct Limits {
        std::size_t of_user;
        std::size_t of_all;
    };
    void limit(const Limits& limits) { limits_ = limits; }

    // An event for all who are connected.
    void broadcast(const Reply& event) const {
        const std::string frame = event.SerializeAsString();
        for (const auto& [key, connection] : connections_) connection->send(frame);
    }

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() {
        for (const auto& [key, connection] : connections_) connection->close();
    }

private:
    Server(Handler handle, Gone gone) : handle_(std::move(handle)), gone_(std::move(gone)) {}

    [[nodiscard]] bool crowded(const std::optional<PeerCredentials>& peer) const {
        if (!limits_ || !peer || peer->user == 0 || peer->user == geteuid()) return false;
        std::size_t of_all = 0;
        for (const auto& [user, count] : of_users_) of_all += count;
        const auto own = of_users_.find(peer->user);
        return of_all >= limits_->of_all ||
               (own != of_users_.end() && own->second >= limits_->of_user);
    }
    void count(const Session& session, bool more) {
        if (!session.peer() || session.peer()->user == 0 || session.peer()->user == geteuid())
            return;
        std::size_t& count = of_users_[session.peer()->user];
        count = more ? count + 1 : count - 1;
        if (count == 0) of_users_.erase(session.peer()->user);
    }

    void accept(const FrameConnectionPtr& connection) {
        auto session = std::make_shared<Session>(connection);
        if (crowded(session->peer())) return connection->close();
        count(*session, true);
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
                count(*session, false);
                if (gone_) gone_(session);
            });
    }

    // A frame that is no Request: the other side is not one of ours.
    void drop(const FrameConnection* key, SessionPtr session) {
        const auto found = connections_.find(key);
        if (found == connections_.end()) return;
        const FrameConnectionPtr connection = found->second;
        connections_.erase(found);
        count(*session, false);
        connection->close();
        if (gone_) gone_(session);
    }

    Handler handle_;
    Gone gone_;
    std::unique_ptr<FrameListener> listener_;
    std::map<const FrameConnection*, FrameConnectionPtr> connections_;
    std::optional<Limits> limits_;
    std::map<uid_t, std::size_t> of_users_;  // connections of those who are counted
};

}  // namespace torii::ipc

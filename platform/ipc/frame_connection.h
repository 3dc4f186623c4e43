#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace torii::ipc {

// The process at the other end as the kernel knows it (SO_PEERCRED, SO_PEERGROUPS): as it was when
// it connected.
struct PeerCredentials {
    pid_t pid = 0;
    uid_t user = 0;
    std::vector<gid_t> groups;  // the first one is its own
};

// One connected Unix stream socket that carries frames. Callbacks come on the loop's thread; none
// comes after on_closed.
class FrameConnection {
public:
    FrameConnection() = default;
    FrameConnection(const FrameConnection&) = delete;
    FrameConnection& operator=(const FrameConnection&) = delete;
    virtual ~FrameConnection() = default;

    // Sets who is told and begins to read.
    virtual void start(std::function<void(std::string frame)> on_frame,
                       std::function<void()> on_closed) = 0;
    // Nothing when the kernel does not say.
    [[nodiscard]] virtual std::optional<PeerCredentials> peer() const = 0;
    // Queues a frame. After the end of the connection it does nothing.
    virtual void send(std::string frame) = 0;
    // Ends the connection. on_closed is not called for an end that was asked for.
    virtual void close() = 0;
};

using FrameConnectionPtr = std::shared_ptr<FrameConnection>;

}  // namespace torii::ipc

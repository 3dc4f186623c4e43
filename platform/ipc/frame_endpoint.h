#pragma once

#include "platform/base/result.h"
#include "platform/ipc/frame_connection.h"
#include "platform/runtime/event_loop.h"

#include <functional>
#include <memory>
#include <string>

namespace torii::ipc {

// Listens on a Unix socket. The socket file is replaced when an earlier process left it, has mode
// `mode`, and goes away with the listener.
class FrameListener {
public:
    static Result<std::unique_ptr<FrameListener>> listen(
        EventLoop& loop, const std::string& path, unsigned mode,
        std::function<void(FrameConnectionPtr)> on_accept);
    FrameListener() = default;
    FrameListener(const FrameListener&) = delete;
    FrameListener& operator=(const FrameListener&) = delete;
    virtual ~FrameListener() = default;
};

// Connects to `path` once; `done` gets null when nobody listens there.
void connect_frames(EventLoop& loop, const std::string& path,
                    std::function<void(FrameConnectionPtr)> done);

}  // namespace torii::ipc

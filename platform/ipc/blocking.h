#pragma once

#include "platform/base/result.h"

#include <chrono>
#include <string>
#include <string_view>

namespace torii::ipc {

// For programs that ask one thing and end (the shell, toriictl).
class BlockingConnection {
public:
    static Result<BlockingConnection> connect(const std::string& path);
    BlockingConnection(BlockingConnection&& other) noexcept;
    BlockingConnection& operator=(BlockingConnection&& other) noexcept;
    BlockingConnection(const BlockingConnection&) = delete;
    BlockingConnection& operator=(const BlockingConnection&) = delete;
    ~BlockingConnection();

    // Sends a frame and waits for one; an error after `timeout`.
    Result<std::string> exchange(std::string_view frame, std::chrono::milliseconds timeout);

    // The halves of it, for who waits for other things too: descriptor() can be polled.
    Result<void> send(std::string_view frame, std::chrono::milliseconds timeout);
    Result<std::string> receive(std::chrono::milliseconds timeout);
    [[nodiscard]] int descriptor() const { return descriptor_; }

    template <class Request, class Reply>
    Result<Reply> call(Request request,
                       std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
        request.set_id(1);
        const Result<std::string> frame = exchange(request.SerializeAsString(), timeout);
        if (!frame) return unexpected(frame.error());
        Reply reply;
        if (!reply.ParseFromString(*frame)) return fail("the answer cannot be read");
        if (!reply.error().empty()) return unexpected(Error{reply.error()});
        return reply;
    }

private:
    explicit BlockingConnection(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

}  // namespace torii::ipc

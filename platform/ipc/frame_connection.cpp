#include "platform/ipc/frame_connection.h"

#include "platform/ipc/frame_stream.h"
#include "platform/ipc/framing.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <sys/socket.h>
#include <utility>

namespace torii::ipc {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kGroupsMax = 65536;  // Linux's NGROUPS_MAX

}  // namespace

void FrameStream::start(std::function<void(std::string frame)> on_frame,
                        std::function<void()> on_closed) {
    on_frame_ = std::move(on_frame);
    on_closed_ = std::move(on_closed);
    read_header();
}

void FrameStream::read_header() {
    asio::async_read(socket_, asio::buffer(header_),
                     [self = shared_from_this()](error_code error, std::size_t) {
                         if (error) return self->end();
                         std::size_t size = 0;
                         for (const unsigned char octet : self->header_) size = size << 8U | octet;
                         if (size > kFrameSizeMax) return self->end();
                         self->missing_ = size;
                         self->read_body();
                     });
}

void FrameStream::read_body() {
    const std::size_t step = std::min(missing_, std::max(kFrameStepMin, body_.size()));
    const std::size_t before = body_.size();
    body_.resize(before + step);
    missing_ -= step;
    asio::async_read(socket_, asio::buffer(body_.data() + before, step),
                     [self = shared_from_this()](error_code error, std::size_t) {
                         if (error) return self->end();
                         if (self->missing_ > 0) return self->read_body();
                         const auto call = self->on_frame_;
                         if (call) call(std::exchange(self->body_, {}));
                         if (self->on_frame_) self->read_header();
                     });
}

std::optional<PeerCredentials> FrameStream::peer() const {
    // native_handle() is not const, though it changes nothing.
    const int descriptor = const_cast<FrameStream*>(this)->socket_.native_handle();
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return std::nullopt;
    }
    PeerCredentials out{credentials.pid, credentials.uid, {credentials.gid}};
    std::vector<gid_t> groups(kGroupsMax);
    size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0) {
        groups.resize(size / sizeof(gid_t));
        out.groups.insert(out.groups.end(), groups.begin(), groups.end());
    }
    return out;
}

void FrameStream::send(std::string frame) {
    if (!socket_.is_open()) return;
    if (frame.size() > kFrameSizeMax || queued_bytes_ + frame.size() > kQueueBytesMax) {
        // Not from within send(): the caller may be walking the list on_closed takes it from.
        asio::post(socket_.get_executor(), [self = shared_from_this()] { self->end(); });
        return;
    }
    std::string header(kFrameHeaderSize, '\0');
    for (unsigned index = 0; index < kFrameHeaderSize; ++index) {
        header[index] = static_cast<char>(frame.size() >> (24 - 8 * index) & 0xffU);
    }
    queued_bytes_ += frame.size() + kFrameHeaderSize;
    queue_.push_back(std::move(header));
    queue_.push_back(std::move(frame));
    if (!writing_) write();
}

void FrameStream::write() {
    if (queue_.empty()) return;
    writing_ = true;
    in_flight_.swap(queue_);
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(in_flight_.size());
    for (const std::string& piece : in_flight_) buffers.emplace_back(asio::buffer(piece));
    asio::async_write(socket_, buffers,
                      [self = shared_from_this()](error_code error, std::size_t n) {
                          self->writing_ = false;
                          self->in_flight_.clear();
                          self->queued_bytes_ -= std::min(n, self->queued_bytes_);
                          if (error) return self->end();
                          self->write();
                      });
}

void FrameStream::close() {
    on_frame_ = nullptr;
    on_closed_ = nullptr;
    error_code ignored;
    socket_.close(ignored);
}

void FrameStream::end() {
    const auto call = std::exchange(on_closed_, nullptr);
    close();
    if (call) call();
}

}  // namespace torii::ipc

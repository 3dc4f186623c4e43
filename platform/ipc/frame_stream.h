#pragma once

#include "platform/ipc/frame_connection.h"
#include "platform/ipc/framing.h"

#include <boost/asio/local/stream_protocol.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace torii::ipc {

// FrameConnection on Asio; only the .cpp files of this folder see it.
class FrameStream final : public FrameConnection, public std::enable_shared_from_this<FrameStream> {
public:
    explicit FrameStream(boost::asio::local::stream_protocol::socket socket)
        : socket_(std::move(socket)) {}

    void start(std::function<void(std::string frame)> on_frame,
               std::function<void()> on_closed) override;
    [[nodiscard]] std::optional<PeerCredentials> peer() const override;
    void send(std::string frame) override;
    void close() override;

private:
    void read_header();
    void read_body();
    void write();
    void end();

    boost::asio::local::stream_protocol::socket socket_;
    std::function<void(std::string frame)> on_frame_;
    std::function<void()> on_closed_;
    std::array<unsigned char, kFrameHeaderSize> header_{};
    std::string body_;
    std::size_t missing_ = 0;  // of the body
    std::vector<std::string> queue_;
    std::vector<std::string> in_flight_;
    std::size_t queued_bytes_ = 0;
    bool writing_ = false;
};

}  // namespace torii::ipc

#pragma once

#include "controlplane/speaker/transport.h"
#include "platform/runtime/event_loop.h"

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace torii::speaker {

// Where all connections read to: a session keeps only the part of a message that it has. 64 KiB is
// what one connection may bring in one turn of the loop.
using ReadBuffer = std::shared_ptr<std::vector<std::uint8_t>>;
inline constexpr std::size_t kReadSize = std::size_t{64} << 10U;

// A TCP socket on the event loop. Lives on behind its SocketConnection until what was queued is
// out, or the peer has had long enough for it.
class SocketStream final : public std::enable_shared_from_this<SocketStream> {
public:
    using Socket = boost::asio::ip::tcp::socket;

    SocketStream(EventLoop& loop, Socket socket, ReadBuffer buffer);

    void dial(const bgp::PeerConfig& peer, ConnectionHandler& handler);
    // For a socket that was accepted. The error: the peer is gone already.
    [[nodiscard]] Result<void> accepted();
    void start(ConnectionHandler& handler, const bgp::PeerConfig& peer);
    void send(SharedOctets octets);
    void finish();
    // Also forgets the handler.
    void close();
    [[nodiscard]] std::size_t queued() const { return queued_; }
    [[nodiscard]] const ConnectionInfo& info() const { return info_; }

private:
    [[nodiscard]] Result<void> prepare(const bgp::PeerConfig& peer);
    [[nodiscard]] Result<void> bind(const bgp::PeerConfig& peer);
    void set_options(const bgp::PeerConfig& peer);
    [[nodiscard]] Result<void> identify();
    void dialed();
    void wait_readable();
    void read();
    void take(std::size_t size);
    // Writes what the socket takes. False: it has failed.
    [[nodiscard]] bool write();
    void wait_writable();
    void written();
    void lost();
    void lost_later();
    void end_of_output();
    void discard_input();

    EventLoop& loop_;
    Socket socket_;
    ReadBuffer buffer_;
    ConnectionHandler* handler_ = nullptr;
    ConnectionInfo info_;
    std::vector<std::uint8_t> partial_;  // a message that has not arrived as a whole
    std::deque<SharedOctets> queue_;
    std::size_t offset_ = 0;  // of queue_.front() that is out
    std::size_t queued_ = 0;
    bool waiting_to_write_ = false;
    bool finishing_ = false;
    bool own_port_ = false;  // it dials from the same every time
    Timer linger_;
};

// What the speaker holds of a stream.
class SocketConnection final : public Connection {
public:
    explicit SocketConnection(std::shared_ptr<SocketStream> stream);
    ~SocketConnection() override;

    void start(ConnectionHandler& handler, const bgp::PeerConfig& peer) override;
    void send(SharedOctets octets) override;
    [[nodiscard]] std::size_t queued() const override { return stream_->queued(); }
    void finish() override;
    [[nodiscard]] const ConnectionInfo& info() const override { return stream_->info(); }

private:
    std::shared_ptr<SocketStream> stream_;
    bool finished_ = false;
};

// A socket option that Asio has no name for.
template <int Level, int Name>
using IntegerOption = boost::asio::detail::socket_option::integer<Level, Name>;

// Between our addresses and Asio's.
[[nodiscard]] IpAddress from_asio(const boost::asio::ip::address& address);
[[nodiscard]] boost::asio::ip::address to_asio(const IpAddress& address);

}  // namespace torii::speaker

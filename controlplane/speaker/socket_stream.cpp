#include "controlplane/speaker/socket_stream.h"

#include "controlplane/speaker/local_network.h"
#include "controlplane/speaker/tcp_password.h"
#include "platform/base/log.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <span>
#include <sys/socket.h>
#include <utility>

namespace torii::speaker {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr Log kLog("bgp");

// Internetwork control, as RFC 4271 appendix E suggests.
constexpr int kTypeOfService = 0xc0;
// How long a peer that does not read keeps a socket that we are done with.
constexpr Seconds kLinger{5};
// From linux/in6.h, which cannot be included beside netinet/in.h.
constexpr int kMinHopCount = 73;
// Buffers of one write.
constexpr std::size_t kGather = 16;

// The TTL or hop limit of the segment that opened a connection, which its listener has kept: what
// came behind it may have been taken in before the socket had its minimum. A kernel short of room
// keeps none (SYN cookies): then the minimum has to do.
std::uint8_t first_ttl(SocketStream::Socket& socket) {
    std::array<std::uint8_t, 128> headers{};
    socklen_t size = headers.size();
    const int got =
        ::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_SAVED_SYN, headers.data(), &size);
    if (got != 0 || size < sizeof(iphdr)) return ConnectionInfo{}.ttl;
    const bool v4 = headers[0] >> 4U == IPVERSION;
    return headers[v4 ? offsetof(iphdr, ttl) : offsetof(ip6_hdr, ip6_hlim)];
}

bool would_block(const error_code& error) {
    return error == asio::error::would_block || error == asio::error::try_again ||
           error == asio::error::interrupted;
}

}  // namespace

IpAddress from_asio(const asio::ip::address& address) {
    if (address.is_v4()) return IpAddress::v4(address.to_v4().to_uint());
    return IpAddress::v6(address.to_v6().to_bytes());
}

asio::ip::address to_asio(const IpAddress& address) {
    if (address.is_v4()) return asio::ip::address_v4(address.v4_number());
    return asio::ip::address_v6(address.octets());
}

SocketStream::SocketStream(EventLoop& loop, Socket socket, ReadBuffer buffer)
    : loop_(loop), socket_(std::move(socket)), buffer_(std::move(buffer)) {}

void SocketStream::dial(const bgp::PeerConfig& peer, ConnectionHandler& handler) {
    handler_ = &handler;
    if (const auto prepared = prepare(peer); !prepared) {
        kLog.warning("dial peer={} error=\"{}\"", peer.address, prepared.error().message);
        return lost_later();
    }
    socket_.async_connect(tcp::endpoint(to_asio(peer.address), peer.remote_port),
                          [self = shared_from_this(), address = peer.address](error_code error) {
                              if (self->handler_ == nullptr) return;
                              if (!error) return self->dialed();
                              kLog.debug("dial peer={} error=\"{}\"", address, error.message());
                              self->lost();
                          });
}

Result<void> SocketStream::prepare(const bgp::PeerConfig& peer) {
    error_code error;
    socket_.open(peer.address.is_v4() ? tcp::v4() : tcp::v6(), error);
    if (error) return torii::fail("cannot open a socket: {}", error.message());
    set_options(peer);
    if (!peer.password.empty()) {
        const PeerPassword password{Prefix::host(peer.address), peer.password};
        if (auto done = set_password(socket_.native_handle(), password); !done) return done;
    }
    return bind(peer);
}

Result<void> SocketStream::bind(const bgp::PeerConfig& peer) {
    own_port_ = peer.local_port != 0;
    if (!peer.local_address && !own_port_) return {};
    error_code error;
    if (own_port_) {
        // Other sessions may have it, too. A connection that we close first would keep it for a
        // minute (TIME_WAIT), but not one that ends with a reset.
        socket_.set_option(tcp::socket::reuse_address(true), error);
        socket_.set_option(tcp::socket::linger(true, 0), error);
    } else {
        // Chosen with the destination known, so that many sessions may share an address.
        socket_.set_option(IntegerOption<IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT>(1), error);
    }
    const IpAddress from = peer.local_address.value_or(IpAddress::any(peer.address.family()));
    socket_.bind(tcp::endpoint(to_asio(from), peer.local_port), error);
    if (error && own_port_) {
        return torii::fail("cannot dial from {} port {}: {}", from, peer.local_port,
                           error.message());
    }
    if (error) {
        return torii::fail("cannot use {} as source address: {}; is it an address of this machine?",
                           from, error.message());
    }
    return {};
}

void SocketStream::set_options(const bgp::PeerConfig& peer) {
    error_code ignored;
    if (socket_.local_endpoint(ignored).protocol() == tcp::v4()) {
        socket_.set_option(IntegerOption<IPPROTO_IP, IP_TTL>(peer.ttl), ignored);
        socket_.set_option(IntegerOption<IPPROTO_IP, IP_MINTTL>(peer.ttl_min), ignored);
        socket_.set_option(IntegerOption<IPPROTO_IP, IP_TOS>(kTypeOfService), ignored);
    } else {
        socket_.set_option(IntegerOption<IPPROTO_IPV6, IPV6_UNICAST_HOPS>(peer.ttl), ignored);
        socket_.set_option(IntegerOption<IPPROTO_IPV6, kMinHopCount>(peer.ttl_min), ignored);
        socket_.set_option(IntegerOption<IPPROTO_IPV6, IPV6_TCLASS>(kTypeOfService), ignored);
    }
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
}

Result<void> SocketStream::identify() {
    error_code error;
    const tcp::endpoint local = socket_.local_endpoint(error);
    if (error) return torii::fail("connection without local address: {}", error.message());
    const tcp::endpoint remote = socket_.remote_endpoint(error);
    if (error) return torii::fail("connection without remote address: {}", error.message());
    info_.local = from_asio(local.address());
    info_.local_port = local.port();
    info_.remote = from_asio(remote.address());
    info_.remote_port = remote.port();
    const std::vector<LocalAddress> addresses = local_addresses();
    info_.subnet = connected_subnet(addresses, info_.remote);
    info_.local_other = other_family_address(addresses, info_.local, info_.on_link());
    return {};
}

Result<void> SocketStream::accepted() {
    info_.ttl = first_ttl(socket_);
    return identify();
}

void SocketStream::dialed() {
    if (!identify()) return lost();
    const auto self = shared_from_this();
    handler_->connected();
    if (handler_ != nullptr) wait_readable();
}

void SocketStream::start(ConnectionHandler& handler, const bgp::PeerConfig& peer) {
    handler_ = &handler;
    set_options(peer);
    wait_readable();
}

void SocketStream::wait_readable() {
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
        if (self->handler_ == nullptr) return;
        if (error) return self->lost();
        self->read();
    });
}

void SocketStream::read() {
    error_code error;
    const std::size_t size = socket_.read_some(asio::buffer(*buffer_), error);
    if (error && !would_block(error)) return lost();
    if (!error) take(size);
    if (handler_ != nullptr) wait_readable();
}

void SocketStream::take(std::size_t size) {
    const Bytes octets = Bytes(*buffer_).first(size);
    if (partial_.empty()) {
        const std::size_t consumed = handler_->received(octets);
        const Bytes rest = octets.subspan(consumed);
        if (handler_ != nullptr) partial_.assign(rest.begin(), rest.end());
        return;
    }
    partial_.insert(partial_.end(), octets.begin(), octets.end());
    const std::size_t consumed = handler_->received(partial_);
    partial_.erase(partial_.begin(), partial_.begin() + static_cast<std::ptrdiff_t>(consumed));
}

void SocketStream::send(SharedOctets octets) {
    if (!socket_.is_open() || finishing_ || octets.size() == 0) return;
    queued_ += octets.size();
    queue_.push_back(std::move(octets));
    if (waiting_to_write_) return;
    if (!write()) return lost_later();
    if (queued_ != 0) wait_writable();
}

bool SocketStream::write() {
    while (queued_ != 0) {
        std::array<asio::const_buffer, kGather> buffers;
        const std::size_t count = std::min(queue_.size(), kGather);
        for (std::size_t index = 0; index < count; ++index) {
            const Bytes octets = queue_[index].view();
            buffers[index] = asio::buffer(octets.data(), octets.size());
        }
        buffers[0] += offset_;
        error_code error;
        std::size_t size = socket_.write_some(std::span(buffers).first(count), error);
        if (error) return would_block(error);
        queued_ -= size;
        size += offset_;
        while (!queue_.empty() && size >= queue_.front().size()) {
            size -= queue_.front().size();
            queue_.pop_front();
        }
        offset_ = size;
    }
    return true;
}

void SocketStream::wait_writable() {
    waiting_to_write_ = true;
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](error_code error) {
        self->waiting_to_write_ = false;
        if (!self->socket_.is_open()) return;
        if (error || !self->write()) return self->lost();
        if (self->queued_ == 0) return self->written();
        self->wait_writable();
        if (self->handler_ != nullptr) self->handler_->advanced();
    });
}

void SocketStream::written() {
    if (finishing_) return end_of_output();
    if (handler_ != nullptr) handler_->drained();
}

void SocketStream::lost() {
    ConnectionHandler* const handler = std::exchange(handler_, nullptr);
    const auto self = shared_from_this();
    close();
    if (handler != nullptr) handler->failed();
}

// The handler may be in the middle of something: it hears of it in a later turn.
void SocketStream::lost_later() {
    loop_.post([self = shared_from_this()] { self->lost(); });
}

void SocketStream::finish() {
    handler_ = nullptr;
    finishing_ = true;
    if (!socket_.is_open()) return;
    // What is awaited of the socket keeps us alive; the timer is ours, and goes with us.
    linger_ = loop_.after(kLinger, [this] { close(); });
    if (queued_ == 0) end_of_output();
}

// Closing a socket that has unread input resets the connection, and the reset overtakes what we
// said last. So the peer's end is waited for.
void SocketStream::end_of_output() {
    error_code error;
    // Who closes first keeps the port for a minute: where we need it again that is the peer.
    if (!own_port_) socket_.shutdown(Socket::shutdown_send, error);
    if (error) return close();
    discard_input();
}

void SocketStream::discard_input() {
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
        if (error || !self->socket_.is_open()) return;
        const std::size_t size = self->socket_.read_some(asio::buffer(*self->buffer_), error);
        if (would_block(error) || (!error && size != 0)) return self->discard_input();
        self->close();
    });
}

void SocketStream::close() {
    handler_ = nullptr;
    linger_.reset();
    queue_.clear();
    queued_ = offset_ = 0;
    error_code ignored;
    socket_.close(ignored);
}

SocketConnection::SocketConnection(std::shared_ptr<SocketStream> stream)
    : stream_(std::move(stream)) {}

SocketConnection::~SocketConnection() {
    if (!finished_) stream_->close();
}

void SocketConnection::start(ConnectionHandler& handler, const bgp::PeerConfig& peer) {
    stream_->start(handler, peer);
}

void SocketConnection::send(SharedOctets octets) {
    stream_->send(std::move(octets));
}

void SocketConnection::finish() {
    finished_ = true;
    stream_->finish();
}

}  // namespace torii::speaker

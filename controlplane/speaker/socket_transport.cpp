#include "controlplane/speaker/socket_transport.h"

#include "controlplane/speaker/tcp_password.h"
#include "platform/base/log.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <algorithm>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <utility>

namespace torii::speaker {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr Log kLog("bgp");
// When no descriptor is left for another connection.
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr int kTtlMax = 255;

}  // namespace

class SocketTransport::Listener final : public std::enable_shared_from_this<Listener> {
public:
    Listener(EventLoop& loop, ReadBuffer buffer, Acceptor& acceptor)
        : loop_(loop), socket_(loop.context()), buffer_(std::move(buffer)), acceptor_(acceptor) {}

    error_code open(const tcp& protocol, std::uint16_t port) {
        error_code error;
        socket_.open(protocol, error);
        if (!error) socket_.set_option(asio::socket_base::reuse_address(true), error);
        if (!error && protocol == tcp::v6()) socket_.set_option(asio::ip::v6_only(true), error);
        // The answer to a SYN goes out before the peer is known. One that looks at the hops
        // (RFC 5082) would drop it with less; the session's own value follows.
        if (!error && protocol == tcp::v4()) {
            socket_.set_option(IntegerOption<IPPROTO_IP, IP_TTL>(kTtlMax), error);
        }
        if (!error && protocol == tcp::v6()) {
            socket_.set_option(IntegerOption<IPPROTO_IPV6, IPV6_UNICAST_HOPS>(kTtlMax), error);
        }
        if (!error) socket_.set_option(IntegerOption<IPPROTO_TCP, TCP_SAVE_SYN>(1), error);
        if (!error) socket_.bind(tcp::endpoint(protocol, port), error);
        if (!error) socket_.listen(asio::socket_base::max_listen_connections, error);
        return error;
    }

    // Of both lists, those of this listener's IP version.
    Result<void> change_passwords(const std::vector<PeerPassword>& before,
                                  const std::vector<PeerPassword>& after) {
        for (const PeerPassword& old : before) {
            const bool stays = std::ranges::any_of(
                after, [&](const PeerPassword& kept) { return kept.peers == old.peers; });
            if (stays || !concerns(old)) continue;
            if (auto done = set_password(socket_.native_handle(), {old.peers, {}}); !done) {
                return done;
            }
        }
        for (const PeerPassword& password : after) {
            if (!concerns(password)) continue;
            if (auto done = set_password(socket_.native_handle(), password); !done) return done;
        }
        return {};
    }

    void accept() {
        socket_.async_accept([self = shared_from_this()](error_code error, tcp::socket peer) {
            if (!self->socket_.is_open()) return;
            if (!error) {
                self->admit(std::move(peer));
                return self->accept();
            }
            kLog.warning("accept error=\"{}\"", error.message());
            self->pause_ = self->loop_.after(kAcceptPause, [raw = self.get()] { raw->accept(); });
        });
    }

    void close() {
        pause_.reset();
        error_code ignored;
        socket_.close(ignored);
    }

private:
    [[nodiscard]] bool concerns(const PeerPassword& password) const {
        error_code ignored;
        const bool v4 = socket_.local_endpoint(ignored).protocol() == tcp::v4();
        return v4 == (password.peers.family() == IpFamily::v4);
    }

    void admit(tcp::socket peer) {
        error_code error;
        const tcp::endpoint remote = peer.remote_endpoint(error);
        if (error || !acceptor_.expects(from_asio(remote.address()))) return;
        auto stream = std::make_shared<SocketStream>(loop_, std::move(peer), buffer_);
        if (!stream->accepted()) return;
        acceptor_.incoming(std::make_unique<SocketConnection>(std::move(stream)));
    }

    EventLoop& loop_;
    tcp::acceptor socket_;
    ReadBuffer buffer_;
    Acceptor& acceptor_;
    Timer pause_;
};

SocketTransport::SocketTransport(EventLoop& loop)
    : loop_(loop), buffer_(std::make_shared<std::vector<std::uint8_t>>(kReadSize)) {}

SocketTransport::~SocketTransport() {
    for (const auto& listener : listeners_) listener->close();
}

Result<void> SocketTransport::listen(std::uint16_t port, Acceptor& acceptor) {
    std::vector<std::shared_ptr<Listener>> opened;
    if (port != 0) {
        for (const tcp& protocol : {tcp::v4(), tcp::v6()}) {
            auto listener = std::make_shared<Listener>(loop_, buffer_, acceptor);
            const error_code error = listener->open(protocol, port);
            if (!error) {
                if (auto done = listener->change_passwords({}, passwords_); !done) return done;
                opened.push_back(std::move(listener));
                continue;
            }
            if (protocol == tcp::v6() && error == asio::error::address_family_not_supported) break;
            return fail("cannot listen on TCP port {} ({}): {}; is another BGP speaker running?",
                        port, protocol == tcp::v4() ? "IPv4" : "IPv6", error.message());
        }
    }
    for (const auto& listener : listeners_) listener->close();
    listeners_ = std::move(opened);
    for (const auto& listener : listeners_) listener->accept();
    return {};
}

Result<void> SocketTransport::set_passwords(std::vector<PeerPassword> passwords) {
    const std::vector<PeerPassword> before = std::exchange(passwords_, std::move(passwords));
    for (const auto& listener : listeners_) {
        auto done = listener->change_passwords(before, passwords_);
        if (done) continue;
        // Best effort: those that could be set before can be set again.
        for (const auto& each : listeners_) (void)each->change_passwords(passwords_, before);
        passwords_ = before;
        return done;
    }
    return {};
}

std::unique_ptr<Connection> SocketTransport::dial(const bgp::PeerConfig& peer,
                                                  ConnectionHandler& handler) {
    auto stream = std::make_shared<SocketStream>(loop_, tcp::socket(loop_.context()), buffer_);
    stream->dial(peer, handler);
    return std::make_unique<SocketConnection>(std::move(stream));
}

}  // namespace torii::speaker

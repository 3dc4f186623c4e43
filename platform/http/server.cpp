#include "platform/http/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <utility>

namespace torii::http {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace protocol = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kAcceptRetry = std::chrono::milliseconds(100);
constexpr std::uint32_t kHeaderMax = 8192;

// One connection, request after request. Kept by what it waits for.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(tcp::socket socket, const Server::Handler& handle, std::function<void()> closed)
        : stream_(std::move(socket)), handle_(handle), closed_(std::move(closed)) {}

    void read() {
        parser_.emplace();
        parser_->header_limit(kHeaderMax);
        parser_->body_limit(0);
        stream_.expires_after(Server::kTimeout);
        protocol::async_read(
            stream_, buffer_, *parser_,
            [self = shared_from_this()](error_code error, std::size_t) { self->got(error); });
    }

    void close() {
        closed_ = nullptr;
        error_code ignored;
        stream_.socket().close(ignored);
    }

private:
    void got(error_code error) {
        if (closed_ == nullptr) return;
        if (error == protocol::error::header_limit || error == protocol::error::body_limit) {
            return refuse(protocol::status::payload_too_large, "the request is too large\n");
        }
        // Anything else is no HTTP, or the end of the connection.
        if (error) return finish();
        const protocol::verb method = parser_->get().method();
        if (method != protocol::verb::get && method != protocol::verb::head) {
            return refuse(protocol::status::method_not_allowed, "only GET and HEAD work here\n");
        }
        stream_.expires_never();
        handle_(std::string(parser_->get().target()), [weak = weak_from_this()](Response response) {
            if (const auto self = weak.lock()) self->send(std::move(response));
        });
    }

    void refuse(protocol::status status, std::string text) {
        keep_alive_ = false;
        send({static_cast<unsigned>(status), "text/plain; charset=utf-8", std::move(text), {}});
    }

    void send(Response response) {
        if (closed_ == nullptr) return;
        const bool head = parser_->get().method() == protocol::verb::head;
        keep_alive_ = keep_alive_ && parser_->get().keep_alive();
        answer_ = {static_cast<protocol::status>(response.status), parser_->get().version()};
        answer_.set(protocol::field::content_type, response.content_type);
        for (const auto& [name, value] : response.headers) answer_.set(name, value);
        answer_.keep_alive(keep_alive_);
        answer_.content_length(response.body.size());
        if (!head) answer_.body() = std::move(response.body);
        stream_.expires_after(Server::kTimeout);
        protocol::async_write(stream_, answer_,
                              [self = shared_from_this()](error_code error, std::size_t) {
                                  if (error || !self->keep_alive_) return self->finish();
                                  self->read();
                              });
    }

    void finish() {
        if (const auto closed = std::exchange(closed_, nullptr)) closed();
        error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_{kHeaderMax};
    std::optional<protocol::request_parser<protocol::empty_body>> parser_;
    protocol::response<protocol::string_body> answer_;
    const Server::Handler& handle_;
    std::function<void()> closed_;  // empty: it is over
    bool keep_alive_ = true;
};

class TcpServer final : public Server {
public:
    TcpServer(EventLoop& loop, Handler handle)
        : loop_(loop), acceptor_(loop.context()), handle_(std::move(handle)) {}
    ~TcpServer() override {
        *alive_ = false;
        for (const auto& [key, connection] : connections_) connection->close();
    }

    Result<void> open(const IpAddress& address, std::uint16_t port) {
        error_code error;
        const auto host = asio::ip::make_address(address.to_string(), error);
        const tcp::endpoint endpoint(host, port);
        if (!error) acceptor_.open(endpoint.protocol(), error);
        if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor_.bind(endpoint, error);
        if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
        if (error) {
            return fail("cannot listen at {} port {}: {}", address.to_string(), port,
                        error.message());
        }
        accept();
        return {};
    }

    [[nodiscard]] std::uint16_t port() const override { return acceptor_.local_endpoint().port(); }

private:
    void accept() {
        acceptor_.async_accept([this, alive = alive_](error_code error, tcp::socket socket) {
            if (!*alive) return;
            if (error) {
                // Out of descriptors: the client waits in the backlog until there are some.
                retry_ = loop_.after(kAcceptRetry, [this] { accept(); });
                return;
            }
            if (connections_.size() < kConnectionsMax) start(std::move(socket));
            accept();
        });
    }

    void start(tcp::socket socket) {
        const std::uint64_t key = next_key_++;
        const auto connection = std::make_shared<Connection>(
            std::move(socket), handle_, [this, key] { connections_.erase(key); });
        connections_[key] = connection;
        connection->read();
    }

    EventLoop& loop_;
    tcp::acceptor acceptor_;
    Handler handle_;
    Timer retry_;
    std::map<std::uint64_t, std::shared_ptr<Connection>> connections_;
    std::uint64_t next_key_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(EventLoop& loop, const IpAddress& address,
                                               std::uint16_t port, Handler handle) {
    auto server = std::make_unique<TcpServer>(loop, std::move(handle));
    if (const auto opened = server->open(address, port); !opened) {
        return unexpected(opened.error());
    }
    return server;
}

}  // namespace torii::http

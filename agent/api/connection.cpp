#include "agent/api/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <utility>

namespace torii::api {
namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
namespace {

// A server that vanished without a word is noticed after half a minute.
void notice_silence(tcp::socket& socket) {
    const auto set = [&](int level, int option, int value) {
        setsockopt(socket.native_handle(), level, option, &value, sizeof(value));
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 15);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
    set(IPPROTO_TCP, TCP_NODELAY, 1);
}

Result<void> trust(ssl::context& context, const Access& access) {
    error_code error;
    if (!access.verify) {
        context.set_verify_mode(ssl::verify_none, error);
        return {};
    }
    const std::string& name = access.server_name.empty() ? access.host : access.server_name;
    context.set_verify_mode(ssl::verify_peer, error);
    context.set_verify_callback(ssl::host_name_verification(name), error);
    if (!access.authority.present()) {
        context.set_default_verify_paths(error);
        return {};
    }
    const auto text = access.authority.read();
    if (!text) return unexpected(text.error());
    context.add_certificate_authority(asio::buffer(*text), error);
    if (error) return fail("the certificate authority cannot be used: {}", error.message());
    return {};
}

Result<void> identify(ssl::context& context, const Access& access) {
    if (!access.certificate.present()) return {};
    const auto certificate = access.certificate.read();
    if (!certificate) return unexpected(certificate.error());
    const auto key = access.key.read();
    if (!key) return unexpected(key.error());
    error_code error;
    context.use_certificate_chain(asio::buffer(*certificate), error);
    if (error) return fail("the client certificate cannot be used: {}", error.message());
    context.use_private_key(asio::buffer(*key), ssl::context::pem, error);
    if (error) return fail("the client key cannot be used: {}", error.message());
    return {};
}

std::string reason(const error_code& error) {
    return error == asio::error::operation_aborted ? "timed out" : error.message();
}

}  // namespace

Result<std::shared_ptr<Connection>> Connection::make(asio::io_context& context,
                                                     const Access& access) {
    auto connection = std::make_shared<Connection>(context);
    if (!access.tls) return connection;
    if (auto prepared = connection->prepare_tls(access); !prepared) {
        return unexpected(prepared.error());
    }
    return connection;
}

Result<void> Connection::prepare_tls(const Access& access) {
    tls_context_.emplace(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(tls_context_->native_handle(), TLS1_2_VERSION);
    if (auto trusted = trust(*tls_context_, access); !trusted) return trusted;
    if (auto identified = identify(*tls_context_, access); !identified) return identified;
    tls_.emplace(socket_, *tls_context_);
    const std::string& name = access.server_name.empty() ? access.host : access.server_name;
    error_code is_name;
    asio::ip::make_address(name, is_name);
    // RFC 6066 section 3: addresses are not sent.
    if (is_name) SSL_set_tlsext_host_name(tls_->native_handle(), name.c_str());
    return {};
}

void Connection::connect(const Access& access, Done done) {
    resolver_.async_resolve(access.host, std::to_string(access.port),
                            [self = shared_from_this(), done = std::move(done)](
                                error_code error, const tcp::resolver::results_type& addresses) {
                                if (error) return done(fail("resolve: {}", reason(error)));
                                asio::async_connect(
                                    self->socket_, addresses,
                                    [self, done](error_code failed, const tcp::endpoint&) {
                                        if (failed)
                                            return done(fail("connect: {}", reason(failed)));
                                        notice_silence(self->socket_);
                                        self->handshake(done);
                                    });
                            });
}

void Connection::handshake(Done done) {
    if (!tls_) return done({});
    tls_->async_handshake(ssl::stream_base::client,
                          [self = shared_from_this(), done = std::move(done)](error_code error) {
                              if (error) return done(fail("TLS: {}", reason(error)));
                              done({});
                          });
}

void Connection::write(std::string octets, Done done) {
    output_ = std::move(octets);
    const auto written = [self = shared_from_this(), done = std::move(done)](error_code error,
                                                                             std::size_t) {
        if (error) return done(fail("write: {}", reason(error)));
        done({});
    };
    if (tls_) {
        asio::async_write(*tls_, asio::buffer(output_), written);
    } else {
        asio::async_write(socket_, asio::buffer(output_), written);
    }
}

void Connection::read(Received received) {
    const auto got = [self = shared_from_this(), received = std::move(received)](error_code error,
                                                                                 std::size_t size) {
        const bool end = error == asio::error::eof || error == ssl::error::stream_truncated;
        if (error && !end) return received(fail("read: {}", reason(error)));
        received(std::string_view(self->input_.data(), size));
    };
    if (tls_) {
        tls_->async_read_some(asio::buffer(input_), got);
    } else {
        socket_.async_read_some(asio::buffer(input_), got);
    }
}

void Connection::close() {
    error_code ignored;
    resolver_.cancel();
    socket_.close(ignored);
}

}  // namespace torii::api

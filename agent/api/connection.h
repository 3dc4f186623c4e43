#pragma once

#include "agent/api/access.h"
#include "platform/base/result.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace torii::api {

// A TCP connection to the API server, with TLS or without: octets in and out. Who started something
// keeps it alive until the end of it.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    using Done = std::function<void(const Result<void>&)>;
    using Received = std::function<void(const Result<std::string_view>&)>;  // empty: the end

    // An error when certificates or keys are missing or wrong.
    [[nodiscard]] static Result<std::shared_ptr<Connection>> make(boost::asio::io_context& context,
                                                                  const Access& access);
    explicit Connection(boost::asio::io_context& context) : resolver_(context), socket_(context) {}

    void connect(const Access& access, Done done);
    void write(std::string octets, Done done);
    void read(Received received);
    // Whatever is under way ends with an error.
    void close();

private:
    [[nodiscard]] Result<void> prepare_tls(const Access& access);
    void handshake(Done done);

    boost::asio::ip::tcp::resolver resolver_;
    boost::asio::ip::tcp::socket socket_;
    std::optional<boost::asio::ssl::context> tls_context_;
    std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
    std::string output_;
    std::array<char, 32768> input_;
};

}  // namespace torii::api

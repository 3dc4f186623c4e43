#include "platform/http/server.h"

#include "tests/unit/platform/run_until.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

namespace torii::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const IpAddress kLoopback = *IpAddress::parse("127.0.0.1");

class HttpServerTest : public testing::Test {
protected:
    HttpServerTest() {
        server_ = *Server::listen(loop_, kLoopback, 0,
                                  [this](const std::string& target, const Server::Answer& answer) {
                                      asked_.push_back(target);
                                      if (target == "/later") {
                                          later_ = answer;
                                      } else {
                                          answer({200, "text/plain", "body of " + target + "\n"});
                                      }
                                  });
    }

    // What comes back for `octets` until the server closes.
    std::string talk(const std::string& octets) {
        std::optional<std::string> got;
        std::jthread client([this, &octets, &got, port = server_->port()] {
            asio::io_context context;
            tcp::socket socket(context);
            socket.connect({asio::ip::address_v4::loopback(), port});
            asio::write(socket, asio::buffer(octets));
            std::string text;
            boost::system::error_code error;
            asio::read(socket, asio::dynamic_buffer(text), error);
            loop_.post([&got, text] { got = text; });
        });
        EXPECT_TRUE(run_until(loop_, [&] { return got.has_value(); }));
        return got.value_or("nothing came");
    }

    EventLoop loop_;
    std::vector<std::string> asked_;
    Server::Answer later_;
    std::unique_ptr<Server> server_;
};

TEST_F(HttpServerTest, AnswersRequestsOfOneConnectionInTheirOrder) {
    const auto got = talk(
        "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
        "GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(asked_, (std::vector<std::string>{"/a", "/b"}));
    EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(got, HasSubstr("Content-Type: text/plain\r\n"));
    EXPECT_THAT(got, HasSubstr("body of /a\nHTTP/1.1 200 OK"));
    EXPECT_THAT(got, EndsWith("body of /b\n"));
}

TEST_F(HttpServerTest, HeadHasTheLengthButNoBody) {
    const auto got = talk("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(got, HasSubstr("Content-Length: 11\r\n"));
    EXPECT_THAT(got, EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, OtherMethodsAndLongRequestsAreRefused) {
    EXPECT_THAT(talk("DELETE /a HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
    EXPECT_THAT(talk("GET /a HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"),
                StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(asked_, testing::IsEmpty());
}

TEST_F(HttpServerTest, WhatIsNoHttpEndsTheConnection) {
    EXPECT_EQ(talk("\x01\x02\x03\r\n\r\n"), "");
}

TEST_F(HttpServerTest, AnAnswerMayComeLaterOrAfterTheClientWent) {
    std::optional<std::string> got;
    std::jthread client([this, &got, port = server_->port()] {
        asio::io_context context;
        tcp::socket socket(context);
        socket.connect({asio::ip::address_v4::loopback(), port});
        asio::write(socket, asio::buffer(std::string("GET /later HTTP/1.0\r\n\r\n")));
        std::string text;
        boost::system::error_code error;
        asio::read(socket, asio::dynamic_buffer(text), error);
        loop_.post([&got, text] { got = text; });
    });
    ASSERT_TRUE(run_until(loop_, [&] { return later_ != nullptr; }));
    later_({503, "text/plain", "now\n"});
    ASSERT_TRUE(run_until(loop_, [&] { return got.has_value(); }));
    EXPECT_THAT(*got, StartsWith("HTTP/1.0 503 "));
    EXPECT_THAT(*got, EndsWith("now\n"));
    server_.reset();
    later_({200, "text/plain", "too late\n"});
}

TEST_F(HttpServerTest, AnAddressThatIsNotOursOrTakenIsAnError) {
    const auto ignore = [](const std::string&, const Server::Answer&) {};
    const auto foreign = Server::listen(loop_, *IpAddress::parse("192.0.2.1"), 0, ignore);
    ASSERT_FALSE(foreign);
    EXPECT_THAT(foreign.error().message, StartsWith("cannot listen at 192.0.2.1 port 0: "));
    EXPECT_FALSE(Server::listen(loop_, kLoopback, server_->port(), ignore));
}

}  // namespace
}  // namespace torii::http

#include "mgmt/server/metrics_service.h"

#include "tests/support/temporary_folder.h"
#include "tests/unit/platform/run_until.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace torii::mgmt {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;
using testing::StartsWith;

const yang::Schema& schema() {
    static const yang::Schema loaded = *yang::Schema::load(TORII_YANG_DIR);
    return loaded;
}

std::uint16_t free_port() {
    asio::io_context context;
    return asio::ip::tcp::acceptor(context, {asio::ip::address_v4::loopback(), 0})
        .local_endpoint()
        .port();
}

class MetricsServiceTest : public testing::Test {
protected:
    Result<std::string> configure(std::vector<std::string> addresses, std::uint16_t port,
                                  bool check_only = false) {
        yang::TypedConfig config;
        for (const std::string& address : addresses) {
            config.management.metrics.listen.push_back(*IpAddress::parse(address));
        }
        config.management.metrics.port = port;
        Result<std::string> out = "not called";
        service_.configure(config, 1, check_only,
                           [&out](Result<std::string> result) { out = std::move(result); });
        return out;
    }

    // The answer; empty when nobody listens.
    std::string get(std::uint16_t port, const std::string& target) {
        std::optional<std::string> got;
        std::jthread client([&] {
            asio::io_context context;
            asio::ip::tcp::socket socket(context);
            boost::system::error_code error;
            std::string text;
            socket.connect({asio::ip::address_v4::loopback(), port}, error);
            if (!error) {
                asio::write(socket, asio::buffer("GET " + target + " HTTP/1.0\r\n\r\n"), error);
                asio::read(socket, asio::dynamic_buffer(text), error);
            }
            loop_.post([&got, text] { got = text; });
        });
        EXPECT_TRUE(run_until(loop_, [&] { return got.has_value(); }));
        return got.value_or("nothing came");
    }

    EventLoop loop_;
    test::TemporaryFolder folder_;
    datastore::Datastore store_ =
        *datastore::Datastore::open(schema(), folder_.path().string() + "/c.json");
    ControlplaneLink controlplane_{loop_, "controlplane", folder_.path().string() + "/c.sock",
                                   [] {}, [] {}};
    DataplaneLink dataplane_{loop_, "dataplane", folder_.path().string() + "/d.sock", [] {}, [] {}};
    PlatformLink platform_{loop_, "platformd", folder_.path().string() + "/p.sock"};
    Gatherer gatherer_{controlplane_, dataplane_, platform_};
    MetricsService service_{loop_, store_, gatherer_};
};

TEST_F(MetricsServiceTest, AnswersWithoutTheDaemons) {
    const std::uint16_t port = free_port();
    ASSERT_EQ(configure({"127.0.0.1"}, port).value_or("refused"), "");
    const std::string got = get(port, "/metrics");
    EXPECT_THAT(got, StartsWith("HTTP/1.0 200 "));
    EXPECT_THAT(got, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    EXPECT_THAT(got, HasSubstr("torii_process_up{process=\"controlplane\"} 0\n"));
    EXPECT_THAT(get(port, "/"), StartsWith("HTTP/1.0 404 "));
}

TEST_F(MetricsServiceTest, ListensWhereItIsToldAndNowhereElse) {
    const std::uint16_t first = free_port();
    ASSERT_TRUE(configure({"127.0.0.1"}, first, true));
    EXPECT_EQ(get(first, "/metrics"), "") << "it was only asked";
    ASSERT_TRUE(configure({"127.0.0.1"}, first));
    EXPECT_NE(get(first, "/metrics"), "");
    const std::uint16_t second = free_port();
    ASSERT_TRUE(configure({"127.0.0.1"}, second));
    EXPECT_NE(get(second, "/metrics"), "");
    EXPECT_EQ(get(first, "/metrics"), "");
    ASSERT_TRUE(configure({}, second));
    EXPECT_EQ(get(second, "/metrics"), "");
}

TEST_F(MetricsServiceTest, AnAddressThatIsNotOursIsRefusedAndEverythingStays) {
    const std::uint16_t port = free_port();
    ASSERT_TRUE(configure({"127.0.0.1"}, port));
    const auto refused = configure({"127.0.0.1", "192.0.2.1"}, port);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, StartsWith("cannot listen at 192.0.2.1 port "));
    EXPECT_NE(get(port, "/metrics"), "");
}

}  // namespace
}  // namespace torii::mgmt

#include "agent/health/health_checks.h"

#include "tests/unit/platform/run_until.h"

#include <gmock/gmock.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace torii::health {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(HealthAnswer, IsThatOfKubeProxy) {
    const http::Response response = health_answer({"test/web", 30000, 2}, true);
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(response.body,
              "{\n\t\"service\": {\n\t\t\"namespace\": \"test\",\n\t\t\"name\": \"web\"\n\t},\n"
              "\t\"localEndpoints\": 2,\n\t\"serviceProxyHealthy\": true\n}");
    EXPECT_THAT(response.headers,
                testing::Contains(testing::Pair("X-Load-Balancing-Endpoint-Weight", "2")));
    EXPECT_EQ(health_answer({"test/web", 30000, 0}, true).status, 503U);
    EXPECT_EQ(health_answer({"test/web", 30000, 2}, false).status, 503U);
}

class HealthChecksTest : public testing::Test {
protected:
    // What the port answers; "" when nobody listens.
    std::string ask(std::uint16_t port) {
        std::string text;
        bool done = false;
        std::jthread client([&] {
            const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_port = htons(port);
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            const std::string request = "GET / HTTP/1.0\r\n\r\n";
            if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                write(descriptor, request.data(), request.size()) > 0) {
                std::array<char, 1024> part{};
                for (ssize_t size = 0; (size = read(descriptor, part.data(), part.size())) > 0;) {
                    text.append(part.data(), static_cast<std::size_t>(size));
                }
            }
            close(descriptor);
            loop.post([&] { done = true; });
        });
        EXPECT_TRUE(run_until(loop, [&] { return done; }));
        return text;
    }
    // One that nobody has for now.
    std::uint16_t free_port() {
        return http::Server::listen(loop, IpAddress::any(IpFamily::v4), 0, {}).value()->port();
    }

    EventLoop loop;
    HealthChecks checks{loop};
};

TEST_F(HealthChecksTest, FollowTheServicesAndTheirEndpoints) {
    const std::uint16_t port = free_port();
    EXPECT_THAT(checks.set({{"test/web", port, 1}}, true), IsEmpty());
    EXPECT_THAT(ask(port), StartsWith("HTTP/1.0 200"));
    EXPECT_THAT(ask(port), HasSubstr("\r\nX-Load-Balancing-Endpoint-Weight: 1\r\n"));
    EXPECT_THAT(checks.set({{"test/web", port, 0}}, true), IsEmpty());
    EXPECT_THAT(ask(port), StartsWith("HTTP/1.0 503"));
    EXPECT_THAT(checks.set({}, true), IsEmpty());
    EXPECT_THAT(ask(port), IsEmpty());
}

TEST_F(HealthChecksTest, APortThatIsTakenIsTold) {
    const auto other = http::Server::listen(loop, IpAddress::any(IpFamily::v4), 0, {}).value();
    const std::uint16_t port = other->port();
    EXPECT_THAT(checks.set({{"test/web", port, 1}}, true),
                ElementsAre(StartsWith("test/web: healthCheckNodePort: cannot listen at")));
    const std::uint16_t free = free_port();
    EXPECT_THAT(checks.set({{"test/a", free, 1}, {"test/b", free, 1}}, true),
                ElementsAre(HasSubstr("is that of test/a, too")));
}

}  // namespace
}  // namespace torii::health

#include "agent/health/health_checks.h"

#include <fmt/format.h>

#include <utility>

namespace torii::health {
namespace {

constexpr unsigned kOk = 200;
constexpr unsigned kUnavailable = 503;

}  // namespace

http::Response health_answer(const loadbalance::HealthCheck& check, bool healthy) {
    const std::size_t slash = check.service.find('/');
    http::Response response;
    response.status = check.local_endpoints > 0 && healthy ? kOk : kUnavailable;
    response.content_type = "application/json";
    response.headers = {
        {"X-Content-Type-Options", "nosniff"},
        {"X-Load-Balancing-Endpoint-Weight", std::to_string(check.local_endpoints)}};
    // Names of resources need no escapes.
    response.body = fmt::format(
        "{{\n\t\"service\": {{\n\t\t\"namespace\": \"{}\",\n\t\t\"name\": \"{}\"\n\t}},\n"
        "\t\"localEndpoints\": {},\n\t\"serviceProxyHealthy\": {}\n}}",
        check.service.substr(0, slash), check.service.substr(slash + 1), check.local_endpoints,
        healthy);
    return response;
}

std::vector<std::string> HealthChecks::set(const std::vector<loadbalance::HealthCheck>& checks,
                                           bool healthy) {
    healthy_ = healthy;
    std::map<std::uint16_t, Port> before = std::exchange(ports_, {});
    std::vector<std::string> problems;
    for (const loadbalance::HealthCheck& check : checks) {
        if (const auto taken = ports_.find(check.port); taken != ports_.end()) {
            problems.push_back(fmt::format("{}: healthCheckNodePort {} is that of {}, too",
                                           check.service, check.port, taken->second.check.service));
            continue;
        }
        Port& port = ports_[check.port];
        port.check = check;
        if (const auto known = before.find(check.port); known != before.end()) {
            port.server = std::move(known->second.server);
        }
        if (port.server != nullptr) continue;
        auto server = listen(check.port);
        if (server) {
            port.server = std::move(*server);
        } else {
            problems.push_back(check.service + ": healthCheckNodePort: " + server.error().message);
        }
    }
    return problems;
}

http::Response HealthChecks::answer(std::uint16_t port) const {
    const auto found = ports_.find(port);
    if (found == ports_.end()) return {kUnavailable, "text/plain", "no such service\n", {}};
    return health_answer(found->second.check, healthy_);
}

Result<std::unique_ptr<http::Server>> HealthChecks::listen(std::uint16_t port) {
    const auto handle = [this, port](const std::string&, const http::Server::Answer& reply) {
        reply(answer(port));
    };
    // Both families at one socket; a node without IPv6 has only the other.
    auto server = http::Server::listen(loop_, IpAddress::any(IpFamily::v6), port, handle);
    if (server) return server;
    return http::Server::listen(loop_, IpAddress::any(IpFamily::v4), port, handle);
}

}  // namespace torii::health

#pragma once

#include "agent/loadbalance/frontends.h"
#include "platform/http/server.h"
#include "platform/runtime/event_loop.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace torii::health {

// Answers load balancers that ask a node, at spec.healthCheckNodePort of a service with
// externalTrafficPolicy Local, whether it has endpoints: word for word as kube-proxy does.
class HealthChecks {
public:
    explicit HealthChecks(EventLoop& loop) : loop_(loop) {}

    // All that there are; ports that stay keep their connections. Not `healthy`: nobody is to come,
    // what balances here does not do what it should. Returns what could not be done, with the
    // service's name in front; the next call tries it again.
    std::vector<std::string> set(const std::vector<loadbalance::HealthCheck>& checks, bool healthy);

private:
    struct Port {
        loadbalance::HealthCheck check;
        std::unique_ptr<http::Server> server;
    };

    [[nodiscard]] http::Response answer(std::uint16_t port) const;
    [[nodiscard]] Result<std::unique_ptr<http::Server>> listen(std::uint16_t port);

    EventLoop& loop_;
    std::map<std::uint16_t, Port> ports_;
    bool healthy_ = true;
};

// What the service's port says.
[[nodiscard]] http::Response health_answer(const loadbalance::HealthCheck& check, bool healthy);

}  // namespace torii::health

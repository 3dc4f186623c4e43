#pragma once

#include "agent/server/kernel_follower.h"

#include <vector>

namespace torii::agent {

// Follows the default routes of the kernel's main table.
class DefaultGateways final : public KernelFollower {
public:
    using ByFamily = std::map<IpFamily, IpAddress>;

    // `changed` is called in turns of the loop when gateways() is another than before.
    static Result<std::unique_ptr<DefaultGateways>> start(EventLoop& loop,
                                                          std::function<void()> changed);
    [[nodiscard]] const ByFamily& gateways() const { return gateways_; }

private:
    using KernelFollower::KernelFollower;
    void note_route(const netlink::Route& route, bool removed);
    void forget() override { routes_.clear(); }
    bool update() override;

    std::vector<netlink::Route> routes_;  // default ones through a gateway
    ByFamily gateways_;
};

// Of each family the gateway with the lowest metric whose link is up. One that is only valid on its
// link (fe80::) is no peer: a session needs an address that says which link it is on.
[[nodiscard]] DefaultGateways::ByFamily choose_gateways(
    const std::vector<netlink::Route>& routes, const std::map<std::uint32_t, netlink::Link>& links);

}  // namespace torii::agent

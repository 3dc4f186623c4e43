#pragma once

#include "platform/base/result.h"
#include "platform/linux/netlink_monitor.h"
#include "platform/runtime/event_loop.h"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace torii::agent {

// Follows the default routes of the kernel's main table.
class DefaultGateways {
public:
    using ByFamily = std::map<IpFamily, IpAddress>;

    // `changed` is called in turns of the loop when gateways() is another than before.
    static Result<std::unique_ptr<DefaultGateways>> start(EventLoop& loop,
                                                          std::function<void()> changed);
    [[nodiscard]] const ByFamily& gateways() const { return gateways_; }

private:
    explicit DefaultGateways(std::function<void()> changed) : changed_(std::move(changed)) {}
    void note_link(const netlink::Link& link, bool removed);
    void note_route(const netlink::Route& route, bool removed);
    void settle();

    std::function<void()> changed_;
    std::map<std::uint32_t, netlink::Link> links_;
    std::vector<netlink::Route> routes_;  // default ones through a gateway
    bool complete_ = false;               // nothing is being dumped
    ByFamily gateways_;
    std::unique_ptr<netlink::Monitor> monitor_;
};

// Of each family the gateway with the lowest metric whose link is up. One that is only valid on its
// link (fe80::) is no peer: a session needs an address that says which link it is on.
[[nodiscard]] DefaultGateways::ByFamily choose_gateways(
    const std::vector<netlink::Route>& routes, const std::map<std::uint32_t, netlink::Link>& links);

}  // namespace torii::agent

#pragma once

#include "controlplane/routing/kernel.h"
#include "platform/linux/netlink_request.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace torii::kernel {

// How routes and nexthop objects of ours are known from those of others.
struct Mark {
    std::uint32_t metric = 0;
    std::uint8_t bgp = 0;           // RTPROT_* of what was learned, and of all nexthop objects
    std::uint8_t static_route = 0;  // of what was configured; 0: there is no such thing
};

// The kernel's words to ours. A route is ours when it goes through a nexthop object with our metric
// and is of one of our protocols.
[[nodiscard]] std::optional<routing::KernelRoute> our_route(const netlink::Route& route,
                                                            const Mark& mark);
[[nodiscard]] bool our_object(const netlink::Nexthop& nexthop, const Mark& mark);
[[nodiscard]] routing::KernelNextHop to_kernel_next_hop(const netlink::Nexthop& nexthop);

// The main table of this network namespace.
class NetlinkRoutes : public routing::Kernel {
public:
    NetlinkRoutes(std::unique_ptr<netlink::Requests> requests, Mark mark)
        : requests_(std::move(requests)), mark_(mark) {}

    // Whose changes of routes netlink::Monitor need not tell of.
    [[nodiscard]] std::uint32_t port() const { return requests_->port(); }

    Result<void> put_object(std::uint32_t id, const routing::KernelNextHop& next_hop) override;
    Result<void> delete_object(std::uint32_t id) override;
    std::vector<routing::KernelRouteFailure> change_routes(
        std::span<const routing::KernelRouteChange> changes) override;

protected:
    [[nodiscard]] netlink::Requests& requests() { return *requests_; }

private:
    [[nodiscard]] netlink::Route to_netlink(const routing::KernelRoute& route) const;

    std::unique_ptr<netlink::Requests> requests_;
    Mark mark_;
};

}  // namespace torii::kernel

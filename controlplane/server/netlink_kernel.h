#pragma once

#include "controlplane/routing/kernel.h"
#include "controlplane/server/link_operations.h"
#include "platform/linux/netlink_request.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace torii::controlplane {

// Metric of our routes in the kernel, and how ours are known from those of others.
inline constexpr std::uint32_t kKernelMetric = 20;

// The kernel's words to ours. A route is ours when it goes through a nexthop object with our metric
// and is of the protocol bgp or static.
[[nodiscard]] std::optional<routing::KernelRoute> our_route(const netlink::Route& route);
[[nodiscard]] bool our_object(const netlink::Nexthop& nexthop);
[[nodiscard]] routing::KernelNextHop to_kernel_next_hop(const netlink::Nexthop& nexthop);

// The real kernel of this network namespace.
class NetlinkKernel final : public routing::Kernel, public LinkOperations {
public:
    explicit NetlinkKernel(std::unique_ptr<netlink::Requests> requests)
        : requests_(std::move(requests)) {}

    // Whose changes of routes netlink::Monitor need not tell of.
    [[nodiscard]] std::uint32_t port() const { return requests_->port(); }

    Result<void> put_object(std::uint32_t id, const routing::KernelNextHop& next_hop) override;
    Result<void> delete_object(std::uint32_t id) override;
    std::vector<routing::KernelRouteFailure> change_routes(
        std::span<const routing::KernelRouteChange> changes) override;

    Result<std::uint32_t> create_loopback(const std::string& name) override;
    Result<void> delete_link(std::uint32_t index) override;
    Result<void> set_up(std::uint32_t index, bool up) override;
    Result<void> add_address(std::uint32_t index, const InterfaceAddress& address) override;
    Result<void> delete_address(std::uint32_t index, const InterfaceAddress& address) override;
    Result<void> probe_neighbor(std::uint32_t index, const IpAddress& address) override;

private:
    std::unique_ptr<netlink::Requests> requests_;
};

}  // namespace torii::controlplane

#pragma once

#include "controlplane/kernel/netlink_routes.h"
#include "controlplane/server/link_operations.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace torii::controlplane {

// Of the router's routes: as FRR has them.
inline constexpr kernel::Mark kKernelMark{
    .metric = 20, .bgp = netlink::kProtocolBgp, .static_route = netlink::kProtocolStatic};

// The real kernel of this network namespace.
class NetlinkKernel final : public kernel::NetlinkRoutes, public LinkOperations {
public:
    explicit NetlinkKernel(std::unique_ptr<netlink::Requests> requests)
        : NetlinkRoutes(std::move(requests), kKernelMark) {}

    Result<std::uint32_t> create_loopback(const std::string& name) override;
    Result<void> mark_loopback(std::uint32_t index) override;
    Result<void> delete_link(std::uint32_t index) override;
    Result<void> set_up(std::uint32_t index, bool up) override;
    Result<void> add_address(std::uint32_t index, const InterfaceAddress& address) override;
    Result<void> delete_address(std::uint32_t index, const InterfaceAddress& address) override;
    Result<void> set_neighbor(std::uint32_t index, const IpAddress& address,
                              const MacAddress& mac) override;
    Result<void> delete_neighbor(std::uint32_t index, const IpAddress& address) override;
    Result<void> probe_neighbor(std::uint32_t index, const IpAddress& address) override;
};

}  // namespace torii::controlplane

#pragma once

#include "controlplane/routing/route.h"
#include "platform/base/result.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace torii::routing {

struct KernelGroupMember {
    std::uint32_t id = 0;
    std::uint16_t weight = 1;  // 1..256

    friend auto operator<=>(const KernelGroupMember&, const KernelGroupMember&) = default;
};

// What a kernel nexthop object holds: a gateway on a link, a link alone, a blackhole, or a group of
// other objects (sorted by id).
struct KernelNextHop {
    std::uint32_t link = 0;
    std::optional<IpAddress> gateway{};
    bool blackhole = false;
    IpFamily family = IpFamily::v4;
    std::vector<KernelGroupMember> group{};

    friend auto operator<=>(const KernelNextHop&, const KernelNextHop&) = default;
};

// A route of ours in the kernel's main table: through a nexthop object, with our metric.
struct KernelRoute {
    Prefix prefix;
    Protocol protocol = Protocol::bgp;
    std::uint32_t object_id = 0;

    friend bool operator==(const KernelRoute&, const KernelRoute&) = default;
};

// Added, or replaced; or removed.
struct KernelRouteChange {
    KernelRoute route;
    bool removed = false;
};

struct KernelRouteFailure {
    std::size_t index = 0;  // of the change
    Error error;
};

// What the mirror asks of the kernel. Errors are the kernel's own.
class Kernel {
public:
    Kernel() = default;
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;
    virtual ~Kernel() = default;

    virtual Result<void> put_object(std::uint32_t id, const KernelNextHop& next_hop) = 0;
    virtual Result<void> delete_object(std::uint32_t id) = 0;
    // Returns what failed, in the order of the changes; the others are made.
    virtual std::vector<KernelRouteFailure> change_routes(
        std::span<const KernelRouteChange> changes) = 0;
};

}  // namespace torii::routing

#pragma once

#include "platform/linux/netlink_types.h"

#include <cstddef>
#include <functional>
#include <optional>

struct nlattr;
struct nlmsghdr;

namespace torii::netlink {

// A netlink message to our types; nothing when it is of another kind or incomplete.
[[nodiscard]] std::optional<Link> parse_link(const nlmsghdr& message);
[[nodiscard]] std::optional<LinkAddress> parse_address(const nlmsghdr& message);
[[nodiscard]] std::optional<Neighbor> parse_neighbor(const nlmsghdr& message);
[[nodiscard]] std::optional<Route> parse_route(const nlmsghdr& message);
[[nodiscard]] std::optional<Nexthop> parse_nexthop(const nlmsghdr& message);

// Calls `consume` with each attribute behind the first `fixed_size` octets of the payload.
void for_each_attribute(const nlmsghdr& message, std::size_t fixed_size,
                        const std::function<void(const nlattr&)>& consume);

}  // namespace torii::netlink

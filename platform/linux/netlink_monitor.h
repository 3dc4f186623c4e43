#pragma once

#include "platform/base/result.h"
#include "platform/linux/netlink_types.h"
#include "platform/runtime/event_loop.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace torii::netlink {

struct MonitorEvents {
    std::function<void(const Link&, bool removed)> link;
    std::function<void(const LinkAddress&, bool removed)> address;
    std::function<void(const Neighbor&, bool removed)> neighbor;
    std::function<void(const Route&, bool removed)> route;  // main table only
    std::function<void(const Nexthop&, bool removed)> nexthop;
    // Around the first dump, and again when everything is dumped anew: because the kernel dropped
    // messages (ENOBUFS), or because it deletes nexthop objects and routes without one, those of a
    // link that goes down or loses carrier. What the caller knows and is not told between the two
    // is gone.
    std::function<void()> dump_begin;
    std::function<void()> routes_begin;  // all but the routes is told
    std::function<void()> dump_done;
};

// Tells about the links, addresses, neighbors, nexthop objects and routes of this network
// namespace: first all that exist, in that order, then every change. Only kinds whose callback is
// set are subscribed to. A change made during the dump may be told twice, the last word is right.
// Routes are dumped in portions, between which links, addresses and neighbors are told as ever;
// changes of routes and nexthop objects follow after the dump.
class Monitor {
public:
    // The first dump comes in a later turn of the loop. The Monitor must not be destroyed from
    // within a callback. What the maker `own` (Requests::port()) changes of the routes is not told
    // of: it knows, and would be told of a full table.
    static Result<std::unique_ptr<Monitor>> start(EventLoop& loop, MonitorEvents events,
                                                  std::optional<std::uint32_t> own = {});
    Monitor() = default;
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;
    virtual ~Monitor() = default;
};

}  // namespace torii::netlink

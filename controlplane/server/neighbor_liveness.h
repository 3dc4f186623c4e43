#pragma once

#include "controlplane/server/link_operations.h"
#include "platform/base/clock.h"
#include "platform/linux/netlink_types.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace torii::controlplane {

// Which neighbors do not answer ARP or neighbor discovery, by the kernel's table. What leads there
// is taken out of use, however long BGP would still believe in it. Then nothing is sent any more
// that would show their return: those that were next hops are asked again and again for a while.
class NeighborLiveness {
public:
    struct Calls {
        std::function<bool(const IpAddress&)> is_next_hop;  // of a route in use
        std::function<void()> changed;                      // silent() is another now
    };

    NeighborLiveness(Scheduler& scheduler, LinkOperations& operations, Calls calls);

    // What the kernel has: all of it after begin_dump(), then each change.
    void begin_dump();
    void observe(const netlink::Neighbor& neighbor, bool removed);

    [[nodiscard]] std::set<IpAddress> silent() const;

private:
    void failed(std::uint32_t link_index, const IpAddress& address);
    void ask_again();

    Scheduler& scheduler_;
    LinkOperations& operations_;
    Calls calls_;
    // By link, with how often they are still to be asked.
    std::map<std::pair<std::uint32_t, IpAddress>, unsigned> failed_;
    Timer asking_;
};

}  // namespace torii::controlplane

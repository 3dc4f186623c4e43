#pragma once

#include "agent/import/learned_routes.h"
#include "agent/import/next_hops.h"
#include "controlplane/kernel/netlink_routes.h"
#include "controlplane/routing/kernel_mirror.h"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace torii::import {

// Ours among the routes of the node: the protocol number is nobody else's, so that `ip route show
// proto 84` has all of them, and no routing daemon takes them for its own.
inline constexpr kernel::Mark kMark{.metric = 20, .bgp = 84};

// Which learned routes the kernel gets, and how. Knows the kernel by what it is told of it and by
// the interface it changes it through; no input or output of its own.
class InstalledRoutes {
public:
    // More than `maximum` routes are not installed: a node is no place for a full table.
    InstalledRoutes(routing::Kernel& kernel, std::size_t maximum)
        : mirror_(kernel), maximum_(maximum) {}

    void learn(const std::string& instance, const Prefix& prefix,
               const speaker::SelectedNextHops& next_hops);
    // A speaker is gone, and with it what only it had.
    void forget(const std::string& instance);
    // Everything that is to be learned was: what an earlier process left beyond it goes.
    void set_complete() { mirror_.set_complete(); }

    // What the kernel says: all of it between begin_dump() and end_dump(), else changes.
    void begin_dump();
    void begin_routes() { next_hops_.clear_routes(); }
    void end_dump();
    void observe(const netlink::Link& link, bool removed);
    void observe(const netlink::Nexthop& nexthop, bool removed);
    void observe(const netlink::Route& route, bool removed);

    // Whether packets can be sent to a next hop. True until the kernel was read once: what its
    // routes are is not known before.
    [[nodiscard]] bool reachable(const IpAddress& next_hop);
    // After changes of the kernel: learned routes take other ways. True: some next hop can be
    // reached that could not before, or no longer.
    bool resolve_again();

    // Carries out at most some hundred changes. True: there is more to do.
    bool flush();
    [[nodiscard]] bool failed() const { return mirror_.failed(); }
    void retry() { mirror_.retry(); }

    // Why learned routes are not in the kernel, for people.
    [[nodiscard]] std::vector<std::string> problems() const;
    [[nodiscard]] std::size_t routes() const { return mirror_.routes(); }

private:
    void refresh(const Prefix& prefix);
    [[nodiscard]] routing::ForwardingMembers members(const Prefix& prefix);
    const std::optional<routing::ForwardingNextHop>& resolve(const IpAddress& next_hop);
    // Why it must not be installed.
    [[nodiscard]] std::optional<std::string> obstacle(const Prefix& prefix) const;
    void admit_waiting();

    routing::ForwardingStore store_;  // outlives what has its handles
    routing::KernelMirror mirror_;
    std::size_t maximum_;
    LearnedRoutes learned_;
    NextHops next_hops_;
    bool dumped_ = false;
    // Every next hop that was asked for.
    std::map<IpAddress, std::optional<routing::ForwardingNextHop>> resolved_;
    std::map<Prefix, unsigned> others_;   // how many routes of others have our metric
    std::set<Prefix> wanted_;             // of the mirror
    std::set<Prefix> waiting_;            // beyond the maximum
    std::map<Prefix, std::string> left_;  // with an obstacle
};

}  // namespace torii::import

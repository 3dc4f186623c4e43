#pragma once

#include "controlplane/routing/fib_batch.h"
#include "controlplane/routing/forwarding.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace torii::routing {

// The next-hop groups that the packet engine has or is about to get: one id per set of next hops,
// kept as long as a route uses it, and taken over from an earlier process when the engine still has
// a group of the same members. Ids are not used again while the process lives.
class GroupTable {
public:
    // What the engine has from an earlier process. Only before the first use().
    void adopt(const FibNextHop& next_hop);
    void adopt(const FibGroup& group);

    // Next hops on other interfaces than these cannot be told to the engine: a group without them
    // is sent, and one with no other members rejects its packets. Takes effect with begin_sync().
    void set_ports(std::set<std::string> ports) { ports_ = std::move(ports); }

    // Gateways that are known to be gone are left out of groups that have other members. Takes
    // effect with refresh().
    void set_down(const IpAddress& gateway, bool down);
    // Sends the groups that are to have other members now, under their old ids.
    void refresh(FibBatch& batch);

    // The engine is told everything again: ids stay, nothing is known to have been sent.
    void begin_sync();
    // A route more or less uses the group. What the engine has to know first goes into `batch`.
    std::uint32_t use(const Forwarding& forwarding, FibBatch& batch);
    void release(const Forwarding& forwarding);
    // What is used no longer goes away. Not while a synchronisation is under way: the engine still
    // has routes of an earlier process then, which may use the same ids.
    void collect(FibBatch& batch);

    // 0: it has none.
    [[nodiscard]] std::uint32_t id(const Forwarding& forwarding) const;
    [[nodiscard]] bool garbage() const { return !idle_.empty() || !idle_next_hops_.empty(); }
    [[nodiscard]] std::size_t size() const { return groups_.size(); }
    [[nodiscard]] std::size_t next_hops() const { return next_hops_.size(); }

private:
    struct Group {
        std::uint32_t id = 0;
        std::size_t routes = 0;
        bool sent = false;
        ForwardingMembers members;  // as last sent
    };
    struct NextHopEntry {
        std::uint32_t id = 0;
        std::size_t groups = 0;
        bool sent = false;
    };

    [[nodiscard]] ForwardingMembers sendable(const ForwardingMembers& members) const;
    void send(Group& group, const ForwardingMembers& members, FibBatch& batch);
    std::uint32_t use_next_hop(const ForwardingNextHop& next_hop, FibBatch& batch);
    void release_next_hops(const ForwardingMembers& members);

    std::set<std::string> ports_;
    std::set<IpAddress> down_;
    std::unordered_map<Forwarding, Group, HandleHash> groups_;
    std::map<ForwardingNextHop, NextHopEntry> next_hops_;
    std::unordered_set<Forwarding, HandleHash> idle_;
    std::set<ForwardingNextHop> idle_next_hops_;
    std::map<ForwardingNextHop, std::uint32_t> adopted_next_hops_;
    std::map<std::uint32_t, ForwardingNextHop> adopted_ids_;
    std::map<ForwardingMembers, std::uint32_t> adopted_groups_;
    std::uint32_t last_group_ = 0;
    std::uint32_t last_next_hop_ = 0;
};

}  // namespace torii::routing

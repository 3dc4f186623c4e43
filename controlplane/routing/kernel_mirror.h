#pragma once

#include "controlplane/rib/id_queue.h"
#include "controlplane/rib/id_set.h"
#include "controlplane/rib/prefix_map.h"
#include "controlplane/routing/kernel_objects.h"

#include <cstddef>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

namespace torii::routing {

// Keeps the kernel's table in step with the RIB, for the router's own packets and for `ip route`:
// what static configuration and BGP say, through nexthop objects. It knows what the kernel has from
// the kernel itself, so it takes over what an earlier process left and restores what others delete.
class KernelMirror {
public:
    explicit KernelMirror(Kernel& kernel) : kernel_(kernel), objects_(kernel) {}

    // Wanted from now on.
    void set_route(const Prefix& prefix, Protocol protocol, const Forwarding& forwarding);
    void remove_route(const Prefix& prefix);
    // Nothing of BGP is wanted any more.
    void remove_bgp();
    // Every source has told all its routes: what the kernel has beyond them may be deleted. Before
    // that only what was wanted and is not any more goes.
    void set_complete();

    // A link that can carry packets; with it come back the routes that wait for it.
    void set_link(const std::string& name, std::uint32_t index);
    void remove_link(const std::string& name);

    // What the kernel has: all of it between begin_dump() and end_dump(), else a change.
    void begin_dump();
    void end_dump();
    void observe_object(std::uint32_t id, const KernelNextHop& next_hop, bool ours);
    void observe_object_removed(std::uint32_t id);
    void observe_route(const KernelRoute& route);
    void observe_route_removed(const Prefix& prefix);

    // Makes at most `limit` changes to routes, all at once. True: more are to be made.
    bool flush(std::size_t limit);
    // What failed is to be tried again.
    void retry();
    [[nodiscard]] bool failed() const { return !failed_.empty(); }
    // The kernel's or our words about the last failure.
    [[nodiscard]] const std::string& last_error() const { return last_error_; }

    // BGP routes in the kernel, whoever put them there.
    [[nodiscard]] std::size_t bgp_routes() const { return bgp_routes_; }
    [[nodiscard]] std::size_t routes() const { return routes_; }
    [[nodiscard]] std::size_t objects() const { return objects_.size(); }

private:
    struct Record : rib::PrefixItem {
        static constexpr std::uint8_t kDirty = 1;
        static constexpr std::uint8_t kActual = 2;  // the kernel has a route: `object`, `protocol`
        static constexpr std::uint8_t kTold = 4;    // was wanted: its source has spoken of it

        Forwarding wanted;  // unset: none is
        Protocol wanted_protocol = Protocol::bgp;
        Protocol protocol = Protocol::bgp;
        std::uint32_t object = 0;
    };

    // A change that is about to be made.
    struct Planned {
        std::uint32_t id = 0;
        bool complete = true;  // else a member of its group is missing
    };

    void mark(std::uint32_t id);
    [[nodiscard]] bool pending() const { return !dirty_.empty() || !removals_.empty(); }
    [[nodiscard]] std::uint32_t next_dirty();
    // What makes the kernel's route the wanted one.
    void plan(std::uint32_t id);
    void plan_install(std::uint32_t id);
    void carry_out();
    void done(const Planned& planned, const KernelRouteChange& change);
    void failed(const Planned& planned, const KernelRouteChange& change, const Error& error);
    [[nodiscard]] KernelRoute actual(std::uint32_t id) const;
    void set_actual(std::uint32_t id, const KernelRoute& route);
    void forget(std::uint32_t id);
    // Of a prefix of which nothing is known or to be done any more.
    void drop_if_idle(std::uint32_t id);
    void observe_route_removed(std::uint32_t id);
    void forget_link(std::uint32_t index);
    void forget_objects(const std::vector<std::uint32_t>& ids);
    void fail_later(std::uint32_t id, std::string error);
    // `complete` becomes false when a member had to be left out.
    Result<std::uint32_t> object_for(const Prefix& prefix, const ForwardingMembers& members,
                                     bool& complete);
    Result<std::uint32_t> object_for(const Prefix& prefix, const ForwardingNextHop& next_hop);

    Kernel& kernel_;
    KernelObjects objects_;
    std::map<std::string, std::uint32_t> links_;
    rib::PrefixMap<Record> records_;
    rib::IdQueue dirty_;
    // After the others, the last first: with every deletion the kernel looks in the node of its
    // trie for the first route that is left. Of a full table that goes in order that is most of the
    // work.
    std::vector<std::uint32_t> removals_;
    rib::IdSet failed_;
    rib::IdSet unseen_;  // in a dump
    std::size_t routes_ = 0;
    std::size_t bgp_routes_ = 0;
    std::unordered_set<std::uint32_t> unseen_objects_;
    std::vector<Planned> planned_;
    std::vector<KernelRouteChange> changes_;  // of those
    std::string last_error_;
    bool complete_ = false;
    bool dumping_ = false;
};

}  // namespace torii::routing

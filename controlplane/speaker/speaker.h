#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/bgp/config.h"
#include "controlplane/policy/library.h"
#include "controlplane/rib/bandwidth.h"
#include "platform/base/prefix.h"
#include "platform/base/result.h"
#include "platform/runtime/event_loop.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <platform/ipc/proto/controlplane.pb.h>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace torii::rib {
class PrefixNumbers;
}

namespace torii::speaker {

// Accepts sessions from any address inside `prefix` with the settings of `peer` (whose address is
// filled in).
struct DynamicNeighbors {
    Prefix prefix;
    bgp::PeerConfig peer;
    std::uint32_t limit = 100;
};

// A prefix that is originated while there is a route to a more specific one.
struct AggregateConfig {
    Prefix prefix;
    bool summary_only = false;                     // the more specific ones are told to nobody
    bool as_set = false;                           // it has their AS and communities
    std::optional<bgp::Origin> origin{};           // in place of what follows from theirs
    std::vector<std::string> suppress_policies{};  // what they accept is told to nobody
    std::vector<std::string> policies{};           // for its attributes
};

struct FamilyConfig {
    bgp::Family family = bgp::Family::ipv4_unicast;
    std::uint32_t maximum_paths_ebgp = 1;
    std::uint32_t maximum_paths_ibgp = 1;
    std::vector<AggregateConfig> aggregates{};
};

struct SpeakerConfig {
    bgp::Asn as;
    bgp::RouterId router_id;
    std::uint16_t listen_port = 179;  // 0: only dials
    bool ebgp_requires_policy = false;
    bool multipath_relax = false;
    bool compare_router_id = false;
    bool always_compare_med = false;
    std::string host_name;  // told to peers; empty: not
    rib::BandwidthUse bandwidth = rib::BandwidthUse::all;
    bool graceful_shutdown = false;  // of the whole instance (RFC 8326)
    // That neighbors and local routes name; none: there are no policies.
    std::shared_ptr<const policy::Library> policies{};
    // What a peer announces is told to no other peer: a node must never become a transit AS.
    bool originate_only = false;
    // This process follows an earlier one whose forwarding state is kept: the OPENs carry the
    // restart state bit, and selection waits for End-of-RIB (RFC 4724 section 4.1).
    bool after_restart = false;
    Seconds selection_deferral{15};
    // From the first session of this process on nothing is selected nor sent until all peers have
    // told their routes, at most that long; 0: no such delay.
    Seconds update_delay{0};
    Seconds establish_wait{0};  // for those that have no session yet; 0: as long
    bool log_neighbor_changes = true;
    std::vector<FamilyConfig> families;
    std::vector<bgp::PeerConfig> peers;
    std::vector<DynamicNeighbors> dynamic_neighbors;
};

// A route that we originate: next hop self, weight 32768.
struct LocalRoute {
    Prefix prefix;
    std::vector<std::uint32_t> communities;
    std::vector<IpAddress> peers{};                        // only these are told; empty: all
    std::vector<bgp::LargeCommunity> large_communities{};  // RFC 8092
    std::optional<std::uint32_t> local_preference{};       // internal peers only; absent: 100
    std::optional<std::uint32_t> med = std::uint32_t{0};   // as a `network` statement has it
    bgp::Origin origin = bgp::Origin::igp;
    std::vector<std::string> policies{};  // what they reject is not originated
    policy::RouteSource source = policy::RouteSource::network;  // for them
    std::uint32_t tag = 0;                                      // for them
    friend bool operator==(const LocalRoute&, const LocalRoute&) = default;
};

struct SelectedNextHop {
    IpAddress address;
    std::uint32_t weight = 1;
    bool external = true;  // learned by eBGP (distance 20), else iBGP (200)
    friend auto operator<=>(const SelectedNextHop&, const SelectedNextHop&) = default;
};

// Sorted by address. Copies share one list.
class SelectedNextHops {
public:
    SelectedNextHops() = default;
    explicit SelectedNextHops(std::vector<SelectedNextHop> next_hops)
        : list_(std::make_shared<const std::vector<SelectedNextHop>>(std::move(next_hops))) {}

    [[nodiscard]] std::size_t size() const { return list_ ? list_->size() : 0; }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] const SelectedNextHop* begin() const { return list_ ? list_->data() : nullptr; }
    [[nodiscard]] const SelectedNextHop* end() const { return begin() + size(); }
    [[nodiscard]] const SelectedNextHop& front() const { return list_->front(); }

private:
    std::shared_ptr<const std::vector<SelectedNextHop>> list_;
};

// The outcome of selection, the same for several prefixes: the next hops of the best path and its
// equals. Empty: there is no longer any learned path. Locally originated prefixes are not told, but
// for aggregates: their one next hop is unspecified, which is to discard what has no better route.
struct SelectedRoutes {
    // Of the prefixes, in the numbering given to Speaker, as long as this is being told.
    std::vector<std::uint32_t> numbers;
    SelectedNextHops next_hops;
    bool stale = false;
};

// What `clear bgp` is to touch: one neighbor, those of a group, or all.
struct ClearTarget {
    std::optional<IpAddress> address;
    std::optional<std::string> group;
};

enum class ClearKind : std::uint8_t {
    hard,      // ends the sessions; they come again, also those that a limit holds down
    soft_in,   // import again what the peers say
    soft_out,  // tell them everything again
    soft,      // both
};

// A table of routes that can be shown.
struct TableView {
    enum class Routes : std::uint8_t {
        all,         // every path of every prefix: the Loc-RIB
        received,    // what a peer sent, before policy and with what was rejected
        accepted,    // the same after policy
        advertised,  // what a peer was sent (Adj-RIB-Out)
    };
    bgp::Family family = bgp::Family::ipv4_unicast;
    Routes routes = Routes::all;
    IpAddress peer{};
};

class RouteSource;

// A neighbor that BFD is to watch.
struct WatchedPeer {
    IpAddress address;
    std::optional<IpAddress> local;  // of the session, where it is configured
    // Likewise of the last session, where it is of another network than the peer: the peer knows
    // us by this one only.
    std::optional<IpAddress> far_local;
    std::string profile;       // empty: the usual values
    bool established = false;  // BGP has a session with it
    friend bool operator==(const WatchedPeer&, const WatchedPeer&) = default;
};

struct SpeakerEvents {
    // All that a peer has announced is lost, or the peer fell silent: where there are others
    // nothing should go to its address any more, and the routes without it follow in `selected`. At
    // once, before anything is selected.
    std::function<void(const IpAddress&)> lost{};
    // A batch per turn of the loop.
    std::function<void(std::span<const SelectedRoutes>)> selected{};
    // Everything that follows from what was lost has been told.
    std::function<void()> settled{};
    // After a restart: selection is complete, what an earlier process left may be swept. Also
    // called once when after_restart is not set, after the first configure().
    std::function<void()> converged{};
    // What Speaker::watched() says may be something else.
    std::function<void()> watched{};
    // Asked now and then while routes are learned: whether there is no room for more. The session
    // of the neighbor with most of them ends then, for a minute.
    std::function<bool()> memory_short{};
    // A session came up or went down: Speaker::neighbors() says why. What is called may look, but
    // not change the speaker.
    std::function<void(const IpAddress& peer, bool up)> session{};
};

// BGP sessions, RIBs and selection on real sockets; the router and the node agent both use it.
class Speaker {
public:
    // `prefixes` are the numbers of SelectedRoutes; by default the speaker has its own.
    Speaker(EventLoop& loop, SpeakerEvents events,
            std::shared_ptr<rib::PrefixNumbers> prefixes = nullptr);
    Speaker(const Speaker&) = delete;
    Speaker& operator=(const Speaker&) = delete;
    ~Speaker();

    // The whole configuration; only what differs is touched: a session is reset only when one of
    // its own values changed that cannot change in place. Errors (cannot listen) leave the old one.
    Result<void> configure(const SpeakerConfig& config);
    // All originated routes, declaratively. Until the first call no End-of-RIB is sent.
    void set_routes(std::vector<LocalRoute> routes);
    // Whether a next hop can be reached; paths through others are not valid. Default: all can.
    void set_next_hop_check(std::function<bool(const IpAddress&)> reachable);
    // Reachability may have changed: selection is repeated.
    void recheck_next_hops();
    // Ends all sessions with Cease/administrative shutdown. Not called when the process is to be
    // restarted gracefully: then the sockets are just closed.
    void shutdown();
    // How many neighbors it was about.
    std::size_t clear(const ClearTarget& target, ClearKind kind);

    [[nodiscard]] std::vector<WatchedPeer> watched() const;
    // BFD says that the peer is gone (RFC 9384): as if its hold time had passed, so with graceful
    // restart its routes are kept, for want of better ones. `independent`: its BFD would go on
    // without its control plane, so that it is not restarting: nothing is kept (RFC 5882
    // section 4.3.2).
    void peer_failed(const IpAddress& address, bool independent);

    [[nodiscard]] ipc::BgpSummary summary(bgp::Family family) const;
    // Without an address: all.
    [[nodiscard]] std::vector<ipc::BgpNeighborState> neighbors(
        const std::optional<IpAddress>& address) const;
    // A whole table, sorted; or of it the prefix asked for (exact).
    [[nodiscard]] ipc::BgpTable table(const TableView& view,
                                      const std::optional<Prefix>& prefix = std::nullopt) const;
    // The same in parts: what stands above a table, the prefixes that may be in it, in no order,
    // and one of them, without paths if it is not in this table.
    [[nodiscard]] ipc::BgpTable table_head(const TableView& view) const;
    [[nodiscard]] std::vector<Prefix> prefixes(bgp::Family family) const;
    [[nodiscard]] ipc::BgpTableEntry entry(const TableView& view, const Prefix& prefix) const;
    // The most specific prefix of the Loc-RIB that holds the address.
    [[nodiscard]] std::optional<Prefix> longest_match(const IpAddress& address) const;
    // For those who record what is learned. They go before the speaker does.
    [[nodiscard]] RouteSource& route_source();
    // With what each statement has matched; null without policies.
    [[nodiscard]] std::shared_ptr<const policy::Library> policies() const;

private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace torii::speaker

#pragma once

#include "controlplane/bgp/config.h"
#include "controlplane/bgp/packed_attributes.h"
#include "controlplane/bgp/role.h"
#include "controlplane/bgp/types.h"
#include "controlplane/policy/policy.h"
#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"

#include <cstdint>
#include <optional>

namespace torii::rib {

// How routes of one family change on their way to a peer. Peers with equal rules form an update
// group: the change is made once for all of them.
struct ExportRules {
    bool external = true;
    bgp::Asn local_as;                    // prepended for external peers
    std::optional<bgp::Asn> instance_as;  // of ours, before local_as: local-as without replace-as
    std::optional<bgp::Asn> override_as;  // becomes local_as in the path: as-override
    bgp::PrivateAs private_as = bgp::PrivateAs::keep;
    bgp::Asn private_as_kept;  // the peer's own, when others are removed
    bool next_hop_self = false;
    bool next_hop_unchanged = false;
    std::optional<IpAddress> self;  // our address for this family; none: local routes stay
    std::optional<Prefix> subnet;   // that we share with the peer: next hops in it are kept
    bgp::SendCommunities send_communities;
    std::optional<bgp::Role> role;   // ours towards an external peer (RFC 9234)
    bool graceful_shutdown = false;  // RFC 8326
    bool policy_missing = false;     // RFC 8212
    bool originate_only = false;     // what others announced stays here
    bool long_lived = false;         // knows what LLGR_STALE means (RFC 9494 section 4.3)
    // How many paths of a prefix are sent, with identifiers (RFC 7911); 0: the best, without.
    std::uint32_t paths = 0;
    policy::Chain policy;
    // In its place for routes that aggregates suppress; none: they stay here.
    std::optional<policy::Chain> unsuppress{};
    // Is sent, whatever the table has for it; with a policy that is not empty, while that accepts a
    // route of the table.
    std::optional<Prefix> default_route{};
    policy::Chain default_policy{};
    friend bool operator==(const ExportRules&, const ExportRules&) = default;
};

// Where a best path comes from.
struct ExportSource {
    bool local = false;
    bool external = true;
    IpAddress neighbor{};  // who sent it
    // Of what we originate: which of our routes it is.
    policy::RouteSource own = policy::RouteSource::network;
    std::uint32_t tag = 0;
};

// The next hop that they get, where it can be told without making them; else nothing. Only of what
// is announced.
[[nodiscard]] std::optional<IpAddress> export_next_hop(const IpAddress& next_hop,
                                                       const ExportRules& rules);

// The attributes as the peer gets them, or nothing if it gets none (RFC 4271 sections 5.1
// and 9.1.3, RFC 1997, RFC 4456: we reflect nothing, RFC 9234 section 5). The policy sees them
// before our AS is put in front, as FRR's does. The octets are written to `out`, after what is
// there has been cleared.
[[nodiscard]] std::optional<bgp::PackedAttributes> export_attributes(
    const Prefix& prefix, const bgp::PackedAttributes& attributes, const ExportSource& source,
    const ExportRules& rules, ByteWriter& out);

}  // namespace torii::rib

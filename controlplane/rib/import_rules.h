#pragma once

#include "controlplane/bgp/packed_attributes.h"
#include "controlplane/bgp/role.h"
#include "controlplane/bgp/types.h"
#include "controlplane/policy/policy.h"
#include "platform/base/ip_address.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace torii::rib {

// What decides whether a peer's path may be selected.
struct ImportRules {
    bool external = true;
    bgp::Asn remote_as;
    bgp::Asn instance_as;             // ours
    bgp::Asn local_as;                // as this peer sees us; usually the same
    bool local_as_prepended = false;  // we put local_as before what the peer sent
    std::uint32_t allow_own_as = 0;
    bool enforce_first_as = true;  // of external peers
    IpAddress local_address;       // of the session
    IpAddress neighbor;
    bool graceful_shutdown = false;  // RFC 8326: what it sends is about to go
    bool policy_missing = false;     // RFC 8212: eBGP without a policy, and policies are required
    std::optional<bgp::Role> role;   // ours towards an external peer (RFC 9234)
    policy::Chain policy;
    friend bool operator==(const ImportRules&, const ImportRules&) = default;
};

enum class ImportVerdict : std::uint8_t {
    accepted,
    as_loop,         // RFC 4271 section 9.1.2
    wrong_first_as,  // RFC 4271 section 6.3
    bad_next_hop,    // RFC 4271 section 6.3
    no_policy,
    route_leak,  // RFC 9234 section 5
};
[[nodiscard]] std::string_view to_string(ImportVerdict verdict);

// Before the policy. Rejected paths stay in the Adj-RIB-In: they are counted, and the rules may
// change.
[[nodiscard]] ImportVerdict check_import(const bgp::PackedAttributes& attributes,
                                         const ImportRules& rules);
// The AS that an accepted path is to be marked with, so that it goes to customers only; nothing: it
// is, or need not be (RFC 9234 section 5).
[[nodiscard]] std::optional<bgp::Asn> only_to_customer_due(const bgp::PackedAttributes& attributes,
                                                           const ImportRules& rules);

}  // namespace torii::rib

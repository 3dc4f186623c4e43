#include "controlplane/rib/import_rules.h"

#include <array>
#include <cstddef>
#include <optional>

namespace torii::rib {
namespace {

bool looped(const bgp::PackedPath& path, const ImportRules& rules) {
    if (path.count(rules.instance_as) > rules.allow_own_as) return true;
    const std::size_t ours = rules.allow_own_as + (rules.local_as_prepended ? 1 : 0);
    return rules.local_as != rules.instance_as && path.count(rules.local_as) > ours;
}

// The AS that the peer put in front, behind what we added.
std::optional<bgp::Asn> first_as(const bgp::PackedPath& path, const ImportRules& rules) {
    return path.leading(rules.local_as_prepended ? 1 : 0);
}

bool usable(const IpAddress& next_hop, const ImportRules& rules) {
    if (next_hop.is_unspecified() || next_hop.is_loopback() || next_hop.is_multicast()) {
        return false;
    }
    // 0.0.0.0/8 and 240.0.0.0/4 are no unicast addresses (RFC 1122 section 3.2.1.3).
    if (next_hop.is_v4()) {
        const std::uint8_t first = next_hop.octets()[0];
        if (first == 0 || first >= 240) return false;
    }
    return next_hop != rules.local_address;
}

// The path has gone down already, to a customer or an equal, and comes up or across again.
bool leaked(const bgp::PackedAttributes& attributes, const ImportRules& rules) {
    if (!rules.role) return false;
    const Bytes mark = bgp::find_attribute(attributes.octets, bgp::AttributeType::only_to_customer);
    if (mark.empty()) return false;
    switch (*rules.role) {
        case bgp::Role::provider:
        case bgp::Role::rs_server: return true;
        case bgp::Role::peer: return bgp::Asn{ByteReader(mark).u32()} != rules.remote_as;
        default: return false;
    }
}

}  // namespace

std::string_view to_string(ImportVerdict verdict) {
    static constexpr std::array<std::string_view, 6> kNames{
        "accepted", "as-loop", "wrong-first-as", "bad-next-hop", "no-policy", "route-leak"};
    return kNames[static_cast<std::size_t>(verdict)];
}

ImportVerdict check_import(const bgp::PackedAttributes& attributes, const ImportRules& rules) {
    if (rules.external && rules.policy_missing) return ImportVerdict::no_policy;
    const bgp::PackedPath path(attributes.octets);
    if (looped(path, rules)) return ImportVerdict::as_loop;
    const bool first_counts = rules.external && rules.enforce_first_as;
    if (first_counts && first_as(path, rules) != rules.remote_as) {
        return ImportVerdict::wrong_first_as;
    }
    if (!usable(attributes.next_hop, rules)) return ImportVerdict::bad_next_hop;
    if (leaked(attributes, rules)) return ImportVerdict::route_leak;
    return ImportVerdict::accepted;
}

std::optional<bgp::Asn> only_to_customer_due(const bgp::PackedAttributes& attributes,
                                             const ImportRules& rules) {
    if (!rules.role || !bgp::learns_from_above(*rules.role)) return std::nullopt;
    const Bytes mark = bgp::find_attribute(attributes.octets, bgp::AttributeType::only_to_customer);
    return mark.empty() ? std::optional(rules.remote_as) : std::nullopt;
}

}  // namespace torii::rib

#pragma once

#include "controlplane/bgp/config.h"
#include "controlplane/bgp/types.h"
#include "platform/base/ip_address.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace torii::bgp {

// Path attribute type codes that we recognise (IANA registry); all others are carried as octets.
enum class AttributeType : std::uint8_t {
    origin = 1,
    as_path = 2,
    next_hop = 3,
    med = 4,
    local_pref = 5,
    atomic_aggregate = 6,
    aggregator = 7,
    communities = 8,
    originator_id = 9,
    cluster_list = 10,
    mp_reach = 14,
    mp_unreach = 15,
    extended_communities = 16,
    as4_path = 17,
    as4_aggregator = 18,
    large_communities = 32,
    only_to_customer = 35,
};

// Lower is preferred (RFC 4271 section 9.1.2.2).
enum class Origin : std::uint8_t { igp, egp, incomplete };

// RFC 4271 section 4.3 and RFC 5065 section 3.
enum class SegmentType : std::uint8_t { set = 1, sequence, confed_sequence, confed_set };

struct AsPathSegment {
    SegmentType type = SegmentType::sequence;
    std::vector<Asn> asns;
    friend auto operator<=>(const AsPathSegment&, const AsPathSegment&) = default;
};

class AsPath {
public:
    AsPath() = default;
    explicit AsPath(std::vector<AsPathSegment> segments);
    // One AS_SEQUENCE.
    [[nodiscard]] static AsPath sequence(std::vector<Asn> asns);

    [[nodiscard]] const std::vector<AsPathSegment>& segments() const { return segments_; }
    [[nodiscard]] bool empty() const { return segments_.empty(); }
    // For selection: a set counts one, confederation segments nothing (RFC 4271 section 9.1.2.2,
    // RFC 5065 section 5.3).
    [[nodiscard]] std::size_t length() const;
    // How often an AS appears, in any segment.
    [[nodiscard]] std::size_t count(Asn asn) const;
    [[nodiscard]] bool contains(Asn asn) const { return count(asn) != 0; }
    // The neighboring AS: the first of a leading AS_SEQUENCE.
    [[nodiscard]] std::optional<Asn> first() const;
    // The AS that originated the route: the last of a closing AS_SEQUENCE.
    [[nodiscard]] std::optional<Asn> last() const;
    // In place, `times` times (RFC 4271 section 5.1.2).
    void prepend(Asn asn, std::size_t times = 1);
    // Private AS numbers go, or become `own`; but not the peer's, which shall see its loops.
    void remove_private(PrivateAs rule, Asn own, Asn peer);
    // Every occurrence of one AS becomes another: as-override.
    void replace(Asn from, Asn to);

    // "65001 65002 {1,2} (65100) [65101]"; empty for an empty path.
    [[nodiscard]] std::string to_string() const;

    friend auto operator<=>(const AsPath&, const AsPath&) = default;

private:
    std::vector<AsPathSegment> segments_;  // none is empty; neighboring sequences are one
};

struct Aggregator {
    Asn as;
    IpAddress address;
    friend auto operator<=>(const Aggregator&, const Aggregator&) = default;
};

// RFC 8092
struct LargeCommunity {
    std::uint32_t global = 0;
    std::uint32_t local_1 = 0;
    std::uint32_t local_2 = 0;
    friend auto operator<=>(const LargeCommunity&, const LargeCommunity&) = default;
};

// An optional transitive attribute that we do not know and pass on (RFC 4271 section 9).
struct UnknownAttribute {
    std::uint8_t type = 0;
    std::vector<std::uint8_t> value;
    friend bool operator==(const UnknownAttribute&, const UnknownAttribute&) = default;
};

// What all prefixes of an announcement share. Equal sets compare equal: lists whose order has no
// meaning are kept sorted and without repetition (canonicalize()).
struct PathAttributes {
    Origin origin = Origin::igp;
    AsPath as_path;
    IpAddress next_hop;
    std::optional<IpAddress> link_local;  // RFC 2545 section 3: second next hop
    std::optional<std::uint32_t> med;
    std::optional<std::uint32_t> local_pref;
    bool atomic_aggregate = false;
    std::optional<Aggregator> aggregator;
    std::vector<std::uint32_t> communities;
    std::vector<std::uint64_t> extended_communities;
    std::vector<LargeCommunity> large_communities;
    std::optional<RouterId> originator_id;    // RFC 4456, from internal peers only
    std::vector<std::uint32_t> cluster_list;  // its order has a meaning
    std::optional<Asn> only_to_customer;      // RFC 9234
    std::vector<UnknownAttribute> unknown;    // by type

    void canonicalize();
    [[nodiscard]] bool has_community(std::uint32_t community) const;

    friend bool operator==(const PathAttributes&, const PathAttributes&) = default;
};

struct PathAttributesHash {
    std::size_t operator()(const PathAttributes& attributes) const;
};

}  // namespace torii::bgp

template <>
struct std::hash<torii::bgp::PathAttributes> : torii::bgp::PathAttributesHash {};

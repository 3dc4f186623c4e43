#pragma once

#include "controlplane/bgp/types.h"
#include "platform/base/byte_reader.h"
#include "platform/base/byte_writer.h"
#include "platform/base/prefix.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace torii::bgp {

// IANA registries "Address Family Numbers" and "SAFI Values".
inline constexpr std::uint16_t kAfiIpv4 = 1;
inline constexpr std::uint16_t kAfiIpv6 = 2;
inline constexpr std::uint8_t kSafiUnicast = 1;
inline constexpr std::uint8_t kSafiMulticast = 2;

[[nodiscard]] constexpr std::uint16_t afi_of(Family family) {
    return family == Family::ipv4_unicast ? kAfiIpv4 : kAfiIpv6;
}

// Nothing for families that we do not carry.
[[nodiscard]] constexpr std::optional<Family> family_of(std::uint16_t afi, std::uint8_t safi) {
    if (safi != kSafiUnicast) return std::nullopt;
    if (afi == kAfiIpv4) return Family::ipv4_unicast;
    if (afi == kAfiIpv6) return Family::ipv6_unicast;
    return std::nullopt;
}

// Prefixes of a field, each with its path identifier if the field has those.
struct Nlri {
    std::vector<Prefix> prefixes;
    std::vector<PathId> path_ids;  // as many as prefixes, or none
};

// RFC 4271 section 4.3; with path identifiers, RFC 7911 section 3. False: a length is beyond the
// family's, or a prefix beyond the field (RFC 7606 section 5.3).
[[nodiscard]] bool decode_nlri(Bytes field, IpFamily family, bool with_path_ids, Nlri& nlri);
void encode_prefix(const Prefix& prefix, ByteWriter& out);

}  // namespace torii::bgp

#pragma once

#include "controlplane/bgp/attribute.h"
#include "platform/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace torii::bgp {

// RFC 1997, RFC 8326, RFC 7999, RFC 3765.
inline constexpr std::uint32_t kNoExport = 0xffffff01;
inline constexpr std::uint32_t kNoAdvertise = 0xffffff02;
inline constexpr std::uint32_t kNoExportSubconfed = 0xffffff03;
inline constexpr std::uint32_t kNoPeer = 0xffffff04;
inline constexpr std::uint32_t kGracefulShutdown = 0xffff0000;
inline constexpr std::uint32_t kBlackhole = 0xffff029a;
// RFC 9494 section 2.
inline constexpr std::uint32_t kLlgrStale = 0xffff0006;
inline constexpr std::uint32_t kNoLlgr = 0xffff0007;

// "65001:100", or the well-known names as FRR prints them: "no-export", "graceful-shutdown"...
[[nodiscard]] std::string community_text(std::uint32_t community);
[[nodiscard]] Result<std::uint32_t> parse_community(std::string_view text);

// "65001:1:2"
[[nodiscard]] std::string large_community_text(const LargeCommunity& community);
[[nodiscard]] Result<LargeCommunity> parse_large_community(std::string_view text);

// An extended community (RFC 4360) in parts, whichever of the three layouts it has: AS or IPv4
// address before the colon, a number behind it.
struct ExtendedCommunityParts {
    enum class Kind : std::uint8_t { route_target, site_of_origin, link_bandwidth, other };
    Kind kind = Kind::other;
    std::uint32_t administrator = 0;
    std::uint32_t value = 0;  // of a link bandwidth: the octets of its number
    friend bool operator==(const ExtendedCommunityParts&, const ExtendedCommunityParts&) = default;
};
[[nodiscard]] ExtendedCommunityParts parts_of(std::uint64_t extended_community);

// "RT:65001:100", "SoO:192.0.2.1:5", "LB:65001:125000000" (octets per second); others in
// hexadecimal.
[[nodiscard]] std::string extended_community_text(std::uint64_t community);
// The kind in either case.
[[nodiscard]] Result<std::uint64_t> parse_extended_community(std::string_view text);

// Octets per second of a link bandwidth (type 0x4004, or 0x0004 where it is transitive).
[[nodiscard]] std::optional<float> link_bandwidth(std::uint64_t extended_community);
// RFC 4360 section 2: stays inside the AS.
[[nodiscard]] constexpr bool is_non_transitive(std::uint64_t extended_community) {
    return (extended_community >> 62U & 1U) != 0;
}

}  // namespace torii::bgp

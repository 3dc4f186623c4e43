#pragma once

#include "platform/base/prefix.h"
#include "platform/base/strong.h"

#include <cstdint>
#include <initializer_list>

namespace torii::bgp {

using Asn = Strong<struct AsnTag, std::uint32_t>;            // RFC 6793: four octets.
using RouterId = Strong<struct RouterIdTag, std::uint32_t>;  // RFC 6286: any non-zero number.

// Tells the paths of one peer to one prefix apart (RFC 7911 section 2); 0 without ADD-PATH.
using PathId = Strong<struct PathIdTag, std::uint32_t>;

// What stands for a four-octet AS number where only two octets fit (RFC 6793 section 9).
inline constexpr Asn kAsTrans{23456};

// The address families we carry (RFC 4760): AFI 1 and 2, SAFI 1.
enum class Family : std::uint8_t { ipv4_unicast, ipv6_unicast };
inline constexpr Family kFamilies[] = {Family::ipv4_unicast, Family::ipv6_unicast};

[[nodiscard]] constexpr IpFamily ip_family(Family family) {
    return family == Family::ipv4_unicast ? IpFamily::v4 : IpFamily::v6;
}
[[nodiscard]] constexpr Family unicast(IpFamily family) {
    return family == IpFamily::v4 ? Family::ipv4_unicast : Family::ipv6_unicast;
}
// "ipv4-unicast", "ipv6-unicast"
[[nodiscard]] constexpr const char* family_name(Family family) {
    return family == Family::ipv4_unicast ? "ipv4-unicast" : "ipv6-unicast";
}

class FamilySet {
public:
    constexpr FamilySet() = default;
    constexpr FamilySet(std::initializer_list<Family> families) {
        for (const Family family : families) insert(family);
    }
    [[nodiscard]] static constexpr FamilySet all() {
        return {Family::ipv4_unicast, Family::ipv6_unicast};
    }

    constexpr void insert(Family family) { bits_ = static_cast<std::uint8_t>(bits_ | bit(family)); }
    constexpr void erase(Family family) { bits_ = static_cast<std::uint8_t>(bits_ & ~bit(family)); }
    [[nodiscard]] constexpr bool contains(Family family) const {
        return (bits_ & bit(family)) != 0;
    }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }

    // Intersection, difference and union.
    friend constexpr FamilySet operator&(FamilySet left, FamilySet right) {
        left.bits_ = static_cast<std::uint8_t>(left.bits_ & right.bits_);
        return left;
    }
    friend constexpr FamilySet operator-(FamilySet left, FamilySet right) {
        left.bits_ = static_cast<std::uint8_t>(left.bits_ & ~right.bits_);
        return left;
    }
    friend constexpr FamilySet operator|(FamilySet left, FamilySet right) {
        left.bits_ = static_cast<std::uint8_t>(left.bits_ | right.bits_);
        return left;
    }
    friend constexpr bool operator==(const FamilySet&, const FamilySet&) = default;

private:
    static constexpr unsigned bit(Family family) { return 1U << static_cast<unsigned>(family); }

    std::uint8_t bits_ = 0;
};

}  // namespace torii::bgp

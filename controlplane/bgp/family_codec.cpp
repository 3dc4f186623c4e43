#include "controlplane/bgp/family_codec.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace torii::bgp {

namespace {

// Octets of an IPv4 /24 with its length: most take no less.
constexpr std::size_t kCommonSize = 4;
// Of any IPv4 prefix without its length.
constexpr std::size_t kV4Most = 4;

// Trailing bits are irrelevant (RFC 4271 section 4.3): both clear them. A full table is a million
// of the first.
Prefix v4_prefix(std::span<const std::uint8_t, kV4Most> octets, std::uint8_t length) {
    const std::uint64_t number = std::uint64_t{octets[0]} << 24U | std::uint64_t{octets[1]} << 16U |
                                 std::uint64_t{octets[2]} << 8U | octets[3];
    const unsigned host_bits = 32U - length;
    const auto network = static_cast<std::uint32_t>(number >> host_bits << host_bits);
    return Prefix::exact(IpAddress::v4(network), length);
}

Prefix v4_prefix(Bytes octets, std::uint8_t length) {
    std::array<std::uint8_t, kV4Most> address{};
    std::ranges::copy(octets, address.begin());
    return v4_prefix(std::span<const std::uint8_t, kV4Most>(address), length);
}

Prefix v6_prefix(Bytes octets, std::uint8_t length) {
    std::array<std::uint8_t, 16> address{};
    std::ranges::copy(octets, address.begin());
    return Prefix::covering(IpAddress::v6(address), length);
}

bool decode_prefix(ByteReader& in, IpFamily family, std::vector<Prefix>& prefixes) {
    const std::uint8_t length = in.u8();
    if (length > address_bits(family)) return false;
    const Bytes octets = in.take((std::size_t{length} + 7) / 8);
    if (in.failed()) return false;
    prefixes.push_back(family == IpFamily::v4 ? v4_prefix(octets, length)
                                              : v6_prefix(octets, length));
    return true;
}

// All but the last few, which may be the end of the message. The octets that were read; none: a
// prefix is too long.
std::optional<std::size_t> decode_v4(Bytes field, std::vector<Prefix>& prefixes) {
    std::size_t at = 0;
    for (; field.size() - at > kV4Most; at += 1 + (std::size_t{field[at]} + 7) / 8) {
        const std::uint8_t length = field[at];
        if (length > address_bits(IpFamily::v4)) return std::nullopt;
        prefixes.push_back(v4_prefix(field.subspan(at + 1).first<kV4Most>(), length));
    }
    return at;
}

}  // namespace

bool decode_nlri(Bytes field, IpFamily family, bool with_path_ids, Nlri& nlri) {
    nlri.prefixes.reserve(field.size() / kCommonSize);
    const bool plain_v4 = family == IpFamily::v4 && !with_path_ids;
    const std::optional<std::size_t> read = plain_v4 ? decode_v4(field, nlri.prefixes) : 0;
    if (!read) return false;
    ByteReader in(field.subspan(*read));
    while (!in.empty()) {
        if (with_path_ids) nlri.path_ids.emplace_back(in.u32());
        if (!decode_prefix(in, family, nlri.prefixes)) return false;
    }
    return true;
}

void encode_prefix(const Prefix& prefix, ByteWriter& out) {
    std::array<std::uint8_t, 17> octets{prefix.length()};
    std::ranges::copy(prefix.address().octets(), octets.begin() + 1);
    out.bytes(Bytes(octets).first(1 + (std::size_t{prefix.length()} + 7) / 8));
}

}  // namespace torii::bgp

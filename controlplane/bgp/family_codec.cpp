#include "controlplane/bgp/family_codec.h"

#include <algorithm>
#include <array>

namespace torii::bgp {

namespace {

// Octets of an IPv4 /24 with its length: most take no less.
constexpr std::size_t kCommonSize = 4;

// Trailing bits are irrelevant (RFC 4271 section 4.3): both clear them. A full table is a million
// of the first.
Prefix v4_prefix(Bytes octets, std::uint8_t length) {
    std::uint64_t number = 0;
    for (const std::uint8_t octet : octets) number = number << 8U | octet;
    number <<= 8 * (4 - octets.size());
    const unsigned host_bits = 32U - length;
    const auto network = static_cast<std::uint32_t>(number >> host_bits << host_bits);
    return Prefix::exact(IpAddress::v4(network), length);
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

}  // namespace

bool decode_nlri(Bytes field, IpFamily family, bool with_path_ids, Nlri& nlri) {
    ByteReader in(field);
    nlri.prefixes.reserve(field.size() / kCommonSize);
    while (!in.empty()) {
        if (with_path_ids) nlri.path_ids.emplace_back(in.u32());
        if (!decode_prefix(in, family, nlri.prefixes)) return false;
    }
    return true;
}

void encode_prefix(const Prefix& prefix, ByteWriter& out) {
    out.u8(prefix.length());
    out.bytes(prefix.address().bytes().first((std::size_t{prefix.length()} + 7) / 8));
}

}  // namespace torii::bgp

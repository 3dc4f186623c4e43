#include "controlplane/bgp/family_codec.h"

#include <algorithm>
#include <array>

namespace torii::bgp {

namespace {

// Octets of an IPv4 /24 with its length: most take no less.
constexpr std::size_t kCommonSize = 4;

bool decode_prefix(ByteReader& in, IpFamily family, std::vector<Prefix>& prefixes) {
    const std::uint8_t length = in.u8();
    if (length > address_bits(family)) return false;
    const Bytes octets = in.take((std::size_t{length} + 7) / 8);
    if (in.failed()) return false;
    std::array<std::uint8_t, 16> address{};
    std::ranges::copy(octets, address.begin());
    // Trailing bits are irrelevant (RFC 4271 section 4.3); covering() clears them.
    const IpAddress full =
        family == IpFamily::v4 ? IpAddress::v4(ByteReader(address).u32()) : IpAddress::v6(address);
    prefixes.push_back(Prefix::covering(full, length));
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

#include "dataplane/packet/ipv6.h"

namespace torii::packet {
namespace {

constexpr unsigned kHeadersMax = 8;
constexpr std::size_t kExtensionOctetsMax = 256;

bool is_extension(std::uint8_t protocol) {
    return protocol == kProtocolHopByHop || protocol == kProtocolRouting ||
           protocol == kProtocolFragment || protocol == kProtocolAh ||
           protocol == kProtocolDestinationOptions;
}

// RFC 8200 section 4 counts in 8 octets beyond the first; RFC 4302 section 2.2 in 4, less two.
std::size_t extension_length(std::uint8_t protocol, std::uint8_t length) {
    if (protocol == kProtocolFragment) return 8;
    return protocol == kProtocolAh ? (length + 2U) * 4U : (length + 1U) * 8U;
}

}  // namespace

UpperLayer find_upper_layer(const std::uint8_t* header, std::size_t length) {
    UpperLayer upper{Ipv6View(header).next_header(), kIpv6Size};
    for (unsigned count = 0; is_extension(upper.protocol); ++count) {
        if (count == kHeadersMax || upper.offset + 8 > length) return upper;
        const std::uint8_t* extension = header + upper.offset;
        if (upper.protocol == kProtocolFragment) {
            upper.fragment = true;
            upper.later_fragment = (load16(extension + 2) & 0xfff8U) != 0;
        }
        upper.offset += extension_length(upper.protocol, extension[1]);
        upper.protocol = extension[0];
        if (upper.offset > length || upper.offset > kIpv6Size + kExtensionOctetsMax) return upper;
        if (upper.later_fragment) break;
    }
    upper.complete = true;
    return upper;
}

}  // namespace torii::packet

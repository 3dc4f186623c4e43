#pragma once

#include "controlplane/bgp/message.h"
#include "platform/base/byte_writer.h"
#include "platform/base/prefix.h"

#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Octets for the tests of the codecs, written as the RFCs draw them.
namespace torii::bgp {

using Octets = std::vector<std::uint8_t>;

// "40 01 01 00"; white space has no meaning.
inline Octets hex(std::string_view text) {
    Octets octets;
    unsigned digits = 0;
    unsigned value = 0;
    for (const char character : text) {
        if (std::isspace(static_cast<unsigned char>(character)) != 0) continue;
        const auto digit = static_cast<unsigned>(
            std::isdigit(static_cast<unsigned char>(character)) != 0 ? character - '0'
                                                                     : character - 'a' + 10);
        value = value << 4U | digit;
        if (++digits % 2 == 0) octets.push_back(static_cast<std::uint8_t>(value & 0xffU));
    }
    return octets;
}

// The reverse, for readable differences: "40 01 01 00".
inline std::string dump(Bytes octets) {
    std::string text;
    for (const std::uint8_t octet : octets) {
        text += fmt::format("{}{:02x}", text.empty() ? "" : " ", octet);
    }
    return text;
}

inline Octets concat(const std::vector<Octets>& parts) {
    Octets whole;
    for (const Octets& part : parts) whole.insert(whole.end(), part.begin(), part.end());
    return whole;
}

// A message with a right header (RFC 4271 section 4.1).
inline Octets message(std::uint8_t type, Bytes body) {
    ByteWriter out;
    for (int octet = 0; octet < 16; ++octet) out.u8(0xff);
    out.u16(static_cast<std::uint16_t>(kHeaderSize + body.size()));
    out.u8(type);
    out.bytes(body);
    return out.take();
}

// The body of an UPDATE (RFC 4271 section 4.3).
inline Octets update_body(const Octets& withdrawn, const Octets& attributes,
                          const Octets& announced) {
    ByteWriter out;
    out.u16(static_cast<std::uint16_t>(withdrawn.size()));
    out.bytes(withdrawn);
    out.u16(static_cast<std::uint16_t>(attributes.size()));
    out.bytes(attributes);
    out.bytes(announced);
    return out.take();
}

// The attributes of what an UPDATE announces.
inline PathAttributes values_of(const Update& update) {
    return attributes_of(update, update.announced.at(0));
}

inline Prefix prefix(std::string_view text) {
    return Prefix::parse(text).value();
}
inline IpAddress address(std::string_view text) {
    return IpAddress::parse(text).value();
}

}  // namespace torii::bgp

#include "controlplane/bgp/message.h"

#include "controlplane/bgp/family_codec.h"
#include "platform/base/byte_writer.h"

#include <algorithm>
#include <array>

namespace torii::bgp {

namespace {

constexpr std::size_t kMarkerSize = 16;
constexpr std::uint8_t kCapabilitiesParameter = 2;  // RFC 5492
constexpr std::uint8_t kExtendedParameters = 255;   // RFC 9072
constexpr std::size_t kShortParametersMax = 254;
constexpr std::size_t kOpenSizeMin = 29;
constexpr std::size_t kRouteRefreshSize = 23;

struct Limits {
    std::size_t min;
    std::size_t max;
};

// RFC 4271 sections 4.2 to 4.5 and 6.1, RFC 2918 section 3, RFC 8654 section 4.
std::optional<Limits> limits_of(std::uint8_t type, std::size_t size_max) {
    switch (MessageType{type}) {
        case MessageType::open: return Limits{kOpenSizeMin, kMessageSizeMax};
        case MessageType::update: return Limits{23, size_max};
        case MessageType::notification: return Limits{21, size_max};
        case MessageType::keepalive: return Limits{kHeaderSize, kHeaderSize};
        case MessageType::route_refresh: return Limits{kRouteRefreshSize, kRouteRefreshSize};
    }
    return std::nullopt;
}

std::vector<std::uint8_t> two_octets(std::size_t number) {
    return {static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number & 0xffU)};
}

ByteWriter begin(MessageType type) {
    ByteWriter out;
    for (std::size_t octet = 0; octet < kMarkerSize; ++octet) out.u8(0xff);
    out.u16(0);
    out.u8(static_cast<std::uint8_t>(type));
    return out;
}

std::vector<std::uint8_t> end(ByteWriter out) {
    out.patch_u16(kMarkerSize, out.size());
    return out.take();
}

// The optional parameters of an OPEN; with RFC 9072 the lengths have two octets.
Result<Capabilities, Notification> decode_parameters(Bytes octets, bool extended) {
    Capabilities capabilities;
    ByteReader in(octets);
    while (!in.empty()) {
        const std::uint8_t type = in.u8();
        const Bytes value = in.take(extended ? in.u16() : in.u8());
        if (in.failed()) return unexpected(open_error(OpenError::unspecific));
        if (type != kCapabilitiesParameter) {
            return unexpected(open_error(OpenError::unsupported_parameter));
        }
        if (!decode_capabilities(value, capabilities)) {
            return unexpected(open_error(OpenError::unspecific));
        }
    }
    return capabilities;
}

Result<Capabilities, Notification> decode_optional_part(ByteReader in) {
    const std::size_t short_size = in.u8();
    Bytes rest = in.rest();
    // RFC 9072 section 2: any length but zero may stand before the type 255.
    const bool extended = short_size != 0 && !rest.empty() && rest[0] == kExtendedParameters;
    std::size_t size = short_size;
    if (extended) {
        ByteReader head(rest);
        head.u8();
        size = head.u16();
        rest = head.rest();
        if (head.failed()) return unexpected(open_error(OpenError::unspecific));
    }
    if (size != rest.size()) return unexpected(open_error(OpenError::unspecific));
    return decode_parameters(rest, extended);
}

Result<Message, Notification> decode_open(Bytes body) {
    ByteReader in(body);
    const std::uint8_t version = in.u8();
    const std::uint16_t as = in.u16();
    Open open;
    open.hold_time = Seconds{in.u16()};
    open.router_id = RouterId{in.u32()};
    // RFC 4271 section 6.2: the data is the version that we speak.
    if (version != kVersion) {
        return unexpected(open_error(OpenError::unsupported_version, two_octets(kVersion)));
    }
    auto capabilities = decode_optional_part(in);
    if (!capabilities) return unexpected(std::move(capabilities.error()));
    open.capabilities = *capabilities;
    open.as = open.capabilities.four_octet_as.value_or(Asn{as});
    // RFC 6793 section 4.1: the two-octet field holds the same number, or AS_TRANS.
    const bool contradictory = Asn{as} != open.as && Asn{as} != kAsTrans;
    if (as == 0 || open.as == Asn{0} || open.as == kAsTrans || contradictory) {
        return unexpected(open_error(OpenError::bad_peer_as));
    }
    return Message(std::move(open));
}

Message decode_notification(Bytes body) {
    ByteReader in(body);
    Notification notification;
    notification.code = ErrorCode{in.u8()};
    notification.subcode = in.u8();
    const Bytes data = in.rest();
    notification.data.assign(data.begin(), data.end());
    return notification;
}

Message decode_route_refresh(Bytes body) {
    ByteReader in(body);
    RouteRefresh refresh;
    const std::uint16_t afi = in.u16();
    refresh.subtype = in.u8();
    refresh.family = family_of(afi, in.u8());
    return refresh;
}

}  // namespace

MessageType message_type(const Message& message) {
    constexpr std::array kTypes{MessageType::open, MessageType::update, MessageType::notification,
                                MessageType::keepalive, MessageType::route_refresh};
    return kTypes[message.index()];
}

Result<std::optional<Bytes>, Notification> next_frame(Bytes stream, std::size_t size_max) {
    // The marker is looked at as soon as it can be, so that a stream of something else ends early.
    const Bytes marker = stream.first(std::min(stream.size(), kMarkerSize));
    if (std::ranges::any_of(marker, [](std::uint8_t octet) { return octet != 0xff; })) {
        return unexpected(header_error(HeaderError::not_synchronized));
    }
    if (stream.size() < kHeaderSize) return std::nullopt;
    ByteReader in(stream.subspan(kMarkerSize));
    const std::size_t size = in.u16();
    const std::uint8_t type = in.u8();
    if (size < kHeaderSize || size > size_max) {
        return unexpected(header_error(HeaderError::bad_length, two_octets(size)));
    }
    const std::optional<Limits> limits = limits_of(type, size_max);
    if (!limits) return unexpected(header_error(HeaderError::bad_type, {type}));
    if (size < limits->min || size > limits->max) {
        return unexpected(header_error(HeaderError::bad_length, two_octets(size)));
    }
    if (stream.size() < size) return std::nullopt;
    return stream.first(size);
}

Result<Message, Notification> decode(Bytes frame, const UpdateContext& context) {
    const Bytes body = frame.subspan(kHeaderSize);
    switch (MessageType{frame[kHeaderSize - 1]}) {
        case MessageType::open: return decode_open(body);
        case MessageType::notification: return decode_notification(body);
        case MessageType::route_refresh: return decode_route_refresh(body);
        case MessageType::update: {
            Result<Message, Notification> message = decode_update(body, context);
            auto& answer = std::get<Update>(*message).notification;
            if (answer) return unexpected(Notification(std::move(*answer)));
            return message;
        }
        case MessageType::keepalive: break;
    }
    return Message(Keepalive{});
}

std::vector<std::uint8_t> encode(const Open& open) {
    ByteWriter out = begin(MessageType::open);
    out.u8(kVersion);
    const Asn as = open.as.value() <= 0xffff ? open.as : kAsTrans;
    out.u16(static_cast<std::uint16_t>(as.value()));
    out.u16(static_cast<std::uint16_t>(open.hold_time.count()));
    out.u32(open.router_id.value());
    ByteWriter capabilities;
    encode_capabilities(open.capabilities, capabilities);
    // All in one parameter.
    if (capabilities.size() == 0) {
        out.u8(0);
    } else if (capabilities.size() + 2 > kShortParametersMax) {
        // RFC 9072 section 2: 255 for a length, 255 for a type, then lengths of two octets.
        out.u8(kExtendedParameters);
        out.u8(kExtendedParameters);
        out.u16(static_cast<std::uint16_t>(capabilities.size() + 3));
        out.u8(kCapabilitiesParameter);
        out.u16(static_cast<std::uint16_t>(capabilities.size()));
        out.bytes(capabilities.view());
    } else {
        out.u8(static_cast<std::uint8_t>(capabilities.size() + 2));
        out.u8(kCapabilitiesParameter);
        out.u8(static_cast<std::uint8_t>(capabilities.size()));
        out.bytes(capabilities.view());
    }
    return end(std::move(out));
}

std::vector<std::uint8_t> encode(const Notification& notification) {
    ByteWriter out = begin(MessageType::notification);
    out.u8(static_cast<std::uint8_t>(notification.code));
    out.u8(notification.subcode);
    // RFC 8654 section 4 allows more to some peers; nothing we send needs it.
    const std::size_t room = kMessageSizeMax - out.size();
    out.bytes(Bytes(notification.data).first(std::min(notification.data.size(), room)));
    return end(std::move(out));
}

std::vector<std::uint8_t> encode(const Keepalive& /*keepalive*/) {
    return end(begin(MessageType::keepalive));
}

std::vector<std::uint8_t> encode(const RouteRefresh& refresh) {
    ByteWriter out = begin(MessageType::route_refresh);
    out.u16(afi_of(refresh.family.value_or(Family::ipv4_unicast)));
    out.u8(refresh.subtype);
    out.u8(kSafiUnicast);
    return end(std::move(out));
}

}  // namespace torii::bgp

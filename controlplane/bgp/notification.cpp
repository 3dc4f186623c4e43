#include "controlplane/bgp/notification.h"

#include "platform/base/byte_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace torii::bgp {

namespace {

constexpr std::size_t kCommunicationMax = 255;  // RFC 9003 section 2

template <class Subcode>
Notification make(ErrorCode code, Subcode subcode, std::vector<std::uint8_t> data) {
    return {code, static_cast<std::uint8_t>(subcode), std::move(data)};
}

constexpr std::array<std::string_view, 9> kCodes{"Unknown",
                                                 "Message Header Error",
                                                 "OPEN Message Error",
                                                 "UPDATE Message Error",
                                                 "Hold Timer Expired",
                                                 "Finite State Machine Error",
                                                 "Cease",
                                                 "ROUTE-REFRESH Message Error",
                                                 "Send Hold Timer Expired"};
constexpr std::array<std::string_view, 4> kHeaderErrors{"", "Connection Not Synchronized",
                                                        "Bad Message Length", "Bad Message Type"};
constexpr std::array<std::string_view, 12> kOpenErrors{"Unspecific",
                                                       "Unsupported Version Number",
                                                       "Bad Peer AS",
                                                       "Bad BGP Identifier",
                                                       "Unsupported Optional Parameter",
                                                       "Authentication Failure",
                                                       "Unacceptable Hold Time",
                                                       "Unsupported Capability",
                                                       "",
                                                       "",
                                                       "",
                                                       "Role Mismatch"};
constexpr std::array<std::string_view, 12> kUpdateErrors{"Unspecific",
                                                         "Malformed Attribute List",
                                                         "Unrecognized Well-known Attribute",
                                                         "Missing Well-known Attribute",
                                                         "Attribute Flags Error",
                                                         "Attribute Length Error",
                                                         "Invalid ORIGIN Attribute",
                                                         "AS Routing Loop",
                                                         "Invalid NEXT_HOP Attribute",
                                                         "Optional Attribute Error",
                                                         "Invalid Network Field",
                                                         "Malformed AS_PATH"};
constexpr std::array<std::string_view, 4> kFsmErrors{"Unspecific", "Unexpected Message in OpenSent",
                                                     "Unexpected Message in OpenConfirm",
                                                     "Unexpected Message in Established"};
constexpr std::array<std::string_view, 11> kCeases{"Unspecific",
                                                   "Maximum Number of Prefixes Reached",
                                                   "Administrative Shutdown",
                                                   "Peer De-configured",
                                                   "Administrative Reset",
                                                   "Connection Rejected",
                                                   "Other Configuration Change",
                                                   "Connection Collision Resolution",
                                                   "Out of Resources",
                                                   "Hard Reset",
                                                   "BFD Down"};

std::string_view subcode_name(ErrorCode code, std::uint8_t subcode) {
    std::span<const std::string_view> names;
    switch (code) {
        case ErrorCode::message_header: names = kHeaderErrors; break;
        case ErrorCode::open_message: names = kOpenErrors; break;
        case ErrorCode::update_message: names = kUpdateErrors; break;
        case ErrorCode::finite_state_machine: names = kFsmErrors; break;
        case ErrorCode::cease: names = kCeases; break;
        default: break;
    }
    return subcode < names.size() ? names[subcode] : std::string_view{};
}

// The number of octets of the well-formed UTF-8 sequence at the front, or 0 (RFC 3629 section 4).
std::size_t utf8_sequence(std::string_view text) {
    const auto octet = [&](std::size_t index) { return static_cast<std::uint8_t>(text[index]); };
    const std::uint8_t lead = octet(0);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
    if (size == 0 || text.size() < size) return 0;
    for (std::size_t index = 1; index < size; ++index) {
        if ((octet(index) & 0xc0U) != 0x80) return 0;
    }
    // Over-long forms, surrogates and numbers beyond U+10FFFF.
    if (lead == 0xe0 && octet(1) < 0xa0) return 0;
    if (lead == 0xed && octet(1) > 0x9f) return 0;
    if (lead == 0xf0 && octet(1) < 0x90) return 0;
    if (lead == 0xf4 && octet(1) > 0x8f) return 0;
    // C1 control characters, which terminals act upon.
    if (lead == 0xc2 && octet(1) < 0xa0) return 0;
    return size;
}

bool has_communication(const Notification& notification) {
    return notification.code == ErrorCode::cease &&
           (notification.subcode == static_cast<std::uint8_t>(Cease::administrative_shutdown) ||
            notification.subcode == static_cast<std::uint8_t>(Cease::administrative_reset));
}

}  // namespace

std::string printable(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t size = utf8_sequence(text);
        const bool control = size == 1 && (text[0] < 0x20 || text[0] == 0x7f);
        if (size == 0 || control) {
            result += '?';
        } else {
            result += text.substr(0, size);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return result;
}

Notification header_error(HeaderError error, std::vector<std::uint8_t> data) {
    return make(ErrorCode::message_header, error, std::move(data));
}

Notification open_error(OpenError error, std::vector<std::uint8_t> data) {
    return make(ErrorCode::open_message, error, std::move(data));
}

Notification update_error(UpdateError error, std::vector<std::uint8_t> data) {
    return make(ErrorCode::update_message, error, std::move(data));
}

Notification fsm_error(FsmError error, std::uint8_t message_type) {
    return make(ErrorCode::finite_state_machine, error, {message_type});
}

Notification cease(Cease subcode, std::string_view communication) {
    Notification notification = make(ErrorCode::cease, subcode, {});
    if (!communication.empty() && has_communication(notification)) {
        std::size_t size = std::min(communication.size(), kCommunicationMax);
        // Cut between characters, not inside one.
        while (size > 0 && size < communication.size() &&
               (static_cast<std::uint8_t>(communication[size]) & 0xc0U) == 0x80) {
            --size;
        }
        ByteWriter data;
        data.u8(static_cast<std::uint8_t>(size));
        for (const char octet : communication.substr(0, size)) {
            data.u8(static_cast<std::uint8_t>(octet));
        }
        notification.data = data.take();
    }
    return notification;
}

bool is_cease(const Notification& notification, Cease subcode) {
    return notification.code == ErrorCode::cease &&
           notification.subcode == static_cast<std::uint8_t>(subcode);
}

Notification hard_reset(const Notification& inner) {
    ByteWriter data;
    data.u8(static_cast<std::uint8_t>(inner.code));
    data.u8(inner.subcode);
    data.bytes(inner.data);
    return make(ErrorCode::cease, Cease::hard_reset, data.take());
}

bool is_hard_reset(const Notification& notification) {
    return notification.code == ErrorCode::cease &&
           notification.subcode == static_cast<std::uint8_t>(Cease::hard_reset);
}

std::string shutdown_communication(const Notification& notification) {
    if (is_hard_reset(notification) && notification.data.size() >= 2) {
        Notification inner{ErrorCode{notification.data[0]}, notification.data[1], {}};
        inner.data.assign(notification.data.begin() + 2, notification.data.end());
        return is_hard_reset(inner) ? std::string{} : shutdown_communication(inner);
    }
    if (!has_communication(notification) || notification.data.empty()) return {};
    const std::size_t size = notification.data[0];
    if (size == 0 || notification.data.size() < 1 + size) return {};
    return printable({reinterpret_cast<const char*>(notification.data.data()) + 1, size});
}

std::string text(const Notification& notification) {
    const auto code = static_cast<std::size_t>(notification.code);
    const std::string_view name = code < kCodes.size() ? kCodes[code] : kCodes[0];
    const std::string_view detail = subcode_name(notification.code, notification.subcode);
    return fmt::format("{}/{} {}{}{}", code, notification.subcode, name, detail.empty() ? "" : "/",
                       detail);
}

}  // namespace torii::bgp

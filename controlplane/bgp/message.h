#pragma once

#include "controlplane/bgp/capability.h"
#include "controlplane/bgp/notification.h"
#include "controlplane/bgp/types.h"
#include "controlplane/bgp/update.h"
#include "platform/base/byte_reader.h"
#include "platform/base/clock.h"
#include "platform/base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace torii::bgp {

inline constexpr std::size_t kHeaderSize = 19;          // RFC 4271 section 4.1
inline constexpr std::size_t kMessageSizeMax = 4096;    // RFC 4271 section 4.1
inline constexpr std::size_t kExtendedSizeMax = 65535;  // RFC 8654
inline constexpr std::uint8_t kVersion = 4;

enum class MessageType : std::uint8_t {
    open = 1,
    update = 2,
    notification = 3,
    keepalive = 4,
    route_refresh = 5,
};

struct Open {
    Asn as;  // the four-octet one if there is one
    Seconds hold_time{0};
    RouterId router_id;
    Capabilities capabilities;

    friend bool operator==(const Open&, const Open&) = default;
};

struct Keepalive {
    friend bool operator==(const Keepalive&, const Keepalive&) = default;
};

// Subtypes of ROUTE-REFRESH: RFC 2918, and RFC 7313 section 3.2.
inline constexpr std::uint8_t kRefreshRequest = 0;
inline constexpr std::uint8_t kRefreshBegin = 1;
inline constexpr std::uint8_t kRefreshEnd = 2;

// No family: one we do not carry.
struct RouteRefresh {
    std::optional<Family> family;
    std::uint8_t subtype = 0;

    friend bool operator==(const RouteRefresh&, const RouteRefresh&) = default;
};

using Message = std::variant<Open, Update, Notification, Keepalive, RouteRefresh>;
[[nodiscard]] MessageType message_type(const Message& message);

// The first message of `stream`: its octets with the header, nothing if they have not all arrived,
// or the answer to a header that cannot be right (RFC 4271 section 6.1).
[[nodiscard]] Result<std::optional<Bytes>, Notification> next_frame(Bytes stream,
                                                                    std::size_t size_max);

// One whole message as next_frame() found it. The error is the NOTIFICATION to answer with.
[[nodiscard]] Result<Message, Notification> decode(Bytes frame, const UpdateContext& context);

[[nodiscard]] std::vector<std::uint8_t> encode(const Open& open);
[[nodiscard]] std::vector<std::uint8_t> encode(const Notification& notification);
[[nodiscard]] std::vector<std::uint8_t> encode(const Keepalive& keepalive);
[[nodiscard]] std::vector<std::uint8_t> encode(const RouteRefresh& refresh);

}  // namespace torii::bgp

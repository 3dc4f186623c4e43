#include "controlplane/monitoring/bmp.h"

#include "controlplane/bgp/family_codec.h"
#include "platform/base/byte_writer.h"

#include <algorithm>

namespace torii::monitoring {
namespace {

constexpr std::uint8_t kVersion = 3;
constexpr std::size_t kLengthPosition = 1;
constexpr std::size_t kTextMax = 4096;

// RFC 7854 section 4.1.
enum class MessageType : std::uint8_t {
    route_monitoring = 0,
    statistics = 1,
    peer_down = 2,
    peer_up = 3,
    initiation = 4,
    termination = 5,
};

// Section 4.2; the type of a peer outside any VRF is 0.
constexpr std::uint8_t kGlobalInstance = 0;
constexpr std::uint8_t kFlagIpv6 = 0x80;
constexpr std::uint8_t kFlagPostPolicy = 0x40;
constexpr std::uint8_t kFlagTwoOctetAs = 0x20;

// Section 4.4, of Initiation; section 4.5, of Termination.
constexpr std::uint16_t kTlvDescription = 1;
constexpr std::uint16_t kTlvName = 2;
constexpr std::uint16_t kTlvString = 0;
constexpr std::uint16_t kTlvReason = 1;
constexpr std::uint16_t kAdministrativelyClosed = 0;

// Section 4.8.
enum class Statistic : std::uint16_t {
    rejected_by_policy = 0,
    as_path_loops = 4,
    adj_rib_in = 7,
    family_adj_rib_in = 9,
    treated_as_withdraw = 11,
};

class MessageWriter {
public:
    explicit MessageWriter(MessageType type) {
        out.u8(kVersion);
        out.u32(0);
        out.u8(static_cast<std::uint8_t>(type));
    }
    MessageWriter(MessageType type, const BmpPeer& peer) : MessageWriter(type) {
        out.u8(kGlobalInstance);
        unsigned flags = peer.address.is_v6() ? kFlagIpv6 : 0U;
        if (peer.post_policy) flags |= kFlagPostPolicy;
        if (peer.two_octet_as) flags |= kFlagTwoOctetAs;
        out.u8(static_cast<std::uint8_t>(flags));
        out.u64(0);  // distinguisher
        address(peer.address);
        out.u32(peer.as.value());
        out.u32(peer.router_id.value());
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(peer.time);
        out.u32(static_cast<std::uint32_t>(seconds.count()));
        out.u32(static_cast<std::uint32_t>((peer.time - seconds).count()));
    }

    // 16 octets, an IPv4 address in the last four.
    void address(const IpAddress& value) {
        for (std::size_t octet = value.bytes().size(); octet < 16; ++octet) out.u8(0);
        out.bytes(value.bytes());
    }
    void text(std::uint16_t type, std::string_view text) {
        text = text.substr(0, kTextMax);
        out.u16(type);
        out.u16(static_cast<std::uint16_t>(text.size()));
        for (const char character : text) out.u8(static_cast<std::uint8_t>(character));
    }
    [[nodiscard]] Octets finish() {
        out.patch_u32(kLengthPosition, out.size());
        return out.take();
    }

    ByteWriter out;
};

void counter(Statistic type, const std::optional<std::uint32_t>& value, MessageWriter& message) {
    if (!value) return;
    message.out.u16(static_cast<std::uint16_t>(type));
    message.out.u16(4);
    message.out.u32(*value);
}

}  // namespace

Octets bmp_initiation(std::string_view system_name, std::string_view description) {
    MessageWriter message(MessageType::initiation);
    message.text(kTlvDescription, description);
    message.text(kTlvName, system_name);
    return message.finish();
}

Octets bmp_termination(std::string_view reason) {
    MessageWriter message(MessageType::termination);
    if (!reason.empty()) message.text(kTlvString, reason);
    message.out.u16(kTlvReason);
    message.out.u16(2);
    message.out.u16(kAdministrativelyClosed);
    return message.finish();
}

Octets bmp_peer_up(const BmpPeer& peer, const BmpPeerUp& up) {
    MessageWriter message(MessageType::peer_up, peer);
    message.address(up.local_address);
    message.out.u16(up.local_port);
    message.out.u16(up.remote_port);
    message.out.bytes(up.sent_open);
    message.out.bytes(up.received_open);
    return message.finish();
}

Octets bmp_peer_down(const BmpPeer& peer, const BmpPeerDown& down) {
    MessageWriter message(MessageType::peer_down, peer);
    message.out.u8(static_cast<std::uint8_t>(down.reason));
    switch (down.reason) {
        case BmpDownReason::local_notification:
        case BmpDownReason::remote_notification: message.out.bytes(down.notification); break;
        case BmpDownReason::local_event: message.out.u16(down.event); break;
        case BmpDownReason::remote_closed:
        case BmpDownReason::deconfigured: break;
    }
    return message.finish();
}

Octets bmp_route_monitoring(const BmpPeer& peer, Bytes update) {
    MessageWriter message(MessageType::route_monitoring, peer);
    message.out.bytes(update);
    return message.finish();
}

Octets bmp_statistics(const BmpPeer& peer, const BmpStatistics& statistics) {
    MessageWriter message(MessageType::statistics, peer);
    const auto present = [](const auto& value) { return value ? 1U : 0U; };
    message.out.u32(static_cast<std::uint32_t>(
        1 + statistics.families.size() + present(statistics.rejected_by_policy) +
        present(statistics.as_path_loops) + present(statistics.treated_as_withdraw)));
    counter(Statistic::rejected_by_policy, statistics.rejected_by_policy, message);
    counter(Statistic::as_path_loops, statistics.as_path_loops, message);
    message.out.u16(static_cast<std::uint16_t>(Statistic::adj_rib_in));
    message.out.u16(8);
    message.out.u64(statistics.adj_rib_in);
    for (const BmpStatistics::PerFamily& family : statistics.families) {
        message.out.u16(static_cast<std::uint16_t>(Statistic::family_adj_rib_in));
        message.out.u16(11);
        message.out.u16(bgp::afi_of(family.family));
        message.out.u8(bgp::kSafiUnicast);
        message.out.u64(family.adj_rib_in);
    }
    counter(Statistic::treated_as_withdraw, statistics.treated_as_withdraw, message);
    return message.finish();
}

}  // namespace torii::monitoring

#include "platform/bfd/packet.h"

#include "platform/base/byte_writer.h"

#include <algorithm>

namespace torii::bfd {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kPoll = 0x20;
constexpr std::uint8_t kFinal = 0x10;
constexpr std::uint8_t kIndependent = 0x08;
constexpr std::uint8_t kAuthentication = 0x04;
constexpr std::uint8_t kDemand = 0x02;
constexpr std::uint8_t kMultipoint = 0x01;
constexpr unsigned kStateShift = 6;
constexpr unsigned kVersionShift = 5;
constexpr std::uint8_t kDiagnosticMask = 0x1f;

}  // namespace

std::string_view text(State state) {
    switch (state) {
        case State::admin_down: return "admin down";
        case State::down: return "down";
        case State::init: return "init";
        case State::up: return "up";
    }
    return "";
}

std::string_view text(Diagnostic diagnostic) {
    switch (diagnostic) {
        case Diagnostic::none: return "ok";
        case Diagnostic::detection_time_expired: return "control detection time expired";
        case Diagnostic::echo_failed: return "echo function failed";
        case Diagnostic::neighbor_signaled_down: return "neighbor signaled session down";
        case Diagnostic::forwarding_plane_reset: return "forwarding plane reset";
        case Diagnostic::path_down: return "path down";
        case Diagnostic::concatenated_path_down: return "concatenated path down";
        case Diagnostic::administratively_down: return "administratively down";
        case Diagnostic::reverse_concatenated_path_down: return "reverse concatenated path down";
    }
    return "unknown";
}

std::array<std::uint8_t, ControlPacket::kSize> encode(const ControlPacket& packet) {
    ByteWriter out;
    out.u8(static_cast<std::uint8_t>(kVersion << kVersionShift |
                                     static_cast<unsigned>(packet.diagnostic)));
    out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(packet.state) << kStateShift |
                                     (packet.poll ? kPoll : 0U) | (packet.final ? kFinal : 0U) |
                                     (packet.control_plane_independent ? kIndependent : 0U) |
                                     (packet.demand ? kDemand : 0U)));
    out.u8(packet.detect_multiplier);
    out.u8(ControlPacket::kSize);
    out.u32(packet.my_discriminator);
    out.u32(packet.your_discriminator);
    out.u32(packet.desired_min_tx.count());
    out.u32(packet.required_min_rx.count());
    out.u32(packet.required_min_echo_rx.count());
    std::array<std::uint8_t, ControlPacket::kSize> octets{};
    std::ranges::copy(out.view(), octets.begin());
    return octets;
}

Result<ControlPacket> decode(Bytes octets) {
    ByteReader in(octets);
    const std::uint8_t first = in.u8();
    const std::uint8_t flags = in.u8();
    ControlPacket packet;
    packet.detect_multiplier = in.u8();
    const std::uint8_t length = in.u8();
    packet.my_discriminator = in.u32();
    packet.your_discriminator = in.u32();
    packet.desired_min_tx = Microseconds(in.u32());
    packet.required_min_rx = Microseconds(in.u32());
    packet.required_min_echo_rx = Microseconds(in.u32());
    if (in.failed()) return fail("{} octets are too few", octets.size());
    packet.diagnostic = static_cast<Diagnostic>(first & kDiagnosticMask);
    packet.state = static_cast<State>(flags >> kStateShift);
    packet.poll = (flags & kPoll) != 0;
    packet.final = (flags & kFinal) != 0;
    packet.control_plane_independent = (flags & kIndependent) != 0;
    packet.demand = (flags & kDemand) != 0;
    if (first >> kVersionShift != kVersion) return fail("version {}", first >> kVersionShift);
    if (length < ControlPacket::kSize || length > octets.size()) return fail("length {}", length);
    if ((flags & kAuthentication) != 0) return fail("authentication is not in use");
    if ((flags & kMultipoint) != 0) return fail("the multipoint bit is set");
    if (packet.detect_multiplier == 0) return fail("detection multiplier 0");
    if (packet.my_discriminator == 0) return fail("discriminator 0");
    const bool begins = packet.state == State::down || packet.state == State::admin_down;
    if (packet.your_discriminator == 0 && !begins) {
        return fail("state {} without our discriminator", text(packet.state));
    }
    return packet;
}

}  // namespace torii::bfd

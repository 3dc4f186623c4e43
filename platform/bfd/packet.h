#pragma once

#include "platform/base/byte_reader.h"
#include "platform/base/clock.h"
#include "platform/base/result.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace torii::bfd {

using Microseconds = std::chrono::duration<std::uint32_t, std::micro>;

// RFC 5880 section 4.1, with its numbers.
enum class State : std::uint8_t { admin_down = 0, down = 1, init = 2, up = 3 };

// RFC 5880 section 4.1: why the session left Up.
enum class Diagnostic : std::uint8_t {
    none = 0,
    detection_time_expired = 1,
    echo_failed = 2,
    neighbor_signaled_down = 3,
    forwarding_plane_reset = 4,
    path_down = 5,
    concatenated_path_down = 6,
    administratively_down = 7,
    reverse_concatenated_path_down = 8,
};

// "up", "detection time expired".
[[nodiscard]] std::string_view text(State state);
[[nodiscard]] std::string_view text(Diagnostic diagnostic);

// A control packet without authentication, of version 1.
struct ControlPacket {
    static constexpr std::size_t kSize = 24;

    Diagnostic diagnostic = Diagnostic::none;
    State state = State::down;
    bool poll = false;
    bool final = false;
    // The sender's forwarding, and so its BFD, goes on without its control plane.
    bool control_plane_independent = false;
    bool demand = false;
    std::uint8_t detect_multiplier = 0;
    std::uint32_t my_discriminator = 0;
    std::uint32_t your_discriminator = 0;
    Microseconds desired_min_tx{0};
    Microseconds required_min_rx{0};
    Microseconds required_min_echo_rx{0};
    friend bool operator==(const ControlPacket&, const ControlPacket&) = default;
};

[[nodiscard]] std::array<std::uint8_t, ControlPacket::kSize> encode(const ControlPacket& packet);
// What RFC 5880 section 6.8.6 says about a packet before its session is known. Packets with
// authentication are refused: no session has any.
[[nodiscard]] Result<ControlPacket> decode(Bytes octets);

}  // namespace torii::bfd

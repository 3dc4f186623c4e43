#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace torii::bgp {

// NOTIFICATION error codes, RFC 4271 section 4.5, RFC 7313 section 5, RFC 9687. A peer may send any
// other number.
enum class ErrorCode : std::uint8_t {
    message_header = 1,
    open_message = 2,
    update_message = 3,
    hold_timer_expired = 4,
    finite_state_machine = 5,
    cease = 6,
    route_refresh_message = 7,
    send_hold_timer_expired = 8,
};

// Subcodes of message_header, RFC 4271 section 6.1.
enum class HeaderError : std::uint8_t { not_synchronized = 1, bad_length, bad_type };

// Subcodes of open_message, RFC 4271 section 6.2, RFC 5492 section 5, RFC 9234 section 4.2.
enum class OpenError : std::uint8_t {
    unspecific = 0,
    unsupported_version = 1,
    bad_peer_as = 2,
    bad_identifier = 3,
    unsupported_parameter = 4,
    unacceptable_hold_time = 6,
    unsupported_capability = 7,
    role_mismatch = 11,
};

// Subcodes of update_message, RFC 4271 section 6.3.
enum class UpdateError : std::uint8_t {
    malformed_attribute_list = 1,
    unrecognized_well_known = 2,
    missing_well_known = 3,
    attribute_flags = 4,
    attribute_length = 5,
    invalid_origin = 6,
    invalid_next_hop = 8,
    optional_attribute = 9,
    invalid_network = 10,
    malformed_as_path = 11,
};

// Subcodes of finite_state_machine, RFC 6608 section 3.
enum class FsmError : std::uint8_t {
    unspecific = 0,
    in_open_sent = 1,
    in_open_confirm = 2,
    in_established = 3,
};

// Subcodes of cease, RFC 4486 section 3, RFC 8538 section 3.1, RFC 9384.
enum class Cease : std::uint8_t {
    maximum_prefixes = 1,
    administrative_shutdown = 2,
    peer_deconfigured = 3,
    administrative_reset = 4,
    connection_rejected = 5,
    other_configuration_change = 6,
    connection_collision = 7,
    out_of_resources = 8,
    hard_reset = 9,
    bfd_down = 10,
};

// Why a session ends: sent to the peer or received from it (RFC 4271 section 4.5).
struct Notification {
    ErrorCode code = ErrorCode::cease;
    std::uint8_t subcode = 0;
    std::vector<std::uint8_t> data;

    friend bool operator==(const Notification&, const Notification&) = default;
};

[[nodiscard]] Notification header_error(HeaderError error, std::vector<std::uint8_t> data = {});
[[nodiscard]] Notification open_error(OpenError error, std::vector<std::uint8_t> data = {});
[[nodiscard]] Notification update_error(UpdateError error, std::vector<std::uint8_t> data = {});
[[nodiscard]] Notification fsm_error(FsmError error, std::uint8_t message_type);
// With text: the shutdown communication of RFC 9003 (shutdown and reset only; at most 255 octets).
[[nodiscard]] Notification cease(Cease subcode, std::string_view communication = {});
[[nodiscard]] bool is_cease(const Notification& notification, Cease subcode);
// The same inside a Hard Reset (RFC 8538 section 3.1), for peers that have the N bit.
[[nodiscard]] Notification hard_reset(const Notification& inner);
[[nodiscard]] bool is_hard_reset(const Notification& notification);
// The shutdown communication, with everything that is not printable ASCII or UTF-8 replaced; empty
// if there is none or it is malformed (RFC 9003 section 4).
[[nodiscard]] std::string shutdown_communication(const Notification& notification);
// What a peer wrote, fit for a terminal: everything but printable ASCII and UTF-8 becomes "?".
[[nodiscard]] std::string printable(std::string_view text);
// "6/2 Cease/Administrative Shutdown"
[[nodiscard]] std::string text(const Notification& notification);

}  // namespace torii::bgp

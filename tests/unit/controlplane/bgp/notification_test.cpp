#include "controlplane/bgp/notification.h"

#include "tests/unit/controlplane/bgp/octets.h"

#include <gtest/gtest.h>

namespace torii::bgp {

namespace {

Octets octets_of(std::string_view text) {
    return {text.begin(), text.end()};
}

Notification with_communication(std::string_view text, std::uint8_t size) {
    Octets data{size};
    for (const char character : text) data.push_back(static_cast<std::uint8_t>(character));
    return {ErrorCode::cease, 2, data};
}

}  // namespace

TEST(BgpNotification, EveryCodeHasItsName) {
    const std::vector<std::pair<Notification, const char*>> rows{
        {header_error(HeaderError::not_synchronized),
         "1/1 Message Header Error/Connection Not Synchronized"},
        {header_error(HeaderError::bad_length), "1/2 Message Header Error/Bad Message Length"},
        {header_error(HeaderError::bad_type), "1/3 Message Header Error/Bad Message Type"},
        {open_error(OpenError::unspecific), "2/0 OPEN Message Error/Unspecific"},
        {open_error(OpenError::unsupported_version),
         "2/1 OPEN Message Error/Unsupported Version Number"},
        {open_error(OpenError::bad_peer_as), "2/2 OPEN Message Error/Bad Peer AS"},
        {open_error(OpenError::bad_identifier), "2/3 OPEN Message Error/Bad BGP Identifier"},
        {open_error(OpenError::unsupported_parameter),
         "2/4 OPEN Message Error/Unsupported Optional Parameter"},
        {open_error(OpenError::unacceptable_hold_time),
         "2/6 OPEN Message Error/Unacceptable Hold Time"},
        {open_error(OpenError::unsupported_capability),
         "2/7 OPEN Message Error/Unsupported Capability"},
        {update_error(UpdateError::malformed_attribute_list),
         "3/1 UPDATE Message Error/Malformed Attribute List"},
        {update_error(UpdateError::unrecognized_well_known),
         "3/2 UPDATE Message Error/Unrecognized Well-known Attribute"},
        {update_error(UpdateError::missing_well_known),
         "3/3 UPDATE Message Error/Missing Well-known Attribute"},
        {update_error(UpdateError::attribute_flags),
         "3/4 UPDATE Message Error/Attribute Flags Error"},
        {update_error(UpdateError::attribute_length),
         "3/5 UPDATE Message Error/Attribute Length Error"},
        {update_error(UpdateError::invalid_origin),
         "3/6 UPDATE Message Error/Invalid ORIGIN Attribute"},
        {update_error(UpdateError::invalid_next_hop),
         "3/8 UPDATE Message Error/Invalid NEXT_HOP Attribute"},
        {update_error(UpdateError::optional_attribute),
         "3/9 UPDATE Message Error/Optional Attribute Error"},
        {update_error(UpdateError::invalid_network),
         "3/10 UPDATE Message Error/Invalid Network Field"},
        {update_error(UpdateError::malformed_as_path),
         "3/11 UPDATE Message Error/Malformed AS_PATH"},
        {{ErrorCode::hold_timer_expired, 0, {}}, "4/0 Hold Timer Expired"},
        {fsm_error(FsmError::unspecific, 4), "5/0 Finite State Machine Error/Unspecific"},
        {fsm_error(FsmError::in_open_sent, 4),
         "5/1 Finite State Machine Error/Unexpected Message in OpenSent"},
        {fsm_error(FsmError::in_open_confirm, 4),
         "5/2 Finite State Machine Error/Unexpected Message in OpenConfirm"},
        {fsm_error(FsmError::in_established, 1),
         "5/3 Finite State Machine Error/Unexpected Message in Established"},
        {cease(Cease::maximum_prefixes), "6/1 Cease/Maximum Number of Prefixes Reached"},
        {cease(Cease::administrative_shutdown), "6/2 Cease/Administrative Shutdown"},
        {cease(Cease::peer_deconfigured), "6/3 Cease/Peer De-configured"},
        {cease(Cease::administrative_reset), "6/4 Cease/Administrative Reset"},
        {cease(Cease::connection_rejected), "6/5 Cease/Connection Rejected"},
        {cease(Cease::other_configuration_change), "6/6 Cease/Other Configuration Change"},
        {cease(Cease::connection_collision), "6/7 Cease/Connection Collision Resolution"},
        {cease(Cease::out_of_resources), "6/8 Cease/Out of Resources"},
        {cease(Cease::hard_reset), "6/9 Cease/Hard Reset"},
        {cease(Cease::bfd_down), "6/10 Cease/BFD Down"},
        {{ErrorCode::route_refresh_message, 1, {}}, "7/1 ROUTE-REFRESH Message Error"},
        {{ErrorCode::send_hold_timer_expired, 0, {}}, "8/0 Send Hold Timer Expired"},
        {{ErrorCode{99}, 98, {}}, "99/98 Unknown"},
        {{ErrorCode::cease, 200, {}}, "6/200 Cease"},
    };
    for (const auto& [notification, expected] : rows) {
        EXPECT_EQ(text(notification), expected);
        const Octets message = encode(notification);
        EXPECT_EQ(message[19], static_cast<std::uint8_t>(notification.code));
        EXPECT_EQ(message[20], notification.subcode);
    }
}

TEST(BgpNotification, AnUnexpectedMessageIsNamedInTheData) {
    EXPECT_EQ(fsm_error(FsmError::in_open_sent, 4).data, hex("04")) << "RFC 6608 section 3";
}

TEST(BgpNotification, ShutdownCommunicationRoundTrip) {
    const Notification notification = cease(Cease::administrative_shutdown, "rack 4: power work");
    EXPECT_EQ(notification.data, concat({hex("12"), octets_of("rack 4: power work")}));
    EXPECT_EQ(shutdown_communication(notification), "rack 4: power work");
}

TEST(BgpNotification, OnlyShutdownAndResetCarryAText) {
    EXPECT_TRUE(cease(Cease::peer_deconfigured, "text").data.empty());
    EXPECT_FALSE(cease(Cease::administrative_reset, "text").data.empty());
}

TEST(BgpNotification, ALongCommunicationIsCutBetweenCharacters) {
    std::string text(254, 'x');
    text += "\xc3\xa9";  // would end at octet 256
    const Notification notification = cease(Cease::administrative_shutdown, text);
    EXPECT_EQ(notification.data[0], 254);
    EXPECT_EQ(shutdown_communication(notification), std::string(254, 'x'));
}

TEST(BgpNotification, ACommunicationBeyondTheMessageIsIgnored) {
    EXPECT_EQ(shutdown_communication(with_communication("abc", 255)), "");
    EXPECT_EQ(shutdown_communication(with_communication("abc", 0)), "");
    EXPECT_EQ(shutdown_communication({ErrorCode::cease, 2, {}}), "");
    EXPECT_EQ(shutdown_communication(with_communication("abcd", 3)), "abc");
}

TEST(BgpNotification, WhatATerminalWouldActUponIsReplaced) {
    // RFC 9003 section 6: escape, line end, delete, C1 control, over-long form, surrogate, half a
    // character.
    const std::vector<std::pair<std::string, std::string>> rows{
        {"a\x1b[2Jb", "a?[2Jb"},
        {"a\nb", "a?b"},
        {"a\x7f", "a?"},
        {"\xc2\x9b", "??"},
        {"\xc0\x80", "??"},
        {"\xed\xa0\x80", "???"},
        {"\xe2\x82", "??"},
        {"\xc3\xa9", "\xc3\xa9"},
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
        {"\xf5\x80\x80\x80", "????"},
        {"\xe0\x80\x80", "???"},
        {"\xf4\x90\x80\x80", "????"},
        {"\xf0\x80\x80\x80", "????"},
    };
    for (const auto& [given, expected] : rows) {
        const auto size = static_cast<std::uint8_t>(given.size());
        EXPECT_EQ(shutdown_communication(with_communication(given, size)), expected);
    }
}

TEST(BgpNotification, HardResetWrapsAnother) {
    const Notification inner = cease(Cease::administrative_shutdown, "bye");
    const Notification outer = hard_reset(inner);
    EXPECT_EQ(dump(encode(outer)).substr(57), "06 09 06 02 03 62 79 65") << "RFC 8538 section 3.1";
    EXPECT_TRUE(is_hard_reset(outer));
    EXPECT_FALSE(is_hard_reset(inner));
    EXPECT_EQ(shutdown_communication(outer), "bye");
    EXPECT_EQ(shutdown_communication(hard_reset(outer)), "") << "one in another is malformed";
}

}  // namespace torii::bgp

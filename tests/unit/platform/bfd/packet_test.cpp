#include "platform/bfd/packet.h"

#include <gmock/gmock.h>

#include <array>
#include <string>
#include <vector>

namespace torii::bfd {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

// RFC 5880 section 4.1, octet by octet.
constexpr std::array<std::uint8_t, 24> kOctets{
    0x23, 0xe8, 5,    24,  // version 1, diagnostic 3; Up, P, C; multiplier
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,  // discriminators
    0x00, 0x04, 0x93, 0xe0,                          // 300 ms
    0x00, 0x0f, 0x42, 0x40,                          // 1 s
    0x00, 0x00, 0xc3, 0x50};                         // 50 ms

ControlPacket packet() {
    ControlPacket packet;
    packet.diagnostic = Diagnostic::neighbor_signaled_down;
    packet.state = State::up;
    packet.poll = true;
    packet.control_plane_independent = true;
    packet.detect_multiplier = 5;
    packet.my_discriminator = 0x01020304;
    packet.your_discriminator = 0x05060708;
    packet.desired_min_tx = Microseconds(300'000);
    packet.required_min_rx = Microseconds(1'000'000);
    packet.required_min_echo_rx = Microseconds(50'000);
    return packet;
}

TEST(ControlPacket, EveryFieldHasItsPlace) {
    EXPECT_THAT(encode(packet()), ElementsAreArray(kOctets));
    const auto decoded = decode(kOctets);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, packet());
}

TEST(ControlPacket, FinalAndDemandAreOtherBits) {
    ControlPacket other = packet();
    other.poll = false;
    other.control_plane_independent = false;
    other.final = other.demand = true;
    const auto octets = encode(other);
    EXPECT_EQ(octets[1], 0xd2);
    EXPECT_EQ(decode(octets), other);
}

struct Broken {
    std::size_t at;
    std::uint8_t value;
    const char* why;
};

TEST(ControlPacket, WhatRfc5880Section686RefusesIsRefused) {
    const std::vector<Broken> cases{
        {0, 0x03, "version 0"},
        {0, 0x43, "version 2"},
        {3, 23, "length 23"},
        {3, 25, "length 25"},
        {1, 0xec, "authentication"},
        {1, 0xe9, "multipoint"},
        {2, 0, "detection multiplier 0"},
    };
    for (const Broken& broken : cases) {
        auto octets = kOctets;
        octets.at(broken.at) = broken.value;
        const auto decoded = decode(octets);
        ASSERT_FALSE(decoded) << broken.why;
        EXPECT_THAT(decoded.error().message, HasSubstr(broken.why));
    }
    for (std::size_t size = 0; size < kOctets.size(); ++size) {
        EXPECT_FALSE(decode(Bytes(kOctets).first(size))) << size;
    }
}

TEST(ControlPacket, OnlyWhoBeginsMayLackADiscriminator) {
    for (const State state : {State::admin_down, State::down, State::init, State::up}) {
        ControlPacket first = packet();
        first.state = state;
        first.your_discriminator = 0;
        const bool begins = state == State::down || state == State::admin_down;
        EXPECT_EQ(decode(encode(first)).has_value(), begins) << text(state);
        first.your_discriminator = 1;
        first.my_discriminator = 0;
        EXPECT_FALSE(decode(encode(first))) << text(state);
    }
}

}  // namespace
}  // namespace torii::bfd

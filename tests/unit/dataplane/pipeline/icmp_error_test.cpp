#include "dataplane/pipeline/burst.h"
#include "tests/unit/dataplane/support/test_router.h"

namespace torii::pipeline {
namespace {

using packet::kEthernetSize;
using packet::kIcmpSize;
using packet::kIpv4Size;
using packet::kIpv6Size;
using test::Frame;
using test::Packing;
using test::port_mac;

class IcmpErrors : public test::TestRouter {
protected:
    // The frame a worker would send for the only answer of the last burst.
    Frame answer(const Packet& offending) {
        if (output_.answered != 1) return {};
        Frame out(2048);
        out.resize(write_icmp_error(offending, output_.answers[0].error,
                                    settings_.ports[offending.in_port], out));
        return out;
    }
    static Packing v4(const std::string& destination) {
        Packing packing{"10.0.0.2", destination};
        packing.payload = test::udp(1, 2);
        return packing;
    }
    static Packing v6(const std::string& destination) {
        Packing packing{"fd00::2", destination};
        packing.payload = test::udp(1, 2);
        return packing;
    }
    static Packing with_message(Packing packing, std::uint8_t protocol, const Frame& message) {
        packing.protocol = protocol;
        packing.payload = message;
        return packing;
    }
    bool answered(const Frame& frame) {
        const Packet& packet = process(frame);
        EXPECT_EQ(packet.verdict, Verdict::drop);
        return output_.answered == 1;
    }
};

TEST_F(IcmpErrors, TimeExceededIsAWholeIpv4Packet) {
    Packing packing = v4("172.16.1.9");
    packing.hops = 1;
    const Frame sent = test::ipv4(packing);
    const Frame out = answer(process(sent));
    ASSERT_EQ(out.size(), sent.size() + kIpv4Size + kIcmpSize);
    EXPECT_EQ(packet::destination_mac(out.data()), test::kHostMac);
    EXPECT_EQ(packet::source_mac(out.data()), port_mac(0));
    EXPECT_EQ(packet::ether_type(out.data()), packet::kEtherIpv4);
    const packet::Ipv4View ip(out.data() + kEthernetSize);
    EXPECT_TRUE(ip.checksum_good());
    EXPECT_EQ(ip.total_length(), out.size() - kEthernetSize);
    EXPECT_EQ(ip.source(), test::number("10.0.0.1"));
    EXPECT_EQ(ip.destination(), test::number("10.0.0.2"));
    EXPECT_EQ(ip.protocol(), packet::kProtocolIcmp);
    const Bytes message = Bytes(out).subspan(kEthernetSize + kIpv4Size);
    EXPECT_EQ(message[0], 11);
    EXPECT_EQ(message[1], 0);
    EXPECT_EQ(packet::internet_checksum(message), 0);
    // The packet as it came, TTL 1 and all.
    EXPECT_TRUE(
        std::equal(message.begin() + kIcmpSize, message.end(), sent.begin() + kEthernetSize));
}

TEST_F(IcmpErrors, TimeExceededIsAWholeIpv6Packet) {
    Packing packing = v6("fd01::9");
    packing.hops = 1;
    const Frame sent = test::ipv6(packing);
    const Frame out = answer(process(sent));
    ASSERT_EQ(out.size(), sent.size() + kIpv6Size + kIcmpSize);
    const packet::Ipv6View ip(out.data() + kEthernetSize);
    EXPECT_EQ(ip.version(), 6);
    EXPECT_EQ(ip.next_header(), packet::kProtocolIcmpv6);
    EXPECT_EQ(ip.payload_length(), out.size() - kEthernetSize - kIpv6Size);
    EXPECT_TRUE(
        std::equal(ip.source(), ip.source() + 16, test::address("fd00::1").octets().begin()));
    EXPECT_TRUE(std::equal(ip.destination(), ip.destination() + 16,
                           test::address("fd00::2").octets().begin()));
    Frame message(out.begin() + kEthernetSize + kIpv6Size, out.end());
    EXPECT_EQ(message[0], 3);
    EXPECT_EQ(message[1], 0);
    const std::uint16_t found = packet::load16(message.data() + 2);
    packet::store16(message.data() + 2, 0);
    EXPECT_EQ(found, packet::transport_checksum(Bytes(out.data() + kEthernetSize + 8, 32),
                                                packet::kProtocolIcmpv6, message));
    EXPECT_TRUE(
        std::equal(message.begin() + kIcmpSize, message.end(), sent.begin() + kEthernetSize));
}

struct Expected {
    std::string destination;
    std::uint8_t type;
    std::uint8_t code;
};

TEST_F(IcmpErrors, SaysWhyByTypeAndCode) {
    for (const Expected& expected : {Expected{"192.0.2.1", 3, 0}, Expected{"203.0.113.1", 3, 13}}) {
        const Frame out = answer(process(test::ipv4(v4(expected.destination))));
        ASSERT_FALSE(out.empty());
        EXPECT_EQ(out[kEthernetSize + kIpv4Size], expected.type);
        EXPECT_EQ(out[kEthernetSize + kIpv4Size + 1], expected.code);
    }
    for (const Expected& expected :
         {Expected{"2001:db8::1", 1, 0}, Expected{"2001:db8:2::1", 1, 1}}) {
        const Frame out = answer(process(test::ipv6(v6(expected.destination))));
        ASSERT_FALSE(out.empty());
        EXPECT_EQ(out[kEthernetSize + kIpv6Size], expected.type);
        EXPECT_EQ(out[kEthernetSize + kIpv6Size + 1], expected.code);
    }
    Packet& unresolved = process(test::ipv4(v4("10.0.1.77")));
    unresolved.flags |= packet::kNeighborFailed;
    again(unresolved);
    EXPECT_EQ(answer(unresolved)[kEthernetSize + kIpv4Size + 1], 1);
    Packet& unresolved6 = process(test::ipv6(v6("fd00:1::77")));
    unresolved6.flags |= packet::kNeighborFailed;
    again(unresolved6);
    EXPECT_EQ(answer(unresolved6)[kEthernetSize + kIpv6Size + 1], 3);
}

TEST_F(IcmpErrors, CarryTheMtu) {
    Packing packing = v4("172.16.1.9");
    packing.fragment_word = 0x4000;
    packing.payload.resize(1600);
    const Frame out = answer(process(test::ipv4(packing)));
    EXPECT_EQ(out.size(), kEthernetSize + 576);
    const std::uint8_t* message = out.data() + kEthernetSize + kIpv4Size;
    EXPECT_EQ(message[0], 3);
    EXPECT_EQ(message[1], 4);
    EXPECT_EQ(packet::load32(message + 4), kMtu);

    Packing packing6 = v6("fd01::9");
    packing6.payload.resize(1600);
    const Frame out6 = answer(process(test::ipv6(packing6)));
    EXPECT_EQ(out6.size(), kIcmpErrorFrameMax);
    const std::uint8_t* message6 = out6.data() + kEthernetSize + kIpv6Size;
    EXPECT_EQ(message6[0], 2);
    EXPECT_EQ(message6[1], 0);
    EXPECT_EQ(packet::load32(message6 + 4), kMtu);
}

TEST_F(IcmpErrors, QuoteNoPadding) {
    Frame sent = test::ipv4(v4("192.0.2.1"));
    const std::size_t length = sent.size();
    sent.resize(length + 30, 0xee);
    EXPECT_EQ(answer(process(sent)).size(), length + kIpv4Size + kIcmpSize);
}

TEST_F(IcmpErrors, ComeFromTheSubnetOfTheSender) {
    settings_.ports[0].addresses.push_back(InterfaceAddress::parse("10.9.0.1/24").value());
    publish();
    Packing packing = v4("192.0.2.1");
    packing.source = "10.9.0.7";
    const Frame out = answer(process(test::ipv4(packing)));
    EXPECT_EQ(packet::Ipv4View(out.data() + kEthernetSize).source(), test::number("10.9.0.1"));
    packing.source = "172.30.0.7";  // from further away
    const Frame far = answer(process(test::ipv4(packing)));
    EXPECT_EQ(packet::Ipv4View(far.data() + kEthernetSize).source(), test::number("10.0.0.1"));
}

TEST_F(IcmpErrors, ComeFromAnotherPortWhereThereIsNoAddress) {
    settings_.ports[0].addresses = {InterfaceAddress::parse("fe80::1/64").value()};
    lend_addresses(settings_);
    publish();
    const Frame out = answer(process(test::ipv4(v4("192.0.2.1"))));
    ASSERT_FALSE(out.empty());
    EXPECT_EQ(packet::Ipv4View(out.data() + kEthernetSize).source(), test::number("10.0.1.1"));
    const Frame out6 = answer(process(test::ipv6(v6("2001:db8::1"))));
    ASSERT_FALSE(out6.empty());
    EXPECT_TRUE(std::equal(out6.begin() + kEthernetSize + 8, out6.begin() + kEthernetSize + 24,
                           test::address("fd00:1::1").octets().begin()));
    // The subnet stays where it is: no broadcast address of it here.
    EXPECT_FALSE(is_broadcast_of(settings_.ports[0], test::number("10.0.1.255")));
    EXPECT_TRUE(settings_.ports[5].addresses.empty());  // not enabled
}

TEST_F(IcmpErrors, NeedAnAddressAndRoom) {
    const Packet& packet = process(test::ipv4(v4("192.0.2.1")));
    ASSERT_EQ(output_.answered, 1);
    Frame out(2048);
    EXPECT_EQ(write_icmp_error(packet, output_.answers[0].error, PortSettings{}, out), 0U);
    EXPECT_EQ(write_icmp_error(packet, output_.answers[0].error, settings_.ports[0],
                               std::span(out).first(100)),
              0U);
}

TEST_F(IcmpErrors, AnswerQueriesButNotErrors) {
    const Packing to4 = v4("192.0.2.1");
    EXPECT_TRUE(answered(test::ipv4(with_message(to4, packet::kProtocolIcmp, test::icmp(8)))));
    for (const std::uint8_t type : Frame{3, 4, 5, 11, 12}) {
        EXPECT_FALSE(
            answered(test::ipv4(with_message(to4, packet::kProtocolIcmp, test::icmp(type)))));
    }
    EXPECT_FALSE(answered(test::ipv4(with_message(to4, packet::kProtocolIcmp, {}))));
    const Packing to6 = v6("2001:db8::1");
    EXPECT_TRUE(answered(test::ipv6(with_message(to6, packet::kProtocolIcmpv6, test::icmp(128)))));
    for (const std::uint8_t type : Frame{1, 2, 3, 4, 137}) {
        EXPECT_FALSE(
            answered(test::ipv6(with_message(to6, packet::kProtocolIcmpv6, test::icmp(type)))));
    }
    EXPECT_EQ(pipeline_.counters().icmp_errors_suppressed.value(), 11U);
}

TEST_F(IcmpErrors, AnswerTheFirstFragmentOnly) {
    Packing packing = v4("192.0.2.1");
    packing.fragment_word = 0x2000;
    EXPECT_TRUE(answered(test::ipv4(packing)));
    packing.fragment_word = 0x0001;
    EXPECT_FALSE(answered(test::ipv4(packing)));
}

TEST_F(IcmpErrors, AnswerNobodyWhoIsNotOneHost) {
    Packing packing = v4("192.0.2.1");
    packing.source = "10.0.0.255";  // would make an amplifier of us
    EXPECT_FALSE(answered(test::ipv4(packing)));
    packing.source = "10.0.0.2";
    packing.from = {{1, 0, 0x5e, 0, 0, 1}};
    EXPECT_FALSE(answered(test::ipv4(packing)));
    EXPECT_EQ(pipeline_.counters().icmp_errors_suppressed.value(), 2U);
}

// All that says "unreachable", of the port it came in on.
TEST_F(IcmpErrors, UnreachablesCanBeOffByFamily) {
    const Frame no_route4 = test::ipv4(v4("192.0.2.1"));
    const Frame no_route6 = test::ipv6(v6("2001:db8::1"));
    const Frame reject4 = test::ipv4(v4("203.0.113.9"));
    const Frame reject6 = test::ipv6(v6("2001:db8:2::1"));
    settings_.ports[0].unreachables = {.v4 = false, .v6 = true};
    publish();
    EXPECT_FALSE(answered(no_route4));
    EXPECT_FALSE(answered(reject4));
    EXPECT_TRUE(answered(no_route6));
    EXPECT_TRUE(answered(reject6));
    EXPECT_EQ(pipeline_.counters().icmp_errors_suppressed.value(), 2U);
    EXPECT_EQ(punted(PuntClass::unreachable), 2U) << "what is not sent takes no allowance";
    settings_.ports[0].unreachables = {.v4 = true, .v6 = false};
    publish();
    EXPECT_TRUE(answered(no_route4));
    EXPECT_TRUE(answered(reject4));
    EXPECT_FALSE(answered(no_route6));
    EXPECT_FALSE(answered(reject6));
    EXPECT_EQ(drops(DropReason::no_route), 4U) << "dropped it is all the same";
}

TEST_F(IcmpErrors, WithoutUnreachablesTheOthersGoOn) {
    settings_.ports[0].unreachables = {.v4 = false, .v6 = false};
    publish();
    Packing late = v4("172.16.1.9");
    late.hops = 1;
    EXPECT_TRUE(answered(test::ipv4(late)));
    // Path MTU discovery needs it (RFC 1191 section 4), as IPv6's packet too big.
    Packing large = v4("172.16.1.9");
    large.payload = test::udp(1, 2, kMtu);
    large.fragment_word = 0x4000;
    EXPECT_TRUE(answered(test::ipv4(large)));
    EXPECT_EQ(output_.answers[0].error.kind, IcmpErrorKind::packet_too_big);
    Packing large6 = v6("fd01::9");
    large6.payload = test::udp(1, 2, kMtu);
    EXPECT_TRUE(answered(test::ipv6(large6)));
}

TEST_F(IcmpErrors, AreLimitedByPort) {
    settings_.icmp_errors_per_second = 10;
    settings_.icmp_error_burst = 3;
    publish();
    const Frame frame = test::ipv4(v4("192.0.2.1"));
    int answers = 0;
    for (int count = 0; count < 20; ++count) answers += answered(frame) ? 1 : 0;
    EXPECT_EQ(answers, 3);
    EXPECT_EQ(punted(PuntClass::unreachable), 3U);
    EXPECT_EQ(limited(PuntClass::unreachable), 17U);
    EXPECT_EQ(drops(DropReason::no_route), 20U);
    now_ += std::chrono::milliseconds(200);
    answers = 0;
    for (int count = 0; count < 20; ++count) answers += answered(frame) ? 1 : 0;
    EXPECT_EQ(answers, 2);
    // Another port has its own allowance.
    Packing other = v4("192.0.2.1");
    other.source = "10.0.1.2";
    other.to = port_mac(1);
    process(test::ipv4(other), 1);
    EXPECT_EQ(output_.answered, 1);
}

TEST(TokenBucket, TakesNewLimitsAtOnce) {
    TokenBucket bucket(1, 2);
    const TimePoint now{std::chrono::seconds(50)};
    EXPECT_TRUE(bucket.take(now));
    EXPECT_TRUE(bucket.take(now));
    EXPECT_FALSE(bucket.take(now));
    bucket.configure(1, 3);
    EXPECT_TRUE(bucket.take(now));
    EXPECT_FALSE(bucket.take(now));
    EXPECT_TRUE(bucket.take(now + std::chrono::seconds(1)));
    bucket.configure(1, 0);
    EXPECT_FALSE(bucket.take(now + std::chrono::seconds(100)));
}

}  // namespace
}  // namespace torii::pipeline

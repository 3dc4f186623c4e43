#include "tests/unit/dataplane/support/test_router.h"

namespace torii::pipeline {
namespace {

using packet::kEthernetSize;
using test::Frame;
using test::Packing;

class Ipv4Input : public test::TestRouter {
protected:
    static Packing to(const std::string& destination, const std::string& source = "10.0.0.2") {
        Packing packing{source, destination};
        packing.payload = test::udp(1, 2);
        return packing;
    }
    static Frame with_octet(std::size_t offset, std::uint8_t value) {
        Frame frame = test::ipv4(to("172.16.1.9"));
        frame[kEthernetSize + offset] = value;
        test::fix_ipv4_checksum(frame);
        return frame;
    }
};

TEST_F(Ipv4Input, DropsWhatIsShorterThanAHeader) {
    Frame frame = test::ipv4(to("172.16.1.9"));
    frame.resize(kEthernetSize + 19);
    expect_drop(process(frame), DropReason::ipv4_truncated);
}

TEST_F(Ipv4Input, DropsWhatIsShorterThanItSays) {
    Frame frame = test::ipv4(to("172.16.1.9"));
    frame.pop_back();
    expect_drop(process(frame), DropReason::ipv4_truncated);
}

TEST_F(Ipv4Input, DropsAnotherVersion) {
    expect_drop(process(with_octet(0, 0x65)), DropReason::ipv4_bad_version);
}

TEST_F(Ipv4Input, DropsABadHeaderLength) {
    Frame frame = test::ipv4(to("172.16.1.9"));
    frame[kEthernetSize] = 0x44;
    expect_drop(process(frame), DropReason::ipv4_bad_header_length);
    frame[kEthernetSize] = 0x4f;  // 60 octets, of 40 that are there
    expect_drop(process(frame), DropReason::ipv4_bad_header_length);
}

TEST_F(Ipv4Input, DropsATotalLengthBelowTheHeader) {
    Frame frame = with_octet(3, 19);
    expect_drop(process(frame), DropReason::ipv4_bad_total_length);
}

TEST_F(Ipv4Input, DropsABadChecksumUnlessTheDeviceVerifiedIt) {
    Frame frame = test::ipv4(to("172.16.1.9"));
    frame[kEthernetSize + 10] ^= 1U;
    expect_drop(process(frame), DropReason::ipv4_bad_checksum);
    EXPECT_EQ(process(frame, 0, packet::kIpChecksumGood).verdict, Verdict::forward);
}

TEST_F(Ipv4Input, ForwardsOptionsItNeedNotKnow) {
    Packing packing = to("172.16.1.9");
    packing.options = {0x94, 4, 0, 0};  // router alert
    const Packet& packet = process(test::ipv4(packing));
    EXPECT_EQ(packet.verdict, Verdict::forward);
    EXPECT_TRUE(packet::Ipv4View(packet.data + kEthernetSize).checksum_good());
}

TEST_F(Ipv4Input, WritesItsAddressIntoRecordRoute) {
    Packing packing = to("172.16.1.9");
    packing.options = {7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    const Packet& packet = process(test::ipv4(packing));
    ASSERT_EQ(packet.verdict, Verdict::forward);
    const std::uint8_t* header = packet.data + kEthernetSize;
    EXPECT_TRUE(packet::Ipv4View(header).checksum_good());
    EXPECT_EQ(Frame(header + 20, header + 28), (Frame{7, 11, 8, 10, 0, 1, 1, 0}));
}

TEST_F(Ipv4Input, TellsWhereOptionsAreMalformed) {
    const std::vector<std::pair<Frame, int>> cases{
        {{7, 1, 0, 0}, 21}, {{7, 9, 4, 0}, 21}, {{1, 1, 1, 7}, 23}, {{7, 3, 3, 0}, 22}};
    for (const auto& [options, pointer] : cases) {
        Packing packing = to("172.16.1.9");
        packing.options = options;
        expect_answer(process(test::ipv4(packing)), DropReason::ipv4_bad_options,
                      IcmpErrorKind::parameter_problem);
        EXPECT_EQ(output_.answers[0].error.value, pointer);
    }
}

TEST_F(Ipv4Input, DropsSourceRoutes) {
    for (const std::uint8_t type : Frame{131, 137}) {
        Packing packing = to("172.16.1.9");
        packing.options = {1, type, 7, 4, 10, 0, 1, 2};
        expect_drop(process(test::ipv4(packing)), DropReason::ipv4_source_route);
    }
}

TEST_F(Ipv4Input, DropsMartianSources) {
    for (const char* source : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.5", "239.1.1.1",
                               "240.0.0.1", "255.255.255.255"}) {
        SCOPED_TRACE(source);
        expect_drop(process(test::ipv4(to("172.16.1.9", source))), DropReason::martian_source);
        expect_drop(process(test::ipv4(to("10.0.0.1", source))), DropReason::martian_source);
    }
    EXPECT_EQ(output_.answered, 0);
}

TEST_F(Ipv4Input, DropsMartianDestinations) {
    for (const char* destination : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "240.0.0.1"}) {
        SCOPED_TRACE(destination);
        expect_drop(process(test::ipv4(to(destination))), DropReason::martian_destination);
        EXPECT_EQ(output_.answered, 0);
    }
}

TEST_F(Ipv4Input, PuntsLimitedBroadcastAndMulticast) {
    Packing broadcast = to("255.255.255.255", "0.0.0.0");  // as a DHCP client asks
    broadcast.to = test::kBroadcastMac;
    expect_punt(process(test::ipv4(broadcast)), PuntClass::other);
    Packing multicast = to("224.0.0.5");
    multicast.to = {{0x01, 0, 0x5e, 0, 0, 5}};
    expect_punt(process(test::ipv4(multicast)), PuntClass::other);
}

TEST_F(Ipv4Input, PuntsWhatIsForUsByItsClass) {
    expect_punt(process(test::ipv4(to("10.0.0.1"))), PuntClass::local);
    expect_punt(process(test::ipv4(to("10.0.1.1"))), PuntClass::local);
    Packing packing = to("10.0.0.1");
    packing.protocol = packet::kProtocolIcmp;
    packing.payload = test::icmp(packet::kIcmpEchoRequest);
    expect_punt(process(test::ipv4(packing)), PuntClass::icmp);
    packing.protocol = packet::kProtocolTcp;
    packing.payload = test::tcp(40000, 179);
    expect_punt(process(test::ipv4(packing)), PuntClass::bgp);
    packing.payload = test::tcp(179, 40000);
    expect_punt(process(test::ipv4(packing)), PuntClass::bgp);
    packing.payload[packet::kTcpFlags] = packet::kTcpSyn | 0x10;
    expect_punt(process(test::ipv4(packing)), PuntClass::bgp_open);
    packing.payload.resize(packet::kTcpFlags);
    expect_punt(process(test::ipv4(packing)), PuntClass::bgp_open);
    packing.payload = test::tcp(40000, 22);
    expect_punt(process(test::ipv4(packing)), PuntClass::ssh);
    packing.payload = test::tcp(22, 40000);
    expect_punt(process(test::ipv4(packing)), PuntClass::local);
    packing.payload = test::tcp(40000, 179);
    packing.fragment_word = 0x0010;  // no port number in there
    expect_punt(process(test::ipv4(packing)), PuntClass::local);
    packing.fragment_word = 0;
    packing.protocol = packet::kProtocolUdp;
    for (const std::uint16_t port :
         {packet::kBfdPort, packet::kBfdEchoPort, packet::kBfdMultihopPort}) {
        packing.payload = test::udp(49152, port);
        expect_punt(process(test::ipv4(packing)), PuntClass::bfd);
    }
}

TEST_F(Ipv4Input, PuntsWhatIsForUsWhateverItsTtl) {
    Packing packing = to("10.0.0.1");
    for (const std::uint8_t ttl : Frame{0, 1, 255}) {
        packing.hops = ttl;
        const Frame frame = test::ipv4(packing);
        const Packet& packet = process(frame);
        expect_punt(packet, PuntClass::local);
        EXPECT_EQ(Frame(packet.data, packet.data + packet.length), frame);
    }
}

TEST_F(Ipv4Input, RepairsPartialChecksumsOnlyWhereThePortSaysSo) {
    Packing packing = to("172.16.1.9");
    packing.protocol = packet::kProtocolTcp;
    packing.payload = test::tcp(40000, 80, 11);
    Frame frame = test::ipv4(packing);
    std::uint8_t* ip = frame.data() + kEthernetSize;
    const Bytes addresses(ip + 12, 8);
    const std::uint16_t partial =
        packet::fold_checksum(packet::pseudo_header_sum(addresses, packet::kProtocolTcp, 31));
    packet::store16(ip + 36, __builtin_bswap16(partial));
    const Packet& untouched = process(frame);
    EXPECT_EQ(packet::load16(untouched.data + kEthernetSize + 36), __builtin_bswap16(partial));

    settings_.ports[0].repair_checksums = true;
    publish();
    const Packet& repaired = process(frame);
    ASSERT_EQ(repaired.verdict, Verdict::forward);
    std::uint8_t* segment = repaired.data + kEthernetSize + packet::kIpv4Size;
    const std::uint16_t found = packet::load16(segment + 16);
    packet::store16(segment + 16, 0);
    EXPECT_EQ(found,
              packet::transport_checksum(addresses, packet::kProtocolTcp, Bytes(segment, 31)));
    EXPECT_EQ(pipeline_.counters().checksums_repaired.value(), 1U);
}

}  // namespace
}  // namespace torii::pipeline

#include "tests/unit/dataplane/support/test_router.h"

namespace torii::pipeline {
namespace {

using packet::kEthernetSize;
using test::Frame;
using test::Packing;

class Ipv6Input : public test::TestRouter {
protected:
    static Packing to(const std::string& destination, const std::string& source = "fd00::2") {
        Packing packing{source, destination};
        packing.payload = test::udp(1, 2);
        return packing;
    }
    static Packing message(std::uint8_t type, const std::string& destination) {
        Packing packing{"fd00::2", destination};
        packing.protocol = packet::kProtocolIcmpv6;
        packing.payload = test::icmp(type);
        return packing;
    }
};

TEST_F(Ipv6Input, DropsJumbograms) {
    Packing packing{"fd00::2", "fd01::9"};
    packing.protocol = packet::kProtocolHopByHop;
    packing.payload = {17, 0, 0xc2, 4, 0, 1, 0x11, 0x70};
    Frame frame = test::ipv6(packing);
    packet::store16(frame.data() + packet::kEthernetSize + 4, 0);
    expect_drop(process(frame), DropReason::ipv6_jumbogram);
}

TEST_F(Ipv6Input, DropsWhatIsShorterThanAHeaderOrThanItSays) {
    Frame frame = test::ipv6(to("fd01::9"));
    frame.pop_back();
    expect_drop(process(frame), DropReason::ipv6_truncated);
    frame.resize(kEthernetSize + 39);
    expect_drop(process(frame), DropReason::ipv6_truncated);
}

TEST_F(Ipv6Input, DropsAnotherVersion) {
    Frame frame = test::ipv6(to("fd01::9"));
    frame[kEthernetSize] = 0x45;
    expect_drop(process(frame), DropReason::ipv6_bad_version);
}

TEST_F(Ipv6Input, DropsMartianSources) {
    for (const char* source : {"::", "::1", "ff02::1", "::ffff:10.0.0.2"}) {
        SCOPED_TRACE(source);
        expect_drop(process(test::ipv6(to("fd01::9", source))), DropReason::martian_source);
        EXPECT_EQ(output_.answered, 0);
    }
}

TEST_F(Ipv6Input, DropsMartianDestinations) {
    for (const char* destination : {"::", "::1", "::ffff:10.0.0.2", "ff00::1", "ff01::1"}) {
        SCOPED_TRACE(destination);
        expect_drop(process(test::ipv6(to(destination))), DropReason::martian_destination);
        EXPECT_EQ(output_.answered, 0);
    }
}

TEST_F(Ipv6Input, PuntsNeighborDiscovery) {
    Packing solicitation = message(135, "ff02::1:ff00:1");
    solicitation.source = "::";  // duplicate address detection
    solicitation.hops = 255;
    solicitation.to = {{0x33, 0x33, 0xff, 0, 0, 1}};
    expect_punt(process(test::ipv6(solicitation)), PuntClass::nd);
    expect_punt(process(test::ipv6(message(136, "fd00::1"))), PuntClass::nd);
    expect_punt(process(test::ipv6(message(136, "fe80::1"))), PuntClass::nd);
}

TEST_F(Ipv6Input, PuntsWhatIsForUsByItsClass) {
    expect_punt(process(test::ipv6(to("fd00::1"))), PuntClass::local);
    expect_punt(process(test::ipv6(to("fe80::1", "fe80::2"))), PuntClass::local);
    expect_punt(process(test::ipv6(message(packet::kIcmpv6EchoRequest, "fd00:1::1"))),
                PuntClass::icmp);
    Packing session = to("fd00::1");
    session.protocol = packet::kProtocolTcp;
    session.payload = test::tcp(40000, 179);
    expect_punt(process(test::ipv6(session)), PuntClass::bgp);
    session.payload[packet::kTcpFlags] = packet::kTcpSyn;
    expect_punt(process(test::ipv6(session)), PuntClass::bgp_open);
    Packing multicast = to("ff02::9");
    multicast.to = {{0x33, 0x33, 0, 0, 0, 9}};
    expect_punt(process(test::ipv6(multicast)), PuntClass::other);
}

TEST_F(Ipv6Input, DropsUnicastInABroadcastFrame) {
    for (const char* destination : {"fd01::9", "fd00::1", "fe80::1"}) {
        Packing packing = to(destination);
        packing.to = test::kBroadcastMac;
        expect_drop(process(test::ipv6(packing)), DropReason::link_layer_broadcast);
        EXPECT_EQ(output_.answered, 0);
    }
}

TEST_F(Ipv6Input, TellsALinkLocalSenderThatItCannotGoFurther) {
    expect_answer(process(test::ipv6(to("fd01::9", "fe80::2"))), DropReason::link_local_scope,
                  IcmpErrorKind::beyond_scope);
}

TEST_F(Ipv6Input, RepairsPartialChecksums) {
    settings_.ports[0].repair_checksums = true;
    publish();
    Packing packing = to("fd00::1");
    packing.protocol = packet::kProtocolTcp;
    packing.payload = test::tcp(40000, 179, 5);
    Frame frame = test::ipv6(packing);
    std::uint8_t* ip = frame.data() + kEthernetSize;
    const std::uint16_t partial =
        packet::fold_checksum(packet::pseudo_header_sum(Bytes(ip + 8, 32), 6, 25));
    packet::store16(ip + 40 + 16, __builtin_bswap16(partial));
    const Packet& packet = process(frame);
    expect_punt(packet, PuntClass::bgp);  // the kernel verifies it
    EXPECT_EQ(pipeline_.counters().checksums_repaired.value(), 1U);
    EXPECT_NE(packet::load16(packet.data + kEthernetSize + 56), __builtin_bswap16(partial));
}

}  // namespace
}  // namespace torii::pipeline

#include "tests/unit/dataplane/support/test_router.h"

namespace torii::pipeline {
namespace {

using test::Packing;

// From a host behind a port of the test router, with another as destination.
class SourceValidationTest : public test::TestRouter {
protected:
    void validate(SourceValidation mode) {
        settings_.ports[0].source_validation = mode;
        settings_.ports[1].source_validation = mode;
        publish();
    }
    const Packet& from(const std::string& source, PortId port = 0) {
        const bool v4 = source.find(':') == std::string::npos;
        Packing packing{source, v4 ? "172.16.2.9" : "fd02::9"};
        packing.to = test::port_mac(port);
        packing.payload = test::udp(1, 2);
        return process(v4 ? test::ipv4(packing) : test::ipv6(packing), port);
    }
    void expect_passed(const Packet& packet) { EXPECT_EQ(packet.verdict, Verdict::forward); }
    void expect_refused(const Packet& packet) {
        expect_drop(packet, DropReason::source_unreachable);
        EXPECT_EQ(output_.answered, 0);
    }
};

TEST_F(SourceValidationTest, IsOffUnlessConfigured) {
    for (const char* source : {"172.16.1.9", "192.0.2.1", "fd01::9", "2001:db8:99::1"}) {
        expect_passed(from(source));
    }
}

TEST_F(SourceValidationTest, LooseWantsARoute) {
    validate(SourceValidation::loose);
    for (const char* source : {"10.0.0.2", "172.16.1.9", "fd00::2", "fd01::9"}) {
        expect_passed(from(source));
    }
    // None, to nothing, refused, our own.
    for (const char* source : {"192.0.2.1", "198.51.100.1", "203.0.113.1", "10.0.1.1",
                               "2001:db8:99::1", "2001:db8:1::1", "fd00:1::1"}) {
        SCOPED_TRACE(source);
        expect_refused(from(source));
    }
}

TEST_F(SourceValidationTest, StrictWantsOneByThePortItCameFrom) {
    validate(SourceValidation::strict);
    expect_passed(from("10.0.0.2"));
    expect_passed(from("172.16.1.9", 1));
    expect_passed(from("172.16.0.9", 1));  // by either port
    expect_passed(from("fd00::2"));
    expect_passed(from("fd03::9", 1));
    expect_refused(from("172.16.1.9"));
    expect_refused(from("172.16.0.9"));
    expect_refused(from("10.0.1.2"));
    expect_refused(from("fd01::9"));
    EXPECT_EQ(drops(DropReason::source_unreachable), 4U);
}

TEST_F(SourceValidationTest, LeavesTheLinkAlone) {
    validate(SourceValidation::strict);
    Packing link_local{"fe80::2", "fd00::1"};
    link_local.protocol = packet::kProtocolIcmpv6;
    link_local.payload = test::icmp(136);
    expect_punt(process(test::ipv6(link_local)), PuntClass::nd);
    Packing nobody_yet{"0.0.0.0", "255.255.255.255"};
    nobody_yet.to = test::kBroadcastMac;
    nobody_yet.payload = test::udp(68, 67);
    expect_punt(process(test::ipv4(nobody_yet)), PuntClass::other);
}

TEST_F(SourceValidationTest, NobodyWritesAsFromUsOnSoftwarePorts) {
    settings_.ports[0].repair_checksums = true;
    publish();
    expect_refused(from("10.0.0.1"));
    expect_refused(from("fd00:1::1"));
    expect_passed(from("192.0.2.1"));
}

TEST_F(SourceValidationTest, KeepsThePlainFromTheShortWay) {
    validate(SourceValidation::strict);
    Packing packing{"172.16.1.9", "172.16.2.9"};
    packing.payload = test::udp(1, 2);
    expect_refused(process(test::ipv4(packing), 0, packet::kIpChecksumGood));
}

}  // namespace
}  // namespace torii::pipeline

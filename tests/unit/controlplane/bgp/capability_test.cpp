#include "controlplane/bgp/capability.h"

#include "tests/unit/controlplane/bgp/octets.h"

#include <gtest/gtest.h>

namespace torii::bgp {

namespace {

Capabilities decoded(std::string_view octets) {
    Capabilities capabilities;
    EXPECT_TRUE(decode_capabilities(hex(octets), capabilities)) << octets;
    return capabilities;
}

std::string encoded(const Capabilities& capabilities) {
    ByteWriter out;
    encode_capabilities(capabilities, out);
    return dump(out.view());
}

}  // namespace

TEST(BgpCapability, AllThatWeKnowInOneParameter) {
    Capabilities all;
    all.multiprotocol = true;
    all.families = FamilySet::all();
    all.route_refresh = true;
    all.enhanced_route_refresh = true;
    all.extended_message = true;
    all.extended_next_hop = true;
    all.four_octet_as = Asn{4200000000};
    all.add_path_send = FamilySet{Family::ipv4_unicast};
    all.add_path_receive = FamilySet::all();
    all.long_lived.emplace().entries = {{Family::ipv4_unicast, true, Seconds{0x123456}},
                                        {Family::ipv6_unicast, false, Seconds{0}}};
    all.host_name = HostName{"tor-1", "rack"};
    all.graceful_restart = GracefulRestartCapability{true, true, Seconds{120}, FamilySet::all(),
                                                     FamilySet{Family::ipv4_unicast}};
    const char* const octets =
        "01 04 00 01 00 01 "  // RFC 4760 section 8
        "01 04 00 02 00 01 "
        "02 00 "                                            // RFC 2918 section 2
        "05 06 00 01 00 01 00 02 "                          // RFC 8950 section 4
        "06 00 "                                            // RFC 8654 section 3
        "40 0a c0 78 00 01 01 80 00 02 01 00 "              // RFC 4724 section 3
        "41 04 fa 56 ea 00 "                                // RFC 6793 section 3
        "45 08 00 01 01 03 00 02 01 01 "                    // RFC 7911 section 4
        "46 00 "                                            // RFC 7313 section 3.1
        "47 0e 00 01 01 80 12 34 56 00 02 01 00 00 00 00 "  // RFC 9494 section 3.1
        "49 0b 05 74 6f 72 2d 31 04 72 61 63 6b";           // draft-walton-bgp-hostname-capability
    EXPECT_EQ(encoded(all), octets);
    EXPECT_EQ(decoded(octets), all);
}

TEST(BgpCapability, GracefulRestartTimeHasTwelveBits) {
    Capabilities capabilities;
    capabilities.graceful_restart.emplace().time = Seconds{5000};
    EXPECT_EQ(encoded(capabilities), "40 02 0f ff");
    EXPECT_EQ(decoded("40 02 0f ff").graceful_restart->time, Seconds{4095});
}

TEST(BgpCapability, OfSeveralGracefulRestartsTheLastCounts) {
    const auto capabilities = decoded("40 02 00 0a 40 02 80 14");
    EXPECT_TRUE(capabilities.graceful_restart->restarting);
    EXPECT_EQ(capabilities.graceful_restart->time, Seconds{20});
}

TEST(BgpCapability, GracefulRestartIgnoresFamiliesThatWeDoNotCarry) {
    const auto capabilities = decoded("40 0a 00 0f 00 19 41 80 00 02 01 80");
    EXPECT_EQ(capabilities.graceful_restart->families, FamilySet{Family::ipv6_unicast});
    EXPECT_EQ(capabilities.graceful_restart->forwarding, FamilySet{Family::ipv6_unicast});
}

TEST(BgpCapability, AForeignFamilyAloneIsNotAnEmptyList) {
    const auto capabilities = decoded("01 04 00 19 00 41");
    EXPECT_TRUE(capabilities.multiprotocol) << "so that IPv4 unicast is not assumed";
    EXPECT_TRUE(capabilities.families.empty());
}

TEST(BgpCapability, OnesWithAnUnexpectedLengthAreIgnored) {
    EXPECT_EQ(decoded("01 03 00 01 00"), Capabilities{});
    EXPECT_EQ(decoded("02 01 00"), Capabilities{});
    EXPECT_EQ(decoded("05 05 00 01 00 01 00"), Capabilities{});
    EXPECT_EQ(decoded("05 07 00 01 00 01 00 02 00"), Capabilities{});
    EXPECT_EQ(decoded("06 01 00"), Capabilities{});
    EXPECT_EQ(decoded("40 01 80"), Capabilities{});
    EXPECT_EQ(decoded("40 03 80 00 00"), Capabilities{});
    EXPECT_EQ(decoded("41 02 fd e9"), Capabilities{});
    EXPECT_EQ(decoded("45 03 00 01 01"), Capabilities{});
    EXPECT_EQ(decoded("45 05 00 01 01 01 00"), Capabilities{});
    EXPECT_EQ(decoded("46 02 00 00"), Capabilities{});
    EXPECT_EQ(decoded("47 06 00 01 01 80 00 00"), Capabilities{});
    EXPECT_EQ(decoded("49 01 05"), Capabilities{}) << "a name beyond the capability";
    EXPECT_EQ(decoded("80 01 00"), Capabilities{});
}

TEST(BgpCapability, UnknownOnesAreIgnored) {
    EXPECT_EQ(decoded("4b 00 03 04 00 01 01 03 ef 00"), Capabilities{})
        << "software version, ORF, 239";
}

TEST(BgpCapability, AddPathIgnoresWhatTheRfcDoesNotKnow) {
    const auto capabilities = decoded("45 10 00 01 01 00 00 01 01 04 00 02 01 02 00 02 01 03");
    EXPECT_TRUE(capabilities.add_path_receive.empty()) << "0 and 4, and the second IPv6 entry";
    EXPECT_EQ(capabilities.add_path_send, FamilySet{Family::ipv6_unicast});
}

TEST(BgpCapability, AnAddPathEntryThatIsIgnoredIsNotTheFirst) {
    const auto none = decoded("45 08 00 01 01 00 00 01 01 01");
    EXPECT_EQ(none.add_path_receive, FamilySet{Family::ipv4_unicast}) << "behind mode 0";
    const auto four = decoded("45 08 00 01 01 07 00 01 01 02");
    EXPECT_TRUE(four.add_path_receive.empty()) << "of mode 7 nothing counts";
    EXPECT_EQ(four.add_path_send, FamilySet{Family::ipv4_unicast});
}

TEST(BgpCapability, ALongLivedTimeHasThreeOctets) {
    Capabilities capabilities;
    capabilities.long_lived.emplace().entries = {{Family::ipv4_unicast, false, Seconds{0x1000001}}};
    EXPECT_EQ(encoded(capabilities), "47 07 00 01 01 00 ff ff ff");
}

TEST(BgpCapability, OfSeveralLongLivedTimesOfAFamilyTheFirstCounts) {
    const auto capabilities = decoded("47 0e 00 01 01 80 00 00 00 00 01 01 80 00 00 3c");
    EXPECT_EQ(capabilities.long_lived->entries,
              (std::vector<LongLivedCapability::Entry>{{Family::ipv4_unicast, true, Seconds{0}}}));
}

TEST(BgpCapability, OneWithoutAParameterCountsBesideAnotherWithOne) {
    const auto capabilities = decoded("02 00 02 01 00 06 00 06 01 00 46 00 46 01 00");
    EXPECT_TRUE(capabilities.route_refresh);
    EXPECT_TRUE(capabilities.extended_message);
    EXPECT_TRUE(capabilities.enhanced_route_refresh);
}

TEST(BgpCapability, AHostNameHas64Octets) {
    Capabilities capabilities;
    capabilities.host_name = HostName{std::string(65, 'a'), std::string(66, 'b')};
    const std::string octets = encoded(capabilities);
    EXPECT_EQ(octets.substr(0, 8), "49 82 40") << "of each";
    EXPECT_EQ(decoded(octets).host_name, (HostName{std::string(64, 'a'), std::string(64, 'b')}));
    std::string longer = "49 43 41";
    for (int octet = 0; octet < 65; ++octet) longer += " 61";
    EXPECT_EQ(decoded(longer + " 00").host_name, (HostName{std::string(64, 'a'), ""}));
}

TEST(BgpCapability, AHostNameIsFitForATerminal) {
    EXPECT_EQ(decoded("49 07 03 61 1b 62 02 c3 28").host_name, (HostName{"a?b", "?("}));
}

// RFC 9234 section 4.
TEST(BgpCapability, ARoleIsOneOctetAndOneOfItsKind) {
    Capabilities capabilities;
    capabilities.role = Role::customer;
    EXPECT_EQ(encoded(capabilities), "09 01 03");
    EXPECT_EQ(decoded("09 01 03"), capabilities);
    EXPECT_EQ(decoded("09 01 03 09 01 03"), capabilities) << "the same twice is one";
    EXPECT_TRUE(decoded("09 01 03 09 01 00").several_roles);
    EXPECT_EQ(decoded("09 00"), Capabilities{});
    EXPECT_EQ(decoded("09 02 03 03"), Capabilities{});
    EXPECT_EQ(role_name(*decoded("09 01 05").role), "unassigned");
}

TEST(BgpCapability, OneBeyondTheParameterIsMalformed) {
    Capabilities capabilities;
    EXPECT_FALSE(decode_capabilities(hex("01 04 00 01 00"), capabilities));
    EXPECT_FALSE(decode_capabilities(hex("02"), capabilities));
}

TEST(BgpCapability, ExtendedNextHopIsForIpv4UnicastOverIpv6) {
    EXPECT_FALSE(decoded("05 06 00 01 00 02 00 02").extended_next_hop) << "multicast";
    EXPECT_FALSE(decoded("05 06 00 02 00 01 00 01").extended_next_hop) << "the other way round";
    EXPECT_FALSE(decoded("05 06 00 01 00 01 00 01").extended_next_hop) << "IPv4 over IPv4";
    EXPECT_FALSE(decoded("05 06 00 02 00 01 00 02").extended_next_hop) << "IPv6 over IPv6";
    EXPECT_TRUE(decoded("05 0c 00 01 00 80 00 02 00 01 00 01 00 02").extended_next_hop);
}

}  // namespace torii::bgp

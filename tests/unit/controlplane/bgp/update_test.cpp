#include "controlplane/bgp/update.h"

#include "controlplane/bgp/family_codec.h"
#include "tests/unit/controlplane/bgp/octets.h"

#include <gtest/gtest.h>

namespace torii::bgp {

namespace {

const Octets kAttributes = hex("40 01 01 00 40 02 06 02 01 0000fde9 40 03 04 0a630001");
const char* const kMpAttributes = "40 01 01 00 40 02 06 02 01 0000fde9";
const char* const kNextHop = "20010db8000000000000000000000001";

// MP_REACH_NLRI of IPv6 unicast, with the whole of the next hop.
Octets mp_reach(std::string_view next_hop, std::string_view prefixes, const char* family = "0002") {
    const Octets octets = hex(next_hop);
    const Octets value = concat({hex(family),
                                 hex("01"),
                                 {static_cast<std::uint8_t>(octets.size())},
                                 octets,
                                 hex("00"),
                                 hex(prefixes)});
    return concat({hex("80 0e"), {static_cast<std::uint8_t>(value.size())}, value});
}

Update with_reach(const Octets& reach, const UpdateContext& context = {}) {
    return decode_update(update_body({}, concat({reach, hex(kMpAttributes)}), {}), context);
}

}  // namespace

TEST(BgpUpdate, AnnouncesAndWithdraws) {
    const Update update =
        decode_update(update_body(hex("18 c63365 00"), kAttributes, hex("18 c63364 20 c0000201")),
                      UpdateContext{});
    EXPECT_EQ(update.verdict, Verdict::accept);
    ASSERT_EQ(update.withdrawn.size(), 1U);
    EXPECT_EQ(update.withdrawn[0],
              (Unreach{Family::ipv4_unicast, {prefix("198.51.101.0/24"), prefix("0.0.0.0/0")}}));
    ASSERT_EQ(update.announced.size(), 1U);
    EXPECT_EQ(update.announced[0].next_hop, address("10.99.0.1"));
    EXPECT_EQ(update.announced[0].prefixes,
              (std::vector<Prefix>{prefix("198.51.100.0/24"), prefix("192.0.2.1/32")}));
    EXPECT_EQ(values_of(update).as_path.to_string(), "65001");
    EXPECT_EQ(attributes_of(update, update.announced[0]).next_hop, address("10.99.0.1"));
    EXPECT_EQ(update.end_of_rib, std::nullopt);
}

TEST(BgpUpdate, AttributesAreDecodedToTheLastBit) {
    const Octets attributes =
        concat({kAttributes, hex("80 04 04 0000000a 40 05 04 000000c8 40 06 00"
                                 "c0 07 08 0000fdf2 c0000209"
                                 "c0 08 08 fde90064 00010002"
                                 "80 09 04 c0000201 80 0a 08 00000002 00000001"
                                 "c0 10 08 0002fde900000064 c0 20 0c 0000fde9 00000001 00000002"
                                 "c0 23 04 0000fde9 e0 63 01 2a")});
    UpdateContext context;
    context.internal = true;
    const Update update = decode_update(update_body({}, attributes, hex("18 c63364")), context);
    ASSERT_EQ(update.verdict, Verdict::accept) << testing::PrintToString(update.reasons);
    PathAttributes expected;
    expected.next_hop = address("10.99.0.1");
    expected.origin = Origin::igp;
    expected.as_path = AsPath::sequence({Asn{65001}});
    expected.med = 10;
    expected.local_pref = 200;
    expected.atomic_aggregate = true;
    expected.aggregator = Aggregator{Asn{65010}, address("192.0.2.9")};
    expected.communities = {0x00010002, 0xfde90064};
    expected.originator_id = RouterId{0xc0000201};
    expected.cluster_list = {2, 1};
    expected.extended_communities = {0x0002fde900000064};
    expected.large_communities = {{65001, 1, 2}};
    expected.only_to_customer = Asn{65001};
    expected.unknown = {{99, {42}}};
    EXPECT_EQ(values_of(update), expected);
}

// Some are taken over as they are, some are read and written anew.
TEST(BgpUpdate, EqualAttributesAreEqualOctetsHoweverTheyCome) {
    const std::string origin = "40 01 01 00";
    const std::string path = "40 02 0a 02 02 0000fde9 0000fdea";
    const std::string next_hop = "40 03 04 0a630001";
    const std::string med = "80 04 04 00000001";
    const std::string standard = "c0 08 08 00000001 00000002";
    const std::string extended = "c0 10 10 0002fde900000064 0002fde900000065";
    const std::string large = "c0 20 18 0000fde90000000100000002 0000fde90000000100000003";
    const std::string unknown = "e0 63 01 2a";
    struct Row {
        const char* reason;
        std::string list;
    };
    const std::string behind = med + standard + extended + large + unknown;
    const std::vector<Row> rows{
        {"another order", med + unknown + large + origin + extended + standard + next_hop + path},
        {"two sequences in a row",
         origin + "40 02 0c 02 01 0000fde9 02 01 0000fdea" + next_hop + behind},
        {"a length of two octets",
         origin + "50 02 000a 02 02 0000fde9 0000fdea" + next_hop + behind},
        {"the Partial bit", origin + path + next_hop + med + "e0 08 08 00000001 00000002" +
                                extended + large + unknown},
        {"no Partial bit",
         origin + path + next_hop + med + standard + extended + large + "c0 63 01 2a"},
        {"communities in another order", origin + path + next_hop + med +
                                             "c0 08 08 00000002 00000001" + extended + large +
                                             unknown},
        {"a community twice", origin + path + next_hop + med +
                                  "c0 08 0c 00000001 00000001 00000002" + extended + large +
                                  unknown},
        {"extended communities in another order", origin + path + next_hop + med + standard +
                                                      "c0 10 10 0002fde900000065 0002fde900000064" +
                                                      large + unknown},
        {"large communities in another order",
         origin + path + next_hop + med + standard + extended +
             "c0 20 18 0000fde90000000100000003 0000fde90000000100000002" + unknown},
        {"a repeated one, read anew",
         unknown + origin + path + next_hop + behind + "80 04 04 00000009"},
    };
    const Octets expected = hex(origin + path + behind);
    for (const Row& row : rows) {
        const Update update =
            decode_update(update_body({}, hex(row.list), hex("18 c63364")), UpdateContext{});
        EXPECT_LE(update.verdict, Verdict::attribute_discard) << row.reason;
        EXPECT_EQ(dump(update.attributes), dump(expected)) << row.reason;
    }
    const Update withdrawn =
        decode_update(update_body(hex("18 c63364"), hex(origin + path), {}), UpdateContext{});
    EXPECT_TRUE(withdrawn.attributes.empty());
}

TEST(BgpUpdate, HostBitsOfAPrefixAreIrrelevant) {
    const Update update =
        decode_update(update_body({}, kAttributes, hex("11 c633ff")), UpdateContext{});
    EXPECT_EQ(update.announced[0].prefixes, std::vector<Prefix>{prefix("198.51.128.0/17")})
        << "RFC 4271 section 4.3";
}

TEST(BgpUpdate, EndOfRibOfEachFamily) {
    EXPECT_EQ(decode_update(hex("0000 0000"), UpdateContext{}).end_of_rib, Family::ipv4_unicast)
        << "RFC 4724 section 2";
    EXPECT_EQ(
        decode_update(update_body({}, hex("80 0f 03 0002 01"), {}), UpdateContext{}).end_of_rib,
        Family::ipv6_unicast);
    EXPECT_EQ(
        decode_update(update_body({}, hex("90 0f 0003 0001 01"), {}), UpdateContext{}).end_of_rib,
        Family::ipv4_unicast)
        << "in the multiprotocol form too";
}

TEST(BgpUpdate, WhatLooksLikeAnEndOfRib) {
    EXPECT_EQ(decode_update(update_body({}, hex("80 0f 05 0002 01 08 20"), {}), {}).end_of_rib,
              std::nullopt)
        << "withdraws a prefix";
    EXPECT_EQ(decode_update(update_body(hex("08 0a"), hex("80 0f 03 0002 01"), {}), {}).end_of_rib,
              std::nullopt)
        << "withdraws an IPv4 prefix";
    EXPECT_EQ(decode_update(update_body({}, hex("80 0f 03 0019 41"), {}), {}).end_of_rib,
              std::nullopt)
        << "of a family that we do not carry";
    EXPECT_EQ(
        decode_update(update_body({}, hex("80 0f 03 0002 01 40 01 01 00"), {}), {}).end_of_rib,
        std::nullopt)
        << "has another attribute";
    UpdateContext context;
    context.families = {Family::ipv6_unicast};
    EXPECT_EQ(decode_update(hex("0000 0000"), context).end_of_rib, std::nullopt)
        << "of a family that was not negotiated";
    EXPECT_EQ(
        decode_update(update_body(hex("08 0a"), hex("80 0f 03 0002 01"), {}), context).end_of_rib,
        std::nullopt)
        << "though the IPv4 prefix is of no interest";
}

TEST(BgpUpdate, Ipv6OverMultiprotocolAttributes) {
    const Octets attributes = concat({mp_reach(kNextHop, "30 20010db80001 40 20010db800020003"),
                                      hex(kMpAttributes), hex("80 0f 08 0002 01 20 20010db9")});
    const Update update = decode_update(update_body({}, attributes, {}), UpdateContext{});
    ASSERT_EQ(update.verdict, Verdict::accept) << testing::PrintToString(update.reasons);
    EXPECT_EQ(update.withdrawn,
              (std::vector<Unreach>{{Family::ipv6_unicast, {prefix("2001:db9::/32")}}}));
    EXPECT_EQ(update.announced,
              (std::vector<Reach>{{Family::ipv6_unicast,
                                   address("2001:db8::1"),
                                   std::nullopt,
                                   {prefix("2001:db8:1::/48"), prefix("2001:db8:2:3::/64")}}}));
}

TEST(BgpUpdate, LinkLocalNextHopBesideTheGlobalOne) {
    const std::string both = std::string(kNextHop) + "fe80000000000000000000000000000a";
    const Update update = with_reach(mp_reach(both, "20 20010db8"));
    ASSERT_EQ(update.announced.size(), 1U);
    EXPECT_EQ(update.announced[0].link_local, address("fe80::a")) << "RFC 2545 section 3";
    EXPECT_EQ(attributes_of(update, update.announced[0]).link_local, address("fe80::a"));

    const Update two_globals =
        with_reach(mp_reach(std::string(kNextHop) + kNextHop, "20 20010db8"));
    EXPECT_EQ(two_globals.announced.at(0).link_local, std::nullopt);
}

TEST(BgpUpdate, AnUnusableMultiprotocolNextHopWithdraws) {
    for (const char* const next_hop :
         {"00000000000000000000000000000000", "00000000000000000000000000000001",
          "ff020000000000000000000000000001"}) {
        const Update update = with_reach(mp_reach(next_hop, "20 20010db8"));
        EXPECT_EQ(update.verdict, Verdict::treat_as_withdraw) << next_hop;
        EXPECT_EQ(update.withdrawn,
                  (std::vector<Unreach>{{Family::ipv6_unicast, {prefix("2001:db8::/32")}}}));
    }
}

TEST(BgpUpdate, Ipv4OverAnIpv6NextHopHasToBeNegotiated) {
    const Octets reach = mp_reach(kNextHop, "18 c63364", "0001");
    EXPECT_EQ(with_reach(reach).verdict, Verdict::treat_as_withdraw);
    UpdateContext context;
    context.extended_next_hop = true;
    const Update update = with_reach(reach, context);
    EXPECT_EQ(update.verdict, Verdict::accept) << "RFC 8950 section 4";
    EXPECT_EQ(update.announced.at(0), (Reach{Family::ipv4_unicast,
                                             address("2001:db8::1"),
                                             std::nullopt,
                                             {prefix("198.51.100.0/24")}}));
}

TEST(BgpUpdate, Ipv4InMultiprotocolAttributes) {
    const Update update = with_reach(mp_reach("0a630001", "18 c63364", "0001"));
    EXPECT_EQ(update.verdict, Verdict::accept);
    EXPECT_EQ(update.announced.at(0).next_hop, address("10.99.0.1"));
}

TEST(BgpUpdate, FamiliesThatWereNotNegotiatedAreIgnored) {
    UpdateContext context;
    context.families = {Family::ipv6_unicast};
    const Update update =
        decode_update(update_body(hex("18 c63365"), kAttributes, hex("18 c63364")), context);
    EXPECT_EQ(update.verdict, Verdict::accept);
    EXPECT_TRUE(update.withdrawn.empty());
    EXPECT_TRUE(update.announced.empty());

    context.families = {Family::ipv4_unicast};
    EXPECT_TRUE(with_reach(mp_reach(kNextHop, "20 20010db8"), context).announced.empty());
    EXPECT_TRUE(decode_update(update_body({}, hex("80 0f 08 0002 01 20 20010db9"), {}), context)
                    .withdrawn.empty());
}

TEST(BgpUpdate, TheNextHopAttributeIsNotNeededForOtherFamilies) {
    EXPECT_EQ(with_reach(mp_reach(kNextHop, "20 20010db8")).verdict, Verdict::accept)
        << "RFC 4760 section 3";
    const Octets loopback = hex("40 03 04 7f000001");
    const Octets attributes =
        concat({mp_reach(kNextHop, "20 20010db8"), hex(kMpAttributes), loopback});
    EXPECT_EQ(decode_update(update_body({}, attributes, {}), UpdateContext{}).verdict,
              Verdict::accept)
        << "and not looked at";
}

TEST(BgpUpdate, ABadAttributeWithdrawsTheRoutesOfBothFamilies) {
    const Octets attributes =
        concat({mp_reach(kNextHop, "20 20010db8"), kAttributes, hex("80 04 01 00")});
    const Update update =
        decode_update(update_body(hex("18 c63365"), attributes, hex("18 c63364")), UpdateContext{});
    EXPECT_EQ(update.verdict, Verdict::treat_as_withdraw);
    EXPECT_TRUE(update.announced.empty());
    EXPECT_EQ(update.withdrawn,
              (std::vector<Unreach>{{Family::ipv4_unicast, {prefix("198.51.101.0/24")}},
                                    {Family::ipv4_unicast, {prefix("198.51.100.0/24")}},
                                    {Family::ipv6_unicast, {prefix("2001:db8::/32")}}}));
}

TEST(BgpUpdate, PathsOfTwoOctetPeersAreCompleted) {
    UpdateContext context;
    context.four_octet_as = false;
    const Octets attributes =
        hex("40 01 01 00 40 02 06 02 02 fde9 5ba0 40 03 04 0a630001"
            "c0 07 06 5ba0 c0000209 c0 11 0a 02 02 0000fde9 fa56ea00 c0 12 08 fa56ea00 c0000209");
    const Update update = decode_update(update_body({}, attributes, hex("18 c63364")), context);
    EXPECT_EQ(update.verdict, Verdict::accept);
    EXPECT_EQ(values_of(update).as_path.to_string(), "65001 4200000000");
    EXPECT_EQ(values_of(update).aggregator, (Aggregator{Asn{4200000000}, address("192.0.2.9")}));
}

TEST(BgpPrefixCodec, VectorsOfTheRfc) {
    Nlri nlri;
    const Octets field = hex("00 08 0a 19 c6336480 20 c0000201");
    ASSERT_TRUE(decode_nlri(field, IpFamily::v4, false, nlri));
    EXPECT_EQ(nlri.prefixes,
              (std::vector<Prefix>{prefix("0.0.0.0/0"), prefix("10.0.0.0/8"),
                                   prefix("198.51.100.128/25"), prefix("192.0.2.1/32")}));
    EXPECT_TRUE(nlri.path_ids.empty());
    ByteWriter out;
    for (const Prefix& each : nlri.prefixes) encode_prefix(each, out);
    EXPECT_EQ(dump(out.view()), dump(field));
}

TEST(BgpPrefixCodec, ClearsTheHostBitsOfEveryLength) {
    for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
        for (unsigned length = 0; length <= address_bits(family); ++length) {
            Octets field{static_cast<std::uint8_t>(length)};
            field.resize(1 + (length + 7) / 8, 0xff);
            Nlri nlri;
            ASSERT_TRUE(decode_nlri(field, family, false, nlri)) << length;
            const IpAddress ones =
                address(family == IpFamily::v4 ? "255.255.255.255"
                                               : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
            const auto expected = Prefix::covering(ones, static_cast<std::uint8_t>(length));
            EXPECT_EQ(nlri.prefixes, std::vector<Prefix>{expected}) << length;
        }
    }
}

TEST(BgpPrefixCodec, LengthsBeyondTheFamily) {
    Nlri nlri;
    EXPECT_FALSE(decode_nlri(hex("21 0a00000000"), IpFamily::v4, false, nlri));
    EXPECT_FALSE(decode_nlri(hex("ff"), IpFamily::v4, false, nlri));
    EXPECT_TRUE(decode_nlri(hex("21 2001000080"), IpFamily::v6, false, nlri));
    EXPECT_FALSE(decode_nlri(concat({hex("81"), Octets(17, 0)}), IpFamily::v6, false, nlri));
}

TEST(BgpPrefixCodec, PathIdentifiersStandBeforeThePrefixes) {
    Nlri nlri;
    ASSERT_TRUE(decode_nlri(hex("00000001 10 0a01 ffffffff 00"), IpFamily::v4, true, nlri));
    EXPECT_EQ(nlri.prefixes, (std::vector<Prefix>{prefix("10.1.0.0/16"), prefix("0.0.0.0/0")}));
    EXPECT_EQ(nlri.path_ids, (std::vector<PathId>{PathId{1}, PathId{0xffffffff}}));
    EXPECT_FALSE(decode_nlri(hex("000000"), IpFamily::v4, true, nlri)) << "cut off in the number";
    EXPECT_FALSE(decode_nlri(hex("00000001"), IpFamily::v4, true, nlri)) << "and behind it";
}

TEST(BgpUpdate, WithAddPathEveryPrefixHasAnIdentifier) {
    UpdateContext context;
    context.add_path_receive = FamilySet::all();
    const Octets reach = mp_reach(kNextHop, "00000007 20 20010db8 00000008 20 20010db8");
    const Update update =
        decode_update(update_body(hex("00000005 18 c63365"), concat({reach, kAttributes}),
                                  hex("00000003 18 c63364 00000004 18 c63364")),
                      context);
    EXPECT_EQ(update.verdict, Verdict::accept);
    ASSERT_EQ(update.withdrawn.size(), 1U);
    EXPECT_EQ(update.withdrawn[0].path_ids, std::vector<PathId>{PathId{5}});
    ASSERT_EQ(update.announced.size(), 2U);
    EXPECT_EQ(update.announced[0].prefixes,
              (std::vector<Prefix>{prefix("198.51.100.0/24"), prefix("198.51.100.0/24")}));
    EXPECT_EQ(path_id(update.announced[0], 1), PathId{4});
    EXPECT_EQ(update.announced[1].path_ids, (std::vector<PathId>{PathId{7}, PathId{8}}));
}

TEST(BgpUpdate, WithAddPathAWithdrawalNamesThePath) {
    UpdateContext context;
    context.add_path_receive = FamilySet::all();
    const Octets unreach = hex("80 0f 0c 0002 01 00000009 20 20010db8");
    const Update update = decode_update(update_body({}, unreach, {}), context);
    EXPECT_EQ(update.verdict, Verdict::accept) << testing::PrintToString(update.reasons);
    ASSERT_EQ(update.withdrawn.size(), 1U);
    EXPECT_EQ(update.withdrawn[0].prefixes, std::vector<Prefix>{prefix("2001:db8::/32")});
    EXPECT_EQ(update.withdrawn[0].path_ids, std::vector<PathId>{PathId{9}});
}

// RFC 7911 section 4 is per family: the other one has no identifiers.
TEST(BgpUpdate, AddPathOfOneFamilyLeavesTheOtherAsItIs) {
    UpdateContext context;
    context.add_path_receive = {Family::ipv6_unicast};
    const Update update = decode_update(update_body({}, kAttributes, hex("18 c63364")), context);
    ASSERT_EQ(update.announced.size(), 1U);
    EXPECT_TRUE(update.announced[0].path_ids.empty());
    EXPECT_EQ(path_id(update.announced[0], 0), PathId{0});
}

TEST(BgpUpdate, ATreatAsWithdrawKeepsThePathIdentifiers) {
    UpdateContext context;
    context.add_path_receive = FamilySet::all();
    const Update update =
        decode_update(update_body({}, hex("40 01 01 07 40 02 06 02 01 0000fde9 40 03 04 0a630001"),
                                  hex("00000003 18 c63364")),
                      context);
    EXPECT_EQ(update.verdict, Verdict::treat_as_withdraw);
    ASSERT_EQ(update.withdrawn.size(), 1U);
    EXPECT_EQ(path_id(update.withdrawn[0], 0), PathId{3});
}

}  // namespace torii::bgp

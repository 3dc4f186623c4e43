#include "controlplane/bgp/message.h"

#include "tests/unit/controlplane/bgp/octets.h"

#include <gtest/gtest.h>

namespace torii::bgp {

namespace {

const Octets kMarker(16, 0xff);

Message decoded(const Octets& octets) {
    const auto frame = next_frame(octets, kMessageSizeMax);
    EXPECT_TRUE(frame && *frame) << dump(octets);
    return decode(**frame, UpdateContext{}).value();
}

struct HeaderCase {
    const char* reason;
    Octets octets;
    HeaderError error;
    Octets data;
};

// RFC 4271 section 6.1.
const std::vector<HeaderCase> kHeaderCases{
    {"one bit of the marker is clear",
     concat({hex("fffffffffffffffffffffffffffffffe"), hex("001304")}),
     HeaderError::not_synchronized,
     {}},
    {"a wrong marker shows before the header is complete",
     hex("ffff00"),
     HeaderError::not_synchronized,
     {}},
    {"length 0", concat({kMarker, hex("000004")}), HeaderError::bad_length, hex("0000")},
    {"length 18, less than a header", concat({kMarker, hex("001204")}), HeaderError::bad_length,
     hex("0012")},
    {"length 4097, more than the maximum", concat({kMarker, hex("100102")}),
     HeaderError::bad_length, hex("1001")},
    {"length 65535", concat({kMarker, hex("ffff02")}), HeaderError::bad_length, hex("ffff")},
    {"type 0", concat({kMarker, hex("001300")}), HeaderError::bad_type, hex("00")},
    {"type 6", concat({kMarker, hex("001306")}), HeaderError::bad_type, hex("06")},
    {"type 255", concat({kMarker, hex("0013ff")}), HeaderError::bad_type, hex("ff")},
    {"OPEN of 28 octets", concat({kMarker, hex("001c01")}), HeaderError::bad_length, hex("001c")},
    {"UPDATE of 22 octets", concat({kMarker, hex("001602")}), HeaderError::bad_length, hex("0016")},
    {"NOTIFICATION of 20 octets", concat({kMarker, hex("001403")}), HeaderError::bad_length,
     hex("0014")},
    {"KEEPALIVE of 20 octets", concat({kMarker, hex("001404")}), HeaderError::bad_length,
     hex("0014")},
    {"ROUTE-REFRESH of 22 octets", concat({kMarker, hex("001605")}), HeaderError::bad_length,
     hex("0016")},
    {"ROUTE-REFRESH of 24 octets", concat({kMarker, hex("001805")}), HeaderError::bad_length,
     hex("0018")},
};

}  // namespace

TEST(BgpHeader, ErrorsHaveTheAnswerOfTheRfc) {
    for (const HeaderCase& row : kHeaderCases) {
        SCOPED_TRACE(row.reason);
        const auto frame = next_frame(row.octets, kMessageSizeMax);
        ASSERT_FALSE(frame);
        EXPECT_EQ(frame.error(), header_error(row.error, row.data));
    }
}

TEST(BgpHeader, AMessageIsCutOutOfTheStream) {
    const Octets keepalive = encode(Keepalive{});
    const Octets stream = concat({keepalive, hex("ffff")});
    const auto frame = next_frame(stream, kMessageSizeMax);
    ASSERT_TRUE(frame && *frame);
    EXPECT_EQ(dump(**frame), dump(keepalive));
}

TEST(BgpHeader, NothingUntilTheMessageIsComplete) {
    const Octets refresh = encode(RouteRefresh{Family::ipv6_unicast, 0});
    for (std::size_t size = 0; size < refresh.size(); ++size) {
        const auto frame = next_frame(Bytes(refresh).first(size), kMessageSizeMax);
        ASSERT_TRUE(frame) << size;
        EXPECT_FALSE(frame->has_value()) << size;
    }
}

TEST(BgpHeader, ExtendedMessagesAreForUpdatesAndNotificationsOnly) {
    const auto frame_of = [](std::string_view rest) {
        return next_frame(concat({kMarker, hex(rest)}), kExtendedSizeMax);
    };
    EXPECT_TRUE(frame_of("ffff02")) << "RFC 8654 section 4: UPDATE";
    EXPECT_TRUE(frame_of("ffff03")) << "RFC 8654 section 4: NOTIFICATION";
    EXPECT_EQ(frame_of("100101").error(), header_error(HeaderError::bad_length, hex("1001")))
        << "RFC 8654 section 4: OPEN stays at 4096";
    EXPECT_TRUE(frame_of("100001")) << "an OPEN of 4096 octets";
    EXPECT_FALSE(frame_of("001404")) << "a KEEPALIVE has 19 octets";
}

TEST(BgpMessage, KeepaliveIsAHeader) {
    const Octets expected = concat({kMarker, hex("0013 04")});
    EXPECT_EQ(dump(encode(Keepalive{})), dump(expected));
    EXPECT_EQ(decoded(expected), Message(Keepalive{}));
}

TEST(BgpMessage, OpenAsTheRfcDrawsIt) {
    Open open{Asn{65001}, Seconds{90}, RouterId{0xc0a80165}, {}};
    open.capabilities.multiprotocol = true;
    open.capabilities.families = FamilySet::all();
    open.capabilities.route_refresh = true;
    open.capabilities.four_octet_as = Asn{65001};
    const Octets expected = concat({kMarker, hex("0033 01"  // RFC 4271 section 4.1
                                                 "04 fde9 005a c0a80165"
                                                 "16 02 14"  // RFC 5492 section 4
                                                 "01 04 0001 00 01"
                                                 "01 04 0002 00 01"
                                                 "02 00"
                                                 "41 04 0000fde9")});
    ASSERT_EQ(expected.size(), 0x33U);
    EXPECT_EQ(dump(encode(open)), dump(expected));
    EXPECT_EQ(decoded(expected), Message(open));
}

TEST(BgpMessage, AFourOctetAsLeavesAsTransInTheTwoOctetField) {
    Open open{Asn{4200000001}, Seconds{9}, RouterId{1}, {}};
    open.capabilities.four_octet_as = Asn{4200000001};
    const Octets octets = encode(open);
    EXPECT_EQ(dump(Bytes(octets).subspan(20, 2)), "5b a0") << "RFC 6793 section 9: 23456";
    EXPECT_EQ(decoded(octets), Message(open));
}

TEST(BgpMessage, OpenWithoutCapabilities) {
    const Open open{Asn{65001}, Seconds{180}, RouterId{0x0a000001}, {}};
    const Octets expected = concat({kMarker, hex("001d 01 04 fde9 00b4 0a000001 00")});
    EXPECT_EQ(dump(encode(open)), dump(expected));
    EXPECT_EQ(decoded(expected), Message(open));
}

TEST(BgpMessage, OpenWithOneParameterForEachCapability) {
    const Octets body =
        hex("04 fde9 005a c0a80165 0e"
            "02 02 02 00"
            "02 08 01 04 0001 00 01 02 00");
    const auto open = std::get<Open>(decoded(message(1, body)));
    EXPECT_TRUE(open.capabilities.route_refresh);
    EXPECT_EQ(open.capabilities.families, FamilySet{Family::ipv4_unicast});
}

TEST(BgpMessage, OpenWithExtendedParameterLengths) {
    // RFC 9072 section 2: 255, then the type 255, then a length of two octets; each parameter too.
    const Octets capability = concat({hex("f0 fa"), Octets(250, 0)});  // unknown, ignored
    const Octets parameters =
        concat({hex("02 0106"), capability, hex("01 04 0002 00 01"), hex("0200"), hex("4600")});
    ASSERT_EQ(parameters.size(), 3U + 0x106U);
    const Octets body = concat({hex("04 fde9 005a c0a80165 ff ff 0109"), parameters});
    const auto open = std::get<Open>(decoded(message(1, body)));
    EXPECT_EQ(open.capabilities.families, FamilySet{Family::ipv6_unicast});
    EXPECT_TRUE(open.capabilities.route_refresh);
    EXPECT_TRUE(open.capabilities.enhanced_route_refresh);
}

TEST(BgpMessage, AnOpenThatIsTooLongForOneOctetUsesTwo) {
    Open open{Asn{65001}, Seconds{90}, RouterId{1}, {}};
    Capabilities& capabilities = open.capabilities;
    capabilities.multiprotocol = true;
    capabilities.families = FamilySet::all();
    capabilities.host_name = HostName{std::string(64, 'h'), std::string(64, 'd')};
    capabilities.four_octet_as = open.as;
    EXPECT_EQ(encode(open)[28], encode(open).size() - 29) << "the classic form";
    capabilities.graceful_restart =
        GracefulRestartCapability{false, true, Seconds{120}, FamilySet::all(), FamilySet::all()};
    capabilities.long_lived.emplace().entries = {{Family::ipv4_unicast, true, Seconds{1}},
                                                 {Family::ipv6_unicast, true, Seconds{1}}};
    capabilities.add_path_send = FamilySet::all();
    capabilities.route_refresh = capabilities.enhanced_route_refresh = true;
    capabilities.extended_next_hop = capabilities.extended_message = true;
    EXPECT_EQ(decoded(encode(open)), Message(open)) << "still fits";
    EXPECT_EQ(encode(open)[29], 2);

    for (Seconds::rep time = 1; encode(open)[29] == 2; ++time) {
        ASSERT_LT(time, 20) << "never too long";
        capabilities.long_lived->entries.push_back({Family::ipv4_unicast, true, Seconds{time}});
    }
    const Octets octets = encode(open);
    const Octets head(octets.begin() + 28, octets.begin() + 30);
    EXPECT_EQ(head, hex("ff ff"));
    EXPECT_EQ(octets[30] << 8U | octets[31], static_cast<int>(octets.size() - 32));
    const auto again = std::get<Open>(decoded(octets));
    EXPECT_EQ(again.capabilities.host_name, capabilities.host_name);
    EXPECT_EQ(again.capabilities.add_path_send, FamilySet::all());
}

TEST(BgpMessage, NotificationAsTheRfcDrawsIt) {
    const Notification notification = open_error(OpenError::unsupported_version, {0, 4});
    const Octets expected = concat({kMarker, hex("0017 03 02 01 0004")});
    EXPECT_EQ(dump(encode(notification)), dump(expected));
    EXPECT_EQ(decoded(expected), Message(notification));
}

TEST(BgpMessage, NotificationWithUnknownCodeIsCarriedAsItIs) {
    const auto notification = std::get<Notification>(decoded(message(3, hex("63 63 7a"))));
    EXPECT_EQ(static_cast<int>(notification.code), 99);
    EXPECT_EQ(notification.subcode, 99);
    EXPECT_EQ(notification.data, hex("7a"));
}

TEST(BgpMessage, NotificationDataIsCutToTheMaximumSize) {
    const Notification notification = update_error(UpdateError::attribute_length, Octets(5000, 7));
    EXPECT_EQ(encode(notification).size(), kMessageSizeMax);
}

TEST(BgpMessage, RouteRefreshAsTheRfcDrawsIt) {
    const RouteRefresh refresh{Family::ipv6_unicast, 0};
    const Octets expected = concat({kMarker, hex("0017 05 0002 00 01")});
    EXPECT_EQ(dump(encode(refresh)), dump(expected));
    EXPECT_EQ(decoded(expected), Message(refresh));
}

TEST(BgpMessage, RouteRefreshOfAnUnknownFamilyHasNone) {
    EXPECT_EQ(decoded(message(5, hex("0063 00 63"))), Message(RouteRefresh{std::nullopt, 0}));
}

TEST(BgpMessage, RouteRefreshMarkersOfRfc7313) {
    EXPECT_EQ(decoded(message(5, hex("0001 01 01"))),
              Message(RouteRefresh{Family::ipv4_unicast, 1}));
    EXPECT_EQ(decoded(message(5, hex("0001 02 01"))),
              Message(RouteRefresh{Family::ipv4_unicast, 2}));
}

TEST(BgpMessage, TypesOfAllMessages) {
    EXPECT_EQ(message_type(Open{}), MessageType::open);
    EXPECT_EQ(message_type(Update{}), MessageType::update);
    EXPECT_EQ(message_type(Notification{}), MessageType::notification);
    EXPECT_EQ(message_type(Keepalive{}), MessageType::keepalive);
    EXPECT_EQ(message_type(RouteRefresh{}), MessageType::route_refresh);
}

}  // namespace torii::bgp

#include "controlplane/bgp/update_builder.h"

#include "controlplane/bgp/message.h"
#include "tests/unit/controlplane/bgp/octets.h"

#include <gtest/gtest.h>

namespace torii::bgp {

namespace {

PathAttributes attributes_via(std::string_view next_hop) {
    PathAttributes attributes;
    attributes.as_path = AsPath::sequence({Asn{65000}});
    attributes.next_hop = address(next_hop);
    return attributes;
}

Update decoded(const Octets& octets, const UpdateContext& context) {
    const auto frame = next_frame(octets, kExtendedSizeMax);
    EXPECT_TRUE(frame && *frame);
    EXPECT_EQ((*frame)->size(), octets.size());
    return std::get<Update>(decode(**frame, context).value());
}

Prefix numbered(std::uint32_t number) {
    return Prefix::host(IpAddress::v4(0x0a000000U + number));
}

}  // namespace

TEST(BgpUpdateBuilder, OneMessageAsTheRfcDrawsIt) {
    UpdateBuilder builder{UpdateContext{}};
    builder.announce(prefix("10.10.1.0/24"), attributes_via("192.168.10.200"));
    const auto messages = builder.take();
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(dump(messages[0]), dump(message(2, hex("0000 0014 40 01 01 00 40 02 06 02 01 0000fde8"
                                                     "40 03 04 c0a80ac8 18 0a0a01"))));
}

TEST(BgpUpdateBuilder, EqualAttributesShareAMessage) {
    UpdateBuilder builder{UpdateContext{}};
    builder.announce(prefix("10.1.0.0/16"), attributes_via("10.0.0.1"));
    builder.announce(prefix("10.2.0.0/16"), attributes_via("10.0.0.2"));
    builder.announce(prefix("10.3.0.0/16"), attributes_via("10.0.0.1"));
    const auto messages = builder.take();
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(decoded(messages[0], {}).announced.at(0).prefixes,
              (std::vector<Prefix>{prefix("10.1.0.0/16"), prefix("10.3.0.0/16")}));
    EXPECT_EQ(decoded(messages[1], {}).announced.at(0).prefixes,
              std::vector<Prefix>{prefix("10.2.0.0/16")});
}

TEST(BgpUpdateBuilder, WithdrawalsComeFirst) {
    UpdateBuilder builder{UpdateContext{}};
    builder.announce(prefix("10.1.0.0/16"), attributes_via("10.0.0.1"));
    builder.withdraw(prefix("10.2.0.0/16"));
    builder.withdraw(prefix("2001:db8::/32"));
    const auto messages = builder.take();
    ASSERT_EQ(messages.size(), 3U);
    EXPECT_EQ(decoded(messages[0], {}).withdrawn,
              (std::vector<Unreach>{{Family::ipv4_unicast, {prefix("10.2.0.0/16")}}}));
    EXPECT_EQ(decoded(messages[1], {}).withdrawn,
              (std::vector<Unreach>{{Family::ipv6_unicast, {prefix("2001:db8::/32")}}}));
    EXPECT_EQ(decoded(messages[1], {}).end_of_rib, std::nullopt);
    EXPECT_EQ(decoded(messages[2], {}).announced.size(), 1U);
}

TEST(BgpUpdateBuilder, MultiprotocolReachIsTheFirstAttribute) {
    UpdateBuilder builder{UpdateContext{}};
    PathAttributes attributes = attributes_via("2001:db8::1");
    attributes.link_local = address("fe80::1");
    builder.announce(prefix("2001:db8:1::/48"), attributes);
    const auto messages = builder.take();
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0][24], 14) << "RFC 7606 section 5.1";
    const Update update = decoded(messages[0], {});
    EXPECT_EQ(update.announced.at(0).link_local, address("fe80::1"));
    EXPECT_EQ(attributes_of(update, update.announced[0]), attributes);
}

TEST(BgpUpdateBuilder, Ipv6RoutesOverAnIpv4SessionHaveAMappedNextHop) {
    UpdateBuilder builder{UpdateContext{}};
    builder.announce(prefix("2001:db8::/32"), attributes_via("10.0.0.1"));
    EXPECT_EQ(decoded(builder.take().at(0), {}).announced.at(0).next_hop,
              address("::ffff:10.0.0.1"));
}

TEST(BgpUpdateBuilder, Ipv4OverIpv6GoesIntoTheMultiprotocolAttribute) {
    UpdateContext context;
    context.extended_next_hop = true;
    UpdateBuilder builder{context};
    builder.announce(prefix("10.1.0.0/16"), attributes_via("2001:db8::1"));
    const Update update = decoded(builder.take().at(0), context);
    EXPECT_EQ(update.verdict, Verdict::accept);
    EXPECT_EQ(update.announced.at(0).family, Family::ipv4_unicast);
    EXPECT_EQ(update.announced.at(0).next_hop, address("2001:db8::1"));
}

TEST(BgpUpdateBuilder, MessagesAreFilledAndNotOverfilled) {
    for (const bool extended : {false, true}) {
        UpdateContext context;
        context.extended_message = extended;
        const std::size_t limit = extended ? kExtendedSizeMax : kMessageSizeMax;
        UpdateBuilder builder{context};
        constexpr std::uint32_t kCount = 30000;
        for (std::uint32_t number = 0; number < kCount; ++number) {
            builder.announce(numbered(number), attributes_via("10.0.0.1"));
            builder.withdraw(numbered(number + kCount));
        }
        std::size_t announced = 0;
        std::size_t withdrawn = 0;
        std::size_t not_full = 0;
        for (const auto& octets : builder.take()) {
            EXPECT_LE(octets.size(), limit);
            if (octets.size() + 5 <= limit) ++not_full;
            const Update update = decoded(octets, context);
            for (const Reach& reach : update.announced) announced += reach.prefixes.size();
            for (const Unreach& unreach : update.withdrawn) withdrawn += unreach.prefixes.size();
        }
        EXPECT_EQ(announced, kCount);
        EXPECT_EQ(withdrawn, kCount);
        EXPECT_LE(not_full, 2U) << "but for the last of each kind";
    }
}

TEST(BgpUpdateBuilder, AttributesThatFillAMessageWithdrawTheirPrefixes) {
    UpdateBuilder builder{UpdateContext{}};
    PathAttributes attributes = attributes_via("10.0.0.1");
    attributes.unknown = {{99, Octets(4060, 1)}};
    builder.announce(prefix("10.1.0.0/16"), attributes);
    builder.announce(prefix("2001:db8::/32"), attributes);
    const auto messages = builder.take();
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(decoded(messages[0], {}).withdrawn.at(0).prefixes,
              std::vector<Prefix>{prefix("10.1.0.0/16")});
    EXPECT_EQ(decoded(messages[1], {}).withdrawn.at(0).prefixes,
              std::vector<Prefix>{prefix("2001:db8::/32")});
    EXPECT_EQ(builder.too_large(), 2U);
}

TEST(BgpUpdateBuilder, TakingEmptiesIt) {
    UpdateBuilder builder{UpdateContext{}};
    builder.announce(prefix("10.1.0.0/16"), attributes_via("10.0.0.1"));
    builder.withdraw(prefix("10.2.0.0/16"));
    EXPECT_EQ(builder.take().size(), 2U);
    EXPECT_TRUE(builder.take().empty());
    builder.announce(prefix("10.1.0.0/16"), attributes_via("10.0.0.1"));
    EXPECT_EQ(builder.take().size(), 1U);
}

TEST(BgpUpdateBuilder, EndOfRibIsUnderstoodAsSuch) {
    EXPECT_EQ(dump(end_of_rib(Family::ipv4_unicast)), dump(message(2, hex("0000 0000"))));
    EXPECT_EQ(dump(end_of_rib(Family::ipv6_unicast)),
              dump(message(2, hex("0000 0006 80 0f 03 0002 01"))));
    for (const Family family : kFamilies) {
        EXPECT_EQ(decoded(end_of_rib(family), {}).end_of_rib, family);
    }
}

TEST(BgpUpdateBuilder, WithAddPathEveryPathHasItsIdentifier) {
    UpdateContext context;
    context.add_path_send = context.add_path_receive = {Family::ipv4_unicast};
    UpdateBuilder builder(context);
    builder.announce(prefix("10.1.0.0/16"), attributes_via("10.0.0.1"), PathId{1});
    builder.announce(prefix("10.1.0.0/16"), attributes_via("10.0.0.2"), PathId{2});
    builder.withdraw(prefix("10.2.0.0/16"), PathId{7});
    builder.withdraw(prefix("2001:db8::/32"), PathId{9});
    const auto messages = builder.take();
    ASSERT_EQ(messages.size(), 4U);
    EXPECT_EQ(dump(messages[0]), dump(message(2, hex("0007 00000007 10 0a02 0000"))));
    EXPECT_EQ(decoded(messages[1], context).withdrawn.at(0).path_ids, std::vector<PathId>{})
        << "not negotiated for IPv6";
    EXPECT_EQ(path_id(decoded(messages[2], context).announced.at(0), 0), PathId{1});
    EXPECT_EQ(path_id(decoded(messages[3], context).announced.at(0), 0), PathId{2});
}

// Five octets more each: the messages must not grow over their limit.
TEST(BgpUpdateBuilder, IdentifiersCountInTheSizeOfAMessage) {
    UpdateContext context;
    context.add_path_send = context.add_path_receive = FamilySet::all();
    UpdateBuilder builder(context);
    constexpr std::uint32_t kRoutes = 2000;
    for (std::uint32_t number = 0; number < kRoutes; ++number) {
        builder.announce(numbered(number), attributes_via("10.0.0.1"), PathId{number});
    }
    std::size_t routes = 0;
    for (const auto& octets : builder.take()) {
        EXPECT_LE(octets.size(), kMessageSizeMax);
        routes += decoded(octets, context).announced.at(0).path_ids.size();
    }
    EXPECT_EQ(routes, kRoutes);
}

}  // namespace torii::bgp

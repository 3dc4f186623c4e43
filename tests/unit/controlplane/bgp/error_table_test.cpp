// RFC 7606 as a product: every attribute, each in every wrong shape, from every sort of peer.
// error_handling_test.cpp has the cases that are peculiar to one attribute.
#include "controlplane/bgp/update.h"
#include "tests/unit/controlplane/bgp/octets.h"

#include <gtest/gtest.h>

#include <map>

namespace torii::bgp {

namespace {

constexpr auto kAccept = Verdict::accept;
constexpr auto kDiscard = Verdict::attribute_discard;
constexpr auto kWithdraw = Verdict::treat_as_withdraw;
constexpr auto kReset = Verdict::session_reset;

struct Sender {
    const char* name;
    bool internal;
    bool four_octet_as;
};
constexpr Sender kSenders[] = {{"external", false, true},
                               {"internal", true, true},
                               {"external, two-octet", false, false},
                               {"internal, two-octet", true, false}};

// A row of section 7, as seen by one sort of peer.
struct Attribute {
    std::uint8_t type;
    std::uint8_t flags;
    Octets value;
    Verdict right;      // from such a peer
    Verdict on_length;  // with an octet more or less, or none
    Verdict on_flags;
};

// LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST of external peers are discarded whatever they hold
// (sections 7.5, 7.9, 7.10), AS4_PATH and AS4_AGGREGATOR of four-octet peers too (RFC 6793 4.1).
std::vector<Attribute> attributes_from(const Sender& sender) {
    const auto of_internal = [&](Verdict verdict) { return sender.internal ? verdict : kDiscard; };
    const auto of_old = [&](Verdict verdict) { return sender.four_octet_as ? kDiscard : verdict; };
    const Octets path = hex(sender.four_octet_as ? "02 01 0000fde9" : "02 01 fde9");
    const Octets aggregator = hex(sender.four_octet_as ? "0000fdf2 c0000209" : "fdf2 c0000209");
    return {
        {1, 0x40, hex("00"), kAccept, kWithdraw, kWithdraw},
        {2, 0x40, path, kAccept, kWithdraw, kWithdraw},
        {3, 0x40, hex("0a630001"), kAccept, kWithdraw, kWithdraw},
        {4, 0x80, hex("0000000a"), kAccept, kWithdraw, kWithdraw},
        {5, 0x40, hex("00000064"), of_internal(kAccept), of_internal(kWithdraw),
         of_internal(kWithdraw)},
        {6, 0x40, {}, kAccept, kDiscard, kDiscard},
        {7, 0xc0, aggregator, kAccept, kDiscard, kDiscard},
        {8, 0xc0, hex("fde90064"), kAccept, kWithdraw, kWithdraw},
        {9, 0x80, hex("c0000201"), of_internal(kAccept), of_internal(kWithdraw),
         of_internal(kWithdraw)},
        {10, 0x80, hex("c0000201 c0000202"), of_internal(kAccept), of_internal(kWithdraw),
         of_internal(kWithdraw)},
        {16, 0xc0, hex("0002fde900000064"), kAccept, kWithdraw, kWithdraw},
        {17, 0xc0, hex("02 01 0000fde9"), of_old(kAccept), kDiscard, of_old(kWithdraw)},
        {18, 0xc0, hex("0000fdf2 c0000209"), of_old(kAccept), kDiscard, of_old(kWithdraw)},
        {32, 0xc0, hex("0000fde9 00000001 00000002"), kAccept, kWithdraw, kWithdraw},
        {35, 0xc0, hex("0000fde9"), kAccept, kWithdraw, kWithdraw},
    };
}

Octets written(std::uint8_t flags, std::uint8_t type, const Octets& value, std::size_t size) {
    ByteWriter out;
    out.u8(flags);
    out.u8(type);
    if ((flags & 0x10U) != 0) {
        out.u16(static_cast<std::uint16_t>(size));
    } else {
        out.u8(static_cast<std::uint8_t>(size));
    }
    out.bytes(value);
    return out.take();
}
Octets written(std::uint8_t flags, std::uint8_t type, const Octets& value) {
    return written(flags, type, value, value.size());
}

// What comes before the attribute under test, which is always the last: the mandatory ones.
Octets others(const Sender& sender, std::uint8_t but) {
    Octets octets;
    for (const Attribute& attribute : attributes_from(sender)) {
        const bool wanted = attribute.type <= 3 || (attribute.type == 5 && sender.internal);
        if (wanted && attribute.type != but) {
            octets = concat({octets, written(attribute.flags, attribute.type, attribute.value)});
        }
    }
    return octets;
}

Update decode_from(const Sender& sender, const Octets& body) {
    UpdateContext context;
    context.internal = sender.internal;
    context.four_octet_as = sender.four_octet_as;
    return decode_update(body, context);
}

// The route is always found, whatever is wrong with the attributes in front of it.
void expect(const Sender& sender, const Attribute& attribute, const char* shape,
            const Octets& octets, Verdict verdict) {
    const Octets list = concat({others(sender, attribute.type), octets});
    const Update update = decode_from(sender, update_body({}, list, hex("18 c63364")));
    const std::string what =
        fmt::format("attribute {} {}, from {}: ", attribute.type, shape, sender.name) +
        testing::PrintToString(update.reasons);
    EXPECT_EQ(static_cast<int>(update.verdict), static_cast<int>(verdict)) << what;
    const std::vector<Prefix> route{prefix("198.51.100.0/24")};
    if (verdict == kWithdraw) {
        ASSERT_EQ(update.withdrawn.size(), 1U) << what;
        EXPECT_EQ(update.withdrawn[0].prefixes, route) << what;
        EXPECT_TRUE(update.announced.empty()) << what;
    } else {
        ASSERT_EQ(update.announced.size(), 1U) << what;
        EXPECT_EQ(update.announced[0].prefixes, route) << what;
        EXPECT_TRUE(update.withdrawn.empty()) << what;
    }
}

template <class Check>
void for_all(Check check) {
    for (const Sender& sender : kSenders) {
        for (const Attribute& attribute : attributes_from(sender)) check(sender, attribute);
    }
}

}  // namespace

TEST(BgpErrorTable, RightInEveryForm) {
    for_all([](const Sender& sender, const Attribute& a) {
        expect(sender, a, "right", written(a.flags, a.type, a.value), a.right);
        // RFC 4271 section 4.3: the low bits are ignored, the long form is for any length.
        const auto low = static_cast<std::uint8_t>(a.flags | 0x0fU);
        expect(sender, a, "with unused flags", written(low, a.type, a.value), a.right);
        const auto extended = static_cast<std::uint8_t>(a.flags | 0x10U);
        expect(sender, a, "with extended length", written(extended, a.type, a.value), a.right);
    });
}

TEST(BgpErrorTable, WrongLength) {
    for_all([](const Sender& sender, const Attribute& a) {
        Octets longer = a.value;
        longer.push_back(0);
        expect(sender, a, "too long", written(a.flags, a.type, longer), a.on_length);
        if (a.value.empty()) return;
        Octets shorter = a.value;
        shorter.pop_back();
        expect(sender, a, "too short", written(a.flags, a.type, shorter), a.on_length);
        // An internal peer's own routes have an empty AS_PATH; from others it is the same to us.
        const Verdict on_empty = a.type == 2 ? a.right : a.on_length;
        expect(sender, a, "empty", written(a.flags, a.type, {}), on_empty);
    });
}

TEST(BgpErrorTable, WrongFlags) {
    for_all([](const Sender& sender, const Attribute& a) {
        for (const unsigned flip : {0x80U, 0x40U, 0xc0U}) {
            const auto flags = static_cast<std::uint8_t>(a.flags ^ flip);
            expect(sender, a, "with wrong flags", written(flags, a.type, a.value), a.on_flags);
        }
        // RFC 4271 section 5: Partial is for optional transitive attributes.
        const auto partial = static_cast<std::uint8_t>(a.flags | 0x20U);
        expect(sender, a, "partial", written(partial, a.type, a.value),
               a.flags == 0xc0 ? a.right : a.on_flags);
    });
}

TEST(BgpErrorTable, RepeatedTheFirstCounts) {
    for_all([](const Sender& sender, const Attribute& a) {
        const Octets right = written(a.flags, a.type, a.value);
        Octets longer = a.value;
        longer.push_back(0);
        const Octets wrong = written(a.flags, a.type, longer);
        expect(sender, a, "twice", concat({right, right}), kDiscard);
        expect(sender, a, "first right, then wrong", concat({right, wrong}), kDiscard);
        expect(sender, a, "first wrong, then right", concat({wrong, right}), a.on_length);
    });
}

TEST(BgpErrorTable, BeyondTheListOfAttributes) {
    for_all([](const Sender& sender, const Attribute& a) {
        for (const std::size_t more : {1U, 40U}) {
            expect(sender, a, "overruns", written(a.flags, a.type, a.value, a.value.size() + more),
                   kWithdraw);
            const auto extended = static_cast<std::uint8_t>(a.flags | 0x10U);
            expect(sender, a, "overruns with extended length",
                   written(extended, a.type, a.value, a.value.size() + more), kWithdraw);
        }
        expect(sender, a, "cut off behind its flags", {a.flags}, kWithdraw);
        expect(sender, a, "cut off behind its type", {a.flags, a.type}, kWithdraw);
    });
}

TEST(BgpErrorTable, Missing) {
    for_all([](const Sender& sender, const Attribute& a) {
        expect(sender, a, "missing", {}, a.type <= 3 ? kWithdraw : kAccept);
    });
}

TEST(BgpErrorTable, OfUnrecognizedAttributesOnlyTransitiveOnesAreKept) {
    const Octets list = concat({others(kSenders[0], 0), hex("80 63 01 01 c0 f0 02 0102")});
    const Update update = decode_from(kSenders[0], update_body({}, list, hex("18 c63364")));
    const std::vector<UnknownAttribute> kept{{0xf0, hex("0102")}};
    EXPECT_EQ(values_of(update).unknown, kept) << "RFC 4271 section 9";
}

TEST(BgpErrorTable, WithoutReachablePrefixesEveryWithdrawIsAReset) {
    for_all([](const Sender& sender, const Attribute& a) {
        Octets longer = a.value;
        longer.push_back(0);
        const Octets list = concat({others(sender, a.type), written(a.flags, a.type, longer)});
        const Verdict expected = a.on_length == kWithdraw ? kReset : a.on_length;
        for (const Octets& withdrawn : {Octets{}, hex("18 c63364")}) {
            const Update update = decode_from(sender, update_body(withdrawn, list, {}));
            EXPECT_EQ(static_cast<int>(update.verdict), static_cast<int>(expected))
                << "RFC 7606 section 5.2, attribute " << int{a.type} << " from " << sender.name;
        }
    });
}

namespace {

struct Shape {
    const char* reason;
    const char* attributes;  // beside ORIGIN and AS_PATH
    Verdict verdict;
    std::size_t announced;
    std::size_t withdrawn;
    UpdateError answer = UpdateError::optional_attribute;  // with kReset
};

std::size_t count(const auto& parts) {
    std::size_t sum = 0;
    for (const auto& part : parts) sum += part.prefixes.size();
    return sum;
}

void expect_shapes(const std::vector<Shape>& shapes) {
    for (const Sender& sender : kSenders) {
        for (const Shape& shape : shapes) {
            SCOPED_TRACE(fmt::format("{}, from {}", shape.reason, sender.name));
            const Octets list = concat({others(sender, 3), hex(shape.attributes)});
            const Update update = decode_from(sender, update_body({}, list, {}));
            const std::string why = testing::PrintToString(update.reasons);
            EXPECT_EQ(static_cast<int>(update.verdict), static_cast<int>(shape.verdict)) << why;
            EXPECT_EQ(count(update.announced), shape.announced) << why;
            EXPECT_EQ(count(update.withdrawn), shape.withdrawn) << why;
            if (shape.verdict == kReset) {
                EXPECT_EQ(text(update.notification.value()), text(update_error(shape.answer)));
            }
        }
    }
}

// 2001:db8::1, then a prefix 2001:db8:5::/48.
#define NEXT_HOP "20010db8000000000000000000000001"
#define LINK_LOCAL "fe800000000000000000000000000001"
#define PREFIX "30 20010db80005"

}  // namespace

TEST(BgpErrorTable, ShapesOfMultiprotocolReach) {
    expect_shapes({
        {"right", "80 0e 1c 0002 01 10" NEXT_HOP "00" PREFIX, kAccept, 1, 0},
        {"long form", "90 0e 001c 0002 01 10" NEXT_HOP "00" PREFIX, kAccept, 1, 0},
        {"unused flags", "8f 0e 1c 0002 01 10" NEXT_HOP "00" PREFIX, kAccept, 1, 0},
        {"Partial harms nobody", "a0 0e 1c 0002 01 10" NEXT_HOP "00" PREFIX, kAccept, 1, 0},
        {"RFC 2545 3: two next hops", "80 0e 2c 0002 01 20" NEXT_HOP LINK_LOCAL "00" PREFIX,
         kAccept, 1, 0},
        {"RFC 4760 3: the reserved octet is ignored", "80 0e 1c 0002 01 10" NEXT_HOP "05" PREFIX,
         kAccept, 1, 0},
        {"bits behind the prefix are ignored", "80 0e 1c 0002 01 10" NEXT_HOP "00 2f 20010db80005",
         kAccept, 1, 0},
        {"the default route", "80 0e 16 0002 01 10" NEXT_HOP "00 00", kAccept, 1, 0},
        {"IPv4 with an IPv4 next hop", "80 0e 0d 0001 01 04 0a630001 00 18 c63364", kAccept, 1, 0},
        {"RFC 8950: IPv4 with an IPv6 next hop that nobody agreed on",
         "80 0e 19 0001 01 10" NEXT_HOP "00 18 c63364", kWithdraw, 0, 1},
        {"5.3: empty", "80 0e 00", kReset, 0, 0},
        {"5.3: one octet", "80 0e 01 00", kReset, 0, 0},
        {"5.3: four octets", "80 0e 04 0002 01 10", kReset, 0, 0},
        {"7.11: no next hop", "80 0e 0c 0002 01 00 00" PREFIX, kReset, 0, 0},
        {"7.11: IPv6 with four octets", "80 0e 10 0002 01 04 0a630001 00" PREFIX, kReset, 0, 0},
        {"7.11: 15 octets", "80 0e 1b 0002 01 0f 0db8000000000000000000000000010000" PREFIX, kReset,
         0, 0},
        {"7.11: 17 octets", "80 0e 1d 0002 01 11" NEXT_HOP "00 00" PREFIX, kReset, 0, 0},
        {"7.11: 24 octets", "80 0e 24 0002 01 18 0000000000000000" NEXT_HOP "00" PREFIX, kReset, 0,
         0},
        {"7.11: 33 octets", "80 0e 2d 0002 01 21" NEXT_HOP LINK_LOCAL "00 00" PREFIX, kReset, 0, 0},
        {"7.11: beyond the attribute", "80 0e 1c 0002 01 ff" NEXT_HOP "00" PREFIX, kReset, 0, 0},
        {"7.11: no room for the reserved octet", "80 0e 14 0002 01 10" NEXT_HOP, kReset, 0, 0},
        {"5.3: prefix length 129",
         "80 0e 27 0002 01 10" NEXT_HOP "00 81 20010db8000000000000000000000000 00", kReset, 0, 0},
        {"5.3: IPv4 prefix length 33", "80 0e 0f 0001 01 04 0a630001 00 21 c633640000", kReset, 0,
         0},
        {"5.3: the second prefix is cut off", "80 0e 1f 0002 01 10" NEXT_HOP "00" PREFIX "20 2001",
         kReset, 0, 0},
        {"5.3: Transitive bit", "c0 0e 1c 0002 01 10" NEXT_HOP "00" PREFIX, kReset, 0, 0,
         UpdateError::attribute_flags},
        {"5.3: well-known", "40 0e 1c 0002 01 10" NEXT_HOP "00" PREFIX, kReset, 0, 0,
         UpdateError::attribute_flags},
        {"5.3: no flags", "00 0e 1c 0002 01 10" NEXT_HOP "00" PREFIX, kReset, 0, 0,
         UpdateError::attribute_flags},
        {"3(g): twice", "80 0e 1c 0002 01 10" NEXT_HOP "00" PREFIX "80 0e 05 0019 41 00 00", kReset,
         0, 0, UpdateError::malformed_attribute_list},
        {"5.3: overruns", "80 0e 1d 0002 01 10" NEXT_HOP "00" PREFIX, kReset, 0, 0,
         UpdateError::attribute_length},
        {"multicast is checked", "80 0e 16 0002 02 10" NEXT_HOP "00 81", kReset, 0, 0},
        {"multicast is not carried", "80 0e 1c 0002 02 10" NEXT_HOP "00" PREFIX, kAccept, 0, 0},
        {"labelled routes are not even read", "80 0e 0d 0001 04 04 0a630001 00 ff c63364", kAccept,
         0, 0},
        {"AFI 0", "80 0e 1c 0000 01 10" NEXT_HOP "00" PREFIX, kAccept, 0, 0},
        {"the next hop ::", "80 0e 1c 0002 01 10 00000000000000000000000000000000 00" PREFIX,
         kWithdraw, 0, 1},
        {"the next hop ::1", "80 0e 1c 0002 01 10 00000000000000000000000000000001 00" PREFIX,
         kWithdraw, 0, 1},
        {"a multicast next hop", "80 0e 1c 0002 01 10 ff020000000000000000000000000001 00" PREFIX,
         kWithdraw, 0, 1},
        {"RFC 4760 3: NEXT_HOP beside it is not looked at",
         "40 03 04 00000000 80 0e 1c 0002 01 10" NEXT_HOP "00" PREFIX, kAccept, 1, 0},
        {"7.3: but its length is", "40 03 01 00 80 0e 1c 0002 01 10" NEXT_HOP "00" PREFIX,
         kWithdraw, 0, 1},
        {"7.4: a malformed MED takes the IPv6 routes, too",
         "80 04 01 00 80 0e 1c 0002 01 10" NEXT_HOP "00" PREFIX, kWithdraw, 0, 1},
        {"5.2: a malformed MED and no prefix", "80 04 01 00 80 0e 15 0002 01 10" NEXT_HOP "00",
         kReset, 0, 0, UpdateError::attribute_length},
    });
}

TEST(BgpErrorTable, ShapesOfMultiprotocolUnreach) {
    expect_shapes({
        {"right", "80 0f 0a 0002 01" PREFIX, kAccept, 0, 1},
        {"long form", "90 0f 000a 0002 01" PREFIX, kAccept, 0, 1},
        {"IPv4", "80 0f 07 0001 01 18 c63364", kAccept, 0, 1},
        {"5.3: empty", "80 0f 00", kReset, 0, 0},
        {"5.3: two octets", "80 0f 02 0002", kReset, 0, 0},
        {"5.3: prefix length 129", "80 0f 15 0002 01 81 20010db8000000000000000000000000 00",
         kReset, 0, 0},
        {"5.3: cut off", "80 0f 06 0002 01 30 2001", kReset, 0, 0},
        {"5.3: well-known", "40 0f 0a 0002 01" PREFIX, kReset, 0, 0, UpdateError::attribute_flags},
        {"5.3: Transitive bit", "c0 0f 0a 0002 01" PREFIX, kReset, 0, 0,
         UpdateError::attribute_flags},
        {"Partial harms nobody", "a0 0f 0a 0002 01" PREFIX, kAccept, 0, 1},
        {"3(g): twice", "80 0f 0a 0002 01" PREFIX "80 0f 03 0001 01", kReset, 0, 0,
         UpdateError::malformed_attribute_list},
        {"5.3: overruns", "80 0f 0b 0002 01" PREFIX, kReset, 0, 0, UpdateError::attribute_length},
        {"a family of others is not read", "80 0f 04 0001 85 ff", kAccept, 0, 0},
        {"with an announcement",
         "80 0f 0a 0002 01" PREFIX "80 0e 1c 0002 01 10" NEXT_HOP "00" PREFIX, kAccept, 1, 1},
        {"5.2: a malformed MED beside it", "80 04 01 00 80 0f 0a 0002 01" PREFIX, kReset, 0, 0,
         UpdateError::attribute_length},
        {"6: a malformed AGGREGATOR beside it", "c0 07 01 00 80 0f 0a 0002 01" PREFIX, kDiscard, 0,
         1},
    });
}

#undef NEXT_HOP
#undef LINK_LOCAL
#undef PREFIX

}  // namespace torii::bgp

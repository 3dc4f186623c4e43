// The error handling of RFC 7606, attribute by attribute.
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

enum class From : std::uint8_t { external, internal, two_octet };

struct Case {
    const char* reason;
    Verdict verdict;
    // By type, in place of the right attribute or beside it; an empty string leaves one out.
    std::map<int, std::string> attributes;
    From from = From::external;
    UpdateError answer = UpdateError::malformed_attribute_list;  // with kReset
};

// A right UPDATE that announces 198.51.100.0/24, but for what `row` changes.
Octets body_of(const Case& row) {
    std::map<int, std::string> attributes{
        {1, "40 01 01 00"}, {2, "40 02 06 02 01 0000fde9"}, {3, "40 03 04 0a630001"}};
    if (row.from == From::internal) attributes[5] = "40 05 04 00000064";
    if (row.from == From::two_octet) attributes[2] = "40 02 04 02 01 fde9";
    for (const auto& [type, octets] : row.attributes) attributes[type] = octets;
    Octets field;
    for (const auto& [type, octets] : attributes) field = concat({field, hex(octets)});
    return update_body({}, field, hex("18 c63364"));
}

UpdateContext context_of(From from) {
    UpdateContext context;
    context.internal = from == From::internal;
    context.four_octet_as = from != From::two_octet;
    return context;
}

void expect_verdict(const Case& row) {
    SCOPED_TRACE(row.reason);
    const Update update = decode_update(body_of(row), context_of(row.from));
    const std::string why = testing::PrintToString(update.reasons);
    ASSERT_EQ(static_cast<int>(update.verdict), static_cast<int>(row.verdict)) << why;
    EXPECT_EQ(update.reasons.empty(), row.verdict == kAccept) << why;
    if (row.verdict == kReset) {
        ASSERT_TRUE(update.notification.has_value());
        EXPECT_EQ(text(*update.notification), text(update_error(row.answer))) << why;
        return;
    }
    EXPECT_EQ(update.notification, std::nullopt);
    const std::vector<Prefix> route{prefix("198.51.100.0/24")};
    if (row.verdict == kWithdraw) {
        EXPECT_TRUE(update.announced.empty());
        ASSERT_EQ(update.withdrawn.size(), 1U);
        EXPECT_EQ(update.withdrawn[0].prefixes, route);
    } else {
        EXPECT_TRUE(update.withdrawn.empty());
        ASSERT_EQ(update.announced.size(), 1U);
        EXPECT_EQ(update.announced[0].prefixes, route);
    }
}

void expect_verdicts(const std::vector<Case>& rows) {
    for (const Case& row : rows) expect_verdict(row);
}

}  // namespace

TEST(BgpErrorHandling, Origin) {
    expect_verdicts({
        {"right", kAccept, {{1, "40 01 01 02"}}},
        {"7.1: length 0", kWithdraw, {{1, "40 01 00"}}},
        {"7.1: length 2", kWithdraw, {{1, "40 01 02 0000"}}},
        {"7.1: undefined value", kWithdraw, {{1, "40 01 01 03"}}},
        {"3(c): Optional bit", kWithdraw, {{1, "c0 01 01 00"}}},
        {"3(c): no Transitive bit", kWithdraw, {{1, "00 01 01 00"}}},
        {"3(c): Partial bit", kWithdraw, {{1, "60 01 01 00"}}},
        {"RFC 4271 4.3: unused flags are ignored", kAccept, {{1, "4f 01 01 00"}}},
        {"RFC 4271 4.3: extended length for one octet", kAccept, {{1, "50 01 0001 00"}}},
        {"3(d): missing", kWithdraw, {{1, ""}}},
    });
}

TEST(BgpErrorHandling, AsPath) {
    expect_verdicts({
        {"right: sequence and set",
         kAccept,
         {{2, "40 02 10 02 01 0000fde9 01 02 00000001 00000002"}},
         From::internal},
        {"empty, as internal peers originate it", kAccept, {{2, "40 02 00"}}, From::internal},
        {"7.2: segment beyond the attribute", kWithdraw, {{2, "40 02 06 02 02 0000fde9"}}},
        {"7.2: one octet left over", kWithdraw, {{2, "40 02 07 02 01 0000fde9 02"}}},
        {"7.2: segment of no numbers", kWithdraw, {{2, "40 02 08 02 01 0000fde9 02 00"}}},
        {"7.2: segment type 0", kWithdraw, {{2, "40 02 06 00 01 0000fde9"}}},
        {"7.2: segment type 5", kWithdraw, {{2, "40 02 06 05 01 0000fde9"}}},
        {"RFC 5065 5: confederation sequence", kWithdraw, {{2, "40 02 06 03 01 0000fde9"}}},
        {"RFC 5065 5: confederation set", kWithdraw, {{2, "40 02 06 04 01 0000fde9"}}},
        {"RFC 7607 2: AS 0", kWithdraw, {{2, "40 02 0a 02 02 0000fde9 00000000"}}},
        {"3(c): Optional bit", kWithdraw, {{2, "c0 02 06 02 01 0000fde9"}}},
        {"3(c): no Transitive bit", kWithdraw, {{2, "00 02 06 02 01 0000fde9"}}},
        {"3(d): missing", kWithdraw, {{2, ""}}},
        {"two octets for each number, from an old peer", kAccept, {}, From::two_octet},
        {"four octets from an old peer",
         kWithdraw,
         {{2, "40 02 06 02 01 0000fde9"}},
         From::two_octet},
    });
}

TEST(BgpErrorHandling, NextHop) {
    expect_verdicts({
        {"right", kAccept, {{3, "40 03 04 0a630001"}}},
        {"7.3: length 3", kWithdraw, {{3, "40 03 03 0a6300"}}},
        {"7.3: length 5", kWithdraw, {{3, "40 03 05 0a63000100"}}},
        {"7.3: length 16", kWithdraw, {{3, "40 03 10 20010db8000000000000000000000001"}}},
        {"RFC 4271 6.3: 0.0.0.0", kWithdraw, {{3, "40 03 04 00000000"}}},
        {"RFC 4271 6.3: 127.0.0.1", kWithdraw, {{3, "40 03 04 7f000001"}}},
        {"RFC 4271 6.3: multicast", kWithdraw, {{3, "40 03 04 e0000001"}}},
        {"RFC 4271 6.3: 240.0.0.0/4", kWithdraw, {{3, "40 03 04 f0000001"}}},
        {"RFC 4271 6.3: broadcast", kWithdraw, {{3, "40 03 04 ffffffff"}}},
        {"3(c): Optional bit", kWithdraw, {{3, "c0 03 04 0a630001"}}},
        {"3(d): missing", kWithdraw, {{3, ""}}},
    });
}

TEST(BgpErrorHandling, MultiExitDisc) {
    expect_verdicts({
        {"right", kAccept, {{4, "80 04 04 0000000a"}}},
        {"7.4: length 0", kWithdraw, {{4, "80 04 00"}}},
        {"7.4: length 3", kWithdraw, {{4, "80 04 03 000000"}}},
        {"7.4: length 5", kWithdraw, {{4, "80 04 05 0000000a00"}}},
        {"3(c): Transitive bit", kWithdraw, {{4, "c0 04 04 0000000a"}}},
        {"3(c): no Optional bit", kWithdraw, {{4, "00 04 04 0000000a"}}},
    });
}

TEST(BgpErrorHandling, LocalPref) {
    expect_verdicts({
        {"right", kAccept, {}, From::internal},
        {"7.5: length 3", kWithdraw, {{5, "40 05 03 000000"}}, From::internal},
        {"3(c): Optional bit", kWithdraw, {{5, "c0 05 04 00000064"}}, From::internal},
        {"7.5: from an external peer", kDiscard, {{5, "40 05 04 00000064"}}},
        {"7.5: malformed, from an external peer", kDiscard, {{5, "40 05 01 00"}}},
        {"7.5: bad flags, from an external peer", kDiscard, {{5, "80 05 04 00000064"}}},
    });
}

TEST(BgpErrorHandling, AtomicAggregateAndAggregator) {
    expect_verdicts({
        {"right", kAccept, {{6, "40 06 00"}, {7, "c0 07 08 0000fdf2 c0000209"}}},
        {"7.6: length 1", kDiscard, {{6, "40 06 01 00"}}},
        {"3(f): ATOMIC_AGGREGATE flags", kDiscard, {{6, "c0 06 00"}}},
        {"7.7: two-octet form from a four-octet peer", kDiscard, {{7, "c0 07 06 fdf2 c0000209"}}},
        {"7.7: length 0", kDiscard, {{7, "c0 07 00"}}},
        {"3(f): AGGREGATOR flags", kDiscard, {{7, "40 07 08 0000fdf2 c0000209"}}},
        {"RFC 7607 2: AS 0", kDiscard, {{7, "c0 07 08 00000000 c0000209"}}},
        {"two-octet form from an old peer",
         kAccept,
         {{7, "c0 07 06 fdf2 c0000209"}},
         From::two_octet},
        {"7.7: four-octet form from an old peer",
         kDiscard,
         {{7, "c0 07 08 0000fdf2 c0000209"}},
         From::two_octet},
        {"RFC 4271 5: Partial is for optional transitive ones",
         kAccept,
         {{7, "e0 07 08 0000fdf2 c0000209"}}},
    });
}

TEST(BgpErrorHandling, Communities) {
    expect_verdicts({
        {"right", kAccept, {{8, "c0 08 08 fde90064 ffffff01"}}},
        {"7.8: length 0", kWithdraw, {{8, "c0 08 00"}}},
        {"7.8: length 6", kWithdraw, {{8, "c0 08 06 fde90064 ffff"}}},
        {"3(c): no Optional bit", kWithdraw, {{8, "40 08 04 fde90064"}}},
        {"7.14: extended, right", kAccept, {{16, "c0 10 08 0002fde900000064"}}},
        {"7.14: extended, length 0", kWithdraw, {{16, "c0 10 00"}}},
        {"7.14: extended, length 7", kWithdraw, {{16, "c0 10 07 0002fde9000000"}}},
        {"3(c): extended, no Transitive bit", kWithdraw, {{16, "80 10 08 0002fde900000064"}}},
        {"RFC 8092 5: large, right", kAccept, {{32, "c0 20 0c 0000fde9 00000001 00000002"}}},
        {"RFC 8092 5: large, length 0", kWithdraw, {{32, "c0 20 00"}}},
        {"RFC 8092 5: large, length 11", kWithdraw, {{32, "c0 20 0b 0000fde9 00000001 000000"}}},
    });
}

TEST(BgpErrorHandling, RouteReflection) {
    expect_verdicts({
        {"right", kAccept, {{9, "80 09 04 c0000201"}, {10, "80 0a 04 00000001"}}, From::internal},
        {"7.9: ORIGINATOR_ID length 5", kWithdraw, {{9, "80 09 05 c000020100"}}, From::internal},
        {"7.9: ORIGINATOR_ID from an external peer", kDiscard, {{9, "80 09 04 c0000201"}}},
        {"7.9: malformed too", kDiscard, {{9, "80 09 01 c0"}}},
        {"7.10: CLUSTER_LIST length 0", kWithdraw, {{10, "80 0a 00"}}, From::internal},
        {"7.10: CLUSTER_LIST length 6", kWithdraw, {{10, "80 0a 06 000000010000"}}, From::internal},
        {"7.10: CLUSTER_LIST from an external peer", kDiscard, {{10, "80 0a 04 00000001"}}},
    });
}

TEST(BgpErrorHandling, As4Attributes) {
    expect_verdicts({
        {"right", kAccept, {{17, "c0 11 06 02 01 00011170"}}, From::two_octet},
        {"RFC 6793 6: malformed AS4_PATH",
         kDiscard,
         {{17, "c0 11 06 02 02 00011170"}},
         From::two_octet},
        {"RFC 6793 6: empty AS4_PATH", kDiscard, {{17, "c0 11 00"}}, From::two_octet},
        {"RFC 7607 2: AS 0 in AS4_PATH",
         kDiscard,
         {{17, "c0 11 06 02 01 00000000"}},
         From::two_octet},
        {"RFC 6793 6: AS4_AGGREGATOR length 6",
         kDiscard,
         {{18, "c0 12 06 fdf2 c0000209"}},
         From::two_octet},
        {"RFC 6793 4.1: AS4_PATH from a four-octet peer",
         kDiscard,
         {{17, "c0 11 06 02 01 00011170"}}},
        {"RFC 6793 4.1: AS4_AGGREGATOR from a four-octet peer",
         kDiscard,
         {{18, "c0 12 08 00011170 c0000209"}}},
    });
}

TEST(BgpErrorHandling, OnlyToCustomer) {
    expect_verdicts({
        {"right", kAccept, {{35, "c0 23 04 0000fde9"}}},
        {"RFC 9234 5: length 3", kWithdraw, {{35, "c0 23 03 0000fd"}}},
        {"RFC 9234 5: AS 0", kWithdraw, {{35, "c0 23 04 00000000"}}},
    });
}

TEST(BgpErrorHandling, UnrecognizedAttributes) {
    expect_verdicts({
        {"RFC 4271 9: optional transitive is passed on", kAccept, {{99, "c0 63 02 0102"}}},
        {"RFC 4271 9: optional non-transitive is dropped", kAccept, {{99, "80 63 02 0102"}}},
        {"RFC 4271 6.3: well-known",
         kReset,
         {{99, "40 63 02 0102"}},
         From::external,
         UpdateError::unrecognized_well_known},
        {"RFC 8205 6: BGPsec_PATH without negotiation", kWithdraw, {{2, ""}, {33, "80 21 01 00"}}},
    });
}

TEST(BgpErrorHandling, MultiprotocolReach) {
    const std::string next_hop = "20010db8000000000000000000000001";
    expect_verdicts({
        {"right, no prefix", kAccept, {{14, "80 0e 15 0002 01 10 " + next_hop + "00"}}},
        {"7.11: no next hop",
         kReset,
         {{14, "80 0e 05 0002 01 00 00"}},
         From::external,
         UpdateError::optional_attribute},
        {"5.3: shorter than five octets",
         kReset,
         {{14, "80 0e 04 0002 01 00"}},
         From::external,
         UpdateError::optional_attribute},
        {"7.11: next hop beyond the attribute",
         kReset,
         {{14, "80 0e 06 0002 01 10 2001"}},
         From::external,
         UpdateError::optional_attribute},
        {"7.11: next hop of 15 octets",
         kReset,
         {{14, "80 0e 14 0002 01 0f " + next_hop.substr(2) + "00"}},
         From::external,
         UpdateError::optional_attribute},
        {"5.3: prefix length 129",
         kReset,
         {{14, "80 0e 16 0002 01 10 " + next_hop + "00 81"}},
         From::external,
         UpdateError::optional_attribute},
        {"5.3: prefix beyond the attribute",
         kReset,
         {{14, "80 0e 17 0002 01 10 " + next_hop + "00 20 20"}},
         From::external,
         UpdateError::optional_attribute},
        {"5.3: flags",
         kReset,
         {{14, "c0 0e 15 0002 01 10 " + next_hop + "00"}},
         From::external,
         UpdateError::attribute_flags},
        {"a family that we do not carry", kAccept, {{14, "80 0e 06 0019 41 00 00 ff"}}},
    });
}

TEST(BgpErrorHandling, MultiprotocolUnreach) {
    expect_verdicts({
        {"right, empty", kAccept, {{15, "80 0f 03 0002 01"}}},
        {"5.3: shorter than three octets",
         kReset,
         {{15, "80 0f 02 0002"}},
         From::external,
         UpdateError::optional_attribute},
        {"5.3: prefix length 129",
         kReset,
         {{15, "80 0f 04 0002 01 81"}},
         From::external,
         UpdateError::optional_attribute},
        {"5.3: flags",
         kReset,
         {{15, "40 0f 03 0002 01"}},
         From::external,
         UpdateError::attribute_flags},
        {"multicast is read for its syntax and ignored", kAccept, {{15, "80 0f 05 0002 02 08 20"}}},
    });
}

TEST(BgpErrorHandling, RepeatedAttributes) {
    expect_verdicts({
        {"3(g): the first counts", kDiscard, {{1, "40 01 01 00 40 01 01 09"}}},
        {"3(g): an unknown one too", kDiscard, {{99, "c0 63 01 01 c0 63 01 02"}}},
        {"3(g): MP_REACH_NLRI",
         kReset,
         {{14, "80 0e 05 0019 41 00 00 80 0e 05 0019 41 00 00"}},
         From::external,
         UpdateError::malformed_attribute_list},
        {"3(g): MP_UNREACH_NLRI",
         kReset,
         {{15, "80 0f 03 0002 01 80 0f 03 0002 01"}},
         From::external,
         UpdateError::malformed_attribute_list},
    });
}

TEST(BgpErrorHandling, BrokenAttributeList) {
    expect_verdicts({
        {"4: an attribute goes beyond the list", kWithdraw, {{99, "c0 63 05 00"}}},
        {"4: one octet left over", kWithdraw, {{99, "c0"}}},
        {"4: a header without its length", kWithdraw, {{99, "c0 63"}}},
        {"4: half an extended length", kWithdraw, {{99, "d0 63 00"}}},
        {"5.3: MP_REACH_NLRI goes beyond the list",
         kReset,
         {{99, "80 0e 20 00"}},
         From::external,
         UpdateError::attribute_length},
        {"5.3: MP_UNREACH_NLRI goes beyond the list",
         kReset,
         {{99, "80 0f 20 00"}},
         From::external,
         UpdateError::attribute_length},
    });
}

TEST(BgpErrorHandling, TheStrongestOfSeveralCounts) {
    expect_verdicts({
        {"3(h): discard and withdraw", kWithdraw, {{6, "40 06 01 00"}, {4, "80 04 01 00"}}},
        {"3(h): withdraw before reset",
         kReset,
         {{4, "80 04 01 00"}, {99, "40 63 00"}},
         From::external,
         UpdateError::unrecognized_well_known},
        {"3(h): reset before withdraw",
         kReset,
         {{99, "40 63 00"}, {100, "c0 64 09"}},
         From::external,
         UpdateError::unrecognized_well_known},
    });
}

TEST(BgpErrorHandling, WithoutReachablePrefixesAWithdrawIsAReset) {
    const Octets bad_med = hex("40 01 01 00 40 02 06 02 01 0000fde9 40 03 04 0a630001 80 04 01 00");
    const Update update = decode_update(update_body({}, bad_med, {}), UpdateContext{});
    EXPECT_EQ(update.verdict, Verdict::session_reset) << "RFC 7606 section 5.2";
    EXPECT_EQ(update.notification, update_error(UpdateError::attribute_length, hex("80 04 01 00")));

    const Update withdrawing =
        decode_update(update_body(hex("18 c63364"), bad_med, {}), UpdateContext{});
    EXPECT_EQ(withdrawing.verdict, Verdict::session_reset)
        << "the prefixes that are withdrawn anyway prove nothing";
}

TEST(BgpErrorHandling, FieldsOfTheMessage) {
    struct Row {
        const char* reason;
        Octets body;
        UpdateError answer;
    };
    const Octets attributes = hex("40 01 01 00 40 02 06 02 01 0000fde9 40 03 04 0a630001");
    const std::vector<Row> rows{
        {"3(b): withdrawn beyond the message", hex("0001 0000"),
         UpdateError::malformed_attribute_list},
        {"3(b): attributes beyond the message", hex("0000 0001"),
         UpdateError::malformed_attribute_list},
        {"3(b): no room for the attribute length", hex("0002 1820"),
         UpdateError::malformed_attribute_list},
        {"3(i): withdrawn prefix length 33", update_body(hex("21 c6336400 00"), {}, {}),
         UpdateError::invalid_network},
        {"3(i): withdrawn prefix cut off", update_body(hex("18 c633"), {}, {}),
         UpdateError::invalid_network},
        {"3(j): announced prefix length 33", update_body({}, attributes, hex("21 c6336400 00")),
         UpdateError::invalid_network},
        {"3(j): announced prefix cut off", update_body({}, attributes, hex("18 c633")),
         UpdateError::invalid_network},
    };
    for (const Row& row : rows) {
        const Update update = decode_update(row.body, UpdateContext{});
        EXPECT_EQ(static_cast<int>(update.verdict), static_cast<int>(kReset)) << row.reason;
        EXPECT_EQ(update.notification, update_error(row.answer)) << row.reason;
    }
}

TEST(BgpErrorHandling, TheAnswerHoldsTheAttribute) {
    const Case row{"unrecognized", kReset, {{99, "40 63 02 0102"}}};
    EXPECT_EQ(decode_update(body_of(row), UpdateContext{}).notification,
              update_error(UpdateError::unrecognized_well_known, hex("40 63 02 0102")))
        << "RFC 4271 section 6.3: type, length and value";
}

TEST(BgpErrorHandling, ADiscardedAttributeIsGone) {
    const Case row{"", kDiscard, {{5, "40 05 04 000000c8"}, {7, "c0 07 06 fdf2 c0000209"}}};
    const Update update = decode_update(body_of(row), UpdateContext{});
    EXPECT_EQ(values_of(update).local_pref, std::nullopt);
    EXPECT_EQ(values_of(update).aggregator, std::nullopt);
}

TEST(BgpErrorHandling, WithARepetitionTheFirstIsKept) {
    const Case row{"", kDiscard, {{4, "80 04 04 00000001 80 04 04 00000002"}}};
    EXPECT_EQ(values_of(decode_update(body_of(row), UpdateContext{})).med, 1U);
}

TEST(BgpErrorHandling, OfSeveralErrorsTheFirstIsTold) {
    const Octets attributes = hex("40 01 01 07 80 04 01 00");
    const Update update = decode_update(update_body({}, attributes, {}), UpdateContext{});
    EXPECT_EQ(update.verdict, Verdict::session_reset) << "no prefix (RFC 7606 section 5.2)";
    EXPECT_EQ(update.notification, update_error(UpdateError::invalid_origin, hex("40 01 01 07")));
}

TEST(BgpErrorHandling, AMalformedAsPathIsToldWithoutIt) {
    const Octets attributes = hex("40 02 06 00 01 0000fde9");
    EXPECT_EQ(decode_update(update_body({}, attributes, {}), UpdateContext{}).notification,
              update_error(UpdateError::malformed_as_path))
        << "RFC 4271 section 6.3: no data";
}

TEST(BgpErrorHandling, NothingIsMissingFromAListThatIsBroken) {
    const Update update =
        decode_update(update_body({}, hex("c0 63 05 00"), hex("18 c63364")), UpdateContext{});
    EXPECT_EQ(update.verdict, Verdict::treat_as_withdraw);
    EXPECT_EQ(update.reasons.size(), 1U) << testing::PrintToString(update.reasons);
}

}  // namespace torii::bgp

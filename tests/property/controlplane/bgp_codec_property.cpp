// What is encoded decodes to itself; any octets get a verdict.
#include "controlplane/bgp/attribute_codec.h"
#include "controlplane/bgp/family_codec.h"
#include "controlplane/bgp/message.h"
#include "controlplane/bgp/packed_attributes.h"
#include "controlplane/bgp/update_builder.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

namespace torii::bgp {

namespace {

using Octets = std::vector<std::uint8_t>;

rc::Gen<Prefix> any_prefix(IpFamily family) {
    return rc::gen::map(
        rc::gen::pair(
            rc::gen::container<std::array<std::uint8_t, 16>>(rc::gen::arbitrary<std::uint8_t>()),
            rc::gen::inRange<int>(0, address_bits(family) + 1)),
        [family](const std::pair<std::array<std::uint8_t, 16>, int>& drawn) {
            const std::size_t size = family == IpFamily::v4 ? 4 : 16;
            const auto address = IpAddress::from_bytes(Bytes(drawn.first).first(size));
            return Prefix::covering(*address, static_cast<std::uint8_t>(drawn.second));
        });
}

// Numbers of two and of four octets, but not 0 and AS_TRANS, which have meanings of their own.
rc::Gen<Asn> any_asn() {
    return rc::gen::map(rc::gen::suchThat(rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(1, 65536),
                                                         rc::gen::arbitrary<std::uint32_t>()),
                                          [](std::uint32_t number) {
                                              return number != 0 && Asn{number} != kAsTrans;
                                          }),
                        [](std::uint32_t number) { return Asn{number}; });
}

AsPath draw_path() {
    std::vector<AsPathSegment> segments(*rc::gen::inRange<std::size_t>(0, 5));
    for (AsPathSegment& segment : segments) {
        segment.type = *rc::gen::element(SegmentType::sequence, SegmentType::set);
        const auto count = *rc::gen::inRange<std::size_t>(1, 6);
        segment.asns = *rc::gen::container<std::vector<Asn>>(count, any_asn());
    }
    return AsPath(std::move(segments));
}

template <class T>
std::optional<T> maybe(T value) {
    return *rc::gen::arbitrary<bool>() ? std::optional<T>(value) : std::nullopt;
}

std::uint32_t number() {
    return *rc::gen::arbitrary<std::uint32_t>();
}

// As an internal peer may send them.
PathAttributes draw_attributes() {
    PathAttributes result;
    result.origin = *rc::gen::element(Origin::igp, Origin::egp, Origin::incomplete);
    result.as_path = draw_path();
    result.next_hop = IpAddress::v4(*rc::gen::inRange<std::uint32_t>(0x0a000001, 0x0afffffe));
    result.med = maybe(number());
    result.local_pref = maybe(number());
    result.atomic_aggregate = *rc::gen::arbitrary<bool>();
    result.aggregator = maybe(Aggregator{*any_asn(), IpAddress::v4(number())});
    result.communities = *rc::gen::arbitrary<std::vector<std::uint32_t>>();
    result.extended_communities = *rc::gen::arbitrary<std::vector<std::uint64_t>>();
    result.large_communities.resize(*rc::gen::inRange<std::size_t>(0, 4));
    for (LargeCommunity& large : result.large_communities) large = {number(), number(), number()};
    result.originator_id = maybe(RouterId{number()});
    result.cluster_list = *rc::gen::arbitrary<std::vector<std::uint32_t>>();
    result.only_to_customer = maybe(*any_asn());
    for (const std::uint8_t type : {std::uint8_t{30}, std::uint8_t{34}, std::uint8_t{200}}) {
        if (*rc::gen::arbitrary<bool>()) {
            result.unknown.push_back({type, *rc::gen::arbitrary<Octets>()});
        }
    }
    result.canonicalize();
    return result;
}

UpdateContext draw_context() {
    UpdateContext context;
    context.internal = *rc::gen::arbitrary<bool>();
    context.four_octet_as = *rc::gen::arbitrary<bool>();
    context.extended_message = *rc::gen::arbitrary<bool>();
    context.extended_next_hop = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>()) {
        context.add_path_send = context.add_path_receive = FamilySet::all();
    }
    return context;
}

Capabilities draw_capabilities() {
    Capabilities result;
    for (const Family family : kFamilies) {
        if (*rc::gen::arbitrary<bool>()) result.families.insert(family);
    }
    result.multiprotocol = !result.families.empty();
    result.route_refresh = *rc::gen::arbitrary<bool>();
    result.enhanced_route_refresh = *rc::gen::arbitrary<bool>();
    result.extended_message = *rc::gen::arbitrary<bool>();
    result.extended_next_hop = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>()) {
        GracefulRestartCapability restart;
        restart.restarting = *rc::gen::arbitrary<bool>();
        restart.notification = *rc::gen::arbitrary<bool>();
        restart.time = Seconds{*rc::gen::inRange(0, 4096)};
        restart.families = result.families;
        if (*rc::gen::arbitrary<bool>()) restart.forwarding = result.families;
        result.graceful_restart = restart;
    }
    if (*rc::gen::arbitrary<bool>()) result.role = Role{*rc::gen::arbitrary<std::uint8_t>()};
    if (*rc::gen::arbitrary<bool>()) result.add_path_receive = result.families;
    if (*rc::gen::arbitrary<bool>()) result.add_path_send = FamilySet::all();
    if (*rc::gen::arbitrary<bool>()) {
        result.long_lived.emplace().entries.push_back({Family::ipv6_unicast,
                                                       *rc::gen::arbitrary<bool>(),
                                                       Seconds{*rc::gen::inRange(0, 1 << 24)}});
    }
    // Long enough, and the OPEN has the form of RFC 9072.
    if (*rc::gen::arbitrary<bool>()) {
        result.host_name = HostName{std::string(64, 'h'), std::string(64, 'd')};
    }
    return result;
}

Message decoded(const Octets& octets, const UpdateContext& context = {}) {
    const auto frame = next_frame(octets, kExtendedSizeMax);
    RC_ASSERT(frame.has_value() && frame->has_value());
    RC_ASSERT((*frame)->size() == octets.size());
    const auto message = decode(**frame, context);
    RC_ASSERT(message.has_value());
    return *message;
}

// A right UPDATE to start from, so that chance reaches deep into the decoder.
Octets draw_update(const UpdateContext& context) {
    UpdateBuilder builder(context);
    PathAttributes attributes = draw_attributes();
    builder.announce(*any_prefix(IpFamily::v4), attributes);
    builder.announce(*any_prefix(IpFamily::v6), attributes);
    builder.withdraw(*any_prefix(IpFamily::v6));
    auto messages = builder.take();
    return messages[*rc::gen::inRange<std::size_t>(0, messages.size())];
}

// Changes octets, cuts and repeats.
void mutate(Octets& octets) {
    const int changes = *rc::gen::inRange(1, 6);
    for (int change = 0; change < changes && !octets.empty(); ++change) {
        const auto position = *rc::gen::inRange<std::size_t>(0, octets.size());
        const auto at = octets.begin() + static_cast<std::ptrdiff_t>(position);
        switch (*rc::gen::inRange(0, 3)) {
            case 0: *at = *rc::gen::arbitrary<std::uint8_t>(); break;
            case 1: octets.erase(at); break;
            default: octets.insert(at, *rc::gen::arbitrary<std::uint8_t>()); break;
        }
    }
}

Octets packed(const PathAttributes& attributes) {
    ByteWriter out;
    pack(attributes, out);
    return out.take();
}

// What must hold of every verdict.
void check(const Update& update, const UpdateContext& context) {
    RC_ASSERT((update.verdict == Verdict::session_reset) == update.notification.has_value());
    RC_ASSERT(update.reasons.empty() == (update.verdict == Verdict::accept));
    if (update.notification) RC_ASSERT(update.notification->code == ErrorCode::update_message);
    if (update.verdict >= Verdict::treat_as_withdraw) RC_ASSERT(update.announced.empty());
    if (update.end_of_rib) RC_ASSERT(update.announced.empty() && update.withdrawn.empty());
    for (const Reach& reach : update.announced) {
        RC_ASSERT(context.families.contains(reach.family) && !reach.prefixes.empty());
        RC_ASSERT(!reach.next_hop.is_unspecified());
        for (const Prefix& prefix : reach.prefixes) {
            RC_ASSERT(prefix.family() == ip_family(reach.family));
        }
    }
    RC_ASSERT(update.attributes.empty() == update.announced.empty());
    if (update.announced.empty()) return;
    const PathAttributes values = attributes_of(update, update.announced.front());
    if (!context.internal) RC_ASSERT(!values.local_pref);
    RC_ASSERT(!values.as_path.contains(Asn{0}));
    // Equal attributes have equal octets, however they came.
    PathAttributes canonical = values;
    canonical.canonicalize();
    RC_ASSERT(canonical == values);
    RC_ASSERT(packed(values) == update.attributes);
}

}  // namespace

RC_GTEST_PROP(BgpCodec, OpenRoundTrip, ()) {
    Open open{*any_asn(), Seconds{*rc::gen::inRange(0, 65536)}, RouterId{number()},
              draw_capabilities()};
    if (open.as.value() > 0xffff || *rc::gen::arbitrary<bool>()) {
        open.capabilities.four_octet_as = open.as;
    }
    RC_ASSERT(decoded(encode(open)) == Message(open));
}

RC_GTEST_PROP(BgpCodec, NotificationRoundTrip, ()) {
    const Notification notification{ErrorCode{*rc::gen::arbitrary<std::uint8_t>()},
                                    *rc::gen::arbitrary<std::uint8_t>(),
                                    *rc::gen::arbitrary<Octets>()};
    RC_ASSERT(decoded(encode(notification)) == Message(notification));
    RC_ASSERT(!text(notification).empty());
}

RC_GTEST_PROP(BgpCodec, RouteRefreshRoundTrip, ()) {
    const RouteRefresh refresh{*rc::gen::element(Family::ipv4_unicast, Family::ipv6_unicast),
                               *rc::gen::arbitrary<std::uint8_t>()};
    RC_ASSERT(decoded(encode(refresh)) == Message(refresh));
}

RC_GTEST_PROP(BgpCodec, PrefixesRoundTrip, ()) {
    const auto family = *rc::gen::element(IpFamily::v4, IpFamily::v6);
    const auto prefixes = *rc::gen::container<std::vector<Prefix>>(any_prefix(family));
    ByteWriter out;
    for (const Prefix& prefix : prefixes) encode_prefix(prefix, out);
    Nlri again;
    RC_ASSERT(decode_nlri(out.view(), family, false, again));
    RC_ASSERT(again.prefixes == prefixes);
}

RC_GTEST_PROP(BgpCodec, UpdatesRoundTrip, ()) {
    UpdateContext context = draw_context();
    context.internal = true;
    const PathAttributes attributes = draw_attributes();
    std::map<Prefix, bool> expected;  // true: announced
    for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
        for (const Prefix& prefix : *rc::gen::container<std::vector<Prefix>>(any_prefix(family))) {
            expected[prefix] = *rc::gen::arbitrary<bool>();
        }
    }
    UpdateBuilder builder(context);
    for (const auto& [prefix, announced] : expected) {
        if (announced) {
            builder.announce(prefix, attributes);
        } else {
            builder.withdraw(prefix);
        }
    }
    std::map<Prefix, bool> found;
    for (const Octets& octets : builder.take()) {
        const auto update = std::get<Update>(decoded(octets, context));
        RC_ASSERT(update.verdict == Verdict::accept);
        for (const Unreach& unreach : update.withdrawn) {
            for (const Prefix& prefix : unreach.prefixes) found[prefix] = false;
        }
        for (const Reach& reach : update.announced) {
            for (const Prefix& prefix : reach.prefixes) found[prefix] = true;
            PathAttributes again = attributes_of(update, reach);
            if (reach.family == Family::ipv6_unicast) {
                again.next_hop = attributes.next_hop;  // it was mapped to IPv6
            }
            RC_ASSERT(again == attributes);
            RC_ASSERT(PathAttributesHash{}(again) == PathAttributesHash{}(attributes));
        }
    }
    RC_ASSERT(found == expected);
}

// As they are packed their octets are taken over, in any other order they are read as values.
RC_GTEST_PROP(BgpCodec, AttributesInAnyOrderAreTheSame, ()) {
    PathAttributes attributes = draw_attributes();
    const Octets list = packed(attributes);
    std::vector<Octets> each{{0x40, 3, 4, 10, 0, 0, 1}};
    for_each_attribute(list, [&](const ListedAttribute& listed) {
        each.emplace_back(listed.whole.begin(), listed.whole.end());
    });
    const auto keys = *rc::gen::container<std::vector<std::uint32_t>>(
        each.size(), rc::gen::arbitrary<std::uint32_t>());
    std::map<std::pair<std::uint32_t, std::size_t>, std::size_t> order;
    for (std::size_t index = 0; index < each.size(); ++index) order[{keys[index], index}] = index;
    ByteWriter shuffled;
    for (const auto& [key, index] : order) shuffled.bytes(each[index]);
    UpdateContext context;
    context.internal = true;
    for (const Bytes octets : {shuffled.view(), Bytes(list)}) {
        ByteWriter body;
        body.u16(0);
        const bool with_next_hop = octets.data() != list.data();
        body.u16(static_cast<std::uint16_t>(octets.size() + (with_next_hop ? 0 : each[0].size())));
        body.bytes(octets);
        if (!with_next_hop) body.bytes(each[0]);
        body.u32(0x180a0000);
        const Update update = decode_update(body.view(), context);
        RC_ASSERT(update.verdict == Verdict::accept);
        RC_ASSERT(update.attributes == list);
    }
}

RC_GTEST_PROP(BgpCodec, APackedPathAnswersAsItsValue, ()) {
    PathAttributes attributes = draw_attributes();
    if (*rc::gen::arbitrary<bool>()) {
        // A segment is full with 255.
        attributes.as_path.prepend(Asn{65001}, *rc::gen::element<std::size_t>(
                                                   1, 249, 250, 251, 252, 253, 254, 255, 256, 600));
    }
    const AsPath& path = attributes.as_path;
    const Octets list = packed(attributes);
    const PackedPath packed_path(list);
    RC_ASSERT(packed_path.length() == path.length());
    RC_ASSERT(packed_path.first() == path.first());
    RC_ASSERT(packed_path.count(Asn{65001}) == path.count(Asn{65001}));
    const std::vector<Asn> before{Asn{65000}, Asn{64999}};
    ByteWriter out;
    encode_prepended(packed_path.value(), before, out);
    for (const Asn asn : {before[1], before[0]}) attributes.as_path.prepend(asn);
    const Octets expected = packed(attributes);
    // Behind ORIGIN.
    RC_ASSERT(PackedPath(expected).end() == 4 + out.size());
    RC_ASSERT(std::ranges::equal(out.view(), Bytes(expected).subspan(4, out.size())));
}

RC_GTEST_PROP(BgpCodec, AnyOctetsAreFramedOrRefused, (const Octets& tail)) {
    Octets stream(16, 0xff);
    stream.insert(stream.end(), tail.begin(), tail.end());
    const auto frame = next_frame(stream, kMessageSizeMax);
    if (!frame) {
        RC_ASSERT(frame.error().code == ErrorCode::message_header);
    } else if (*frame) {
        RC_ASSERT((*frame)->size() >= kHeaderSize && (*frame)->size() <= stream.size());
        const auto message = decode(**frame, UpdateContext{});
        if (!message) RC_ASSERT(message.error().code != ErrorCode::cease);
    }
}

RC_GTEST_PROP(BgpCodec, AnyOctetsAsAnUpdateGetAVerdict, (const Octets& body)) {
    const UpdateContext context = draw_context();
    check(decode_update(body, context), context);
}

RC_GTEST_PROP(BgpCodec, MutatedUpdatesGetAVerdict, ()) {
    const UpdateContext context = draw_context();
    Octets octets = draw_update(context);
    octets.erase(octets.begin(), octets.begin() + kHeaderSize);
    mutate(octets);
    check(decode_update(octets, context), context);
}

RC_GTEST_PROP(BgpCodec, NothingIsLeftOfTheUpdateInWhosePlaceAnotherIsRead, ()) {
    const UpdateContext context = draw_context();
    const auto draw = [&] {
        Octets octets = draw_update(context);
        octets.erase(octets.begin(), octets.begin() + kHeaderSize);
        if (*rc::gen::arbitrary<bool>()) mutate(octets);
        return octets;
    };
    Update place = decode_update(draw(), context);
    const Octets octets = draw();
    decode_update(octets, context, place);
    RC_ASSERT(place == decode_update(octets, context));
}

RC_GTEST_PROP(BgpCodec, WhatWasAcceptedIsPassedOnUnchanged, ()) {
    UpdateContext context = draw_context();
    context.extended_message = true;
    Octets octets = draw_update(context);
    octets.erase(octets.begin(), octets.begin() + kHeaderSize);
    mutate(octets);
    const Update update = decode_update(octets, context);
    for (const Reach& reach : update.announced) {
        const PathAttributes attributes = attributes_of(update, reach);
        UpdateBuilder builder(context);
        builder.announce(reach.prefixes.front(), attributes);
        const auto again = std::get<Update>(decoded(builder.take().at(0), context));
        RC_ASSERT(again.verdict == Verdict::accept);
        RC_ASSERT(attributes_of(again, again.announced.at(0)) == attributes);
    }
}

RC_GTEST_PROP(BgpCodec, MutatedOpensAreReadOrRefused, ()) {
    Open open{*any_asn(), Seconds{90}, RouterId{1}, draw_capabilities()};
    open.capabilities.four_octet_as = open.as;
    Octets octets = encode(open);
    Octets body(octets.begin() + kHeaderSize, octets.end());
    mutate(body);
    octets.resize(kHeaderSize);
    octets.insert(octets.end(), body.begin(), body.end());
    const auto message = decode(octets, UpdateContext{});
    if (message) {
        const auto& again = std::get<Open>(*message);
        RC_ASSERT(again.as != Asn{0} && again.as != kAsTrans);
        // A valid one says the same in our own words, unless it names families that we do not know.
        if (again.capabilities.multiprotocol == !again.capabilities.families.empty()) {
            RC_ASSERT(std::get<Open>(decoded(encode(again))).as == again.as);
        }
    } else {
        RC_ASSERT(message.error().code == ErrorCode::open_message);
    }
}

}  // namespace torii::bgp

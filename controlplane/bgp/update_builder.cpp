#include "controlplane/bgp/update_builder.h"

#include "controlplane/bgp/attribute_codec.h"
#include "controlplane/bgp/family_codec.h"
#include "controlplane/bgp/message.h"
#include "platform/base/byte_writer.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace torii::bgp {

namespace {

// Marker, length and type; withdrawn and total attribute length.
constexpr std::size_t kFixedSize = kHeaderSize + 4;
constexpr std::size_t kMpHeadMax = 4;  // flags, type, extended length

std::vector<std::uint8_t> message(Bytes withdrawn, Bytes attributes, Bytes announced) {
    ByteWriter out;
    for (int octet = 0; octet < 16; ++octet) out.u8(0xff);
    out.u16(static_cast<std::uint16_t>(kFixedSize + withdrawn.size() + attributes.size() +
                                       announced.size()));
    out.u8(static_cast<std::uint8_t>(MessageType::update));
    out.u16(static_cast<std::uint16_t>(withdrawn.size()));
    out.bytes(withdrawn);
    out.u16(static_cast<std::uint16_t>(attributes.size()));
    out.bytes(attributes);
    out.bytes(announced);
    return out.take();
}

// As many prefixes as fit in `room` octets; what was written is cut off the front of `prefixes`.
std::vector<std::uint8_t> take_prefixes(std::span<const Prefix>& prefixes, std::size_t room) {
    ByteWriter out;
    while (!prefixes.empty() && out.size() + encoded_size(prefixes.front()) <= room) {
        encode_prefix(prefixes.front(), out);
        prefixes = prefixes.subspan(1);
    }
    return out.take();
}

// IPv4-mapped (RFC 4291 section 2.5.5.2): an IPv6 route of a session that has only IPv4 addresses.
IpAddress as_v6(const IpAddress& address) {
    if (address.is_v6()) return address;
    std::array<std::uint8_t, 16> octets{};
    octets[10] = octets[11] = 0xff;
    std::ranges::copy(address.bytes().first(4), octets.begin() + 12);
    return IpAddress::v6(octets);
}

// Value of MP_REACH_NLRI up to the prefixes (RFC 4760 section 3).
std::vector<std::uint8_t> mp_reach_head(const PathAttributes& attributes, Family family) {
    ByteWriter out;
    out.u16(afi_of(family));
    out.u8(kSafiUnicast);
    out.u8(attributes.link_local ? 32 : 16);
    out.bytes(as_v6(attributes.next_hop).bytes());
    if (attributes.link_local) out.bytes(attributes.link_local->bytes());
    out.u8(0);
    return out.take();
}

std::size_t index_of(Family family) {
    return family == Family::ipv4_unicast ? 0 : 1;
}

// How far a message goes: an announcement of `room` octets of prefixes, in their classic place or
// in MP_REACH_NLRI.
bool classic(const PathAttributes& attributes, Family family) {
    return family == Family::ipv4_unicast && attributes.next_hop.is_v4();
}

}  // namespace

UpdateBuilder::UpdateBuilder(const UpdateContext& context)
    : context_(context), size_max_(context.extended_message ? kExtendedSizeMax : kMessageSizeMax) {}

void UpdateBuilder::announce(const Prefix& prefix, const PathAttributes& attributes) {
    const Family family = unicast(prefix.family());
    const auto [found, is_new] = index_[index_of(family)].try_emplace(attributes, groups_.size());
    if (is_new) groups_.push_back({attributes, family, {}});
    groups_[found->second].prefixes.push_back(prefix);
}

void UpdateBuilder::withdraw(const Prefix& prefix) {
    withdrawn_[index_of(unicast(prefix.family()))].push_back(prefix);
}

std::vector<std::vector<std::uint8_t>> UpdateBuilder::take() {
    Messages announcements;
    for (const Group& group : groups_) write_group(group, announcements);
    Messages messages;
    for (const Family family : kFamilies) {
        write_withdrawals(family, withdrawn_[index_of(family)], messages);
        withdrawn_[index_of(family)].clear();
        index_[index_of(family)].clear();
    }
    groups_.clear();
    std::ranges::move(announcements, std::back_inserter(messages));
    return messages;
}

void UpdateBuilder::write_group(const Group& group, Messages& messages) {
    const bool in_nlri = classic(group.attributes, group.family);
    ByteWriter shared;
    encode_attributes(group.attributes, context_, in_nlri, shared);
    const auto head =
        in_nlri ? std::vector<std::uint8_t>{} : mp_reach_head(group.attributes, group.family);
    const std::size_t overhead =
        kFixedSize + shared.size() + (in_nlri ? 0 : kMpHeadMax + head.size());
    const std::size_t room = overhead < size_max_ ? size_max_ - overhead : 0;

    std::span<const Prefix> rest(group.prefixes);
    while (!rest.empty()) {
        const auto prefixes = take_prefixes(rest, room);
        if (prefixes.empty()) {
            ++too_large_;
            withdraw(rest.front());
            rest = rest.subspan(1);
        } else if (in_nlri) {
            messages.push_back(message({}, shared.view(), prefixes));
        } else {
            // First in the list (RFC 7606 section 5.1).
            ByteWriter attributes;
            encode_attribute_head(kOptional, AttributeType::mp_reach, head.size() + prefixes.size(),
                                  attributes);
            attributes.bytes(head);
            attributes.bytes(prefixes);
            attributes.bytes(shared.view());
            messages.push_back(message({}, attributes.view(), {}));
        }
    }
}

void UpdateBuilder::write_withdrawals(Family family, std::span<const Prefix> prefixes,
                                      Messages& messages) {
    while (!prefixes.empty()) {
        if (family == Family::ipv4_unicast) {
            messages.push_back(message(take_prefixes(prefixes, size_max_ - kFixedSize), {}, {}));
            continue;
        }
        const auto part = take_prefixes(prefixes, size_max_ - kFixedSize - kMpHeadMax - 3);
        ByteWriter attributes;
        encode_attribute_head(kOptional, AttributeType::mp_unreach, 3 + part.size(), attributes);
        attributes.u16(afi_of(family));
        attributes.u8(kSafiUnicast);
        attributes.bytes(part);
        messages.push_back(message({}, attributes.view(), {}));
    }
}

std::vector<std::uint8_t> end_of_rib(Family family) {
    if (family == Family::ipv4_unicast) return message({}, {}, {});
    ByteWriter attributes;
    encode_attribute_head(kOptional, AttributeType::mp_unreach, 3, attributes);
    attributes.u16(afi_of(family));
    attributes.u8(kSafiUnicast);
    return message({}, attributes.view(), {});
}

}  // namespace torii::bgp

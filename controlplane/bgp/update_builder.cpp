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
constexpr std::size_t kPathIdSize = 4;

void append_u16(std::size_t value, std::vector<std::uint8_t>& out) {
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
    out.push_back(static_cast<std::uint8_t>(value & 0xffU));
}

void append(Bytes octets, std::vector<std::uint8_t>& out) {
    out.insert(out.end(), octets.begin(), octets.end());
}

void append_message(Bytes withdrawn, Bytes attributes, Bytes announced,
                    std::vector<std::uint8_t>& out) {
    const std::size_t size = kFixedSize + withdrawn.size() + attributes.size() + announced.size();
    out.insert(out.end(), 16, 0xff);
    append_u16(size, out);
    out.push_back(static_cast<std::uint8_t>(MessageType::update));
    append_u16(withdrawn.size(), out);
    append(withdrawn, out);
    append_u16(attributes.size(), out);
    append(attributes, out);
    append(announced, out);
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
std::vector<std::uint8_t> mp_reach_head(const PackedAttributes& attributes, Family family) {
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

// Whether the prefixes stand in their classic place, else in MP_REACH_NLRI.
bool classic(const PackedAttributes& attributes, Family family) {
    return family == Family::ipv4_unicast && attributes.next_hop.is_v4();
}

// Octets of the first of several routes.
std::size_t size_of_first(Bytes routes, bool with_ids) {
    const std::size_t id = with_ids ? kPathIdSize : 0;
    return id + 1 + (std::size_t{routes[id]} + 7) / 8;
}

}  // namespace

UpdateBuilder::UpdateBuilder(const UpdateContext& context)
    : context_(context), size_max_(context.extended_message ? kExtendedSizeMax : kMessageSizeMax) {}

UpdateBuilder::Set UpdateBuilder::add_set(Family family, const PackedAttributes& attributes) {
    sets_.push_back({attributes, family, kNone, kNone});
    return sets_.size() - 1;
}

UpdateBuilder::Piece& UpdateBuilder::piece_at_end(Set set) {
    SetState& state = sets_[set];
    const std::size_t begin = routes_.size();
    // Those of one set often come together.
    const bool goes_on = state.last != kNone && pieces_[state.last].end == begin;
    if (!goes_on) {
        const std::size_t added = pieces_.size();
        pieces_.push_back({begin, begin, kNone});
        (state.last == kNone ? state.first : pieces_[state.last].next) = added;
        state.last = added;
    }
    return pieces_[state.last];
}

void UpdateBuilder::announce(const Prefix& prefix, Set set, PathId id) {
    Piece& piece = piece_at_end(set);
    write_route(prefix, id, routes_);
    piece.end = routes_.size();
}

void UpdateBuilder::announce(const Prefix& prefix, const PathAttributes& attributes, PathId id) {
    const Family family = unicast(prefix.family());
    const auto [found, is_new] = index_[index_of(family)].try_emplace(attributes, 0);
    if (is_new) {
        ByteWriter& octets = own_.emplace_back();
        pack(attributes, octets);
        found->second =
            add_set(family, {octets.view(), attributes.next_hop, attributes.link_local});
    }
    announce(prefix, found->second, id);
}

void UpdateBuilder::withdraw(const Prefix& prefix, PathId id) {
    write_route(prefix, id, withdrawn_[index_of(unicast(prefix.family()))]);
}

std::size_t UpdateBuilder::write(std::vector<std::uint8_t>& out) {
    messages_ = 0;
    std::vector<std::uint8_t> announced;
    for (const SetState& set : sets_) write_set(set, announced);
    for (const Family family : kFamilies) {
        write_withdrawals(family, withdrawn_[index_of(family)].view(), out);
        withdrawn_[index_of(family)].clear();
        index_[index_of(family)].clear();
    }
    append(announced, out);
    sets_.clear();
    pieces_.clear();
    routes_.clear();
    own_.clear();
    return messages_;
}

std::vector<std::vector<std::uint8_t>> UpdateBuilder::take() {
    std::vector<std::uint8_t> all;
    write(all);
    std::vector<std::vector<std::uint8_t>> messages;
    for (Bytes rest(all); !rest.empty(); rest = rest.subspan(messages.back().size())) {
        const Bytes message = **next_frame(rest, kExtendedSizeMax);
        messages.emplace_back(message.begin(), message.end());
    }
    return messages;
}

void UpdateBuilder::write_set(const SetState& set, std::vector<std::uint8_t>& out) {
    const bool in_nlri = classic(set.attributes, set.family);
    shared_.clear();
    encode_attributes(set.attributes, context_, in_nlri, shared_);
    const auto head =
        in_nlri ? std::vector<std::uint8_t>{} : mp_reach_head(set.attributes, set.family);
    const std::size_t overhead =
        kFixedSize + shared_.size() + (in_nlri ? 0 : kMpHeadMax + head.size());
    const std::size_t room = overhead < size_max_ ? size_max_ - overhead : 0;
    const bool ids = with_ids(set.family);

    for (Piece piece{0, 0, set.first}; piece.begin != piece.end || piece.next != kNone;) {
        prefixes_.clear();
        while (piece.begin != piece.end || piece.next != kNone) {
            if (piece.begin == piece.end) piece = pieces_[piece.next];
            const Bytes routes = view(piece);
            const std::size_t size = fitting(routes, ids, room - prefixes_.size());
            prefixes_.bytes(routes.first(size));
            piece.begin += size;
            if (size != routes.size()) break;
        }
        if (prefixes_.size() == 0) {
            ++too_large_;
            const Bytes route = view(piece).first(size_of_first(view(piece), ids));
            withdrawn_[index_of(set.family)].bytes(route);
            piece.begin += route.size();
            continue;
        }
        ++messages_;
        if (in_nlri) {
            append_message({}, shared_.view(), prefixes_.view(), out);
            continue;
        }
        // First in the list (RFC 7606 section 5.1).
        ByteWriter attributes;
        encode_attribute_head(kOptional, AttributeType::mp_reach, head.size() + prefixes_.size(),
                              attributes);
        attributes.bytes(head);
        attributes.bytes(prefixes_.view());
        attributes.bytes(shared_.view());
        append_message({}, attributes.view(), {}, out);
    }
}

void UpdateBuilder::write_route(const Prefix& prefix, PathId id, ByteWriter& out) const {
    if (with_ids(unicast(prefix.family()))) out.u32(id.value());
    encode_prefix(prefix, out);
}

std::size_t UpdateBuilder::fitting(Bytes routes, bool with_ids, std::size_t room) {
    if (routes.size() <= room) return routes.size();
    std::size_t size = 0;
    while (true) {
        const std::size_t next = size_of_first(routes.subspan(size), with_ids);
        if (size + next > room) return size;
        size += next;
    }
}

void UpdateBuilder::write_withdrawals(Family family, Bytes routes, std::vector<std::uint8_t>& out) {
    const bool in_field = family == Family::ipv4_unicast;
    const std::size_t room = size_max_ - kFixedSize - (in_field ? 0 : kMpHeadMax + 3);
    while (!routes.empty()) {
        const Bytes part = routes.first(fitting(routes, with_ids(family), room));
        routes = routes.subspan(part.size());
        ++messages_;
        if (in_field) {
            append_message(part, {}, {}, out);
            continue;
        }
        ByteWriter attributes;
        encode_attribute_head(kOptional, AttributeType::mp_unreach, 3 + part.size(), attributes);
        attributes.u16(afi_of(family));
        attributes.u8(kSafiUnicast);
        attributes.bytes(part);
        append_message({}, attributes.view(), {}, out);
    }
}

std::vector<std::uint8_t> end_of_rib(Family family) {
    std::vector<std::uint8_t> out;
    ByteWriter attributes;
    if (family != Family::ipv4_unicast) {
        encode_attribute_head(kOptional, AttributeType::mp_unreach, 3, attributes);
        attributes.u16(afi_of(family));
        attributes.u8(kSafiUnicast);
    }
    append_message({}, attributes.view(), {}, out);
    return out;
}

}  // namespace torii::bgp

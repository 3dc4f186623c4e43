#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/bgp/update.h"
#include "platform/base/byte_reader.h"
#include "platform/base/byte_writer.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace torii::bgp {

// Path attributes in few octets, and almost as they are sent: what a table keeps of hundreds of
// thousands of sets. `octets` is the attribute list of a session with four-octet AS numbers in the
// order of types, without next hops; equal attributes have equal octets. A view: the octets are
// somebody else's.
struct PackedAttributes {
    Bytes octets;
    IpAddress next_hop;
    std::optional<IpAddress> link_local;
};

void pack(const PathAttributes& attributes, ByteWriter& out);
[[nodiscard]] PathAttributes unpack(const PackedAttributes& packed);
[[nodiscard]] PackedAttributes packed_of(const Update& update, const Reach& reach);

// As encode_attributes() of what they stand for.
void encode_attributes(const PackedAttributes& packed, const UpdateContext& context,
                       bool with_next_hop, ByteWriter& out);

// One attribute of a list.
struct ListedAttribute {
    AttributeType type{};
    Bytes value;
    Bytes whole;  // with its header
};

// Calls visit(attribute) for each attribute of a list that is whole.
template <class Visit>
void for_each_attribute(Bytes list, const Visit& visit) {
    constexpr std::uint8_t kExtended = 0x10;
    while (list.size() >= 3) {
        const bool extended = (list[0] & kExtended) != 0 && list.size() >= 4;
        const std::size_t head = extended ? 4 : 3;
        const std::size_t size = extended ? std::size_t{list[2]} << 8U | list[3] : list[2];
        if (list.size() - head < size) return;
        visit(ListedAttribute{AttributeType{list[1]}, list.subspan(head, size),
                              list.first(head + size)});
        list = list.subspan(head + size);
    }
}

// Empty: it has none, or one without a value.
[[nodiscard]] Bytes find_attribute(Bytes list, AttributeType type);

// The AS_PATH of a packed list, asked without unpacking it. Answers as AsPath does.
class PackedPath {
public:
    explicit PackedPath(Bytes list);

    [[nodiscard]] Bytes value() const { return value_; }
    // Where it ends in its list.
    [[nodiscard]] std::size_t end() const { return end_; }
    [[nodiscard]] std::size_t length() const;
    [[nodiscard]] std::size_t count(Asn asn) const;
    [[nodiscard]] std::optional<Asn> first() const { return leading(0); }
    // Of the leading AS_SEQUENCE.
    [[nodiscard]] std::optional<Asn> leading(std::size_t index) const;

private:
    Bytes value_;
    std::size_t end_ = 0;
};

// An AS_PATH attribute with these in front of a packed path (RFC 4271 section 5.1.2).
void encode_prepended(Bytes path, std::span<const Asn> asns, ByteWriter& out);

// Whether a list of numbers of four octets, as of COMMUNITIES, has this one.
[[nodiscard]] bool has_number(Bytes value, std::uint32_t number);

}  // namespace torii::bgp

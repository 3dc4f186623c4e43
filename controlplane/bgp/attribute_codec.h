#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/bgp/family_codec.h"
#include "controlplane/bgp/packed_attributes.h"
#include "controlplane/bgp/update.h"
#include "platform/base/byte_reader.h"
#include "platform/base/byte_writer.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torii::bgp {

// Attribute flags, RFC 4271 section 4.3.
inline constexpr std::uint8_t kOptional = 0x80;
inline constexpr std::uint8_t kTransitive = 0x40;
inline constexpr std::uint8_t kPartial = 0x20;
inline constexpr std::uint8_t kExtendedLength = 0x10;
// Of those that are passed on unrecognised (RFC 4271 section 9).
inline constexpr std::uint8_t kUnknownFlags = kOptional | kTransitive | kPartial;

// One path attribute as it stands in the message.
struct RawAttribute {
    std::uint8_t flags = 0;
    std::uint8_t type = 0;
    Bytes value;
    Bytes whole;  // with its header
};

// What is wrong with a value, for the log and, if it comes to that, the NOTIFICATION.
struct Fault {
    UpdateError subcode;
    std::string_view why;
};

// MP_REACH_NLRI or MP_UNREACH_NLRI, whose family may be one we do not carry.
struct MultiprotocolRoutes {
    bool present = false;
    bool any_prefix = false;
    std::optional<Family> family;
    IpAddress next_hop;
    std::optional<IpAddress> link_local;
    bool next_hop_usable = false;
    Nlri nlri;
};

// What the attributes of one UPDATE say of its prefixes.
struct DecodedRoutes {
    std::optional<IpAddress> next_hop;
    MultiprotocolRoutes reach;
    MultiprotocolRoutes unreach;
};

// The others as values.
struct DecodedAttributes {
    PathAttributes attributes;  // without next hops
    // From two-octet peers (RFC 6793 section 4.2.3).
    std::optional<AsPath> as4_path;
    std::optional<Aggregator> as4_aggregator;
};

// Says what is wrong with a value. What concerns the prefixes it reads in doing so.
using AttributeCheck = std::optional<Fault> (*)(Bytes value, const UpdateContext& context,
                                                DecodedRoutes& routes);
// Reads a value that has passed.
using AttributeReader = void (*)(Bytes value, const UpdateContext& context,
                                 DecodedAttributes& decoded);
// Whether a value that has passed, with four-octet AS numbers, stands as encode_attributes() would
// write what it reads as: equal values have one form only.
using AttributeForm = bool (*)(Bytes value);

enum class Accepted : std::uint8_t {
    always,
    from_internal,   // of external peers: discarded, whatever it holds
    from_two_octet,  // of four-octet peers: discarded, whatever it holds (RFC 6793 section 4.1)
};

// A row of RFC 7606 section 7: how an attribute is read and what its errors lead to.
struct AttributeRule {
    AttributeType type;
    std::string_view name;
    std::uint8_t flags;  // Optional and Transitive bits as they must be
    Accepted accepted;
    Verdict on_flags_error;
    Verdict on_error;
    AttributeCheck check;
    AttributeReader read;  // null: it concerns the prefixes
    AttributeForm form;    // null: any value stands so
};

// Null: not recognised.
[[nodiscard]] const AttributeRule* find_rule(std::uint8_t type);

// An attribute that has passed its check, or one that is not recognised.
void read_value(const ListedAttribute& listed, const UpdateContext& context,
                DecodedAttributes& decoded);

// RFC 6793 section 4.2.3: joins AS_PATH with AS4_PATH and AGGREGATOR with AS4_AGGREGATOR.
void merge_four_octet(DecodedAttributes& decoded);

// All attributes but MP_REACH_NLRI, MP_UNREACH_NLRI and, unless `with_next_hop`, NEXT_HOP; in the
// order of their types.
void encode_attributes(const PathAttributes& attributes, const UpdateContext& context,
                       bool with_next_hop, ByteWriter& out);

// Header of an attribute whose value of `size` octets follows.
class AttributeHead {
public:
    AttributeHead(std::uint8_t flags, AttributeType type, std::size_t size);
    [[nodiscard]] Bytes octets() const { return Bytes(octets_).first(size_); }

private:
    std::array<std::uint8_t, 4> octets_{};
    std::size_t size_ = 3;
};
void encode_attribute_head(std::uint8_t flags, AttributeType type, std::size_t size,
                           ByteWriter& out);

}  // namespace torii::bgp

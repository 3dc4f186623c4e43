#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/bgp/update.h"
#include "platform/base/byte_reader.h"
#include "platform/base/byte_writer.h"

#include <cstddef>
#include <optional>
#include <vector>

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

// The AS_PATH of a packed list with its header, and the place behind it.
struct PackedPath {
    Bytes attribute;
    std::size_t end = 0;
};
[[nodiscard]] PackedPath packed_path(Bytes octets);

// As encode_attributes() of what they stand for.
void encode_attributes(const PackedAttributes& packed, const UpdateContext& context,
                       bool with_next_hop, ByteWriter& out);

}  // namespace torii::bgp

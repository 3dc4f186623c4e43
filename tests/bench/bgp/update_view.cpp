#include "tests/bench/bgp/update_view.h"

#include "controlplane/bgp/attribute.h"

namespace torii::bench {
namespace {

using bgp::AttributeType;

constexpr std::uint8_t kExtendedLength = 0x10;  // RFC 4271 section 4.3
constexpr std::size_t kFamilySize = 3;          // AFI and SAFI

Bytes prefixes_of_reach(Bytes value) {
    ByteReader in(value);
    in.take(kFamilySize);
    in.take(in.u8());  // next hop
    in.u8();           // reserved
    return in.rest();
}

Bytes prefixes_of_unreach(Bytes value) {
    ByteReader in(value);
    in.take(kFamilySize);
    return in.rest();
}

}  // namespace

std::optional<UpdateView> view_update(Bytes body) {
    UpdateView view;
    ByteReader in(body);
    view.withdrawn = in.take(in.u16());
    ByteReader attributes(in.take(in.u16()));
    view.announced = in.rest();
    if (in.failed()) return std::nullopt;
    view.end_of_rib = view.withdrawn.empty() && view.announced.empty() && attributes.empty();
    while (!attributes.empty()) {
        const std::uint8_t flags = attributes.u8();
        const auto type = static_cast<AttributeType>(attributes.u8());
        const Bytes value =
            attributes.take((flags & kExtendedLength) != 0 ? attributes.u16() : attributes.u8());
        if (attributes.failed()) return std::nullopt;
        if (type == AttributeType::communities) view.communities = value;
        if (type == AttributeType::mp_reach) view.announced = prefixes_of_reach(value);
        if (type == AttributeType::mp_unreach) {
            view.withdrawn = prefixes_of_unreach(value);
            view.end_of_rib = view.withdrawn.empty() && view.announced.empty();
        }
    }
    return view;
}

}  // namespace torii::bench

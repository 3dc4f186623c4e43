#include "tests/bench/bgp/stream.h"

#include "controlplane/bgp/message.h"
#include "controlplane/bgp/update_builder.h"
#include "tests/bench/bgp/update_view.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace torii::bench {
namespace {

constexpr std::uint32_t kTransitAs = 3000;
constexpr std::uint32_t kTransitAsCount = 60000;
constexpr std::uint32_t kOtherCommunities = 0x5000U << 16U;

// Paths of two to five ASes and up to two communities, different for each set.
bgp::PathAttributes attributes_of(const Share& share, std::size_t set) {
    auto chance = static_cast<std::uint32_t>(set * 2654435761U);
    const auto next = [&chance] { return chance = chance * 1664525U + 1013904223U; };
    bgp::PathAttributes attributes;
    std::vector<bgp::Asn> path{share.as};
    if (share.attribute_sets > 1) {
        const std::size_t length = 1 + (next() >> 16U) % 4;
        for (std::size_t index = 0; index < length; ++index) {
            path.emplace_back(kTransitAs + (next() >> 8U) % kTransitAsCount);
        }
        for (std::size_t index = 0; index < set % 3; ++index) {
            attributes.communities.push_back(kOtherCommunities + next() % 0x10000000U);
        }
        attributes.communities.push_back(kOtherCommunities + static_cast<std::uint32_t>(set));
    }
    attributes.as_path = bgp::AsPath::sequence(std::move(path));
    attributes.next_hop = share.next_hop;
    attributes.communities.push_back(std::uint32_t{kVersionCommunity} << 16U | 1U);
    attributes.canonicalize();
    return attributes;
}

}  // namespace

Version version_of(Bytes communities) {
    ByteReader in(communities);
    while (in.remaining() >= 4) {
        const std::uint32_t community = in.u32();
        if (community >> 16U == kVersionCommunity) return static_cast<Version>(community);
    }
    return 1;
}

Stream::Stream(const Numbering& numbering, const Share& share) {
    bgp::UpdateContext context;
    context.families = {numbering.family()};
    bgp::UpdateBuilder builder(context);
    const std::size_t end = share.first + share.count;
    std::size_t update = 0;
    for (std::size_t first = share.first; first < end; ++update) {
        const std::size_t last = std::min(end, first + share.prefixes_per_update);
        const bgp::PathAttributes attributes = attributes_of(share, update % share.attribute_sets);
        for (; first < last; ++first) builder.announce(numbering.prefix(first), attributes);
        for (const auto& message : builder.take()) append_update(message);
    }
    if (share.end_of_rib) append(bgp::end_of_rib(numbering.family()));
    octets_.shrink_to_fit();
}

void Stream::append_update(const std::vector<std::uint8_t>& message) {
    const auto view = view_update(Bytes(message).subspan(bgp::kHeaderSize));
    assert(view && view->communities.size() >= 4);
    // Communities are sorted, ours is the first.
    const auto offset = static_cast<std::size_t>(view->communities.data() - message.data()) + 2;
    versions_.push_back(octets_.size() + offset);
    append(message);
}

void Stream::append(const std::vector<std::uint8_t>& message) {
    octets_.insert(octets_.end(), message.begin(), message.end());
    ends_.push_back(octets_.size());
}

std::size_t Stream::boundary(std::size_t position) const {
    return position == 0 ? 0 : *std::ranges::lower_bound(ends_, position);
}

void Stream::set_version(Version version) {
    for (const std::size_t at : versions_) {
        octets_[at] = static_cast<std::uint8_t>(version >> 8U);
        octets_[at + 1] = static_cast<std::uint8_t>(version);
    }
}

}  // namespace torii::bench

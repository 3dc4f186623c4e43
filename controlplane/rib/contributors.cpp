#include "controlplane/rib/contributors.h"

#include "controlplane/bgp/community.h"

#include <algorithm>
#include <set>
#include <utility>

namespace torii::rib {
namespace {

// A segment of AS_PATH has no more (RFC 4271 section 4.3).
constexpr std::size_t kAsnsMost = 255;
// Octets of communities: with the longest path there is room in a message of 4096 for prefixes.
constexpr std::size_t kCommunitiesMost = 2048;

template <class T>
void copy_keys(const std::map<T, std::uint32_t>& counts, std::vector<T>& out) {
    out.reserve(counts.size());
    for (const auto& [value, times] : counts) out.push_back(value);
}

std::vector<bgp::Asn> leading_sequence(const bgp::AsPath& path) {
    const auto& segments = path.segments();
    if (segments.empty() || segments.front().type != bgp::SegmentType::sequence) return {};
    return segments.front().asns;
}

// Each AS once, however often it is prepended. Those of confederations stay inside of them
// (RFC 5065 section 5).
std::set<bgp::Asn> asns_of(const bgp::AsPath& path) {
    std::set<bgp::Asn> asns;
    for (const bgp::AsPathSegment& segment : path.segments()) {
        if (segment.type != bgp::SegmentType::sequence && segment.type != bgp::SegmentType::set) {
            continue;
        }
        asns.insert(segment.asns.begin(), segment.asns.end());
    }
    return asns;
}

}  // namespace

template <class T>
void Contributors::count(Counts<T>& counts, const T& value, bool more) {
    if (more) {
        ++counts[value];
        return;
    }
    const auto found = counts.find(value);
    if (--found->second == 0) counts.erase(found);
}

void Contributors::add(const AttributeStore& store, AttributesId attributes) {
    ++size_;
    ++origins_[static_cast<std::size_t>(store[attributes].origin())];
    if (whole_ && ++sets_[attributes] == 1) count(store.unpack(attributes), true);
}

void Contributors::remove(const AttributeStore& store, AttributesId attributes) {
    --size_;
    --origins_[static_cast<std::size_t>(store[attributes].origin())];
    if (!whole_) return;
    const auto found = sets_.find(attributes);
    if (--found->second != 0) return;
    sets_.erase(found);
    count(store.unpack(attributes), false);
}

void Contributors::count(const bgp::PathAttributes& attributes, bool more) {
    atomic_ += attributes.atomic_aggregate ? (more ? 1 : std::size_t{0} - 1) : 0;
    count(sequences_, leading_sequence(attributes.as_path), more);
    for (const bgp::Asn as : asns_of(attributes.as_path)) count(asns_, as, more);
    for (const auto community : attributes.communities) count(communities_, community, more);
    for (const auto community : attributes.extended_communities) {
        count(extended_communities_, community, more);
    }
    for (const auto& community : attributes.large_communities) {
        count(large_communities_, community, more);
    }
}

bgp::Origin Contributors::origin() const {
    if (origins_[static_cast<std::size_t>(bgp::Origin::incomplete)] != 0) {
        return bgp::Origin::incomplete;
    }
    return origins_[static_cast<std::size_t>(bgp::Origin::egp)] != 0 ? bgp::Origin::egp
                                                                     : bgp::Origin::igp;
}

// In order of their text what the first and the last have in common is common to all.
std::vector<bgp::Asn> Contributors::common_sequence() const {
    if (sequences_.empty()) return {};
    const std::vector<bgp::Asn>& first = sequences_.begin()->first;
    const std::vector<bgp::Asn>& last = sequences_.rbegin()->first;
    const auto end = std::ranges::mismatch(first, last).in1;
    return {first.begin(), end};
}

bool Contributors::describe(bgp::PathAttributes& out) const {
    const std::size_t octets =
        communities_.size() * 4 + extended_communities_.size() * 8 + large_communities_.size() * 12;
    std::vector<bgp::Asn> sequence = common_sequence();
    if (asns_.size() + sequence.size() > kAsnsMost || octets > kCommunitiesMost) return false;
    const std::set<bgp::Asn> in_sequence(sequence.begin(), sequence.end());
    std::vector<bgp::Asn> others;
    for (const auto& [as, times] : asns_) {
        if (!in_sequence.contains(as)) others.push_back(as);
    }
    out.as_path = bgp::AsPath({{bgp::SegmentType::sequence, std::move(sequence)},
                               {bgp::SegmentType::set, std::move(others)}});
    copy_keys(communities_, out.communities);
    // It is about the session that the route came by (RFC 8326 section 4.2).
    std::erase(out.communities, bgp::kGracefulShutdown);
    copy_keys(extended_communities_, out.extended_communities);
    copy_keys(large_communities_, out.large_communities);
    out.atomic_aggregate = atomic_ != 0;
    return true;
}

}  // namespace torii::rib

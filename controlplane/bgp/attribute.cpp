#include "controlplane/bgp/attribute.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace torii::bgp {

namespace {

bool is_confederation(SegmentType type) {
    return type == SegmentType::confed_sequence || type == SegmentType::confed_set;
}

// RFC 6996 section 5.
bool is_private(Asn asn) {
    const std::uint32_t number = asn.value();
    return (number >= 64512 && number <= 65534) || (number >= 4200000000 && number <= 4294967294);
}

std::string segment_text(const AsPathSegment& segment) {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(segment.asns.size());
    for (const Asn asn : segment.asns) numbers.push_back(asn.value());
    switch (segment.type) {
        case SegmentType::set: return fmt::format("{{{}}}", fmt::join(numbers, ","));
        case SegmentType::sequence: return fmt::format("{}", fmt::join(numbers, " "));
        case SegmentType::confed_sequence: return fmt::format("({})", fmt::join(numbers, " "));
        case SegmentType::confed_set: return fmt::format("[{}]", fmt::join(numbers, ","));
    }
    return {};
}

template <class T>
void sort_unique(std::vector<T>& values) {
    std::ranges::sort(values);
    // Not std::ranges::unique: clang 14 cannot use what it returns from this standard library.
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

// A running hash; the multiplier is the 64-bit golden ratio.
class Hasher {
public:
    void add(std::uint64_t value) {
        value_ = (value_ ^ value) * 0x9e3779b97f4a7c15U;
        value_ ^= value_ >> 29U;
    }
    [[nodiscard]] std::size_t value() const { return value_; }

private:
    std::uint64_t value_ = 0x51ed270b;
};

void add_address(Hasher& hash, const std::optional<IpAddress>& address) {
    hash.add(address ? IpAddressHash{}(*address) + 1 : 0);
}

template <class T>
void add_optional(Hasher& hash, const std::optional<T>& number) {
    hash.add(number ? std::uint64_t{1} << 32U | *number : 0);
}

void add_path(Hasher& hash, const AsPath& path) {
    for (const AsPathSegment& segment : path.segments()) {
        hash.add(static_cast<std::uint64_t>(segment.type) << 32U | segment.asns.size());
        for (const Asn asn : segment.asns) hash.add(asn.value());
    }
}

template <class T>
void add_list(Hasher& hash, const std::vector<T>& values) {
    hash.add(values.size());
    for (const T value : values) hash.add(value);
}

}  // namespace

AsPath::AsPath(std::vector<AsPathSegment> segments) {
    if (segments.size() == 1 && !segments.front().asns.empty()) {
        segments_ = std::move(segments);
        return;
    }
    for (AsPathSegment& segment : segments) {
        if (segment.asns.empty()) continue;
        // Two sequences in a row say the same as one; a path has one form only.
        if (segment.type == SegmentType::sequence && !segments_.empty() &&
            segments_.back().type == SegmentType::sequence) {
            std::ranges::copy(segment.asns, std::back_inserter(segments_.back().asns));
        } else {
            segments_.push_back(std::move(segment));
        }
    }
}

AsPath AsPath::sequence(std::vector<Asn> asns) {
    std::vector<AsPathSegment> segments;
    segments.push_back({SegmentType::sequence, std::move(asns)});
    return AsPath(std::move(segments));
}

std::size_t AsPath::length() const {
    std::size_t length = 0;
    for (const AsPathSegment& segment : segments_) {
        if (segment.type == SegmentType::sequence) length += segment.asns.size();
        if (segment.type == SegmentType::set) ++length;
    }
    return length;
}

std::size_t AsPath::count(Asn asn) const {
    std::size_t found = 0;
    for (const AsPathSegment& segment : segments_) {
        found += static_cast<std::size_t>(std::ranges::count(segment.asns, asn));
    }
    return found;
}

std::optional<Asn> AsPath::first() const {
    for (const AsPathSegment& segment : segments_) {
        if (is_confederation(segment.type)) continue;
        if (segment.type != SegmentType::sequence) return std::nullopt;
        return segment.asns.front();
    }
    return std::nullopt;
}

std::optional<Asn> AsPath::last() const {
    if (segments_.empty() || segments_.back().type != SegmentType::sequence) return std::nullopt;
    return segments_.back().asns.back();
}

void AsPath::prepend(Asn asn, std::size_t times) {
    if (times == 0) return;
    if (segments_.empty() || segments_.front().type != SegmentType::sequence) {
        segments_.insert(segments_.begin(), AsPathSegment{});
    }
    std::vector<Asn>& front = segments_.front().asns;
    front.insert(front.begin(), times, asn);
}

void AsPath::remove_private(PrivateAs rule, Asn own, Asn peer) {
    if (rule == PrivateAs::keep) return;
    const bool whole_path = rule == PrivateAs::remove_if_all || rule == PrivateAs::replace_if_all;
    const bool all = std::ranges::all_of(segments_, [](const AsPathSegment& segment) {
        return std::ranges::all_of(segment.asns, is_private);
    });
    if (whole_path && !all) return;
    const auto goes = [peer](Asn asn) { return is_private(asn) && asn != peer; };
    const bool replaces = rule == PrivateAs::replace || rule == PrivateAs::replace_if_all;
    std::vector<AsPathSegment> kept = std::move(segments_);
    for (AsPathSegment& segment : kept) {
        if (replaces) {
            std::ranges::replace_if(segment.asns, goes, own);
        } else {
            std::erase_if(segment.asns, goes);
        }
    }
    *this = AsPath(std::move(kept));
}

void AsPath::replace(Asn from, Asn to) {
    for (AsPathSegment& segment : segments_) std::ranges::replace(segment.asns, from, to);
}

std::string AsPath::to_string() const {
    std::string text;
    for (const AsPathSegment& segment : segments_) {
        if (!text.empty()) text += ' ';
        text += segment_text(segment);
    }
    return text;
}

void PathAttributes::canonicalize() {
    sort_unique(communities);
    sort_unique(extended_communities);
    sort_unique(large_communities);
    std::ranges::sort(unknown, {}, &UnknownAttribute::type);
}

bool PathAttributes::has_community(std::uint32_t community) const {
    return std::ranges::binary_search(communities, community);
}

std::size_t PathAttributesHash::operator()(const PathAttributes& attributes) const {
    Hasher hash;
    hash.add(static_cast<std::uint64_t>(attributes.origin));
    add_path(hash, attributes.as_path);
    add_address(hash, attributes.next_hop);
    add_address(hash, attributes.link_local);
    add_optional(hash, attributes.med);
    add_optional(hash, attributes.local_pref);
    hash.add(attributes.atomic_aggregate ? 1 : 0);
    hash.add(attributes.aggregator ? attributes.aggregator->as.value() : 0);
    add_list(hash, attributes.communities);
    add_list(hash, attributes.extended_communities);
    for (const LargeCommunity& large : attributes.large_communities) {
        hash.add(static_cast<std::uint64_t>(large.global) << 32U | large.local_1);
        hash.add(large.local_2);
    }
    hash.add(attributes.originator_id ? attributes.originator_id->value() : 0);
    add_list(hash, attributes.cluster_list);
    hash.add(attributes.only_to_customer ? attributes.only_to_customer->value() : 0);
    for (const UnknownAttribute& unknown : attributes.unknown) {
        hash.add(unknown.type);
        add_list(hash, unknown.value);
    }
    return hash.value();
}

}  // namespace torii::bgp

#include "controlplane/rib/out_attributes.h"

#include "controlplane/rib/octets_hash.h"

#include <algorithm>

namespace torii::rib {

OutAttributes::Number OutAttributes::add(const bgp::PackedAttributes& attributes) {
    const std::uint64_t mix =
        mixed(octets_hash(attributes.octets), octets_hash(attributes.next_hop.bytes()));
    const auto same = [&](Number number) {
        const Item& item = items_[number - 1];
        return item.next_hop == attributes.next_hop && item.link_local == attributes.link_local &&
               std::ranges::equal(Bytes{item.octets, item.size}, attributes.octets);
    };
    const auto make = [&] {
        std::uint8_t* const octets = place_for(attributes.octets.size());
        std::ranges::copy(attributes.octets, octets);
        items_.push_back({octets, static_cast<std::uint32_t>(attributes.octets.size()),
                          attributes.next_hop, attributes.link_local});
        return static_cast<Number>(items_.size());
    };
    return index_.find_or_add(static_cast<std::uint32_t>(mix >> 32U), same, make);
}

std::uint8_t* OutAttributes::place_for(std::size_t size) {
    if (size > kChunk) {
        large_.push_back(std::make_unique<std::uint8_t[]>(size));
        return large_.back().get();
    }
    if (kChunk - used_ < size) {
        if (in_use_ == chunks_.size()) {
            chunks_.push_back(std::make_unique<std::uint8_t[]>(kChunk));
        }
        ++in_use_;
        used_ = 0;
    }
    std::uint8_t* const place = chunks_[in_use_ - 1].get() + used_;
    used_ += size;
    return place;
}

void OutAttributes::clear() {
    if (items_.empty()) return;
    items_.clear();
    index_.clear();
    large_.clear();
    chunks_.resize(std::min(chunks_.size(), kChunksKept));
    in_use_ = 0;
    used_ = kChunk;
}

}  // namespace torii::rib

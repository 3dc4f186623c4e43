#include "controlplane/rib/attribute_store.h"

#include "controlplane/bgp/community.h"
#include "controlplane/rib/octets_hash.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>

namespace torii::rib {
namespace {

std::uint32_t hash_of(const IpAddress& address) {
    return static_cast<std::uint32_t>(mixed(octets_hash(address.bytes()), 1) >> 32U);
}

std::uint32_t hash_of(const bgp::PackedAttributes& packed, const PathMarks& marks) {
    std::uint64_t mix = mixed(octets_hash(packed.octets), hash_of(packed.next_hop));
    if (marks == PathMarks{}) return static_cast<std::uint32_t>(mix >> 32U);
    mix = mixed(mix, std::uint64_t{marks.weight} << 32U | marks.share);
    mix = mixed(mix, marks.received);
    mix = mixed(mix, std::uint64_t{marks.tag} << 8U | static_cast<std::uint8_t>(marks.source));
    return static_cast<std::uint32_t>(mix >> 32U);
}

// What selection asks for.
struct Facts {
    std::uint32_t local_pref = 100;
    std::uint32_t med = 0;
    std::uint32_t neighbor_as = 0;
    std::uint16_t path_length = 0;
    bgp::Origin origin = bgp::Origin::igp;
    bool long_lived_stale = false;
    std::optional<bgp::RouterId> originator_id;
};

Facts facts_of(Bytes octets) {
    Facts facts;
    const bgp::PackedPath path(octets);
    facts.path_length = static_cast<std::uint16_t>(path.length());
    facts.neighbor_as = path.first().value_or(bgp::Asn{}).value();
    bgp::for_each_attribute(octets, [&](const bgp::ListedAttribute& listed) {
        const Bytes value = listed.value;
        switch (listed.type) {
            case bgp::AttributeType::origin: facts.origin = bgp::Origin{value[0]}; break;
            case bgp::AttributeType::med: facts.med = ByteReader(value).u32(); break;
            case bgp::AttributeType::local_pref: facts.local_pref = ByteReader(value).u32(); break;
            case bgp::AttributeType::communities:
                facts.long_lived_stale = bgp::has_number(value, bgp::kLlgrStale);
                break;
            case bgp::AttributeType::originator_id:
                facts.originator_id = bgp::RouterId{ByteReader(value).u32()};
                break;
            default: break;
        }
    });
    return facts;
}

}  // namespace

bool StoredAttributes::same_path(const StoredAttributes& other) const {
    return std::ranges::equal(bgp::PackedPath(octets()).value(),
                              bgp::PackedPath(other.octets()).value());
}

std::optional<bgp::RouterId> StoredAttributes::originator_id() const {
    const Extras* const extras = this->extras();
    return extras == nullptr ? std::nullopt : extras->originator_id;
}

AttributeStore::~AttributeStore() {
    assert(index_.size() == 0);
}

AttributeStore::Handle AttributeStore::intern(const bgp::PathAttributes& attributes,
                                              const PathMarks& marks) {
    packing_.clear();
    bgp::pack(attributes, packing_);
    return intern({packing_.view(), attributes.next_hop, attributes.link_local}, marks);
}

AttributeStore::Handle AttributeStore::intern(const bgp::PackedAttributes& packed,
                                              const PathMarks& marks) {
    const std::uint32_t hash = hash_of(packed, marks);
    const auto same = [&](AttributesId id) {
        const StoredAttributes& stored = *nodes_[id];
        const auto* const extras = stored.extras();
        return std::ranges::equal(stored.octets(), packed.octets) &&
               hops_[stored.next_hop_].address == packed.next_hop && stored.marks() == marks &&
               (extras == nullptr ? std::nullopt : extras->link_local) == packed.link_local;
    };
    return {*this, index_.find_or_add(hash, same, [&] { return add(packed, hash, marks); })};
}

void AttributeStore::prefetch(const bgp::PackedAttributes& packed) const {
    index_.prefetch(hash_of(packed, {}));
}

AttributeStore::Handle AttributeStore::handle(AttributesId id) {
    return id == 0 ? Handle() : Handle(*this, id);
}

AttributesId AttributeStore::add(const bgp::PackedAttributes& packed, std::uint32_t hash,
                                 const PathMarks& marks) {
    const Bytes octets = packed.octets;
    const Facts facts = facts_of(octets);
    auto id = static_cast<AttributesId>(nodes_.size());
    if (free_.empty()) {
        nodes_.push_back(nullptr);
    } else {
        id = free_.back();
        free_.pop_back();
    }
    const StoredAttributes::Extras* extras = nullptr;
    if (marks != PathMarks{} || packed.link_local || facts.originator_id) {
        extras = new StoredAttributes::Extras{marks, packed.link_local, facts.originator_id};
        hold(marks.received);
    }
    const std::size_t tail = octets.size() + (extras == nullptr ? 0 : sizeof extras);
    auto* const node = new (::operator new(sizeof(StoredAttributes) + tail)) StoredAttributes();
    auto* const behind = reinterpret_cast<std::uint8_t*>(node + 1);
    std::ranges::copy(octets, behind);
    if (extras != nullptr) std::memcpy(behind + octets.size(), &extras, sizeof extras);
    node->has_extras_ = extras != nullptr;
    node->hash_ = hash;
    node->size_ = static_cast<std::uint32_t>(octets.size());
    node->origin_ = facts.origin;
    node->med_ = facts.med;
    node->local_pref_ = facts.local_pref;
    node->path_length_ = facts.path_length;
    node->long_lived_stale_ = facts.long_lived_stale;
    node->neighbor_as_ = facts.neighbor_as;
    node->next_hop_ = use_hop(packed.next_hop);
    nodes_[id] = node;
    return id;
}

void AttributeStore::erase(AttributesId id) {
    StoredAttributes* const node = std::exchange(nodes_[id], nullptr);
    index_.erase(node->hash_, id);
    free_.push_back(id);
    release_hop(node->next_hop_);
    const AttributesId received = node->marks().received;
    node->~StoredAttributes();
    ::operator delete(node);
    drop(received);
    if (index_.size() != 0) return;
    nodes_ = std::vector<StoredAttributes*>(1);
    free_ = std::vector<AttributesId>();
}

NextHopId AttributeStore::use_hop(const IpAddress& address) {
    const auto same = [&](NextHopId other) { return hops_[other].address == address; };
    const auto make = [&] {
        auto id = static_cast<NextHopId>(hops_.size());
        if (free_hops_.empty()) {
            hops_.emplace_back();
        } else {
            id = free_hops_.back();
            free_hops_.pop_back();
        }
        hops_[id] = {address, 0, ++last_serial_};
        return id;
    };
    const NextHopId id = hop_index_.find_or_add(hash_of(address), same, make);
    ++hops_[id].references;
    return id;
}

void AttributeStore::release_hop(NextHopId id) {
    if (--hops_[id].references != 0) return;
    hop_index_.erase(hash_of(hops_[id].address), id);
    free_hops_.push_back(id);
}

bgp::PackedAttributes AttributeStore::packed(AttributesId id) const {
    const StoredAttributes& stored = *nodes_[id];
    const auto* const extras = stored.extras();
    return {stored.octets(), hops_[stored.next_hop_].address,
            extras == nullptr ? std::nullopt : extras->link_local};
}

}  // namespace torii::rib

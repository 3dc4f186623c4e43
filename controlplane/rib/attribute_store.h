#pragma once

#include "controlplane/bgp/packed_attributes.h"
#include "controlplane/policy/definition.h"
#include "controlplane/rib/hash_index.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace torii::rib {

// Numbers a distinct next hop; few, so that what is known of one is asked for once.
using NextHopId = std::uint32_t;
// Numbers a set of attributes; 0: none.
using AttributesId = std::uint32_t;

// What import adds to a peer's attributes, and origination to ours.
struct PathMarks {
    std::uint32_t weight = 0;   // ours; the highest wins
    std::uint32_t share = 0;    // link bandwidth, kbit/s; 0: none
    AttributesId received = 0;  // as they came, when policy has changed them
    // Of what we originate, for export policies.
    policy::RouteSource source = policy::RouteSource::network;
    std::uint32_t tag = 0;
    friend bool operator==(const PathMarks&, const PathMarks&) = default;
};

// What selection asks for, ready, and everything else packed behind it.
class StoredAttributes {
public:
    [[nodiscard]] bgp::Origin origin() const { return origin_; }
    // RFC 4271 section 9.1.2.2 c): a path without MED has the lowest one.
    [[nodiscard]] std::uint32_t med() const { return med_; }
    // RFC 4271 section 5.1.5: for external paths the value is ours to choose; the usual default.
    [[nodiscard]] std::uint32_t local_pref() const { return local_pref_; }
    [[nodiscard]] std::uint32_t path_length() const { return path_length_; }
    // RFC 9494 section 4.3: a last resort.
    [[nodiscard]] bool long_lived_stale() const { return long_lived_stale_; }
    // 0 (which RFC 7607 forbids): none.
    [[nodiscard]] std::uint32_t neighbor_as() const { return neighbor_as_; }
    [[nodiscard]] bool same_path(const StoredAttributes& other) const;
    [[nodiscard]] std::optional<bgp::RouterId> originator_id() const;
    [[nodiscard]] NextHopId next_hop_id() const { return next_hop_; }
    [[nodiscard]] const PathMarks& marks() const {
        static constexpr PathMarks kNone;
        const Extras* const extras = this->extras();
        return extras == nullptr ? kNone : extras->marks;
    }

    StoredAttributes(const StoredAttributes&) = delete;
    StoredAttributes& operator=(const StoredAttributes&) = delete;
    ~StoredAttributes() { delete extras(); }

private:
    friend class AttributeStore;
    struct Extras {
        PathMarks marks;
        std::optional<IpAddress> link_local;
        std::optional<bgp::RouterId> originator_id;
    };

    StoredAttributes() = default;
    [[nodiscard]] Bytes octets() const {
        return {reinterpret_cast<const std::uint8_t*>(this + 1), size_};
    }
    // What few have: where it is stands behind the octets.
    [[nodiscard]] const Extras* extras() const {
        const Extras* extras = nullptr;
        if (has_extras_) {
            std::memcpy(&extras, reinterpret_cast<const std::uint8_t*>(this + 1) + size_,
                        sizeof extras);
        }
        return extras;
    }

    std::uint32_t hash_ = 0;
    std::uint32_t references_ = 0;
    std::uint32_t local_pref_ = 100;
    std::uint32_t med_ = 0;
    std::uint32_t neighbor_as_ = 0;
    NextHopId next_hop_ = 0;
    std::uint32_t size_ = 0;  // octets, which follow this object
    std::uint16_t path_length_ = 0;
    bgp::Origin origin_ = bgp::Origin::igp;
    bool long_lived_stale_ : 1 = false;
    bool has_extras_ : 1 = false;
};

// Keeps one copy of each distinct set of attributes and counts who holds it. A node announces
// thousands of prefixes with a handful of sets, and many nodes the same prefixes: a path holds a
// number. Two numbers are equal exactly when the attributes are. For one thread.
class AttributeStore {
public:
    class Handle;

    AttributeStore() = default;
    AttributeStore(const AttributeStore&) = delete;
    AttributeStore& operator=(const AttributeStore&) = delete;
    ~AttributeStore();

    // Of a packed list the octets are copied, if they are new.
    [[nodiscard]] Handle intern(const bgp::PackedAttributes& packed, const PathMarks& marks = {});
    [[nodiscard]] Handle intern(const bgp::PathAttributes& attributes, const PathMarks& marks = {});
    // They will be interned, without marks, soon: hundreds of thousands are not in the cache.
    void prefetch(const bgp::PackedAttributes& packed) const;

    // For tables, which keep numbers and count by themselves.
    void hold(AttributesId id) {
        if (id != 0) ++nodes_[id]->references_;
    }
    void drop(AttributesId id) {
        if (id != 0 && --nodes_[id]->references_ == 0) erase(id);
    }
    // The last of those who hold it lets go of it soon.
    void prefetch_drop(AttributesId id) const {
        if (id != 0 && nodes_[id]->references_ == 1) index_.prefetch_erase(nodes_[id]->hash_);
    }
    [[nodiscard]] const StoredAttributes& operator[](AttributesId id) const { return *nodes_[id]; }
    [[nodiscard]] Handle handle(AttributesId id);

    [[nodiscard]] bgp::PackedAttributes packed(AttributesId id) const;
    [[nodiscard]] bgp::PathAttributes unpack(AttributesId id) const {
        return bgp::unpack(packed(id));
    }
    [[nodiscard]] const IpAddress& next_hop(NextHopId id) const { return hops_[id].address; }
    // All next hops have smaller numbers.
    [[nodiscard]] NextHopId next_hop_end() const { return static_cast<NextHopId>(hops_.size()); }
    // Numbers are used again, serials are not: says whether a number still means the same address.
    [[nodiscard]] std::uint32_t next_hop_serial(NextHopId id) const { return hops_[id].serial; }

    // Distinct sets that somebody holds.
    [[nodiscard]] std::size_t size() const { return index_.size(); }

private:
    struct Hop {
        IpAddress address;
        std::uint32_t references = 0;
        std::uint32_t serial = 0;
    };

    [[nodiscard]] NextHopId use_hop(const IpAddress& address);
    void release_hop(NextHopId id);
    [[nodiscard]] AttributesId add(const bgp::PackedAttributes& packed, std::uint32_t hash,
                                   const PathMarks& marks);
    void erase(AttributesId id);

    std::vector<StoredAttributes*> nodes_ = {nullptr};
    std::vector<AttributesId> free_;
    HashIndex index_;
    std::vector<Hop> hops_;
    std::vector<NextHopId> free_hops_;
    HashIndex hop_index_;
    std::uint32_t last_serial_ = 0;
    ByteWriter packing_;
};

// Holds a set of attributes; the store outlives it.
class AttributeStore::Handle {
public:
    Handle() = default;
    Handle(const Handle& other) : store_(other.store_), id_(other.id_) {
        if (id_ != 0) store_->hold(id_);
    }
    Handle(Handle&& other) noexcept : store_(other.store_), id_(std::exchange(other.id_, 0)) {}
    Handle& operator=(Handle other) noexcept {
        std::swap(store_, other.store_);
        std::swap(id_, other.id_);
        return *this;
    }
    ~Handle() {
        if (id_ != 0) store_->drop(id_);
    }

    explicit operator bool() const { return id_ != 0; }
    [[nodiscard]] AttributesId id() const { return id_; }
    const StoredAttributes& operator*() const { return (*store_)[id_]; }
    const StoredAttributes* operator->() const { return &(*store_)[id_]; }
    [[nodiscard]] bgp::PathAttributes unpack() const { return store_->unpack(id_); }
    [[nodiscard]] bgp::PackedAttributes packed() const { return store_->packed(id_); }
    [[nodiscard]] const IpAddress& next_hop() const {
        return store_->next_hop((*store_)[id_].next_hop_id());
    }
    friend bool operator==(const Handle& left, const Handle& right) {
        return left.id_ == right.id_;
    }

private:
    friend AttributeStore;
    Handle(AttributeStore& store, AttributesId id) : store_(&store), id_(id) { store.hold(id); }

    AttributeStore* store_ = nullptr;
    AttributesId id_ = 0;
};

using Attributes = AttributeStore::Handle;

}  // namespace torii::rib

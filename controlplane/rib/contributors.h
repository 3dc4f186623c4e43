#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/rib/attribute_store.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace torii::rib {

// The routes that an aggregate stands for, as far as they shape it (RFC 4271 section 9.2.2.2):
// counted, so that one that comes or goes costs what it has itself, however many the others are.
class Contributors {
public:
    // `whole`: the aggregate has their AS and communities (as-set).
    explicit Contributors(bool whole) : whole_(whole) {}

    void add(const AttributeStore& store, AttributesId attributes);
    // One that was added.
    void remove(const AttributeStore& store, AttributesId attributes);

    [[nodiscard]] std::size_t size() const { return size_; }
    // INCOMPLETE if one of them has it, else EGP, else IGP.
    [[nodiscard]] bgp::Origin origin() const;
    // AS_PATH, communities and ATOMIC_AGGREGATE. False: they are too many for a message, and `out`
    // is as it was.
    [[nodiscard]] bool describe(bgp::PathAttributes& out) const;

private:
    template <class T>
    using Counts = std::map<T, std::uint32_t>;

    template <class T>
    static void count(Counts<T>& counts, const T& value, bool more);
    void count(const bgp::PathAttributes& attributes, bool more);
    // What all paths begin with.
    [[nodiscard]] std::vector<bgp::Asn> common_sequence() const;

    bool whole_;
    std::size_t size_ = 0;
    std::array<std::size_t, 3> origins_{};  // by bgp::Origin
    // Of as-set: routes by their attributes, and of each set of attributes what it has.
    boost::unordered_flat_map<AttributesId, std::uint32_t> sets_;
    std::size_t atomic_ = 0;
    Counts<std::vector<bgp::Asn>> sequences_;  // that the paths begin with
    Counts<bgp::Asn> asns_;
    Counts<std::uint32_t> communities_;
    Counts<std::uint64_t> extended_communities_;
    Counts<bgp::LargeCommunity> large_communities_;
};

}  // namespace torii::rib

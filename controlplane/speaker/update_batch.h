#pragma once

#include "controlplane/bgp/update_builder.h"
#include "controlplane/rib/adj_rib_out.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace torii::speaker {

// Fills an UpdateBuilder from the tables' numbers: equal attributes are one set.
class UpdateBatch {
public:
    UpdateBatch(const bgp::UpdateContext& context, bgp::Family family)
        : family_(family), builder_(context) {}

    // `attributes[number]` must stay until write().
    template <class Attributes>
    void announce(const rib::AdjRibOut& out, std::span<const rib::OutId> ids,
                  rib::OutAttributes::Number number, const Attributes& attributes) {
        const auto [found, is_new] = sets_.try_emplace(number);
        if (is_new) found->second = builder_.add_set(family_, attributes[number]);
        builder_.announce(ids, found->second, [&out](rib::OutId id) {
            return std::pair(out.prefix(id), bgp::PathId{out.path_id(id)});
        });
    }
    void withdraw(const rib::AdjRibOut& out, std::span<const rib::OutId> ids) {
        for (const rib::OutId id : ids) {
            builder_.withdraw(out.prefix(id), bgp::PathId{out.path_id(id)});
        }
    }
    // Returns the number of messages.
    std::size_t write(std::vector<std::uint8_t>& out) {
        sets_.clear();
        return builder_.write(out);
    }

private:
    bgp::Family family_;
    bgp::UpdateBuilder builder_;
    boost::unordered_flat_map<rib::OutAttributes::Number, bgp::UpdateBuilder::Set> sets_;
};

}  // namespace torii::speaker

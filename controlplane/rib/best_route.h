#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/policy/policy.h"
#include "controlplane/rib/table.h"

#include <optional>

namespace torii::rib {

// The best path of a prefix as a policy sees it that asks what there is in a table.
struct BestRoute {
    Prefix prefix;
    bgp::PathAttributes attributes;
    policy::RouteFacts facts;
};

// As selected last; nothing without a best path.
[[nodiscard]] std::optional<BestRoute> best_route(const Table& table, const Stores& stores,
                                                  EntryId id);

}  // namespace torii::rib

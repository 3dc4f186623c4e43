#pragma once

#include "agent/loadbalance/ruleset.h"
#include "platform/base/result.h"

#include <string_view>

namespace torii::nftables {

// Adds what an answer of `nft -j list chains|sets|maps` says of our table. Of chains and affinity
// sets only the names are known: they stand for what is in them.
[[nodiscard]] Result<void> add_listing(std::string_view json, loadbalance::Ruleset& rules);

}  // namespace torii::nftables

#include "agent/ipam/pool.h"

#include <fmt/format.h>

#include <algorithm>

namespace torii::ipam {
namespace {

constexpr Number kSmallest = 3;  // of a block that has addresses between its first and last

AddressRange range_of(const model::AddressBlock& block) {
    return {block.first, block.last};
}

std::string overlap_text(const model::LoadBalancerIpPool& one, const model::AddressBlock& block,
                         const model::LoadBalancerIpPool& other,
                         const model::AddressBlock& other_block) {
    return fmt::format("Pool conflict since block '{}' of {} overlaps block '{}' of {}",
                       block.to_string(), one.metadata.name, other_block.to_string(),
                       other.metadata.name);
}

std::string find_inner_overlap(const model::LoadBalancerIpPool& pool) {
    for (std::size_t one = 0; one < pool.blocks.size(); ++one) {
        for (std::size_t other = 0; other < one; ++other) {
            if (range_of(pool.blocks[one]).overlaps(range_of(pool.blocks[other]))) {
                return overlap_text(pool, pool.blocks[one], pool, pool.blocks[other]);
            }
        }
    }
    return {};
}

std::string find_overlap(const model::LoadBalancerIpPool& pool,
                         const model::LoadBalancerIpPool& older) {
    for (const model::AddressBlock& block : pool.blocks) {
        for (const model::AddressBlock& other : older.blocks) {
            if (range_of(block).overlaps(range_of(other))) {
                return overlap_text(pool, block, older, other);
            }
        }
    }
    return {};
}

void add_block(const model::AddressBlock& block, Pool& pool) {
    const AddressRange whole = range_of(block);
    pool.total = saturating_sum(pool.total, size_of(whole));
    const bool reserves =
        block.cidr && !pool.resource->allow_first_last && size_of(whole) >= kSmallest;
    if (!reserves) {
        pool.usable.push_back(whole);
        return;
    }
    pool.reserved += 2;
    pool.usable.push_back({advanced(whole.first, 1), advanced(whole.last, ~Number{0})});
}

}  // namespace

bool Pool::contains(const IpAddress& address) const {
    return std::ranges::any_of(usable,
                               [&](const AddressRange& range) { return range.contains(address); });
}

std::vector<Pool> make_pools(const model::ByName<model::LoadBalancerIpPool>& resources) {
    std::vector<Pool> pools;
    for (const auto& [name, resource] : resources) {
        Pool& pool = pools.emplace_back();
        pool.resource = &resource;
        for (const model::AddressBlock& block : resource.blocks) add_block(block, pool);
    }
    std::ranges::stable_sort(pools, {}, [](const Pool& pool) -> const std::string& {
        return pool.resource->metadata.creation_timestamp;
    });
    for (auto pool = pools.begin(); pool != pools.end(); ++pool) {
        pool->conflict = find_inner_overlap(*pool->resource);
        for (auto older = pools.begin(); older != pool && pool->conflict.empty(); ++older) {
            if (older->conflict.empty()) {
                pool->conflict = find_overlap(*pool->resource, *older->resource);
            }
        }
    }
    return pools;
}

}  // namespace torii::ipam

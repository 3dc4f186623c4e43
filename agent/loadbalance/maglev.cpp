#include "agent/loadbalance/maglev.h"

#include "agent/model/stable_hash.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace torii::loadbalance {
namespace {

// The order in which a backend asks for slots: a walk over all of them in steps of its own.
struct Preference {
    std::size_t next;
    std::size_t skip;
};

}  // namespace

std::vector<std::size_t> maglev_table(const std::vector<std::string>& backends, std::size_t size,
                                      std::uint64_t seed) {
    assert(!backends.empty() && size > 1);
    // Who asks first matters: by name, so that the order they come in does not.
    std::vector<std::size_t> order(backends.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&](std::size_t index) { return backends[index]; });

    using model::stable_hash;
    std::vector<Preference> preferences;
    preferences.reserve(backends.size());
    for (const std::string& name : backends) {
        preferences.push_back(
            {stable_hash(name, seed) % size, stable_hash(name, seed + 1) % (size - 1) + 1});
    }
    constexpr std::size_t kFree = SIZE_MAX;
    std::vector<std::size_t> table(size, kFree);
    for (std::size_t filled = 0; filled < size;) {
        for (const std::size_t index : order) {
            Preference& preference = preferences[index];
            while (table[preference.next] != kFree) {
                preference.next = (preference.next + preference.skip) % size;
            }
            table[preference.next] = index;
            if (++filled == size) break;
        }
    }
    return table;
}

}  // namespace torii::loadbalance

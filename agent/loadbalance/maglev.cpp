#include "agent/loadbalance/maglev.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace torii::loadbalance {
namespace {

constexpr std::uint64_t kFnvOffset = 0xcbf29ce484222325;
constexpr std::uint64_t kFnvPrime = 0x100000001b3;

// FNV leaves the high bits of short texts alike: the finalizer of MurmurHash3 spreads them.
std::uint64_t mixed(std::uint64_t hash) {
    hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccd;
    hash = (hash ^ (hash >> 33U)) * 0xc4ceb9fe1a85ec53;
    return hash ^ (hash >> 33U);
}

// The order in which a backend asks for slots: a walk over all of them in steps of its own.
struct Preference {
    std::size_t next;
    std::size_t skip;
};

}  // namespace

std::uint64_t stable_hash(std::string_view text, std::uint64_t seed) {
    std::uint64_t hash = kFnvOffset ^ mixed(seed);
    for (const char letter : text) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * kFnvPrime;
    }
    return mixed(hash);
}

std::vector<std::size_t> maglev_table(const std::vector<std::string>& backends, std::size_t size,
                                      std::uint64_t seed) {
    assert(!backends.empty() && size > 1);
    // Who asks first matters: by name, so that the order they come in does not.
    std::vector<std::size_t> order(backends.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&](std::size_t index) { return backends[index]; });

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

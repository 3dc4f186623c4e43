#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace torii::loadbalance {

// FNV-1a. The same on every machine, which std::hash does not promise.
[[nodiscard]] std::uint64_t stable_hash(std::string_view text, std::uint64_t seed = 0);

// Which backend each slot of a table of `size` slots belongs to, as an index into `backends`, after
// Maglev (Eisenbud et al., NSDI 2016, section 3.4): the same on every node that knows the same
// backends, whatever their order; shares differ by a few slots at most; when a backend leaves, the
// slots of the others nearly all stay. `size` is a prime well above the number of backends, which
// are not none and all different.
[[nodiscard]] std::vector<std::size_t> maglev_table(const std::vector<std::string>& backends,
                                                    std::size_t size, std::uint64_t seed);

}  // namespace torii::loadbalance

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace torii::loadbalance {

// Which backend each slot of a table of `size` slots belongs to, as an index into `backends`, after
// Maglev (Eisenbud et al., NSDI 2016, section 3.4): the same on every node that knows the same
// backends, whatever their order; shares differ by a few slots at most; when a backend leaves, the
// slots of the others nearly all stay. `size` is a prime well above the number of backends, which
// are not none and all different.
[[nodiscard]] std::vector<std::size_t> maglev_table(const std::vector<std::string>& backends,
                                                    std::size_t size, std::uint64_t seed);

}  // namespace torii::loadbalance

#pragma once

#include <cstdint>
#include <string_view>

namespace torii::model {

// FNV-1a with its bits spread. The same on every machine, which std::hash does not promise.
[[nodiscard]] std::uint64_t stable_hash(std::string_view text, std::uint64_t seed = 0);

}  // namespace torii::model

#pragma once

#include <cstdint>

namespace torii {

struct MemoryRoom {
    std::uint64_t used = 0;  // octets that are resident
    std::uint64_t free = 0;
};

// How much memory this process can take before it is refused more, or ended: by its
// resource limit (RLIMIT_DATA), by its cgroups (memory.max), or because the machine has none. What
// its allocator holds and nobody uses counts where it does.
[[nodiscard]] MemoryRoom memory_room();

}  // namespace torii

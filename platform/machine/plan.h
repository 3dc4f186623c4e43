#pragma once

#include "platform/machine/inventory.h"

#include <cstdint>
#include <vector>

namespace torii::machine {

// Which processors forward packets, and which do everything else.
struct CpuPlan {
    std::vector<unsigned> control;
    std::vector<unsigned> workers;
};

// One processor is shared by both. Up to seven, one is left to the rest of the machine, from eight
// on two. Workers do not share a core with each other, and are on NUMA node `node` (-1: on any)
// where that has as much as one core for them; there are at most `most` of them.
[[nodiscard]] CpuPlan plan_cpus(const std::vector<Cpu>& cpus, int node, unsigned most);

// How much memory should be reserved as huge pages, in MiB: 256 up to 1.5 GiB of memory, 512 up to
// 4 GiB, 1024 above; never more than two fifths of it.
[[nodiscard]] std::uint64_t plan_hugepages_mib(std::uint64_t memory_mib);

}  // namespace torii::machine

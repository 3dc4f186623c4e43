#pragma once

#include "platform/base/result.h"

#include <cstdint>

namespace torii {

// Begins this program anew in the same process: same id, same arguments, standard input and outputs
// only. For what can be tried once per process (EAL), where nobody may be there to start another.
// Returns only when the kernel refuses, with its reason.
[[nodiscard]] Error start_program_anew();

// What this process holds of the memory, in octets; 0 without /proc.
[[nodiscard]] std::uint64_t resident_memory();

}  // namespace torii

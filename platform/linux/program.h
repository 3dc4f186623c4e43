#pragma once

#include "platform/base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace torii {

// Begins this program anew in the same process: same id, same arguments, standard input and outputs
// only. For what can be tried once per process (EAL), where nobody may be there to start another.
// Returns only when the kernel refuses, with its reason.
[[nodiscard]] Error start_program_anew();

// Runs a program of PATH to its end; what it says goes to this process's outputs. An error if there
// is none, or it ends with another status than 0.
Result<void> run_program(const std::vector<std::string>& words);

// What this process holds of the memory, in octets; 0 without /proc.
[[nodiscard]] std::uint64_t resident_memory();

// Time of processors that all its threads have used since its start.
[[nodiscard]] std::chrono::milliseconds cpu_time();

}  // namespace torii

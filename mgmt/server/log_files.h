#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace torii::mgmt {

// The files that what the daemons say goes into, where whoever starts them has put those beside
// their sockets. None where the system's journal has it.
[[nodiscard]] std::vector<std::string> log_files(const std::string& run_dir);

// The newest lines of all of them, by time; each begins with when it was. Looks no further back
// than is needed.
[[nodiscard]] std::string last_lines(const std::vector<std::string>& files, std::size_t count);

}  // namespace torii::mgmt

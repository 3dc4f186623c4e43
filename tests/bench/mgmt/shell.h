#pragma once

#include <chrono>
#include <string>

namespace torii::bench {

// How long `torii -c LINE` takes from its start to its end. An error when it fails.
std::chrono::duration<double, std::milli> one_shot(const std::string& run_dir,
                                                   const std::string& line);

// The shell in configure mode on a terminal of its own; `text` is pasted. How long it takes until
// `end` is on the screen, and everything that was: at the end "Count: N lines" of changes.
struct Pasted {
    std::chrono::duration<double, std::milli> took;
    std::string screen;
};
Pasted paste(const std::string& run_dir, const std::string& text, const std::string& end);

}  // namespace torii::bench

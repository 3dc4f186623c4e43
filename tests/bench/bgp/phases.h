#pragma once

#include "tests/bench/bgp/fleet.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace torii::bench {

// By name; "wall" is in seconds. An outcome is wrong when it is not `ok`.
struct Outcome {
    bool ok = false;
    std::map<std::string, double> figures;
};

// One thing that is measured: the runner says when, and looks at the device before and after.
struct Phase {
    std::string name;
    std::function<Outcome(Fleet&)> run;
};

[[nodiscard]] std::vector<Phase> phases_of(const Plan& plan, Duration patience);

}  // namespace torii::bench

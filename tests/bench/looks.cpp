// What it costs that there could be a capture: the looks at the settings that a worker takes for
// each burst when there is none.
//
//     torii_bench_looks
//
// Prints TSC cycles for a burst (the least of several rounds).
#include "dataplane/pipeline/settings.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <x86intrin.h>

namespace torii::bench {
namespace {

constexpr unsigned kBursts = 1'000'000;
constexpr unsigned kRounds = 20;

// As Worker::capture(): at what was received and at what is sent.
bool look_twice(const pipeline::SharedSettings& settings) {
    bool found = settings.current().capture != nullptr;
    asm volatile("" ::: "memory");  // between them the burst is processed
    found |= settings.current().capture != nullptr;
    return found;
}

double cycles_of_bursts(const pipeline::SharedSettings& settings, bool looks) {
    const std::uint64_t begin = __rdtsc();
    for (unsigned burst = 0; burst < kBursts; ++burst) {
        asm volatile("" ::: "memory");
        if (looks && look_twice(settings)) std::exit(EXIT_FAILURE);
    }
    return static_cast<double>(__rdtsc() - begin) / kBursts;
}

}  // namespace
}  // namespace torii::bench

int main() {
    using namespace torii;
    fib::ImmediateReclaimer reclaimer;
    const pipeline::SharedSettings settings(reclaimer);
    double with = 1e9;
    double without = 1e9;
    for (unsigned round = 0; round < bench::kRounds; ++round) {
        with = std::min(with, bench::cycles_of_bursts(settings, true));
        without = std::min(without, bench::cycles_of_bursts(settings, false));
    }
    std::printf("%.2f\n", with - without);
    return EXIT_SUCCESS;
}

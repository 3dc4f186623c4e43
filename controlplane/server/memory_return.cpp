#include "controlplane/server/memory_return.h"

#include <algorithm>
#include <chrono>
#include <malloc.h>
#include <utility>

namespace torii::controlplane {
namespace {

// With fewer there is little to give back.
constexpr std::size_t kRoutesLeast = 50000;
// A peer that is back within this time would ask for the memory again.
constexpr auto kPause = std::chrono::milliseconds(300);

}  // namespace

void MemoryReturn::observe(std::size_t routes) {
    routes_ = routes;
    most_ = std::max(most_, routes);
    if (most_ < kRoutesLeast || routes > most_ / 2 || std::exchange(waiting_, true)) return;
    timer_ = scheduler_.after(kPause, [this] {
        waiting_ = false;
        if (routes_ > most_ / 2) return;
        most_ = routes_;
        ++returns_;
        ::malloc_trim(0);
    });
}

}  // namespace torii::controlplane

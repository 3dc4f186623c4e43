#pragma once

#include "dataplane/dpdk/qsbr.h"
#include "dataplane/fib/forwarding_table.h"
#include "tests/bench/traffic.h"

#include <cstdint>
#include <vector>

namespace torii::bench {

// The runner tells this thread's time from that of the one that forwards by its name: to be called
// before anything is measured.
void be_called_churn();

// Adds and removes longer prefixes of the routes, each with the group of the shorter one (its id is
// `first_group` + the port), as fast as this thread's CPU can, for good.
[[noreturn]] void churn_for_good(fib::ForwardingTable& table, dpdk::Qsbr& qsbr,
                                 const std::vector<Route>& routes, std::uint32_t first_group);

}  // namespace torii::bench

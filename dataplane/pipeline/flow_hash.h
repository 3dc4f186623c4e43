#pragma once

#include "dataplane/fib/ecmp_hash.h"
#include "platform/base/byte_reader.h"

#include <cstdint>

namespace torii::pipeline {

// What chooses among the next hops of a packet's route: the hash of its fields that the rules name.
// `packet` is a valid IP packet of either family, from its header to its end.
[[nodiscard]] std::uint32_t flow_hash(const fib::HashRules& rules, Bytes packet);

}  // namespace torii::pipeline

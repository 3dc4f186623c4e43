#pragma once

#include <platform/ipc/proto/bfd.pb.h>
#include <string>

namespace torii::show {

// BFD in FRR's layouts.
[[nodiscard]] std::string bfd_peers(const ipc::BfdSessionStates& states);
[[nodiscard]] std::string bfd_brief(const ipc::BfdSessionStates& states);
[[nodiscard]] std::string bfd_counters(const ipc::BfdSessionStates& states);

}  // namespace torii::show

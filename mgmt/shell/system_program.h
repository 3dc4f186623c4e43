#pragma once

#include <platform/ipc/proto/mgmt.pb.h>

namespace torii::shell {

// Runs a program of the system in front of the user, who may end it with Ctrl-C, and waits for it.
// Its exit status; 130 when a signal ended it, 127 when there is no such program.
[[nodiscard]] int run_program(const ipc::SystemProgram& program);

}  // namespace torii::shell

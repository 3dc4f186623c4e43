#pragma once

#include "dataplane/fib/next_hop.h"
#include "platform/base/result.h"

#include <platform/ipc/proto/fib.pb.h>

namespace torii::dataplane {

// A FibUpdate in our types; an error names the object that cannot be. Ports are left open.
[[nodiscard]] Result<fib::FibTransaction> read_update(const ipc::FibUpdate& update);

[[nodiscard]] ipc::NextHopKind to_proto(fib::NextHopKind kind);

}  // namespace torii::dataplane

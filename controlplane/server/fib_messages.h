#pragma once

#include "controlplane/routing/fib_batch.h"
#include "controlplane/routing/group_table.h"
#include "platform/base/result.h"

#include <platform/ipc/proto/dataplane.pb.h>

namespace torii::controlplane {

[[nodiscard]] ipc::FibUpdate to_proto(const routing::FibBatch& batch);

// Takes over the ids of the groups and next hops that the packet engine has. An error, with nothing
// taken over, when they make no sense.
Result<void> adopt(const ipc::ForwardingGroups& groups, routing::GroupTable& table);

}  // namespace torii::controlplane

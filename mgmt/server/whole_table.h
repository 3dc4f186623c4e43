#pragma once

#include "mgmt/server/daemon_link.h"

#include <functional>
#include <platform/ipc/proto/controlplane.pb.h>

namespace torii::mgmt {

// Tables come from the control plane in portions. These ask until there is no more, then call
// `done` with the whole, or with what went wrong.
void ask_whole(ControlplaneLink& controlplane, ipc::GetBgpTable question,
               std::function<void(Result<ipc::BgpTable>)> done);
void ask_whole(ControlplaneLink& controlplane, ipc::GetBgpNeighborRoutes question,
               std::function<void(Result<ipc::BgpTable>)> done);
void ask_whole(ControlplaneLink& controlplane, ipc::GetRoutes question,
               std::function<void(Result<ipc::Routes>)> done);

}  // namespace torii::mgmt

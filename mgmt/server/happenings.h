#pragma once

#include "mgmt/rpc/event_log.h"
#include "mgmt/server/alarms.h"
#include "mgmt/server/commit_engine.h"

#include <cstdint>
#include <platform/ipc/proto/controlplane.pb.h>
#include <string>

namespace torii::mgmt {

// What happens, as notifications of the model and as lines for people. `now`: unix seconds.
[[nodiscard]] rpc::Event commit_done(const CommitEvent& event, std::int64_t now);
[[nodiscard]] rpc::Event neighbor_change(const ipc::BgpNeighborChanged& change, std::int64_t now);
[[nodiscard]] rpc::Event link_change(const std::string& interface, bool up, std::int64_t now);
[[nodiscard]] rpc::Event route_table_full(const std::string& reason, std::int64_t now);
[[nodiscard]] rpc::Event alarm_change(const std::string& source, const Alarm& alarm, bool raised,
                                      std::int64_t now);

}  // namespace torii::mgmt

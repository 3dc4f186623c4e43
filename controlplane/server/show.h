#pragma once

#include "controlplane/routing/fib_export.h"
#include "controlplane/routing/rib.h"
#include "controlplane/server/table_walks.h"
#include "controlplane/speaker/speaker.h"
#include "platform/base/clock.h"
#include "platform/base/result.h"

#include <platform/ipc/proto/controlplane.pb.h>
#include <string>

namespace torii::controlplane {

// What is told of a session that came up or went down.
[[nodiscard]] ipc::BgpNeighborChanged show_neighbor_change(const ipc::BgpNeighborState& neighbor,
                                                           bool up);

// The answers to `show`. Errors are for the person who asked.
[[nodiscard]] Result<ipc::Routes> show_routes(const routing::Rib& rib,
                                              const routing::FibExport& fib, TableWalks& walks,
                                              TimePoint now, const ipc::GetRoutes& request);
[[nodiscard]] Result<ipc::BgpTable> show_bgp_table(const speaker::Speaker& speaker,
                                                   TableWalks& walks,
                                                   const ipc::GetBgpTable& request);
[[nodiscard]] Result<ipc::BgpNeighbors> show_bgp_neighbors(const speaker::Speaker& speaker,
                                                           const ipc::GetBgpNeighbors& request);

[[nodiscard]] Result<ipc::BgpTable> show_neighbor_routes(const speaker::Speaker& speaker,
                                                         TableWalks& walks,
                                                         const ipc::GetBgpNeighborRoutes& request);
// The policies of `config`, with what matched in `library`, which may be null.
[[nodiscard]] ipc::Policies show_policies(const ipc::PolicyConfig& config,
                                          const policy::Library* library);
// Not a question, but about the same neighbors.
[[nodiscard]] Result<ipc::BgpCleared> clear_bgp(speaker::Speaker& speaker,
                                                const ipc::ClearBgp& request);

}  // namespace torii::controlplane

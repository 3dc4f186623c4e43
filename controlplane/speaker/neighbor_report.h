#pragma once

#include "controlplane/speaker/neighbor.h"
#include "controlplane/speaker/speaker.h"
#include "platform/base/clock.h"

#include <platform/ipc/proto/controlplane.pb.h>

namespace torii::speaker {

// All that `show bgp neighbors` tells of one, but for the counts of prefixes, which tables have.
[[nodiscard]] ipc::BgpNeighborState neighbor_report(const Neighbor& neighbor,
                                                    const SpeakerConfig& config, TimePoint now);

[[nodiscard]] ipc::AddressFamily family_proto(bgp::Family family);
// 0 when it has not come yet.
[[nodiscard]] std::uint64_t seconds_since(TimePoint then, TimePoint now);
[[nodiscard]] std::string router_id_text(bgp::RouterId id);

}  // namespace torii::speaker

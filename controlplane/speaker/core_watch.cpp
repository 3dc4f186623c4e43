// Neighbors that BFD watches.
#include "controlplane/speaker/core.h"
#include "platform/base/log.h"

namespace torii::speaker {
namespace {

constexpr Log kLog("bgp");

}  // namespace

std::vector<WatchedPeer> Core::watched() const {
    std::vector<WatchedPeer> peers;
    for (const auto& [address, record] : records_) {
        const bgp::PeerConfig& config = record.neighbor->config();
        if (!config.bfd || !config.enabled) continue;
        peers.push_back({address, config.local_address, record.far_local, config.bfd_profile,
                         record.neighbor->peer().negotiated() != nullptr});
    }
    return peers;
}

void Core::peer_failed(const IpAddress& address, bool independent) {
    const auto record = records_.find(address);
    if (record == records_.end()) return;
    Neighbor& neighbor = *record->second.neighbor;
    if (!neighbor.config().bfd || neighbor.peer().negotiated() == nullptr) return;
    kLog.warning("session peer={} ends: BFD says that it is down", address);
    const bgp::Notification reason = bgp::cease(bgp::Cease::bfd_down);
    neighbor.reset(independent ? bgp::hard_reset(reason) : reason);
    schedule_turn();
}

void Core::tell_session(const Neighbor& neighbor, bool up) const {
    if (events_.session) events_.session(neighbor.config().address, up);
}

void Core::tell_watched() const {
    if (events_.watched) events_.watched();
}

}  // namespace torii::speaker

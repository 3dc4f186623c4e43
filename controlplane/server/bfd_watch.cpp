#include "controlplane/server/bfd_watch.h"

#include "platform/base/log.h"

#include <utility>

namespace torii::controlplane {
namespace {

constexpr Log kLog("bfd");

}  // namespace

void BfdWatch::engine_up() {
    connected_ = true;
    ipc::DataplaneRequest request;
    request.mutable_subscribe_bfd();
    calls_.call(std::move(request), [this](const Result<ipc::DataplaneReply>& reply) {
        if (reply) states(reply->bfd_sessions());
    });
    send();
}

void BfdWatch::want(std::span<const speaker::WatchedPeer> peers, const BfdProfiles& profiles) {
    ipc::SetBfdSessions wanted;
    for (const speaker::WatchedPeer& peer : peers) {
        ipc::BfdSession& session = *wanted.add_sessions();
        session.mutable_path()->set_peer(peer.address.to_string());
        const bool on_link = calls_.on_link(peer.address);
        const std::optional<IpAddress>& local =
            peer.local || !on_link ? peer.local : peer.far_local;
        if (local) session.mutable_path()->set_local(local->to_string());
        session.mutable_path()->set_multihop(!on_link);
        const auto profile = profiles.find(peer.profile);
        if (profile != profiles.end()) *session.mutable_parameters() = profile->second;
        // BGP ended when the session fell: it has come back without it.
        session.set_ignore_down(peer.established && failed_.contains(peer.address));
    }
    const bool same = wanted_ && wanted_->SerializeAsString() == wanted.SerializeAsString();
    wanted_ = std::move(wanted);
    if (!same) send();
}

void BfdWatch::send() {
    if (!connected_ || !wanted_) return;
    ipc::DataplaneRequest request;
    *request.mutable_set_bfd_sessions() = *wanted_;
    calls_.call(std::move(request), [](const Result<ipc::DataplaneReply>& reply) {
        if (!reply) kLog.error("sessions: {}", reply.error().message);
    });
}

void BfdWatch::states(const ipc::BfdSessionStates& states) {
    for (const ipc::BfdSessionState& state : states.sessions()) {
        const auto peer = IpAddress::parse(state.path().peer());
        if (!peer) continue;
        if (!state.failed()) {
            failed_.erase(*peer);
        } else if (failed_.insert(*peer).second) {
            calls_.failed(*peer, state.remote().control_plane_independent());
        }
    }
}

}  // namespace torii::controlplane

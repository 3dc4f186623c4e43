#include "agent/server/instances.h"

#include "platform/base/log.h"

#include <chrono>
#include <utility>

namespace torii::agent {
namespace {

constexpr Log kLog("instances");

// As fast as a router may ask for.
constexpr Duration kBfdInterval = std::chrono::milliseconds(50);
constexpr std::uint8_t kBfdMultiplier = 3;

// RFC 4271 has no way to change these in a session; the OPEN states them.
bool same_speaker(const speaker::SpeakerConfig& one, const speaker::SpeakerConfig& other) {
    return one.as == other.as && one.router_id == other.router_id &&
           one.listen_port == other.listen_port;
}

}  // namespace

reconcile::Conditions Instances::apply(const reconcile::Desired& wanted) {
    std::vector<std::string> obsolete;
    for (const auto& [name, instance] : running_) {
        const auto found = wanted.instances.find(name);
        const bool stays = found != wanted.instances.end() &&
                           same_speaker(found->second.speaker, instance.desired.speaker);
        if (!stays) obsolete.push_back(name);
    }
    for (const std::string& name : obsolete) stop(name);

    reconcile::Conditions conditions;
    for (const auto& [name, instance] : wanted.instances) {
        const auto found = running_.find(name);
        const Result<void> done =
            found == running_.end() ? start(instance) : update(found->second, instance);
        if (done) continue;
        conditions.push_back({"BGP instance/" + name, "cilium.io/BGPReconcileError",
                              name + ": " + done.error().message});
    }
    watch_peers();
    return conditions;
}

void Instances::watch_peers() {
    std::vector<bfd::SessionConfig> sessions;
    for (const auto& [name, instance] : running_) {
        for (const speaker::WatchedPeer& peer : instance.speaker->watched()) {
            // The router knows whether it is a hop away, and how fast it wants to know.
            for (const bool multihop : {false, true}) {
                sessions.push_back({{peer.address, peer.local, {}, multihop},
                                    {kBfdInterval, kBfdInterval, kBfdMultiplier, true}});
            }
        }
    }
    bfd_.configure(std::move(sessions));
}

void Instances::changed(const bfd::SessionStatus& status) {
    const std::pair session(status.path.peer, status.path.multihop);
    if (!status.failed) {
        failed_.erase(session);
        return;
    }
    // On its way back it is still one that has failed. BGP may be there already: that is not a
    // reason to end it again.
    if (!failed_.insert(session).second) return;
    for (auto& [name, instance] : running_) {
        instance.speaker->peer_failed(status.path.peer, status.remote.control_plane_independent);
    }
}

void Instances::stop(const std::string& name) {
    kLog.info("stop instance={}", name);
    // A node that is no longer to be a peer says so: Cease, and its routes go at once.
    running_.at(name).speaker->shutdown();
    if (import_ != nullptr) import_->detach(name);
    running_.erase(name);
}

Result<void> Instances::start(const reconcile::DesiredInstance& wanted) {
    auto speaker = import_ == nullptr
                       ? std::make_unique<speaker::Speaker>(loop_, speaker::SpeakerEvents{})
                       : std::make_unique<speaker::Speaker>(loop_, import_->events(wanted.name),
                                                            import_->numbers());
    if (import_ != nullptr) import_->attach(wanted.name, *speaker);
    const Result<void> configured = speaker->configure(wanted.speaker);
    if (!configured) {
        if (import_ != nullptr) import_->detach(wanted.name);
        return configured;
    }
    // In the same turn of the loop: no session is up before the speaker knows all its routes.
    speaker->set_routes(wanted.routes);
    kLog.info("start instance={} as={} peers={} routes={}", wanted.name, wanted.speaker.as.value(),
              wanted.speaker.peers.size(), wanted.routes.size());
    running_.emplace(wanted.name, Running{wanted, std::move(speaker)});
    return {};
}

// Routes first, so that a session that comes up because of the change finds them in place.
Result<void> Instances::update(Running& instance, const reconcile::DesiredInstance& wanted) {
    instance.speaker->set_routes(wanted.routes);
    Result<void> configured = instance.speaker->configure(wanted.speaker);
    if (configured) instance.desired = wanted;
    return configured;
}

}  // namespace torii::agent

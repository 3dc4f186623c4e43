// How Core takes a configuration over: what differs is touched, nothing else.
#include "controlplane/speaker/core.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace torii::speaker {

void Core::configure_families() {
    for (const auto& family : families_) {
        rib::DecisionRules rules;
        rules.multipath_relax = config_.multipath_relax;
        rules.compare_router_id = config_.compare_router_id;
        for (const FamilyConfig& wanted : config_.families) {
            if (wanted.family != family->family) continue;
            rules.maximum_paths_ebgp = std::max(1U, wanted.maximum_paths_ebgp);
            rules.maximum_paths_ibgp = std::max(1U, wanted.maximum_paths_ibgp);
        }
        family->table.set_rules(rules);
        rib::PeerFacts ourselves;
        ourselves.router_id = config_.router_id;
        ourselves.external = false;
        family->table.set_peer(rib::kLocalPeer, ourselves);
    }
}

void Core::configure_peers(const SpeakerConfig& before) {
    const bool rebuild = before.router_id != config_.router_id || before.as != config_.as;
    std::map<IpAddress, bgp::PeerConfig> wanted;
    for (const bgp::PeerConfig& peer : config_.peers) wanted.insert_or_assign(peer.address, peer);
    for (auto& [address, record] : records_) {
        const DynamicNeighbors* range = range_of(address);
        if (range != nullptr && record.neighbor->config().dynamic) {
            wanted.try_emplace(address, dynamic_peer(*range, address));
        }
    }
    for (auto record = records_.begin(); record != records_.end();) {
        record = wanted.contains(record->first)
                     ? std::next(record)
                     : remove_peer(record, bgp::cease(bgp::Cease::peer_deconfigured));
    }
    for (const auto& [address, peer] : wanted) {
        const auto record = records_.find(address);
        if (record == records_.end()) {
            add_peer(peer);
        } else {
            const bool policy = before.ebgp_requires_policy != config_.ebgp_requires_policy ||
                                before.originate_only != config_.originate_only;
            if (rebuild || policy || record->second.neighbor->config() != peer) {
                change_peer(record->second, peer, rebuild);
            }
        }
    }
    if (deferring_ && deferral_.complete()) end_deferral();
}

void Core::change_peer(Record& record, const bgp::PeerConfig& config, bool rebuild) {
    Neighbor& neighbor = *record.neighbor;
    const bgp::PeerConfig before = neighbor.config();
    if (!rebuild && before.enabled == config.enabled && !bgp::needs_reset(before, config)) {
        neighbor.peer().update_config(config);
        const bgp::Negotiated* negotiated = neighbor.peer().negotiated();
        if (negotiated != nullptr) apply_session_rules(record, *negotiated);
        return;
    }
    neighbor.stop(bgp::cease(config.enabled ? bgp::Cease::other_configuration_change
                                            : bgp::Cease::administrative_shutdown));
    const rib::PeerId id = neighbor.id();
    for (const auto& family : families_) family->table.flush(id);
    if (!config.enabled) deferral_.forget(id.value());
    record.neighbor = make_neighbor(id, config);
    record.import = {};
    record.over_limit = false;
    if (config.enabled) record.neighbor->start();
}

void Core::add_peer(const bgp::PeerConfig& config) {
    const rib::PeerId id = free_id();
    Record& record = records_[config.address];
    record.neighbor = make_neighbor(id, config);
    addresses_.emplace(id, config.address);
    rib::PeerFacts facts;
    facts.address = config.address;
    for (const auto& family : families_) family->table.set_peer(id, facts);
    if (!config.enabled) return;
    if (deferring_ && !config.dynamic) deferral_.expect(id.value());
    record.neighbor->start();
}

Core::Records::iterator Core::remove_peer(Records::iterator record,
                                          const bgp::Notification& notification) {
    Neighbor& neighbor = *record->second.neighbor;
    const rib::PeerId id = neighbor.id();
    neighbor.stop(notification);
    deferral_.forget(id.value());
    for (const auto& family : families_) {
        family->sender.leave(id);
        family->table.flush(id);
    }
    addresses_.erase(id);
    return records_.erase(record);
}

std::unique_ptr<Neighbor> Core::make_neighbor(rib::PeerId id, const bgp::PeerConfig& config) {
    const bgp::LocalSpeaker local{config_.router_id, says_restarting()};
    return std::make_unique<Neighbor>(*this, scheduler_, transport_, id, config, local, jitter_);
}

rib::PeerId Core::free_id() const {
    std::uint16_t id = rib::kLocalPeer.value() + 1;
    while (addresses_.contains(rib::PeerId{id})) ++id;
    return rib::PeerId{id};
}

const DynamicNeighbors* Core::range_of(const IpAddress& remote) const {
    const DynamicNeighbors* best = nullptr;
    for (const DynamicNeighbors& range : config_.dynamic_neighbors) {
        if (!range.prefix.contains(remote) || !range.peer.enabled) continue;
        if (best == nullptr || range.prefix.length() > best->prefix.length()) best = &range;
    }
    return best;
}

bgp::PeerConfig Core::dynamic_peer(const DynamicNeighbors& range, const IpAddress& address) {
    bgp::PeerConfig peer = range.peer;
    peer.address = address;
    peer.dynamic = true;
    peer.passive = true;
    return peer;
}

void Core::apply_session_rules(Record& record, const bgp::Negotiated& negotiated) {
    Neighbor& neighbor = *record.neighbor;
    const bgp::PeerConfig& config = neighbor.config();
    const Connection* connection = neighbor.connection();
    assert(connection != nullptr);
    const ConnectionInfo& info = connection->info();
    const bool external = !negotiated.internal;

    record.import = {.external = external,
                     .remote_as = negotiated.remote_as,
                     .instance_as = config_.as,
                     .local_as = negotiated.local_as,
                     .allow_own_as = config.allow_own_as,
                     .local_address = info.local,
                     .policy_missing = config_.ebgp_requires_policy};
    rib::ExportRules rules;
    rules.external = external;
    rules.local_as = negotiated.local_as;
    if (config.as_override && external) rules.override_as = negotiated.remote_as;
    rules.next_hop_self = config.next_hop_self;
    rules.subnet = info.subnet;
    rules.policy_missing = config_.ebgp_requires_policy;
    rules.originate_only = config_.originate_only;
    for (const auto& family : families_) {
        family->table.set_peer(neighbor.id(), {config.address, negotiated.remote_id, external});
        family->table.reimport(neighbor.id(), [&record](rib::Path& path) {
            import(record, path.attributes.unpack(), path);
        });
        if (!negotiated.families.contains(family->family)) continue;
        const bool same_family = info.local.family() == bgp::ip_family(family->family);
        rules.self = same_family ? info.local : info.local_other;
        if (!rules.self && negotiated.extended_next_hop) rules.self = info.local;
        family->sender.join(neighbor, rules, negotiated.update_context());
    }
}

Core::Record& Core::record_of(const Neighbor& neighbor) {
    return records_.at(neighbor.config().address);
}

const Neighbor* Core::find(const IpAddress& address) const {
    const auto record = records_.find(address);
    return record == records_.end() ? nullptr : record->second.neighbor.get();
}

const Neighbor* Core::find(rib::PeerId id) const {
    const auto address = addresses_.find(id);
    return address == addresses_.end() ? nullptr : find(address->second);
}

}  // namespace torii::speaker

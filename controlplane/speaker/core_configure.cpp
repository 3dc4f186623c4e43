// How Core takes a configuration over: what differs is touched, nothing else.
#include "controlplane/speaker/core.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace torii::speaker {
namespace {

rib::ExportRules export_rules(const bgp::PeerConfig& config, const bgp::Negotiated& negotiated) {
    rib::ExportRules rules;
    rules.external = !negotiated.internal;
    rules.local_as = negotiated.local_as;
    if (config.as_override && rules.external) rules.override_as = negotiated.remote_as;
    rules.next_hop_self = config.next_hop_self;
    rules.next_hop_unchanged = config.next_hop_unchanged;
    rules.send_communities = config.send_communities;
    if (config.private_as == bgp::PrivateAs::keep) return rules;
    rules.private_as = config.private_as;
    rules.private_as_kept = negotiated.remote_as;
    return rules;
}

}  // namespace

void Core::keep_policies(const SpeakerConfig& before) {
    if (!config_.policies || !before.policies || config_.policies == before.policies) return;
    policy::Library library = *config_.policies;
    library.keep(*before.policies);
    config_.policies = std::make_shared<const policy::Library>(std::move(library));
}

Result<void> Core::configure_transport(const SpeakerConfig& config) {
    std::vector<PeerPassword> passwords;
    const auto add = [&](const Prefix& peers, const bgp::PeerConfig& peer) {
        if (!peer.password.empty()) passwords.push_back({peers, peer.password});
    };
    for (const bgp::PeerConfig& peer : config.peers) add(Prefix::host(peer.address), peer);
    for (const DynamicNeighbors& range : config.dynamic_neighbors) add(range.prefix, range.peer);
    if (!configured_ || config.listen_port != config_.listen_port) {
        if (auto done = transport_.listen(config.listen_port, *this); !done) return done;
    }
    return transport_.set_passwords(std::move(passwords));
}

void Core::configure_families() {
    for (const auto& family : families_) {
        rib::DecisionRules rules;
        rules.multipath_relax = config_.multipath_relax;
        rules.compare_router_id = config_.compare_router_id;
        rules.always_compare_med = config_.always_compare_med;
        rules.bandwidth = config_.bandwidth;
        FamilyConfig wanted;
        for (const FamilyConfig& one : config_.families) {
            if (one.family == family->family) wanted = one;
        }
        rules.maximum_paths_ebgp = std::max(1U, wanted.maximum_paths_ebgp);
        rules.maximum_paths_ibgp = std::max(1U, wanted.maximum_paths_ibgp);
        configure_aggregates(*family, wanted);
        family->table.set_rules(rules);
        rib::PeerFacts ourselves;
        ourselves.router_id = config_.router_id;
        ourselves.external = false;
        family->table.set_peer(rib::kLocalPeer, ourselves);
    }
}

void Core::configure_aggregates(FamilyState& family, const FamilyConfig& config) {
    rib::Aggregates::Rules all;
    for (const AggregateConfig& wanted : config.aggregates) {
        rib::AggregateRules& rules = all[wanted.prefix];
        rules.summary_only = wanted.summary_only;
        rules.as_set = wanted.as_set;
        rules.origin = wanted.origin;
        if (!wanted.suppress_policies.empty()) rules.suppress = chain(wanted.suppress_policies);
        rules.policy = chain(wanted.policies);
    }
    const auto router_id = IpAddress::v4(config_.router_id.value());
    family.aggregates.configure(all, {config_.as, router_id});
}

void Core::configure_peers(const SpeakerConfig& before) {
    if (before.host_name != config_.host_name) {
        for (auto& [address, record] : records_) {
            record.neighbor->peer().set_host_name(config_.host_name);
        }
    }
    const bool rebuild = before.router_id != config_.router_id || before.as != config_.as;
    // What concerns the rules of all sessions; a session whose own do not change is left alone.
    const bool rules = before.ebgp_requires_policy != config_.ebgp_requires_policy ||
                       before.originate_only != config_.originate_only ||
                       before.graceful_shutdown != config_.graceful_shutdown ||
                       before.policies != config_.policies;
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
            if (rebuild || rules || record->second.neighbor->config() != peer) {
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
        if (before.prefix_limit != config.prefix_limit) change_limit(record);
        return;
    }
    const bool was_up = neighbor.peer().negotiated() != nullptr;
    neighbor.stop(config.enabled
                      ? bgp::cease(bgp::Cease::other_configuration_change)
                      : bgp::cease(bgp::Cease::administrative_shutdown, config.shutdown_message));
    const rib::PeerId id = neighbor.id();
    for (const auto& family : families_) family->table.flush(id);
    if (!config.enabled) deferral_.forget(id.value());
    record.neighbor = make_neighbor(id, config);
    record.importers = {};
    record.over_limit = false;
    record.held_down = false;
    record.retry.reset();
    if (config.enabled) record.neighbor->start(was_up);
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
    if (deferring_ || update_delay_due_) deferral_.expect(id.value(), config.dynamic);
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
    tell_watched();
    return records_.erase(record);
}

std::unique_ptr<Neighbor> Core::make_neighbor(rib::PeerId id, const bgp::PeerConfig& config) {
    return std::make_unique<Neighbor>(*this, scheduler_, transport_, id, config, local_speaker(),
                                      jitter_);
}

bgp::LocalSpeaker Core::local_speaker() const {
    return {config_.router_id, says_restarting(), config_.host_name};
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
    const bool near = info.on_link();
    record.far_local = near ? std::nullopt : std::optional(info.local);
    const bool external = !negotiated.internal;
    const bool local_as = negotiated.local_as != config_.as;

    rib::ImportRules import{
        .external = external,
        .remote_as = negotiated.remote_as,
        .instance_as = config_.as,
        .local_as = negotiated.local_as,
        .local_as_prepended = external && local_as && !config.no_prepend,
        .allow_own_as = config.allow_own_as,
        .enforce_first_as = config.enforce_first_as,
        .local_address = info.local,
        .neighbor = config.address,
        .graceful_shutdown = config.graceful_shutdown || config_.graceful_shutdown,
        .policy_missing = false,
        .role = external ? config.local_role : std::nullopt,
        .policy = {}};
    rib::ExportRules rules = export_rules(config, negotiated);
    if (external && local_as && !config.replace_as) rules.instance_as = config_.as;
    rules.long_lived = negotiated.peer_capabilities.long_lived.has_value();
    rules.subnet = info.subnet;
    rules.role = import.role;
    rules.graceful_shutdown = import.graceful_shutdown;
    rules.originate_only = config_.originate_only;
    for (const auto& family : families_) {
        const bgp::FamilyPolicies& policies =
            config.policies[static_cast<std::size_t>(family->family)];
        import.policy = chain(policies.import_policies);
        import.policy_missing = config_.ebgp_requires_policy && import.policy.empty();
        family->table.set_peer(neighbor.id(), {config.address, negotiated.remote_id, external});
        apply_import_rules(record, *family, import);
        if (!negotiated.families.contains(family->family)) continue;
        rules.policy = chain(policies.export_policies);
        rules.policy_missing = config_.ebgp_requires_policy && rules.policy.empty();
        rules.unsuppress.reset();
        if (!policies.unsuppress_policies.empty()) {
            rules.unsuppress = chain(policies.unsuppress_policies);
        }
        rules.default_route.reset();
        if (policies.default_originate) {
            rules.default_route = default_prefix(bgp::ip_family(family->family));
        }
        rules.default_policy = chain(policies.default_policies);
        const bool several = negotiated.add_path_send.contains(family->family);
        rules.paths = several ? config.add_path_of(family->family).send_maximum : 0;
        // Over IPv6 both agree that IPv4 may go there, too (RFC 8950): the peer need not know what
        // else we are called.
        const bool same_family = info.local.family() == bgp::ip_family(family->family);
        const bool reaches = same_family || (negotiated.extended_next_hop && info.local.is_v6());
        rules.self = reaches ? info.local : info.local_other;
        family->sender.join(neighbor, rules, negotiated.update_context());
    }
}

std::size_t Core::clear(const ClearTarget& target, ClearKind kind) {
    std::size_t count = 0;
    for (auto& [address, record] : records_) {
        const bgp::PeerConfig& config = record.neighbor->config();
        if (target.address && *target.address != address) continue;
        if (target.group && *target.group != config.group) continue;
        ++count;
        if (config.enabled) clear(record, kind);
    }
    schedule_turn();
    return count;
}

void Core::clear(Record& record, ClearKind kind) {
    Neighbor& neighbor = *record.neighbor;
    if (record.held_down) {
        if (kind == ClearKind::hard) release(record);
        return;
    }
    if (kind == ClearKind::hard) {
        return neighbor.reset(bgp::cease(bgp::Cease::administrative_reset));
    }
    if (neighbor.peer().negotiated() == nullptr) return;
    if (kind != ClearKind::soft_out) {
        // All that the peer said is kept, so the rules are applied again at once; asking it again
        // as well finds what was lost on the way.
        for (const auto& family : families_) reimport(record, *family);
        for (const bgp::Family family : bgp::kFamilies) neighbor.request_refresh(family);
    }
    if (kind == ClearKind::soft_in) return;
    for (const auto& family : families_) family->sender.refresh(neighbor.id());
}

// What was received is kept as it came, so that no peer has to send it again.
void Core::apply_import_rules(Record& record, FamilyState& family, const rib::ImportRules& rules) {
    const auto index = static_cast<std::size_t>(family.family);
    std::unique_ptr<rib::Importer>& importer = record.importers[index];
    if (importer && importer->rules() == rules) return;
    importer = std::make_unique<rib::Importer>(rules, stores_.attributes);
    reimport(record, family);
}

void Core::reimport(Record& record, FamilyState& family) {
    const auto index = static_cast<std::size_t>(family.family);
    record.reimporting = reimporting_ = true;
    family.table.reimport(record.neighbor->id(),
                          [&record, index](const Prefix& prefix, rib::Path& path) {
                              if (record.importers[index])
                                  record.importers[index]->run(prefix, path);
                          });
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

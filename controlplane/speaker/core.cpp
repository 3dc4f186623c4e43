#include "controlplane/speaker/core.h"

#include "platform/base/log.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <span>
#include <utility>

namespace torii::speaker {
namespace {

constexpr Log kLog("bgp");
// How long a peer that says it has restarted too is waited for.
constexpr Seconds kRestartedPeerPatience{3};
// How long selection and sending keep the loop from its sockets, and in what portions.
constexpr std::chrono::milliseconds kTurn{1};
constexpr std::size_t kSelectedAtOnce = 1024;
// Of the table, for aggregates that were configured.
constexpr std::size_t kLookedAtAtOnce = 4096;

bgp::PathAttributes local_attributes(const LocalRoute& route) {
    bgp::PathAttributes attributes;
    attributes.origin = route.origin;
    attributes.next_hop = IpAddress::any(route.prefix.family());
    attributes.med = route.med;
    attributes.local_pref = route.local_preference;
    attributes.communities = route.communities;
    attributes.large_communities = route.large_communities;
    attributes.canonicalize();
    return attributes;
}

SelectedNextHops selected_next_hops(const rib::NextHops& next_hops) {
    std::vector<SelectedNextHop> list;
    list.reserve(next_hops.size());
    for (const rib::NextHop& next_hop : next_hops) {
        list.push_back({next_hop.address, next_hop.weight, next_hop.external});
    }
    return SelectedNextHops(std::move(list));
}

}  // namespace

Core::Core(Scheduler& scheduler, Transport& transport, SpeakerEvents events, bgp::Jitter jitter,
           std::shared_ptr<rib::PrefixNumbers> prefixes)
    : scheduler_(scheduler),
      transport_(transport),
      events_(std::move(events)),
      jitter_(std::move(jitter)),
      stores_(prefixes ? std::move(prefixes) : std::make_shared<rib::PrefixNumbers>()) {
    for (const bgp::Family family : bgp::kFamilies) {
        families_[static_cast<std::size_t>(family)] =
            std::make_unique<FamilyState>(family, stores_, scheduler_, [this] { schedule_turn(); });
    }
}

Core::~Core() = default;

Result<void> Core::configure(const SpeakerConfig& config) {
    if (auto done = configure_transport(config); !done) return done;
    const bool first = !std::exchange(configured_, true);
    const SpeakerConfig before = std::exchange(config_, config);
    keep_policies(before);
    configure_families();
    if (first) prepare_deferral();
    configure_peers(before);
    if (before.policies != config_.policies) {
        for (const auto& [prefix, route] : local_routes_) originate(prefix, route);
    }
    schedule_turn();
    tell_watched();
    return {};
}

void Core::set_routes(std::vector<LocalRoute> routes) {
    routes_set_ = true;
    std::map<Prefix, LocalRoute> wanted;
    for (LocalRoute& route : routes) wanted.insert_or_assign(route.prefix, std::move(route));
    for (const auto& [prefix, route] : local_routes_) {
        if (wanted.contains(prefix)) continue;
        rib::Table& table = state(bgp::unicast(prefix.family())).table;
        table.withdraw(rib::kLocalPeer, prefix);
        table.set_audience(prefix, {});
    }
    for (const auto& [prefix, route] : wanted) originate(prefix, route);
    local_routes_ = std::move(wanted);
    schedule_turn();
}

void Core::originate(const Prefix& prefix, const LocalRoute& route) {
    rib::Table& table = state(bgp::unicast(prefix.family())).table;
    const auto path = local_path(route);
    if (path) {
        table.announce(prefix, *path);
    } else {
        table.withdraw(rib::kLocalPeer, prefix);
    }
    table.set_audience(prefix, audience_of(route));
}

std::optional<rib::Path> Core::local_path(const LocalRoute& route) {
    const bgp::PathAttributes attributes = local_attributes(route);
    policy::RouteFacts facts;
    facts.source = route.source;
    facts.neighbor = IpAddress::any(IpFamily::v4);
    facts.tag = route.tag;
    const policy::Outcome outcome = chain(route.policies).apply(route.prefix, attributes, facts);
    if (!outcome.accepted) return std::nullopt;
    rib::Path path;
    path.attributes =
        stores_.attributes.intern(outcome.attributes ? *outcome.attributes : attributes);
    path.since = scheduler_.now();
    path.weight = outcome.weight.value_or(rib::kLocalWeight);
    path.source = route.source;
    path.tag = route.tag;
    path.peer = rib::kLocalPeer;
    return path;
}

// Settings name policies of their own configuration only: see read_settings().
policy::Chain Core::chain(const std::vector<std::string>& names) const {
    if (names.empty() || !config_.policies) return {};
    return config_.policies->chain(names).value_or(policy::Chain{});
}

rib::Audience Core::audience_of(const LocalRoute& route) {
    if (route.peers.empty()) return {};
    std::vector<IpAddress> peers = route.peers;
    std::ranges::sort(peers);
    peers.erase(std::unique(peers.begin(), peers.end()), peers.end());
    return stores_.audiences.intern(peers);
}

void Core::set_next_hop_check(const std::function<bool(const IpAddress&)>& reachable) {
    for (const auto& family : families_) family->table.set_next_hop_check(reachable);
    schedule_turn();
}

void Core::recheck_next_hops() {
    for (const auto& family : families_) family->table.recheck_next_hops();
    schedule_turn();
}

void Core::shutdown() {
    for (auto& [address, record] : records_) {
        record.neighbor->stop(bgp::cease(bgp::Cease::administrative_shutdown));
    }
}

void Core::prepare_deferral() {
    restarting_ = config_.after_restart;
    update_delay_due_ = config_.update_delay.count() != 0;
    if (!restarting_ && !update_delay_due_) return;
    // Who else will come from inside a range cannot be known: then only a timer ends it.
    if (!config_.dynamic_neighbors.empty()) deferral_.expect(rib::kLocalPeer.value());
    if (update_delay_due_) deferral_.wait_for_all();
    if (restarting_) begin_deferral(std::max(config_.selection_deferral, config_.update_delay));
}

void Core::begin_deferral(Seconds longest) {
    deferring_ = true;
    deferral_timer_ = scheduler_.after(longest, [this] {
        if (deferring_) end_deferral();
    });
}

void Core::begin_update_delay() {
    if (!std::exchange(update_delay_due_, false)) return;
    kLog.info("update delay=begun seconds={}", config_.update_delay.count());
    if (!deferring_) begin_deferral(config_.update_delay);
    if (config_.establish_wait.count() == 0) return;
    establish_timer_ = scheduler_.after(config_.establish_wait, [this] {
        deferral_.forget_absent();
        if (deferring_ && deferral_.complete()) end_deferral();
    });
}

void Core::end_deferral() {
    kLog.info("selection deferral=over complete={}", deferral_.complete());
    deferring_ = restarting_ = update_delay_due_ = false;
    deferral_timer_.reset();
    establish_timer_.reset();
    for (auto& [address, record] : records_) {
        record.patience.reset();
        record.neighbor->peer().set_after_restart(says_restarting());
    }
    schedule_turn();
}

void Core::session_up(Neighbor& neighbor, const bgp::Negotiated& negotiated) {
    Record& record = record_of(neighbor);
    begin_update_delay();
    apply_session_rules(record, negotiated);
    wait_for_routes(record, negotiated);
    schedule_turn();
    tell_watched();
    tell_session(neighbor, true);
}

// RFC 4724 section 4.1 does not wait for peers with the restart state bit: they might wait for us.
// But Cilium's agent has it in every OPEN, and sends its routes at once to a router that has it
// too. Going on without them would take all nodes but the last out of use. So a transit speaker
// waits, though not for long.
void Core::wait_for_routes(Record& record, const bgp::Negotiated& negotiated) {
    const bgp::SelectionDeferral::PeerNumber id = record.neighbor->id().value();
    const auto& restart = negotiated.peer_capabilities.graceful_restart;
    if (!restarting_ || config_.originate_only || !restart || !restart->restarting) {
        return deferral_.session_up(id, negotiated);
    }
    bgp::Negotiated patient = negotiated;
    patient.peer_capabilities.graceful_restart->restarting = false;
    deferral_.session_up(id, patient);
    record.patience = scheduler_.after(kRestartedPeerPatience, [this, id] {
        deferral_.forget(id);
        if (deferring_ && deferral_.complete()) end_deferral();
    });
}

void Core::session_down(Neighbor& neighbor) {
    Record& record = record_of(neighbor);
    record.over_limit = false;
    record.patience.reset();
    for (const auto& family : families_) family->sender.leave(neighbor.id());
    deferral_.session_down(neighbor.id().value());
    schedule_turn();
    tell_watched();
    tell_session(neighbor, false);
}

void Core::expect(Neighbor& /*neighbor*/, const bgp::Update& update) {
    for (const bgp::Unreach& unreach : update.withdrawn) {
        state(unreach.family).table.prefetch(unreach.prefixes);
    }
    for (const bgp::Reach& reach : update.announced) {
        stores_.attributes.prefetch(bgp::packed_of(update, reach));
        state(reach.family).table.prefetch(reach.prefixes);
    }
}

void Core::deliver(Neighbor& neighbor, const bgp::Update& update) {
    Record& record = record_of(neighbor);
    for (const std::string& reason : update.reasons) {
        kLog.warning("update peer={} error=\"{}\"", neighbor.config().address, reason);
    }
    for (const bgp::Unreach& unreach : update.withdrawn) {
        for (std::size_t index = 0; index < unreach.prefixes.size(); ++index) {
            state(unreach.family)
                .table.withdraw(neighbor.id(), unreach.prefixes[index],
                                bgp::path_id(unreach, index).value());
        }
    }
    for (const bgp::Reach& reach : update.announced) learn(record, reach, update);
    if (update.end_of_rib) deferral_.end_of_rib(neighbor.id().value(), *update.end_of_rib);
    schedule_turn();
}

void Core::learn(Record& record, const bgp::Reach& reach, const bgp::Update& update) {
    const Neighbor& neighbor = *record.neighbor;
    rib::Table& table = state(reach.family).table;
    rib::Importer& importer = *record.importers[static_cast<std::size_t>(reach.family)];
    const rib::ImportRules& rules = importer.rules();
    rib::Path path;
    if (rules.local_as_prepended) {
        bgp::PathAttributes attributes = bgp::attributes_of(update, reach);
        attributes.as_path.prepend(rules.local_as);
        path.attributes = stores_.attributes.intern(attributes);
    } else {
        path.attributes = stores_.attributes.intern(bgp::packed_of(update, reach));
    }
    path.since = neighbor.last_read().value_or(TimePoint{});
    path.peer = neighbor.id();
    const std::span<const Prefix> prefixes = reach.prefixes;
    for (std::size_t first = 0; first < prefixes.size();) {
        rib::Path decided = path;
        const std::size_t count = importer.run(prefixes.subspan(first), decided);
        const std::size_t end = first + count;
        if (reach.path_ids.empty()) {
            table.announce(prefixes.subspan(std::exchange(first, end), count), decided);
        }
        for (; first < end; ++first) {
            decided.id = reach.path_ids[first].value();
            table.announce(prefixes[first], decided);
        }
    }
    learned_ += prefixes.size();
    check_limit(record, reach.family);
}

void Core::refresh(Neighbor& neighbor, bgp::Family family) {
    state(family).sender.refresh(neighbor.id());
    schedule_turn();
}

void Core::begin_refresh(Neighbor& neighbor, bgp::Family family) {
    state(family).table.begin_refresh(neighbor.id());
}

void Core::end_refresh(Neighbor& neighbor, bgp::Family family) {
    state(family).table.end_refresh(neighbor.id());
    if (!observers_.empty()) tell_dropped(neighbor, family);
    schedule_turn();
}

void Core::mark_long_lived(Neighbor& neighbor, bgp::FamilySet families) {
    for (const auto& family : families_) {
        if (families.contains(family->family)) family->table.mark_long_lived(neighbor.id());
    }
    schedule_turn();
}

void Core::mark_stale(Neighbor& neighbor, const bgp::MarkStale& mark) {
    if (mark.silent) tell_lost(neighbor, mark.families);
    for (const auto& family : families_) {
        if (!mark.families.contains(family->family)) continue;
        family->table.mark_stale(neighbor.id(), mark.silent);
    }
    schedule_turn();
}

void Core::sweep_stale(Neighbor& neighbor, bgp::FamilySet families) {
    for (const auto& family : families_) {
        if (families.contains(family->family)) family->table.sweep_stale(neighbor.id());
    }
    schedule_turn();
}

void Core::tell_lost(const Neighbor& neighbor, bgp::FamilySet families) {
    const bool any = std::ranges::any_of(families_, [&](const auto& family) {
        return families.contains(family->family) &&
               family->table.counts(neighbor.id()).accepted != 0;
    });
    if (!any || !events_.lost) return;
    loss_told_ = true;
    events_.lost(neighbor.config().address);
}

void Core::flush(Neighbor& neighbor, bgp::FamilySet families) {
    tell_lost(neighbor, families);
    for (const auto& family : families_) {
        if (families.contains(family->family)) family->table.flush(neighbor.id());
    }
    schedule_turn();
}

void Core::drained(Neighbor& neighbor) {
    const bool waiting = std::ranges::any_of(
        families_, [&](const auto& family) { return family->sender.behind(neighbor.id()); });
    if (waiting) schedule_turn();
}

void Core::settled(Neighbor& neighbor) {
    const auto found = addresses_.find(neighbor.id());
    if (found == addresses_.end()) return;  // it is being built or removed
    Record& record = records_.at(found->second);
    if (std::exchange(record.over_limit, false)) hold_down(record);
    if (deferring_ && neighbor.peer().keepalives() != 0) deferral_.keepalive(neighbor.id().value());
    if (deferring_ && deferral_.complete()) end_deferral();
    if (neighbor.config().dynamic && neighbor.gone() && !record.held_down) schedule_turn();
}

void Core::schedule_turn() {
    if (turn_scheduled_) return;
    turn_scheduled_ = true;
    turn_ = scheduler_.after(Duration{0}, [this] { turn(); });
}

void Core::turn() {
    turn_scheduled_ = false;
    look_at_memory();
    remove_gone();
    // Who originates only does not tell what it learns: its own routes need not wait for that.
    if (deferring_ && !config_.originate_only) return;
    const bool more = select_and_send();
    if (recheck_limits() || more) return schedule_turn();
    if (std::exchange(loss_told_, false) && events_.settled) events_.settled();
    if (!deferring_ && configured_ && !std::exchange(converged_told_, true) && events_.converged) {
        events_.converged();
    }
}

bool Core::select_and_send() {
    const TimePoint begin = scheduler_.now();
    const auto enough = [&] { return scheduler_.now() - begin >= kTurn; };
    bool more = true;
    while (more && !enough()) {
        more = false;
        std::vector<SelectedRoutes> selected;
        std::array<std::vector<rib::Change>, 2> changes;
        for (std::size_t index = 0; index < families_.size(); ++index) {
            changes[index] = select(*families_[index], selected);
            more =
                more || families_[index]->table.dirty() || families_[index]->aggregates.pending();
        }
        if (!selected.empty() && events_.selected) events_.selected(selected);
        for (std::size_t index = 0; index < families_.size(); ++index) {
            families_[index]->table.release(changes[index]);
        }
        for (const auto& family : families_) {
            more = family->sender.flush(routes_set_, enough) || more;
        }
    }
    return more;
}

std::vector<rib::Change> Core::select(FamilyState& family, std::vector<SelectedRoutes>& selected) {
    rib::Table& table = family.table;
    std::vector<rib::Change> changes = table.select(kSelectedAtOnce, family.sender.sends_several());
    family.aggregates.update(changes, scheduler_.now(), kLookedAtAtOnce);
    SelectedRoutes* run = nullptr;  // neighbors in the table often go the same way
    std::uint32_t last = 0;
    SelectedNextHops list;
    for (const rib::Change& change : changes) {
        if (!change.next_hops) continue;
        const std::uint32_t next_hops = table.next_hops_number(change.id);
        const bool stale = next_hops != 0 && table.stale(change.id);
        const bool same_way = next_hops == last;
        if (!same_way) {
            last = next_hops;
            list = next_hops == 0 ? SelectedNextHops()
                                  : selected_next_hops(*table.next_hops(change.id));
        }
        if (run == nullptr || !same_way || stale != run->stale) {
            run = &selected.emplace_back(SelectedRoutes{{}, list, stale});
        }
        run->numbers.push_back(change.id);
    }
    family.sender.update(changes);
    return changes;
}

void Core::remove_gone() {
    for (auto record = records_.begin(); record != records_.end();) {
        const Neighbor& neighbor = *record->second.neighbor;
        const bool gone = neighbor.config().dynamic && neighbor.gone() && !record->second.held_down;
        record = gone ? remove_peer(record, bgp::cease(bgp::Cease::peer_deconfigured))
                      : std::next(record);
    }
}

}  // namespace torii::speaker

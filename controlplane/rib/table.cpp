#include "controlplane/rib/table.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace torii::rib {
namespace {

std::vector<Path>::iterator position_of(std::vector<Path>& paths, PeerId peer) {
    return std::ranges::lower_bound(paths, peer, {}, &Path::peer);
}

bool holds(std::vector<Path>& paths, std::vector<Path>::iterator position, PeerId peer) {
    return position != paths.end() && position->peer == peer;
}

}  // namespace

const Path* Entry::best() const {
    const auto path = std::ranges::find_if(paths, &Path::best);
    return path == paths.end() ? nullptr : &*path;
}

void Table::set_rules(const DecisionRules& rules) {
    if (std::exchange(rules_, rules) == rules) return;
    for (const auto& [prefix, id] : index_) mark(id);
}

void Table::set_peer(PeerId peer, const PeerFacts& facts) {
    Peer& known = peer_at(peer);
    if (std::exchange(known.facts, facts) == facts) return;
    for_each_path(peer, [this](EntryId id, auto) { mark(id); });
}

void Table::set_next_hop_check(NextHopCheck check) {
    check_ = std::move(check);
    recheck_next_hops();
}

void Table::recheck_next_hops() {
    reachable_.clear();
    for (const auto& [prefix, id] : index_) {
        for (Path& path : entries_[id].paths) {
            const bool now = path.local() || reachable(path.attributes->next_hop);
            if (std::exchange(path.reachable, now) != now) mark(id);
        }
    }
}

void Table::announce(const Prefix& prefix, Path path) {
    const EntryId id = entry_of(prefix);
    const PeerId peer = path.peer;
    std::vector<Path>& paths = entries_[id].paths;
    auto known = position_of(paths, peer);
    path.reachable = path.local() || reachable(path.attributes->next_hop);
    PathCounts& counts = peer_at(peer).counts;
    if (!holds(paths, known, peer)) {
        ++counts.received;
        if (!path.rejected) ++counts.accepted;
        paths.insert(known, std::move(path));
        remember(peer, id);
        return mark(id);
    }
    const bool same = known->attributes == path.attributes && known->weight == path.weight &&
                      known->rejected == path.rejected;
    if (same && !known->stale) return;
    if (known->rejected != path.rejected) {
        counts.accepted += path.rejected ? std::size_t{0} - 1 : 1;
    }
    if (same) path.since = known->since;
    path.best = known->best;  // history counts in selection
    path.multipath = known->multipath;
    *known = std::move(path);
    mark(id);
}

void Table::withdraw(PeerId peer, const Prefix& prefix) {
    const auto found = index_.find(prefix);
    if (found == index_.end()) return;
    std::vector<Path>& paths = entries_[found->second].paths;
    const auto path = position_of(paths, peer);
    if (holds(paths, path, peer)) erase_path(found->second, path);
}

void Table::set_audience(const Prefix& prefix, Audience audience) {
    if (this->audience(prefix) == audience) return;
    if (audience) {
        audiences_.insert_or_assign(prefix, std::move(audience));
    } else {
        audiences_.erase(prefix);
    }
    const auto id = id_of(prefix);
    if (!id) return;
    entries_[*id].retell = true;
    mark(*id);
}

Audience Table::audience(const Prefix& prefix) const {
    const auto found = audiences_.find(prefix);
    return found == audiences_.end() ? Audience{} : found->second;
}

void Table::mark_stale(PeerId peer) {
    for_each_path(peer, [this](EntryId id, auto path) {
        path->stale = true;
        mark(id);
    });
}

void Table::sweep_stale(PeerId peer) {
    for_each_path(peer, [this](EntryId id, auto path) {
        if (path->stale) erase_path(id, path);
    });
}

void Table::flush(PeerId peer) {
    for_each_path(peer, [this](EntryId id, auto path) { erase_path(id, path); });
}

void Table::reimport(PeerId peer, const std::function<bool(const bgp::PathAttributes&)>& rejected) {
    for_each_path(peer, [&](EntryId id, auto path) {
        const bool now = rejected(*path->attributes);
        if (std::exchange(path->rejected, now) == now) return;
        peer_at(peer).counts.accepted += now ? std::size_t{0} - 1 : 1;
        mark(id);
    });
}

PathCounts Table::counts(PeerId peer) const {
    return peer.value() < peers_.size() ? peers_[peer.value()].counts : PathCounts{};
}

std::vector<Change> Table::select() {
    std::vector<Change> changes;
    for (const EntryId id : std::exchange(dirty_, {})) {
        entries_[id].dirty = false;
        const Change change = select(id);
        if (change.best || change.next_hops || entries_[id].paths.empty()) {
            changes.push_back(change);
        }
    }
    return changes;
}

void Table::release(std::span<const Change> changes) {
    for (const Change& change : changes) {
        Entry& entry = entries_[change.id];
        if (!entry.paths.empty() || entry.dirty) continue;
        index_.erase(entry.prefix);
        entry = Entry{};
        free_.push_back(change.id);
    }
}

std::optional<EntryId> Table::id_of(const Prefix& prefix) const {
    const auto found = index_.find(prefix);
    if (found == index_.end()) return std::nullopt;
    return found->second;
}

const Entry* Table::find(const Prefix& prefix) const {
    const auto found = index_.find(prefix);
    return found == index_.end() ? nullptr : &entries_[found->second];
}

std::optional<Prefix> Table::longest_match(const IpAddress& address) const {
    for (int length = address_bits(address.family()); length >= 0; --length) {
        const Prefix prefix = Prefix::covering(address, static_cast<std::uint8_t>(length));
        const Entry* entry = find(prefix);
        if (entry != nullptr && entry->best() != nullptr) return prefix;
    }
    return std::nullopt;
}

std::vector<EntryId> Table::sorted() const {
    std::vector<EntryId> ids;
    ids.reserve(index_.size());
    for (const auto& [prefix, id] : index_) ids.push_back(id);
    std::ranges::sort(ids, {}, [this](EntryId id) -> const Prefix& { return entries_[id].prefix; });
    return ids;
}

Table::Peer& Table::peer_at(PeerId peer) {
    if (peer.value() >= peers_.size()) peers_.resize(std::size_t{peer.value()} + 1);
    return peers_[peer.value()];
}

EntryId Table::entry_of(const Prefix& prefix) {
    const auto found = index_.find(prefix);
    if (found != index_.end()) return found->second;
    EntryId id = static_cast<EntryId>(entries_.size());
    if (free_.empty()) {
        entries_.emplace_back();
    } else {
        id = free_.back();
        free_.pop_back();
    }
    entries_[id].prefix = prefix;
    index_.emplace(prefix, id);
    return id;
}

void Table::mark(EntryId id) {
    if (std::exchange(entries_[id].dirty, true)) return;
    dirty_.push_back(id);
}

void Table::remember(PeerId peer, EntryId id) {
    Peer& owner = peer_at(peer);
    owner.entries.push_back(id);
    // Withdrawn paths leave their numbers behind; tidy up once they are the greater part.
    if (owner.entries.size() < 2 * owner.counts.received + 64) return;
    std::ranges::sort(owner.entries);
    owner.entries.erase(std::unique(owner.entries.begin(), owner.entries.end()),
                        owner.entries.end());
    std::erase_if(owner.entries, [&](EntryId other) {
        std::vector<Path>& paths = entries_[other].paths;
        return !holds(paths, position_of(paths, peer), peer);
    });
}

bool Table::reachable(const IpAddress& next_hop) {
    if (!check_) return true;
    const auto known = reachable_.find(next_hop);
    if (known != reachable_.end()) return known->second;
    return reachable_.emplace(next_hop, check_(next_hop)).first->second;
}

void Table::erase_path(EntryId id, std::vector<Path>::iterator path) {
    PathCounts& counts = peer_at(path->peer).counts;
    --counts.received;
    if (!path->rejected) --counts.accepted;
    entries_[id].paths.erase(path);
    mark(id);
}

template <class Visit>
void Table::for_each_path(PeerId peer, const Visit& visit) {
    // A number may be listed twice: a path that was visited is there still or gone, both are fine.
    const std::vector<EntryId> ids = peer_at(peer).entries;
    for (const EntryId id : ids) {
        std::vector<Path>& paths = entries_[id].paths;
        const auto path = position_of(paths, peer);
        if (holds(paths, path, peer)) visit(id, path);
    }
    if (peer_at(peer).counts.received == 0) peer_at(peer).entries.clear();
}

Change Table::select(EntryId id) {
    Entry& entry = entries_[id];
    candidates_.clear();
    for (const Path& path : entry.paths) {
        if (path.valid()) candidates_.push_back({&path, &peers_[path.peer.value()].facts});
    }
    Selection selection;
    if (!candidates_.empty()) selection = rib::select(candidates_, rules_);
    for (Path& path : entry.paths) path.best = path.multipath = false;
    Attributes best_attributes;
    PeerId best_peer;
    bool stale = false;
    for (const std::size_t index : selection.multipath) {
        Path& path =
            entry.paths[static_cast<std::size_t>(candidates_[index].path - entry.paths.data())];
        path.multipath = true;
        if (index != selection.best) continue;
        path.best = true;
        best_attributes = path.attributes;
        best_peer = path.peer;
        stale = path.stale;
    }
    NextHopSet next_hops = next_hops_of(entry);
    const bool retell = std::exchange(entry.retell, false);
    const Change change{
        id, retell || entry.best_attributes != best_attributes || entry.best_peer != best_peer,
        entry.next_hops != next_hops || (next_hops && entry.stale != stale)};
    entry.best_attributes = std::move(best_attributes);
    entry.best_peer = best_peer;
    entry.next_hops = std::move(next_hops);
    entry.stale = stale;
    entry.reason = selection.reason;
    if (change.best || change.next_hops) entry.version = ++version_;
    return change;
}

NextHopSet Table::next_hops_of(const Entry& entry) const {
    NextHops next_hops;
    for (const Path& path : entry.paths) {
        if (!path.multipath || path.local()) continue;
        next_hops.push_back(
            {path.attributes->next_hop, 1, peers_[path.peer.value()].facts.external});
    }
    if (next_hops.empty()) return {};
    std::ranges::sort(next_hops);
    return stores_.next_hops.intern(next_hops);
}

}  // namespace torii::rib

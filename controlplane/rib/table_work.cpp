// What a table does in portions: work on all paths of a peer or on all prefixes, and selection.
#include "controlplane/bgp/community.h"
#include "controlplane/rib/bandwidth.h"
#include "controlplane/rib/table.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace torii::rib {

void Table::mark_stale(PeerId peer, bool silent) {
    if (peer_at(peer).entries.empty()) return;
    begin(peer, silent ? Job::kStale | Job::kSilent : Job::kStale);
}

void Table::sweep_stale(PeerId peer) {
    begin(peer, Job::kSweep);
}

void Table::mark_long_lived(PeerId peer) {
    begin(peer, Job::kLongLived);
}

void Table::begin_refresh(PeerId peer) {
    begin(peer, Job::kAwait);
}

void Table::end_refresh(PeerId peer) {
    begin(peer, Job::kEndRefresh);
}

void Table::flush(PeerId peer) {
    if (peer_at(peer).entries.empty()) return;
    begin(peer, Job::kFlush);
    peer_at(peer).counts = {};
}

void Table::reimport(PeerId peer, Import import) {
    begin(peer, Job::kImport);
    Job& job = peer_at(peer).job;
    if (job.work != 0) job.import = std::move(import);
}

void Table::begin(PeerId peer, unsigned work) {
    constexpr unsigned kOfEpoch = Job::kStale | Job::kFlush | Job::kAwait;
    constexpr unsigned kRepeatable = Job::kSelect | Job::kImport;
    Peer& owner = peer_at(peer);
    if (owner.entries.empty()) return;
    // Two that tell old paths from new ones cannot be under way together; nor can a removal and
    // what it would be confused by. Who asks for both within milliseconds waits for the first.
    const bool compatible = ((owner.job.work | work) & ~kRepeatable) == 0;
    const bool superseded = work == Job::kFlush && (owner.job.work & kOfEpoch) == 0;
    if (!compatible && !superseded) work_peer(peer, kAll);
    if (superseded) owner.job.work = 0;
    if (owner.entries.empty()) return;
    if ((work & kOfEpoch) != 0) owner.epoch ^= PathSlot::kEpoch;
    owner.job.work |= work;
    owner.job.next = 0;
    if (std::ranges::count(busy_, peer) == 0) busy_.push_back(peer);
}

void Table::work(std::size_t limit) {
    if (all_.active) limit -= work_all(limit);
    while (limit != 0 && !busy_.empty()) limit -= work_peer(busy_.front(), limit);
}

std::size_t Table::work_all(std::size_t limit) {
    std::size_t count = 0;
    const auto concerns = [this](const PathSlot& slot) {
        const NextHopId hop = stores_.attributes[slot.attributes].next_hop_id();
        return hop < hops_.size() && hops_[hop].changed;
    };
    for (; count < limit && all_.next < end(); ++count) {
        const EntryId id = all_.next++;
        if (used(id) && (all_.rules || std::ranges::any_of(records_[id].paths.slots(), concerns))) {
            mark(id);
        }
    }
    if (all_.next < end()) return count;
    all_ = {};
    for (KnownHop& hop : hops_) hop.changed = false;
    return count;
}

std::size_t Table::work_peer(PeerId peer, std::size_t limit) {
    std::size_t count = 0;
    if (peers_[peer.value()].job.work == 0) return count;
    for (; count < limit; ++count) {
        Peer& owner = peers_[peer.value()];
        const auto id = owner.entries.next(owner.job.next);
        if (!id) {
            owner.job = {};
            std::erase(busy_, peer);
            break;
        }
        owner.job.next = *id + 1;
        visit(peer, *id);
    }
    return count;
}

void Table::visit(PeerId peer, EntryId id) {
    Peer& owner = peers_[peer.value()];
    PathList& paths = records_[id].paths;
    std::size_t position = paths.position(PathSlot{0, 0, 0, peer.value(), 0}.key());
    while (position < paths.size() && paths.slots()[position].peer == peer.value()) {
        if (visit(owner, id, position)) ++position;
    }
}

bool Table::visit(Peer& peer, EntryId id, std::size_t position) {
    PathSlot& slot = records_[id].paths.slots()[position];
    const unsigned work = peer.job.work;
    const bool old = (slot.flags & PathSlot::kEpoch) != peer.epoch;
    if (((work & Job::kFlush) != 0 && old) ||
        ((work & Job::kSweep) != 0 && slot.is(PathSlot::kStale)) ||
        ((work & Job::kEndRefresh) != 0 && slot.is(PathSlot::kAwaited))) {
        erase(id, position);
        return false;
    }
    if ((work & Job::kStale) != 0 && old) {
        slot.flags ^= PathSlot::kEpoch;
        slot.set(PathSlot::kStale, true);
        slot.set(PathSlot::kSuspect, (work & Job::kSilent) != 0);
        slot.set(PathSlot::kAwaited, false);  // that refresh has ended with its session
        mark(id);
    }
    if ((work & Job::kAwait) != 0 && old) {
        slot.flags ^= PathSlot::kEpoch;
        slot.set(PathSlot::kAwaited, true);
    }
    if ((work & Job::kLongLived) != 0 && slot.is(PathSlot::kStale)) {
        if (!make_long_lived(id, position)) return false;
    }
    if ((work & Job::kSelect) != 0) mark(id);
    if ((work & Job::kImport) != 0) import(peer, id, slot);
    return true;
}

void Table::import(Peer& peer, EntryId id, PathSlot& slot) {
    Path path = path_of(slot);
    path.attributes = path.as_received();
    path.received = {};
    peer.job.import(prefix(id), path);
    const Attributes attributes = stored(path);
    const bool rejected = slot.is(PathSlot::kRejected);
    if (attributes.id() == slot.attributes && rejected == path.rejected) return;
    if (rejected != path.rejected) peer.counts.accepted += path.rejected ? std::size_t{0} - 1 : 1;
    slot.set(PathSlot::kRejected, path.rejected);
    stores_.attributes.hold(attributes.id());
    stores_.attributes.drop(std::exchange(slot.attributes, attributes.id()));
    mark(id);
}

bool Table::make_long_lived(EntryId id, std::size_t position) {
    PathSlot& slot = records_[id].paths.slots()[position];
    Path path = path_of(slot);
    if (path.as_received().unpack().has_community(bgp::kNoLlgr)) {
        erase(id, position);
        return false;
    }
    path.attributes = with_stale_community(path.attributes);
    if (path.received) path.received = with_stale_community(path.received);
    const Attributes attributes = stored(path);
    stores_.attributes.hold(attributes.id());
    stores_.attributes.drop(std::exchange(slot.attributes, attributes.id()));
    mark(id);
    return true;
}

Attributes Table::with_stale_community(const Attributes& attributes) {
    bgp::PathAttributes unpacked = attributes.unpack();
    unpacked.communities.push_back(bgp::kLlgrStale);
    unpacked.canonicalize();
    return stores_.attributes.intern(unpacked);
}

std::vector<Change> Table::select(std::size_t limit, bool every) {
    work(limit);
    std::vector<Change> changes;
    std::size_t count = std::min(limit, dirty_.size());
    changes.reserve(count);
    for (; count != 0; --count) {
        const EntryId id = dirty_.pop();
        records_[id].set(Record::kDirty, false);
        const Change change = select_one(id);
        if (every || change.best || change.next_hops || !has_paths(id)) changes.push_back(change);
    }
    for (const AttributesId id : replaced_) stores_.attributes.prefetch_drop(id);
    for (const AttributesId id : replaced_) stores_.attributes.drop(id);
    replaced_.clear();
    last_next_hops_ = {};  // holds nothing beyond a batch
    last_hop_keys_.clear();
    last_path_ = {};
    return changes;
}

void Table::collect(Record& record) {
    candidates_.clear();
    positions_.clear();
    const auto slots = record.paths.slots();
    for (std::uint32_t position = 0; position < slots.size(); ++position) {
        if (!valid(slots[position])) continue;
        candidates_.push_back(candidate_of(slots[position]));
        positions_.push_back(position);
    }
}

Candidate Table::candidate_of(const PathSlot& slot) const {
    const StoredAttributes& attributes = stores_.attributes[slot.attributes];
    return {&attributes,
            &peers_[slot.peer].facts,
            attributes.marks().weight,
            PeerId{slot.peer} == kLocalPeer,
            slot.is(PathSlot::kStale),
            slot.is(PathSlot::kSuspect),
            slot.is(PathSlot::kBest)};
}

void Table::best_paths(EntryId id, std::size_t most, BestPaths& out) const {
    const auto slots = records_[id].paths.slots();
    const auto collect = [&](std::uint16_t without) {
        out.candidates.clear();
        out.positions.clear();
        for (std::uint32_t position = 0; position < slots.size(); ++position) {
            const PathSlot& slot = slots[position];
            const NextHopId hop = stores_.attributes[slot.attributes].next_hop_id();
            if ((slot.flags & without) != 0) continue;
            if (PeerId{slot.peer} != kLocalPeer && known_unreachable(hop)) continue;
            out.candidates.push_back(candidate_of(slot));
            out.positions.push_back(position);
        }
    };
    out.paths.clear();
    collect(PathSlot::kRejected);
    if (std::ranges::any_of(out.candidates, &Candidate::suspect) &&
        !out.candidates[out.selector.rank(out.candidates, rules_, 1).front()].suspect) {
        collect(PathSlot::kRejected | PathSlot::kSuspect);
    }
    for (const std::size_t index : out.selector.rank(out.candidates, rules_, most)) {
        const PathSlot& slot = slots[out.positions[index]];
        out.paths.push_back({{PeerId{slot.peer}, slot.id}, slot.attributes});
    }
    std::ranges::sort(out.paths, {}, &BestPaths::Item::key);
}

Change Table::select_one(EntryId id) {
    Record& record = records_[id];
    const auto slots = record.paths.slots();
    for (PathSlot& slot : slots) {
        slot.flags &= static_cast<std::uint16_t>(~(PathSlot::kBest | PathSlot::kMultipath));
    }
    const PathSlot* best = nullptr;
    if (slots.size() != 1) collect(record);
    if (slots.size() == 1) {
        // Most prefixes have one path: nothing is compared.
        if (last_path_.is(slots[0]) || valid(slots[0])) {
            slots[0].flags |= PathSlot::kBest | PathSlot::kMultipath;
            best = slots.data();
        }
    } else if (!candidates_.empty()) {
        const Selection& selection = selector_.select(candidates_, rules_);
        for (const std::size_t index : selection.multipath) {
            slots[positions_[index]].flags |= PathSlot::kMultipath;
        }
        slots[positions_[selection.best]].flags |= PathSlot::kBest;
        best = &slots[positions_[selection.best]];
    }
    const AttributesId attributes = best == nullptr ? 0 : best->attributes;
    const std::uint16_t peer = best == nullptr ? std::uint16_t{0} : best->peer;
    const bool stale = best != nullptr && best->is(PathSlot::kStale);
    const NextHopSet& next_hops = next_hops_of(id, record);
    const bool moved = record.next_hops != next_hops.number();
    const Change change{id,
                        record.is(Record::kRetell) || record.best_attributes != attributes ||
                            record.best_peer() != peer,
                        moved || (next_hops && record.is(Record::kStale) != stale)};
    if (record.best_attributes != attributes) {
        stores_.attributes.hold(attributes);
        const AttributesId before = std::exchange(record.best_attributes, attributes);
        if (before != 0) replaced_.push_back(before);
    }
    record.best_peer() = peer;
    if (moved) {
        stores_.next_hops.drop(std::exchange(record.next_hops, stores_.next_hops.hold(next_hops)));
    }
    record.set(Record::kStale, stale);
    record.set(Record::kRetell, false);
    if (change.best || change.next_hops) ++version_;
    return change;
}

bool Table::aggregates(const PathSlot& slot) {
    return PeerId{slot.peer} == kLocalPeer && slot.id == kAggregatePath && slot.is(PathSlot::kBest);
}

Table::HopKey Table::hop_key(const PathSlot& slot) const {
    if (aggregates(slot)) return {};
    const StoredAttributes& attributes = stores_.attributes[slot.attributes];
    return {stores_.attributes.next_hop_serial(attributes.next_hop_id()), attributes.marks().share,
            peers_[slot.peer].facts.external};
}

const NextHopSet& Table::next_hops_of(EntryId id, const Record& record) {
    const auto leads = [](const PathSlot& slot) {
        return slot.is(PathSlot::kMultipath) &&
               (PeerId{slot.peer} != kLocalPeer || aggregates(slot));
    };
    const std::span<const PathSlot> slots = record.paths.slots();
    // One path that leads where the last one did is the usual case.
    if (slots.size() == 1) {
        if (last_path_.is(slots[0])) return last_next_hops_;
        if (last_hop_keys_.size() == 1 && leads(slots[0]) &&
            hop_key(slots[0]) == last_hop_keys_[0]) {
            last_path_ = {slots[0].attributes, slots[0].peer};
            return last_next_hops_;
        }
    }
    hop_keys_.clear();
    for (const PathSlot& slot : slots) {
        if (leads(slot)) hop_keys_.push_back(hop_key(slot));
    }
    if (hop_keys_.empty()) return no_next_hops_;
    if (hop_keys_ == last_hop_keys_) return last_next_hops_;
    NextHops next_hops;
    for (const PathSlot& slot : slots) {
        if (!leads(slot)) continue;
        if (aggregates(slot)) {
            next_hops.push_back({IpAddress::any(prefix(id).family()), 0, false});
            continue;
        }
        const StoredAttributes& attributes = stores_.attributes[slot.attributes];
        next_hops.push_back({stores_.attributes.next_hop(attributes.next_hop_id()),
                             attributes.marks().share, peers_[slot.peer].facts.external});
    }
    weigh_by_bandwidth(next_hops, rules_.bandwidth);
    std::ranges::sort(next_hops);
    last_next_hops_ = stores_.next_hops.intern(next_hops);
    last_hop_keys_ = hop_keys_;
    last_path_ = {};
    return last_next_hops_;
}

bool Table::valid(const PathSlot& slot) {
    if (slot.is(PathSlot::kRejected)) return false;
    return PeerId{slot.peer} == kLocalPeer ||
           reachable(stores_.attributes[slot.attributes].next_hop_id());
}

bool Table::reachable(NextHopId id) {
    if (!check_) return true;
    if (id >= hops_.size()) hops_.resize(std::size_t{id} + 1);
    KnownHop& hop = hops_[id];
    const std::uint32_t serial = stores_.attributes.next_hop_serial(id);
    if (hop.serial == serial) return hop.reachable;
    hop = {serial, check_(stores_.attributes.next_hop(id)), false};
    return hop.reachable;
}

bool Table::known_unreachable(NextHopId id) const {
    return id < hops_.size() && hops_[id].serial == stores_.attributes.next_hop_serial(id) &&
           !hops_[id].reachable;
}

}  // namespace torii::rib

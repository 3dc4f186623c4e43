#include "controlplane/rib/table.h"

#include <algorithm>
#include <utility>

namespace torii::rib {
namespace {

// A slot has room for 32 bits: sixteenths of a second are enough for eight years.
constexpr Duration kTick = Duration(std::chrono::seconds(1)) / 16;

std::uint32_t ticks(TimePoint time) {
    return static_cast<std::uint32_t>(time.time_since_epoch() / kTick);
}

}  // namespace

const Path* Entry::best() const {
    const auto path = std::ranges::find_if(paths, &Path::best);
    return path == paths.end() ? nullptr : &*path;
}

Table::~Table() {
    records_.for_each([this](EntryId id) {
        stores_.attributes.drop(records_[id].best_attributes);
        stores_.next_hops.drop(records_[id].next_hops);
        for (const PathSlot& slot : records_[id].paths.slots()) {
            stores_.attributes.drop(slot.attributes);
        }
    });
}

void Table::set_rules(const DecisionRules& rules) {
    if (std::exchange(rules_, rules) == rules) return;
    last_hop_keys_.clear();  // their weights may be others
    all_ = {true, true, 0};
}

void Table::set_peer(PeerId peer, const PeerFacts& facts) {
    if (std::exchange(peer_at(peer).facts, facts) == facts) return;
    begin(peer, Job::kSelect);
}

void Table::set_next_hop_check(NextHopCheck check) {
    check_ = std::move(check);
    hops_.clear();
    all_ = {true, true, 0};
}

void Table::recheck_next_hops() {
    bool any = false;
    for (NextHopId id = 0; id < hops_.size(); ++id) {
        KnownHop& hop = hops_[id];
        if (hop.serial == 0 || hop.serial != stores_.attributes.next_hop_serial(id)) continue;
        const bool now = !check_ || check_(stores_.attributes.next_hop(id));
        if (std::exchange(hop.reachable, now) == now) continue;
        any = hop.changed = true;
    }
    if (any) all_ = {true, all_.active && all_.rules, 0};
}

void Table::announce(std::span<const Prefix> prefixes, const Path& path) {
    peer_at(path.peer);
    const Attributes attributes = stored(path);
    const PathSlot slot = slot_of(path, attributes.id());
    for (const Prefix& prefix : prefixes) put(records_.add(prefix).first, slot);
}

Attributes Table::stored(const Path& path) {
    PathMarks marks{path.weight, path.share, 0, path.source, path.tag};
    if (path.received && path.received != path.attributes) marks.received = path.received.id();
    if (path.attributes->marks() == marks) return path.attributes;
    return stores_.attributes.intern(path.attributes.unpack(), marks);
}

PathSlot Table::slot_of(const Path& path, AttributesId attributes) const {
    PathSlot slot;
    slot.attributes = attributes;
    slot.since = ticks(path.since);
    slot.id = path.id;
    slot.peer = path.peer.value();
    slot.set(PathSlot::kRejected, path.rejected);
    slot.set(PathSlot::kStale, path.stale);
    slot.flags |= peers_[slot.peer].epoch;
    return slot;
}

void Table::put(EntryId id, const PathSlot& slot) {
    Peer& peer = peers_[slot.peer];
    PathList& paths = records_[id].paths;
    const std::size_t position = paths.position(slot.key());
    if (position != paths.size() && paths.slots()[position].key() == slot.key()) {
        PathSlot& known = paths.slots()[position];
        const bool same = known.attributes == slot.attributes &&
                          known.is(PathSlot::kRejected) == slot.is(PathSlot::kRejected) &&
                          !known.is(PathSlot::kStale);
        replace(peer, known, slot);
        if (!same) mark(id);
        return;
    }
    if (!paths.full()) {
        ++peer.counts.received;
        if (!slot.is(PathSlot::kRejected)) ++peer.counts.accepted;
        peer.entries.insert(id);
        stores_.attributes.hold(slot.attributes);
        paths.insert(position, slot);
    }
    mark(id);
}

void Table::replace(Peer& peer, PathSlot& known, PathSlot slot) {
    if (doomed(peer, known)) {
        ++peer.counts.received;
    } else if (!known.is(PathSlot::kRejected)) {
        --peer.counts.accepted;
    }
    if (!slot.is(PathSlot::kRejected)) ++peer.counts.accepted;
    const bool same = known.attributes == slot.attributes &&
                      known.is(PathSlot::kRejected) == slot.is(PathSlot::kRejected);
    if (same) slot.since = known.since;
    // History counts in selection.
    slot.flags |= known.flags & (PathSlot::kBest | PathSlot::kMultipath);
    stores_.attributes.hold(slot.attributes);
    stores_.attributes.drop(known.attributes);
    known = slot;
}

bool Table::doomed(const Peer& peer, const PathSlot& slot) {
    return (peer.job.work & Job::kFlush) != 0 && (slot.flags & PathSlot::kEpoch) != peer.epoch;
}

bool Table::outdated(const Peer& peer, const PathSlot& slot) {
    const bool old = (slot.flags & PathSlot::kEpoch) != peer.epoch;
    if (slot.is(PathSlot::kStale) || (old && (peer.job.work & Job::kStale) != 0)) return true;
    return dropped(peer, slot) || doomed(peer, slot);
}

bool Table::dropped(const Peer& peer, const PathSlot& slot) {
    return slot.is(PathSlot::kAwaited) && (peer.job.work & Job::kEndRefresh) != 0;
}

void Table::withdraw(PeerId peer, const Prefix& prefix, PathId path) {
    const auto id = id_of(prefix);
    if (!id) return;
    const PathList& paths = records_[*id].paths;
    const std::uint64_t key = PathSlot{0, 0, path, peer.value(), 0}.key();
    const std::size_t position = paths.position(key);
    if (position == paths.size() || paths.slots()[position].key() != key) return;
    erase(*id, position);
}

void Table::erase(EntryId id, std::size_t position) {
    PathList& paths = records_[id].paths;
    const PathSlot slot = paths.slots()[position];
    Peer& peer = peers_[slot.peer];
    if (!doomed(peer, slot)) {
        --peer.counts.received;
        if (!slot.is(PathSlot::kRejected)) --peer.counts.accepted;
    }
    paths.erase(position);
    stores_.attributes.drop(slot.attributes);
    const auto left = paths.slots();
    const bool another = (position < left.size() && left[position].peer == slot.peer) ||
                         (position > 0 && left[position - 1].peer == slot.peer);
    if (!another) peer.entries.erase(id);
    mark(id);
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
    records_[*id].set(Record::kRetell, true);
    mark(*id);
}

bool Table::set_suppressed(EntryId id, bool suppressed) {
    Record& record = records_[id];
    if (record.is(Record::kSuppressed) == suppressed) return false;
    record.set(Record::kSuppressed, suppressed);
    return true;
}

Audience Table::audience(const Prefix& prefix) const {
    if (audiences_.empty()) return {};
    const auto found = audiences_.find(prefix);
    return found == audiences_.end() ? Audience{} : found->second;
}

PathCounts Table::counts(PeerId peer) const {
    return peer.value() < peers_.size() ? peers_[peer.value()].counts : PathCounts{};
}

void Table::release(std::span<const Change> changes) {
    for (const Change& change : changes) {
        Record& record = records_[change.id];
        if (!record.paths.empty() || record.is(Record::kDirty)) continue;
        records_.erase(change.id);
    }
}

template <class Wanted>
bool Table::walk(PeerId peer, EntryId& next, std::size_t limit, const Visit& visit,
                 const Wanted& wanted) const {
    if (peer.value() >= peers_.size()) return false;
    const Peer& owner = peers_[peer.value()];
    const std::uint64_t first_key = PathSlot{0, 0, 0, peer.value(), 0}.key();
    for (std::size_t count = 0; count < limit; ++count) {
        const auto id = owner.entries.next(next);
        if (!id) return false;
        next = *id + 1;
        const PathList& paths = records_[*id].paths;
        for (const PathSlot& slot : paths.slots().subspan(paths.position(first_key))) {
            if (slot.peer != peer.value()) break;
            if (wanted(owner, slot)) visit(prefix(*id), path_of(slot));
        }
    }
    return owner.entries.next(next).has_value();
}

bool Table::read(PeerId peer, EntryId& next, std::size_t limit, const Visit& visit) const {
    return walk(peer, next, limit, visit,
                [](const Peer& owner, const PathSlot& slot) { return !outdated(owner, slot); });
}

void Table::read_dropped(PeerId peer, const Visit& visit) const {
    EntryId next = 0;
    walk(peer, next, kAll, visit, [](const Peer& owner, const PathSlot& slot) {
        return dropped(owner, slot) && !slot.is(PathSlot::kStale) && !doomed(owner, slot);
    });
}

Path Table::path_of(const PathSlot& slot) const {
    const PathMarks marks = stores_.attributes[slot.attributes].marks();
    Path path;
    path.attributes = stores_.attributes.handle(slot.attributes);
    if (marks.received != 0) path.received = stores_.attributes.handle(marks.received);
    path.since = TimePoint(kTick * slot.since);
    path.weight = marks.weight;
    path.share = marks.share;
    path.source = marks.source;
    path.tag = marks.tag;
    path.peer = PeerId{slot.peer};
    path.id = slot.id;
    path.rejected = slot.is(PathSlot::kRejected);
    path.reachable =
        path.local() || !known_unreachable(stores_.attributes[slot.attributes].next_hop_id());
    path.stale = slot.is(PathSlot::kStale);
    path.suspect = slot.is(PathSlot::kSuspect);
    path.best = slot.is(PathSlot::kBest);
    path.multipath = slot.is(PathSlot::kMultipath);
    return path;
}

Entry Table::entry(EntryId id) const {
    const Record& record = records_[id];
    Entry entry;
    entry.prefix = prefix(id);
    for (const PathSlot& slot : record.paths.slots()) entry.paths.push_back(path_of(slot));
    entry.next_hops = next_hops(id);
    if (record.best_attributes != 0) {
        entry.best_attributes = stores_.attributes.handle(record.best_attributes);
    }
    entry.best_peer = PeerId{record.best_peer()};
    entry.stale = record.is(Record::kStale);
    std::vector<Candidate> candidates;
    for (const Path& path : entry.paths) {
        if (path.valid()) candidates.push_back(candidate(path, peer(path.peer)));
    }
    if (!candidates.empty()) entry.reason = Selector().explain(candidates, rules_).reason;
    return entry;
}

std::optional<Entry> Table::find(const Prefix& prefix) const {
    const auto id = id_of(prefix);
    if (!id) return std::nullopt;
    return entry(*id);
}

std::optional<Prefix> Table::longest_match(const IpAddress& address) const {
    for (int length = address_bits(address.family()); length >= 0; --length) {
        const Prefix prefix = Prefix::covering(address, static_cast<std::uint8_t>(length));
        const auto id = id_of(prefix);
        if (id && best_attributes(*id) != 0) return prefix;
    }
    return std::nullopt;
}

Table::Peer& Table::peer_at(PeerId peer) {
    if (peer.value() >= peers_.size()) peers_.resize(std::size_t{peer.value()} + 1);
    return peers_[peer.value()];
}

void Table::mark(EntryId id) {
    Record& record = records_[id];
    if (record.is(Record::kDirty)) return;
    record.set(Record::kDirty, true);
    dirty_.push(id);
}

}  // namespace torii::rib

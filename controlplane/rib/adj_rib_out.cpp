#include "controlplane/rib/adj_rib_out.h"

#include <algorithm>
#include <utility>

namespace torii::rib {
namespace {

// Prefixes whose outgoing attributes are made together.
constexpr std::size_t kPrepared = 64;

}  // namespace

AdjRibOut::AdjRibOut(const ExportRules& rules, const Table& table, Stores& stores)
    : rules_(rules),
      by_prefix_(rules_.policy.asks_prefix()),
      by_neighbor_(rules_.policy.asks_neighbor()),
      table_(table),
      stores_(stores),
      filled_(table.end() == 0) {}

AdjRibOut::~AdjRibOut() {
    routes_.for_each([this](OutId id, const Sent& sent) {
        stores_.attributes.drop(sent.attributes);
        if (several()) stores_.paths.drop(id);
    });
}

OutChanges AdjRibOut::fill(std::size_t limit) {
    OutChanges out;
    Memo memo;
    for (std::size_t count = 0; count < limit && next_ < table_.end(); ++next_) {
        ++count;
        if (!table_.used(next_)) continue;
        if (!several()) {
            update_best(next_, memo, out);
        } else if (table_.settled(next_)) {  // else it comes as a change
            count += update_paths(next_, memo, out);
        }
    }
    filled_ = next_ >= table_.end();
    return out;
}

OutChanges AdjRibOut::update(std::span<const Change> changes) {
    OutChanges out;
    out.reserve(changes.size());
    Memo memo;
    for (std::size_t index = 0; index < changes.size(); ++index) {
        const Change& change = changes[index];
        if (index % kPrepared == 0) prepare(changes.subspan(index), memo);
        if (!filled_ && change.id >= next_) continue;
        if (several()) {
            update_paths(change.id, memo, out);
        } else if (change.best) {
            update_best(change.id, memo, out);
        }
    }
    return out;
}

void AdjRibOut::release(const OutChanges& changes) {
    for (const OutRun& run : changes.runs()) {
        stores_.attributes.prefetch_drop(run.before.attributes.id());
        if (!several() || run.after.attributes) continue;
        for (const OutId id : changes.ids(run)) stores_.paths.drop(id);
    }
}

void AdjRibOut::update_best(EntryId entry, Memo& memo, OutChanges& out) {
    change(entry, compute(entry, table_.best_attributes(entry), table_.best_peer(entry), memo),
           out);
}

// First what is sent, then what is not any more: so a new path cannot get the identifier of one
// that is yet to be withdrawn.
std::size_t AdjRibOut::update_paths(EntryId entry, Memo& memo, OutChanges& out) {
    table_.best_paths(entry, rules_.paths, best_);
    told_.clear();
    std::optional<OutId> last;
    for (const BestPaths::Item& path : best_.paths) {
        const Outcome after = compute(entry, path.attributes, path.key.peer, memo);
        if (after.sent.attributes == 0) continue;
        last = stores_.paths.add(entry, path.key, last);
        told_.push_back(*last);
        change(*last, after, out);
    }
    auto told = told_.begin();
    stores_.paths.for_each(entry, [&](OutId id) {
        if (told != told_.end() && *told == id) {
            ++told;
        } else {
            change(id, {}, out);
        }
    });
    return best_.paths.size();
}

void AdjRibOut::change(OutId id, const Outcome& after, OutChanges& out) {
    const Sent before = routes_.get(id);
    if (before == after.sent && (!before.audience || audiences_.at(id) == after.audience)) return;
    // The other way round it is held until release().
    if (several() && before.attributes == 0) stores_.paths.hold(id);
    if (!continues(out, before, after.sent)) {
        out.begin(route(id, before), {stores_.attributes.handle(after.sent.attributes),
                                      PeerId{after.sent.source}, after.audience});
    }
    out.add(id);
    set(id, before, after);
}

bool AdjRibOut::continues(const OutChanges& out, const Sent& before, const Sent& after) {
    if (out.empty()) return false;
    const auto same = [](const Sent& sent, const OutRoute& route) {
        return !sent.audience && !route.audience && sent.attributes == route.attributes.id() &&
               sent.source == route.source.value();
    };
    return same(before, out.runs().back().before) && same(after, out.runs().back().after);
}

void AdjRibOut::set(OutId id, const Sent& before, const Outcome& after) {
    size_ += after.sent.attributes != 0 ? 1 : 0;
    size_ -= before.attributes != 0 ? 1 : 0;
    stores_.attributes.hold(after.sent.attributes);
    stores_.attributes.drop(before.attributes);
    routes_.set(id, after.sent);
    if (after.audience) {
        audiences_.insert_or_assign(id, after.audience);
    } else if (before.audience) {
        audiences_.erase(id);
    }
}

OutRoute AdjRibOut::route(OutId id) const {
    return route(id, routes_.get(id));
}

OutRoute AdjRibOut::route(OutId id, const Sent& sent) const {
    if (sent.attributes == 0) return {};
    return {stores_.attributes.handle(sent.attributes), PeerId{sent.source},
            sent.audience ? audiences_.at(id) : Audience{}};
}

AdjRibOut::Key AdjRibOut::key_of(AttributesId received, PeerId peer) const {
    return Key{received} << 18U | Key{by_neighbor_ ? peer.value() : 0U} << 2U |
           (peer == kLocalPeer ? 2U : 0U) | (table_.peer(peer).external ? 1U : 0U);
}

void AdjRibOut::prepare(std::span<const Change> changes, Memo& memo) {
    if (several() || by_prefix_) return;
    prepared_.clear();
    octets_.resize(kPrepared);
    AttributesId last = memo.last_received;
    PeerId last_peer = memo.last_peer;
    for (const Change& change : changes.first(std::min(changes.size(), kPrepared))) {
        const AttributesId received = table_.best_attributes(change.id);
        if (!change.best || received == 0 || (!filled_ && change.id >= next_)) continue;
        const PeerId peer = table_.best_peer(change.id);
        if (received == last && peer == last_peer) continue;
        last = received;
        last_peer = peer;
        const Key key = key_of(received, peer);
        if (memo.place(key).key == key) continue;
        prepared_.push_back({key, to_export(change.id, received, peer, octets_[prepared_.size()])});
    }
    for (const Prepared& prepared : prepared_) {
        if (prepared.attributes) stores_.attributes.prefetch(*prepared.attributes);
    }
    for (const Prepared& prepared : prepared_) {
        Attributes attributes;
        if (prepared.attributes) attributes = stores_.attributes.intern(*prepared.attributes);
        memo.place(prepared.key) = {prepared.key, std::move(attributes)};
    }
}

AdjRibOut::Outcome AdjRibOut::compute(EntryId entry, AttributesId received, PeerId peer,
                                      Memo& memo) {
    if (received == 0) return {};
    if (received != memo.last_received || peer != memo.last_peer || by_prefix_) {
        memo.last = exported(entry, received, peer, memo);
        memo.last_received = received;
        memo.last_peer = peer;
    }
    if (memo.last == 0) return {};
    Outcome outcome{{memo.last, peer.value(), false}};
    if (peer == kLocalPeer) outcome.audience = table_.audience(table_.prefix(entry));
    outcome.sent.audience = bool{outcome.audience};
    return outcome;
}

AttributesId AdjRibOut::exported(EntryId entry, AttributesId received, PeerId peer, Memo& memo) {
    const Key key = key_of(received, peer);
    const auto made = [&] {
        const auto attributes = to_export(entry, received, peer, packing_);
        return attributes ? stores_.attributes.intern(*attributes) : Attributes();
    };
    if (by_prefix_) {
        auto prefix_class = rules_.policy.class_of(table_.prefix(entry));
        const auto [known, is_new] = memo.by_class.try_emplace({key, std::move(prefix_class)});
        if (is_new) known->second = made();
        return known->second.id();
    }
    Memo::Known& known = memo.place(key);
    if (known.key != key) known = {key, made()};
    return known.attributes.id();
}

std::optional<bgp::PackedAttributes> AdjRibOut::to_export(EntryId entry, AttributesId received,
                                                          PeerId peer, ByteWriter& out) const {
    const PeerFacts& facts = table_.peer(peer);
    const PathMarks marks = stores_.attributes[received].marks();
    const ExportSource source{peer == kLocalPeer, facts.external, facts.address, marks.source,
                              marks.tag};
    return export_attributes(table_.prefix(entry), stores_.attributes.packed(received), source,
                             rules_, out);
}

}  // namespace torii::rib

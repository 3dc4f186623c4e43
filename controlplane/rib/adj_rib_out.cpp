#include "controlplane/rib/adj_rib_out.h"

#include <utility>

namespace torii::rib {
namespace {

std::optional<ExportRules> rules_for_suppressed(const ExportRules& rules) {
    if (!rules.unsuppress) return std::nullopt;
    ExportRules own = rules;
    own.policy = *rules.unsuppress;
    return own;
}

bool asks(const ExportRules& rules, bool (policy::Chain::*question)() const) {
    return (rules.policy.*question)() || (rules.unsuppress && ((*rules.unsuppress).*question)());
}

}  // namespace

AdjRibOut::AdjRibOut(const ExportRules& rules, const Table& table, Stores& stores)
    : rules_(rules),
      suppressed_rules_(rules_for_suppressed(rules)),
      default_(rules.default_route ? std::make_unique<DefaultRoute>(rules, table, stores)
                                   : nullptr),
      by_prefix_(asks(rules, &policy::Chain::asks_prefix)),
      by_neighbor_(asks(rules, &policy::Chain::asks_neighbor)),
      table_(table),
      stores_(stores),
      filled_(table.end() == 0 && !default_) {}

AdjRibOut::~AdjRibOut() {
    routes_.for_each([this](OutId id, const Sent& sent) {
        stores_.attributes.drop(sent.received);
        if (several()) stores_.paths.drop(id);
    });
}

OutChanges AdjRibOut::fill(std::size_t limit) {
    OutChanges out;
    batch_.memo.clear();
    for (std::size_t count = 0; count < limit && next_ < table_.end(); ++next_) {
        ++count;
        if (!table_.used(next_)) continue;
        look_for_default(next_);
        if (!several()) {
            update_best(next_, out);
        } else if (table_.settled(next_)) {  // else it comes as a change
            count += update_paths(next_, out);
        }
    }
    filled_ = next_ >= table_.end();
    update_default(out);
    end_batch();
    return out;
}

OutChanges AdjRibOut::update(std::span<const Change> changes) {
    OutChanges out;
    out.reserve(changes.size());
    batch_.memo.clear();
    for (const Change& change : changes) {
        if (!filled_ && change.id >= next_) continue;
        if (change.best) look_for_default(change.id);
        if (several()) {
            update_paths(change.id, out);
        } else if (change.best) {
            update_best(change.id, out);
        }
    }
    update_default(out);
    end_batch();
    return out;
}

void AdjRibOut::release(const OutChanges& changes) {
    if (!several()) return;
    for (const OutRun& run : changes.runs()) {
        if (run.after.sent) continue;
        for (const OutId id : changes.ids(run)) stores_.paths.drop(id);
    }
}

void AdjRibOut::update_best(EntryId entry, OutChanges& out) {
    if (is_default(entry)) return change(entry, default_outcome(), out);
    if (!table_.used(entry)) return change(entry, {}, out);
    change(entry, compute(entry, table_.best_attributes(entry), table_.best_peer(entry)), out);
}

// It goes through no policy of the session, and is nobody's but ours.
AdjRibOut::Outcome AdjRibOut::default_outcome() const {
    Outcome outcome;
    outcome.sent.received = default_->attributes();
    outcome.sent.source = kLocalPeer.value();
    outcome.sent.originated = true;
    return outcome;
}

// While the table is being taken in, nobody knows yet whether there is what it depends on.
void AdjRibOut::update_default(OutChanges& out) {
    if (!default_ || (default_->conditional() && !filled_)) return;
    if (several()) {
        update_paths(default_->entry(), out);
    } else {
        update_best(default_->entry(), out);
    }
}

// First what is sent, then what is not any more: so a new path cannot get the identifier of one
// that is yet to be withdrawn.
std::size_t AdjRibOut::update_paths(EntryId entry, OutChanges& out) {
    const bool originated = is_default(entry);
    best_.paths.clear();
    if (originated) {
        best_.paths.push_back({{kLocalPeer, kDefaultPath}, default_->attributes()});
    } else if (table_.used(entry)) {
        table_.best_paths(entry, rules_.paths, best_);
    }
    told_.clear();
    std::optional<OutId> last;
    for (const BestPaths::Item& path : best_.paths) {
        const Outcome after =
            originated ? default_outcome() : compute(entry, path.attributes, path.key.peer);
        if (after.sent.received == 0) continue;
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
    if (several() && before.received == 0) stores_.paths.hold(id);
    const bool as_last = batch_.before == before && batch_.after == after.sent && !by_prefix_ &&
                         !before.audience && !after.sent.audience;
    if (!as_last) {
        OutRun run = run_of(id, before, after);
        batch_.before = before;
        batch_.after = after.sent;
        batch_.told = run.attributes != 0 || run.before != run.after;
        if (batch_.told) out.begin(std::move(run));
        if (before.received != 0) {
            stores_.attributes.hold(before.received);
            batch_.replaced.push_back(before.received);
        }
    }
    if (batch_.told) out.add(id);
    set(id, before, after);
}

OutRun AdjRibOut::run_of(OutId id, const Sent& before, const Outcome& after) {
    OutRun run;
    run.before = route(id, before, audience(id, before), batch_.memo);
    run.after = route(id, after.sent, after.audience, batch_.memo);
    if (after.sent.received == 0) return run;
    run.attributes = made(entry_of(id), after.sent, batch_.memo);
    if (before.received == 0) return run;
    if (made(entry_of(id), before, batch_.memo) == run.attributes) run.attributes = 0;
    return run;
}

void AdjRibOut::set(OutId id, const Sent& before, const Outcome& after) {
    size_ += after.sent.received != 0 ? 1 : 0;
    size_ -= before.received != 0 ? 1 : 0;
    stores_.attributes.hold(after.sent.received);
    stores_.attributes.drop(before.received);
    routes_.set(id, after.sent);
    if (after.audience) {
        audiences_.insert_or_assign(id, after.audience);
    } else if (before.audience) {
        audiences_.erase(id);
    }
}

void AdjRibOut::end_batch() {
    for (const AttributesId id : batch_.replaced) stores_.attributes.prefetch_drop(id);
    for (const AttributesId id : batch_.replaced) stores_.attributes.drop(id);
    batch_.replaced.clear();
    // Numbers of attributes are used again.
    batch_.asked = batch_.before = batch_.after = {};
}

OutRoute AdjRibOut::route(OutId id, Memo& memo) const {
    const Sent sent = routes_.get(id);
    return route(id, sent, audience(id, sent), memo);
}

OutRoute AdjRibOut::route(OutId id) const {
    const Sent sent = routes_.get(id);
    if (sent.received == 0) return {};
    OutRoute route{true, PeerId{sent.source}, {}, audience(id, sent)};
    if (const auto next_hop = export_next_hop(received_next_hop(sent), rules_for(sent))) {
        route.next_hop = *next_hop;
    } else {
        ByteWriter octets;
        route.next_hop = make(entry_of(id), sent, octets)->next_hop;
    }
    return route;
}

OutRoute AdjRibOut::route(OutId id, const Sent& sent, Audience audience, Memo& memo) const {
    if (sent.received == 0) return {};
    const auto next_hop = export_next_hop(received_next_hop(sent), rules_for(sent));
    return {true, PeerId{sent.source},
            next_hop ? *next_hop : memo[made(entry_of(id), sent, memo)].next_hop,
            std::move(audience)};
}

const IpAddress& AdjRibOut::received_next_hop(const Sent& sent) const {
    return stores_.attributes.next_hop(stores_.attributes[sent.received].next_hop_id());
}

OutAttributes::Number AdjRibOut::attributes(OutId id, Memo& memo) const {
    const Sent sent = routes_.get(id);
    return sent.received == 0 ? 0 : made(entry_of(id), sent, memo);
}

AdjRibOut::Outcome AdjRibOut::compute(EntryId entry, AttributesId received, PeerId peer) {
    if (received == 0) return {};
    Outcome outcome{{received, peer.value(), table_.peer(peer).external}};
    if (table_.suppressed(entry)) {
        if (!suppressed_rules_) return {};
        outcome.sent.suppressed = true;
    }
    if (batch_.asked != outcome.sent || by_prefix_) {
        batch_.asked = outcome.sent;
        batch_.goes = made(entry, outcome.sent, batch_.memo) != 0;
    }
    if (!batch_.goes) return {};
    if (peer == kLocalPeer) outcome.audience = table_.audience(table_.prefix(entry));
    outcome.sent.audience = bool{outcome.audience};
    return outcome;
}

OutAttributes::Number AdjRibOut::made(EntryId entry, const Sent& sent, Memo& memo) const {
    const auto make = [&]() -> OutAttributes::Number {
        const auto attributes = this->make(entry, sent, memo.octets_);
        return attributes ? memo.made_.add(*attributes) : 0;
    };
    const Memo::Key key = Memo::Key{sent.received} << 20U |
                          Memo::Key{by_neighbor_ ? sent.source : 0U} << 4U |
                          (sent.originated ? 8U : 0U) | (sent.suppressed ? 4U : 0U) |
                          (PeerId{sent.source} == kLocalPeer ? 2U : 0U) | (sent.external ? 1U : 0U);
    if (by_prefix_) {
        auto prefix_class = rules_for(sent).policy.class_of(stores_.prefixes->prefix(entry));
        const auto [known, is_new] = memo.by_class_.try_emplace({key, std::move(prefix_class)});
        if (is_new) known->second = make();
        return known->second;
    }
    Memo::Known& known = memo.place(key);
    if (known.key != key) known = {key, make()};
    return known.attributes;
}

std::optional<bgp::PackedAttributes> AdjRibOut::make(EntryId entry, const Sent& sent,
                                                     ByteWriter& octets) const {
    const PeerId peer{sent.source};
    const PathMarks& marks = stores_.attributes[sent.received].marks();
    const ExportSource source{peer == kLocalPeer, sent.external, table_.peer(peer).address,
                              marks.source, marks.tag};
    return export_attributes(stores_.prefixes->prefix(entry),
                             stores_.attributes.packed(sent.received), source, rules_for(sent),
                             octets);
}

}  // namespace torii::rib

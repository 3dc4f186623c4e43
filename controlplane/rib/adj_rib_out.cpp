#include "controlplane/rib/adj_rib_out.h"

#include <utility>

namespace torii::rib {

AdjRibOut::AdjRibOut(const ExportRules& rules, const Table& table, Stores& stores)
    : rules_(rules), table_(table), stores_(stores), filled_(table.end() == 0) {}

AdjRibOut::~AdjRibOut() {
    routes_.for_each([this](OutId id, const Sent& sent) {
        stores_.attributes.drop(sent.attributes);
        if (several()) stores_.paths.drop(id);
    });
}

std::vector<OutChange> AdjRibOut::fill(std::size_t limit) {
    std::vector<OutChange> out;
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

std::vector<OutChange> AdjRibOut::update(std::span<const Change> changes) {
    std::vector<OutChange> out;
    out.reserve(changes.size());
    Memo memo;
    for (const Change& change : changes) {
        if (!filled_ && change.id >= next_) continue;
        if (several()) {
            update_paths(change.id, memo, out);
        } else if (change.best) {
            update_best(change.id, memo, out);
        }
    }
    return out;
}

void AdjRibOut::release(std::span<const OutChange> changes) {
    if (!several()) return;
    for (const OutChange& change : changes) {
        if (!change.after.attributes) stores_.paths.drop(change.id);
    }
}

void AdjRibOut::update_best(EntryId entry, Memo& memo, std::vector<OutChange>& out) {
    change(entry, compute(entry, table_.best_attributes(entry), table_.best_peer(entry), memo),
           out);
}

// First what is sent, then what is not any more: so a new path cannot get the identifier of one
// that is yet to be withdrawn.
std::size_t AdjRibOut::update_paths(EntryId entry, Memo& memo, std::vector<OutChange>& out) {
    table_.best_paths(entry, rules_.paths, best_);
    told_.clear();
    std::optional<OutId> last;
    for (const BestPaths::Item& path : best_.paths) {
        OutRoute after = compute(entry, path.attributes, path.key.peer, memo);
        if (!after.attributes) continue;
        last = stores_.paths.add(entry, path.key, last);
        told_.push_back(*last);
        change(*last, std::move(after), out);
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

void AdjRibOut::change(OutId id, OutRoute after, std::vector<OutChange>& out) {
    OutRoute before = route(id);
    if (before == after) return;
    // The other way round it is held until release().
    if (several() && !before.attributes) stores_.paths.hold(id);
    set(id, after);
    out.push_back({id, std::move(before), std::move(after)});
}

void AdjRibOut::set(OutId id, const OutRoute& route) {
    const Sent before = routes_.get(id);
    const Sent after{route.attributes.id(), route.source.value(), bool{route.audience}};
    size_ += after.attributes != 0 ? 1 : 0;
    size_ -= before.attributes != 0 ? 1 : 0;
    stores_.attributes.hold(after.attributes);
    stores_.attributes.drop(before.attributes);
    routes_.set(id, after);
    if (after.audience) {
        audiences_.insert_or_assign(id, route.audience);
    } else if (before.audience) {
        audiences_.erase(id);
    }
}

OutRoute AdjRibOut::route(OutId id) const {
    const Sent sent = routes_.get(id);
    if (sent.attributes == 0) return {};
    return {stores_.attributes.handle(sent.attributes), PeerId{sent.source},
            sent.audience ? audiences_.at(id) : Audience{}};
}

OutRoute AdjRibOut::compute(EntryId entry, AttributesId received, PeerId peer, Memo& memo) {
    if (received == 0) return {};
    const PeerFacts& facts = table_.peer(peer);
    ExportSource source{peer == kLocalPeer, facts.external, facts.address};
    const policy::Chain& policy = rules_.policy;
    const std::uint64_t key = std::uint64_t{received} << 18U |
                              std::uint64_t{policy.asks_neighbor() ? peer.value() : 0U} << 2U |
                              (source.local ? 2U : 0U) | (source.external ? 1U : 0U);
    const auto told = [&](const Attributes& attributes) -> OutRoute {
        if (!attributes) return {};
        return {attributes, peer,
                source.local ? table_.audience(table_.prefix(entry)) : Audience{}};
    };
    if (key == memo.last_key && !policy.asks_prefix()) return told(memo.last);
    policy::PrefixClass prefix_class;
    if (policy.asks_prefix()) prefix_class = policy.class_of(table_.prefix(entry));
    const auto [known, is_new] = memo.known.try_emplace({key, std::move(prefix_class)});
    if (is_new) {
        const PathMarks marks = stores_.attributes[received].marks();
        source.own = marks.source;
        source.tag = marks.tag;
        const auto attributes = export_attributes(
            table_.prefix(entry), stores_.attributes.packed(received), source, rules_, packing_);
        if (attributes) known->second = stores_.attributes.intern(*attributes);
    }
    memo.last_key = key;
    memo.last = known->second;
    return told(known->second);
}

}  // namespace torii::rib

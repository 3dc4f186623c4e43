#include "controlplane/rib/adj_rib_out.h"

#include <utility>

namespace torii::rib {

AdjRibOut::AdjRibOut(const ExportRules& rules, const Table& table, AttributeStore& store)
    : rules_(rules), table_(table), store_(store), filled_(table.end() == 0) {}

AdjRibOut::~AdjRibOut() {
    routes_.for_each([this](const Sent& sent) { store_.drop(sent.attributes); });
}

std::vector<OutChange> AdjRibOut::fill(std::size_t limit) {
    std::vector<OutChange> out;
    Memo memo;
    for (; limit != 0 && next_ < table_.end(); --limit, ++next_) {
        if (table_.used(next_)) update(next_, memo, out);
    }
    filled_ = next_ >= table_.end();
    return out;
}

std::vector<OutChange> AdjRibOut::update(std::span<const Change> changes) {
    std::vector<OutChange> out;
    Memo memo;
    for (const Change& change : changes) {
        if (change.best && (filled_ || change.id < next_)) update(change.id, memo, out);
    }
    return out;
}

void AdjRibOut::update(EntryId id, Memo& memo, std::vector<OutChange>& out) {
    OutChange& change = out.emplace_back();
    change.id = id;
    compute(id, memo, change.after);
    const Sent before = routes_.get(id);
    const Sent after = sent(change.after);
    // With an audience, it may be another one.
    const bool same = before == after && (!after.audience || route(id) == change.after);
    if (same) return out.pop_back();
    if (before.attributes != 0) change.before = route(id);
    set(id, before, after, change.after.audience);
}

AdjRibOut::Sent AdjRibOut::sent(const OutRoute& route) {
    return {route.attributes.id(), route.source.value(), bool{route.audience}};
}

void AdjRibOut::set(EntryId id, const Sent& before, const Sent& after, const Audience& audience) {
    size_ += after.attributes != 0 ? 1 : 0;
    size_ -= before.attributes != 0 ? 1 : 0;
    store_.hold(after.attributes);
    store_.drop(before.attributes);
    routes_.set(id, after);
    if (after.audience) {
        audiences_.insert_or_assign(id, audience);
    } else if (before.audience) {
        audiences_.erase(id);
    }
}

OutRoute AdjRibOut::route(EntryId id) const {
    const Sent sent = routes_.get(id);
    if (sent.attributes == 0) return {};
    return {store_.handle(sent.attributes), PeerId{sent.source},
            sent.audience ? audiences_.at(id) : Audience{}};
}

void AdjRibOut::compute(EntryId id, Memo& memo, OutRoute& out) {
    const AttributesId best = table_.best_attributes(id);
    if (best == 0) return;
    const PeerId peer = table_.best_peer(id);
    const PeerFacts& facts = table_.peer(peer);
    ExportSource source{peer == kLocalPeer, facts.external, facts.address};
    const policy::Chain& policy = rules_.policy;
    const std::uint64_t key = std::uint64_t{best} << 18U |
                              std::uint64_t{policy.asks_neighbor() ? peer.value() : 0U} << 2U |
                              (source.local ? 2U : 0U) | (source.external ? 1U : 0U);
    const auto tell = [&](const Attributes& attributes) {
        if (!attributes) return;
        out.attributes = attributes;
        out.source = peer;
        if (source.local) out.audience = table_.audience(table_.prefix(id));
    };
    if (key == memo.last_key && !policy.asks_prefix()) return tell(memo.last);
    policy::PrefixClass prefix_class;
    if (policy.asks_prefix()) prefix_class = policy.class_of(table_.prefix(id));
    const auto [known, is_new] = memo.known.try_emplace({key, std::move(prefix_class)});
    if (is_new) {
        const PathMarks marks = store_[best].marks();
        source.own = marks.source;
        source.tag = marks.tag;
        const auto attributes =
            export_attributes(table_.prefix(id), store_.unpack(best), source, rules_);
        if (attributes) known->second = store_.intern(*attributes);
    }
    memo.last_key = key;
    memo.last = known->second;
    tell(known->second);
}

}  // namespace torii::rib

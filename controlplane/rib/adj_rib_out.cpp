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
    OutRoute after = compute(id, memo);
    OutRoute before = route(id);
    if (before == after) return;
    set(id, after);
    out.push_back({id, std::move(before), std::move(after)});
}

void AdjRibOut::set(EntryId id, const OutRoute& route) {
    const Sent before = routes_.get(id);
    const Sent after{route.attributes.id(), route.source.value(), bool{route.audience}};
    size_ += after.attributes != 0 ? 1 : 0;
    size_ -= before.attributes != 0 ? 1 : 0;
    store_.hold(after.attributes);
    store_.drop(before.attributes);
    routes_.set(id, after);
    if (after.audience) {
        audiences_.insert_or_assign(id, route.audience);
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

OutRoute AdjRibOut::compute(EntryId id, Memo& memo) {
    const AttributesId best = table_.best_attributes(id);
    if (best == 0) return {};
    const PeerId peer = table_.best_peer(id);
    const PeerFacts& facts = table_.peer(peer);
    ExportSource source{peer == kLocalPeer, facts.external, facts.address};
    const policy::Chain& policy = rules_.policy;
    const std::uint64_t key = std::uint64_t{best} << 18U |
                              std::uint64_t{policy.asks_neighbor() ? peer.value() : 0U} << 2U |
                              (source.local ? 2U : 0U) | (source.external ? 1U : 0U);
    const auto told = [&](const Attributes& attributes) -> OutRoute {
        if (!attributes) return {};
        return {attributes, peer, source.local ? table_.audience(table_.prefix(id)) : Audience{}};
    };
    if (key == memo.last_key && !policy.asks_prefix()) return told(memo.last);
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
    return told(known->second);
}

}  // namespace torii::rib

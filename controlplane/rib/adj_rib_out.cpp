#include "controlplane/rib/adj_rib_out.h"

#include <utility>

namespace torii::rib {

AdjRibOut::AdjRibOut(const ExportRules& rules, const Table& table, AttributeStore& store)
    : rules_(rules), table_(table), store_(store) {
    std::vector<Change> all;
    for (const EntryId id : table.sorted()) all.push_back({id, true, false});
    static_cast<void>(update(all));
}

std::vector<OutChange> AdjRibOut::update(std::span<const Change> changes) {
    std::vector<OutChange> out;
    Memo memo;
    for (const Change& change : changes) {
        if (!change.best) continue;
        const Entry& entry = table_.entry(change.id);
        OutRoute after = compute(entry, memo);
        if (change.id >= routes_.size()) {
            if (!after.attributes) continue;
            routes_.resize(std::size_t{change.id} + 1);
        }
        OutRoute& known = routes_[change.id];
        if (known == after) continue;
        size_ += after.attributes ? 1 : 0;
        size_ -= known.attributes ? 1 : 0;
        out.push_back({entry.prefix, std::exchange(known, after), after});
    }
    return out;
}

const OutRoute& AdjRibOut::route(EntryId id) const {
    static const OutRoute kNone;
    return id < routes_.size() ? routes_[id] : kNone;
}

OutRoute AdjRibOut::compute(const Entry& entry, Memo& memo) const {
    if (!entry.best_attributes) return {};
    const ExportSource source{entry.best_peer == kLocalPeer, table_.peer(entry.best_peer).external};
    const auto [known, is_new] =
        memo.try_emplace({entry.best_attributes, source.local, source.external});
    if (is_new) {
        const auto attributes = export_attributes(*entry.best_attributes, source, rules_);
        if (attributes) known->second = store_.intern(*attributes);
    }
    if (!known->second) return {};
    return {known->second, entry.best_peer,
            source.local ? table_.audience(entry.prefix) : Audience{}};
}

}  // namespace torii::rib

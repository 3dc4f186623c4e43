#include "controlplane/rib/aggregates.h"

#include "controlplane/rib/best_route.h"

#include <algorithm>
#include <utility>

namespace torii::rib {

void Aggregates::configure(const Rules& rules, const bgp::Aggregator& self) {
    if (rules.empty() && aggregates_.empty()) return;
    bool same = self == self_ && rules.size() == aggregates_.size();
    for (const auto& [prefix, wanted] : rules) {
        const auto known = aggregates_.find(prefix);
        same = same && known != aggregates_.end() && known->second.rules == wanted;
    }
    if (same) return;
    forget();
    self_ = self;
    std::map<Prefix, Aggregate> before = std::exchange(aggregates_, {});
    lengths_.clear();
    for (const auto& [prefix, wanted] : rules) {
        const auto known = before.find(prefix);
        Aggregate& aggregate = aggregates_.try_emplace(prefix, wanted).first->second;
        aggregate.there = known != before.end() && known->second.there;
        aggregate.stands = aggregate.there;
        changed(prefix, aggregate);
        lengths_.insert(prefix.length());
    }
    for (const auto& [prefix, gone] : before) {
        if (gone.there && !rules.contains(prefix)) {
            table_.withdraw(kLocalPeer, prefix, kAggregatePath);
        }
    }
    begin(Step::count);
}

void Aggregates::begin(Step step) {
    // What was to be done afterwards is done then in any case.
    if (step_ == Step::count && step == Step::suppress) return;
    step_ = step;
    next_ = 0;
}

void Aggregates::forget() {
    counted_.for_each(
        [&](EntryId, AttributesId attributes) { stores_.attributes.drop(attributes); });
    counted_ = {};
    changed_.clear();
}

template <class Visit>
void Aggregates::for_each_above(const Prefix& prefix, const Visit& visit) {
    for (const std::uint8_t length : lengths_) {
        if (length >= prefix.length()) return;
        const auto found = aggregates_.find(Prefix::covering(prefix.address(), length));
        if (found != aggregates_.end()) visit(found->first, found->second);
    }
}

void Aggregates::update(std::vector<Change>& changes, TimePoint now, std::size_t limit) {
    if (aggregates_.empty() && step_ == Step::none) return;
    for (const Change& change : changes) {
        if (change.best) count(change.id);
    }
    if (step_ != Step::count) originate(now);
    for (const Change& change : changes) {
        if (change.best) suppress(change.id);
    }
    if (step_ != Step::none) work(changes, limit);
}

void Aggregates::work(std::vector<Change>& changes, std::size_t limit) {
    const EntryId end = table_.end();
    for (; limit != 0 && next_ < end; ++next_, --limit) {
        if (!table_.used(next_)) continue;
        if (step_ == Step::count) {
            count(next_);
        } else if (suppress(next_)) {
            changes.push_back({next_, true, false});
        }
    }
    if (next_ < end) return;
    step_ = step_ == Step::count ? Step::suppress : Step::none;
    next_ = 0;
}

void Aggregates::count(EntryId id) {
    AttributesId now = table_.best_attributes(id);
    // One aggregate does not make another one.
    if (now != 0 && table_.best_peer(id) == kLocalPeer &&
        stores_.attributes[now].marks().source == policy::RouteSource::aggregate) {
        now = 0;
    }
    const AttributesId before = counted_.get(id);
    if (now == before) return;
    bool any = false;
    for_each_above(table_.prefix(id), [&](const Prefix& prefix, Aggregate& aggregate) {
        any = true;
        if (before != 0) aggregate.contributors.remove(stores_.attributes, before);
        if (now != 0) aggregate.contributors.add(stores_.attributes, now);
        changed(prefix, aggregate);
    });
    if (!any) return;
    stores_.attributes.hold(now);
    counted_.set(id, now);
    stores_.attributes.drop(before);
}

void Aggregates::changed(const Prefix& prefix, Aggregate& aggregate) {
    if (!std::exchange(aggregate.changed, true)) changed_.push_back(prefix);
}

bool Aggregates::suppress(EntryId id) {
    bool suppressed = false;
    if (counted_.get(id) != 0) {
        for_each_above(table_.prefix(id), [&](const Prefix&, const Aggregate& aggregate) {
            suppressed = suppressed || suppresses(aggregate, id);
        });
    }
    return table_.set_suppressed(id, suppressed);
}

bool Aggregates::suppresses(const Aggregate& aggregate, EntryId id) const {
    if (!aggregate.there) return false;
    if (aggregate.rules.summary_only) return true;
    if (!aggregate.rules.suppress) return false;
    const auto route = best_route(table_, stores_, id);
    return aggregate.rules.suppress->apply(route->prefix, route->attributes, route->facts).accepted;
}

void Aggregates::originate(TimePoint now) {
    for (const Prefix& prefix : std::exchange(changed_, {})) {
        Aggregate& aggregate = aggregates_.at(prefix);
        aggregate.changed = false;
        auto path = path_of(prefix, aggregate);
        const bool was_there = std::exchange(aggregate.there, path.has_value());
        if (path) {
            path->since = now;
            table_.announce(prefix, *path);
        } else if (was_there) {
            table_.withdraw(kLocalPeer, prefix, kAggregatePath);
        }
        // Those that came first, or went last, are among the changes. Others are to be looked for
        // only when the policy decides otherwise about what was there before.
        const bool had = std::exchange(aggregate.stands, aggregate.contributors.size() != 0);
        const bool suppresses = aggregate.rules.summary_only || aggregate.rules.suppress;
        if (had && aggregate.stands && was_there != aggregate.there && suppresses) {
            begin(Step::suppress);
        }
    }
}

std::optional<Path> Aggregates::path_of(const Prefix& prefix, const Aggregate& aggregate) const {
    const Contributors& contributors = aggregate.contributors;
    if (contributors.size() == 0) return std::nullopt;
    bgp::PathAttributes attributes;
    attributes.next_hop = IpAddress::any(prefix.family());
    attributes.origin = aggregate.rules.origin.value_or(contributors.origin());
    attributes.med = 0;  // as a `network` has it, and FRR's aggregates
    // RFC 4271 section 5.1.6: for those whose AS it does not have.
    attributes.atomic_aggregate = true;
    if (aggregate.rules.as_set) (void)contributors.describe(attributes);
    attributes.aggregator = self_;
    policy::RouteFacts facts;
    facts.source = policy::RouteSource::aggregate;
    facts.neighbor = IpAddress::any(IpFamily::v4);
    policy::Outcome outcome = aggregate.rules.policy.apply(prefix, attributes, facts);
    if (!outcome.accepted) return std::nullopt;
    Path path;
    path.attributes =
        stores_.attributes.intern(outcome.attributes ? *outcome.attributes : attributes);
    path.weight = outcome.weight.value_or(kLocalWeight);
    path.source = policy::RouteSource::aggregate;
    path.peer = kLocalPeer;
    path.id = kAggregatePath;
    return path;
}

}  // namespace torii::rib

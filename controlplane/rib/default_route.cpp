#include "controlplane/rib/default_route.h"

#include "controlplane/rib/best_route.h"

#include <utility>

namespace torii::rib {

DefaultRoute::DefaultRoute(const ExportRules& rules, const Table& table, Stores& stores)
    : table_(table),
      stores_(stores),
      policy_(rules.default_policy),
      rules_(rules),
      prefix_(*rules.default_route),
      entry_(stores.prefixes->add(prefix_)) {
    stores_.prefixes->hold(entry_);
    rules_.policy = {};
    rules_.policy_missing = false;
    // Ours is sent, but for one that the policy has set.
    rules_.next_hop_self = false;
    rules_.next_hop_unchanged = true;
    plain_.next_hop = IpAddress::any(prefix_.family());
    plain_.med = 0;
    always_ = stores_.attributes.intern(plain_);
}

DefaultRoute::~DefaultRoute() {
    for (const auto& [id, accepted] : accepted_) stores_.attributes.drop(accepted.attributes);
    stores_.prefixes->drop(entry_);
}

void DefaultRoute::look(EntryId id) {
    if (!conditional()) return;
    const Accepted now = ask(id);
    const auto known = accepted_.find(id);
    if (known != accepted_.end()) {
        forget(known->second);
        accepted_.erase(known);
    }
    if (now.attributes == 0) return;
    accepted_.emplace(id, now);
    ++outcomes_[now];
}

DefaultRoute::Accepted DefaultRoute::ask(EntryId id) {
    const auto route = best_route(table_, stores_, id);
    if (!route) return {};
    const policy::Outcome outcome =
        policy_.apply_to(plain_, route->prefix, route->attributes, route->facts);
    if (!outcome.accepted) return {};
    const Attributes attributes =
        outcome.attributes ? stores_.attributes.intern(*outcome.attributes) : always_;
    stores_.attributes.hold(attributes.id());
    return {outcome.decided_by, attributes.id()};
}

void DefaultRoute::forget(const Accepted& accepted) {
    const auto outcome = outcomes_.find(accepted);
    if (--outcome->second == 0) outcomes_.erase(outcome);
    stores_.attributes.drop(accepted.attributes);
}

}  // namespace torii::rib

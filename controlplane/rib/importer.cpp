#include "controlplane/rib/importer.h"

#include "controlplane/bgp/community.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace torii::rib {
namespace {

// Results that are kept hold their attributes.
constexpr std::size_t kKnownMax = 1024;

// Kilobits per second; 0: none. The communities are octets per second.
std::uint32_t share_of(const bgp::PackedAttributes& attributes) {
    ByteReader in(find_attribute(attributes.octets, bgp::AttributeType::extended_communities));
    while (!in.empty()) {
        const auto octets = bgp::link_bandwidth(in.u64());
        if (!octets) continue;
        const double kilobits = std::ceil(double{*octets} / 125);
        const double most = std::numeric_limits<std::uint32_t>::max();
        return static_cast<std::uint32_t>(std::min(kilobits, most));
    }
    return 0;
}

policy::RouteFacts facts_of(const ImportRules& rules) {
    policy::RouteFacts facts;
    facts.source = rules.external ? policy::RouteSource::external : policy::RouteSource::internal;
    facts.neighbor = rules.neighbor;
    facts.peer = rules.neighbor;
    facts.self = rules.local_address;
    return facts;
}

// RFC 8326 section 4: a route that is about to go is the last choice. As FRR does it: after the
// policy, and only from external peers.
void shut_down_gracefully(const ImportRules& rules, policy::Outcome& outcome,
                          const bgp::PathAttributes& received) {
    if (!rules.external) return;
    const bgp::PathAttributes& now = outcome.attributes ? *outcome.attributes : received;
    const bool marked = now.has_community(bgp::kGracefulShutdown);
    if (!marked && !rules.graceful_shutdown) return;
    if (!outcome.attributes) outcome.attributes = received;
    outcome.attributes->local_pref = 0;
    if (marked) return;
    outcome.attributes->communities.push_back(bgp::kGracefulShutdown);
    outcome.attributes->canonicalize();
}

}  // namespace

Importer::Importer(ImportRules rules, AttributeStore& store)
    : rules_(std::move(rules)), store_(store) {}

void Importer::run(const Prefix& prefix, Path& path) {
    run(prefix, rules_.policy.class_of(prefix), path);
}

std::size_t Importer::run(std::span<const Prefix> prefixes, Path& path) {
    const policy::Chain& policy = rules_.policy;
    policy::PrefixClass first = policy.class_of(prefixes.front());
    std::size_t count = prefixes.size();
    if (policy.asks_prefix()) {
        const auto other = std::ranges::find_if(prefixes.subspan(1), [&](const Prefix& prefix) {
            return policy.class_of(prefix) != first;
        });
        count = static_cast<std::size_t>(other - prefixes.begin());
    }
    run(prefixes.front(), std::move(first), path);
    return count;
}

void Importer::run(const Prefix& prefix, policy::PrefixClass prefix_class, Path& path) {
    const Attributes received = path.as_received();
    const bool keeps = changes_attributes();
    const Key key{received.id(), std::move(prefix_class)};
    Result result;
    if (const auto known = keeps ? known_.find(key) : known_.end(); known != known_.end()) {
        result = known->second;
    } else {
        result = decide(prefix, received);
        if (keeps) {
            if (known_.size() >= kKnownMax) known_.clear();
            known_.emplace(key, result);
        }
    }
    path.rejected = result.rejected;
    path.received = result.attributes == received ? Attributes{} : received;
    path.attributes = std::move(result.attributes);
    path.weight = result.weight;
    path.share = result.share;
}

Importer::Result Importer::decide(const Prefix& prefix, const Attributes& received) const {
    Result result{received, received};
    const bgp::PackedAttributes packed = received.packed();
    result.rejected = check_import(packed, rules_) != ImportVerdict::accepted;
    if (result.rejected) return result;
    const bool goes = bgp::has_number(
        find_attribute(packed.octets, bgp::AttributeType::communities), bgp::kGracefulShutdown);
    if (goes || rules_.graceful_shutdown || !rules_.policy.empty()) {
        decide_on_values(prefix, result);
    }
    if (result.rejected) return result;
    if (const auto as = only_to_customer_due(result.attributes.packed(), rules_)) {
        bgp::PathAttributes marked = result.attributes.unpack();
        marked.only_to_customer = as;
        result.attributes = store_.intern(marked);
    }
    result.share = share_of(result.attributes.packed());
    return result;
}

void Importer::decide_on_values(const Prefix& prefix, Result& result) const {
    const bgp::PathAttributes received = result.received.unpack();
    policy::Outcome outcome = rules_.policy.apply(prefix, received, facts_of(rules_));
    result.rejected = !outcome.accepted;
    if (result.rejected) return;
    shut_down_gracefully(rules_, outcome, received);
    result.weight = outcome.weight.value_or(0);
    if (outcome.attributes) result.attributes = store_.intern(*outcome.attributes);
}

}  // namespace torii::rib

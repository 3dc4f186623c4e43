#include "controlplane/rib/export_rules.h"

#include "controlplane/bgp/community.h"

#include <algorithm>
#include <utility>

namespace torii::rib {
namespace {

bool may_go(const bgp::PathAttributes& attributes, const ExportSource& source,
            const ExportRules& rules) {
    if (rules.originate_only && !source.local) return false;
    if (attributes.has_community(bgp::kNoAdvertise)) return false;
    if (!rules.long_lived && attributes.has_community(bgp::kLlgrStale)) return false;
    if (rules.external) {
        if (rules.policy_missing) return false;
        // We are no confederation, so both keep a route inside our AS (RFC 1997).
        return !attributes.has_community(bgp::kNoExport) &&
               !attributes.has_community(bgp::kNoExportSubconfed);
    }
    return source.local || source.external;
}

// RFC 4271 section 5.1.3: internal peers get the next hop as it is; external ones too where they
// share its subnet (third party), else ours.
bool keeps_next_hop(const bgp::PathAttributes& attributes, const ExportRules& rules) {
    // A route of ours has one only where a policy of its origination says so.
    if (attributes.next_hop.is_unspecified() || rules.next_hop_self) return false;
    if (!rules.external || rules.next_hop_unchanged) return true;
    return rules.subnet && rules.subnet->contains(attributes.next_hop);
}

// What is of no concern beyond our AS: before the policy, so that it may say otherwise.
void leave_our_as(const ExportSource& source, const ExportRules& rules, bgp::PathAttributes& out) {
    out.as_path.remove_private(rules.private_as, rules.local_as, rules.private_as_kept);
    // RFC 4271 section 5.1.4: a MED learned from one AS does not go to another.
    if (!source.local) {
        out.med.reset();
        std::erase_if(out.extended_communities, bgp::is_non_transitive);
    }
}

// False: the policy keeps the route here. `next_hop_decided` is set if it said what it is.
bool apply_policy(const Prefix& prefix, const ExportSource& source, const ExportRules& rules,
                  bgp::PathAttributes& out, bool& next_hop_decided) {
    if (rules.policy.empty()) return true;
    policy::RouteFacts facts;
    facts.source = source.local      ? source.own
                   : source.external ? policy::RouteSource::external
                                     : policy::RouteSource::internal;
    facts.neighbor = source.neighbor;
    facts.tag = source.tag;
    facts.self = rules.self;
    facts.peer = rules.self;
    policy::Outcome outcome = rules.policy.apply(prefix, out, facts);
    if (outcome.attributes) out = std::move(*outcome.attributes);
    // A local route has no next hop that could be left as it is.
    next_hop_decided = outcome.next_hop_decided && !out.next_hop.is_unspecified();
    return outcome.accepted;
}

void shut_down_gracefully(const ExportRules& rules, bgp::PathAttributes& out) {
    if (!rules.graceful_shutdown) return;
    if (!rules.external) {
        out.local_pref = 0;
        return;
    }
    out.communities.push_back(bgp::kGracefulShutdown);
    out.canonicalize();
}

void drop_communities(const bgp::SendCommunities& send, bgp::PathAttributes& out) {
    if (!send.standard) out.communities.clear();
    if (!send.extended) out.extended_communities.clear();
    if (!send.large) out.large_communities.clear();
}

}  // namespace

std::optional<bgp::PathAttributes> export_attributes(const Prefix& prefix,
                                                     bgp::PathAttributes attributes,
                                                     const ExportSource& source,
                                                     const ExportRules& rules) {
    if (!may_go(attributes, source, rules)) return std::nullopt;
    const bool same_next_hop = keeps_next_hop(attributes, rules);
    bgp::PathAttributes out = std::move(attributes);
    if (rules.external) leave_our_as(source, rules, out);
    bool next_hop_decided = false;
    if (!apply_policy(prefix, source, rules, out, next_hop_decided)) return std::nullopt;
    shut_down_gracefully(rules, out);
    drop_communities(rules.send_communities, out);
    if (!next_hop_decided && !same_next_hop) {
        if (!rules.self) return std::nullopt;
        out.next_hop = *rules.self;
        out.link_local.reset();
    }
    if (!rules.external) {
        out.local_pref = out.local_pref.value_or(100);
        return out;
    }
    if (rules.override_as) out.as_path.replace(*rules.override_as, rules.local_as);
    if (rules.instance_as) out.as_path.prepend(*rules.instance_as);
    out.as_path.prepend(rules.local_as);
    out.local_pref.reset();
    out.originator_id.reset();
    out.cluster_list.clear();
    return out;
}

}  // namespace torii::rib

#include "controlplane/rib/export_rules.h"

#include "controlplane/bgp/community.h"

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
bool keeps_next_hop(const bgp::PathAttributes& attributes, const ExportSource& source,
                    const ExportRules& rules) {
    if (source.local || rules.next_hop_self) return false;
    if (!rules.external) return true;
    return rules.subnet && rules.subnet->contains(attributes.next_hop);
}

}  // namespace

std::optional<bgp::PathAttributes> export_attributes(bgp::PathAttributes attributes,
                                                     const ExportSource& source,
                                                     const ExportRules& rules) {
    if (!may_go(attributes, source, rules)) return std::nullopt;
    const bool same_next_hop = keeps_next_hop(attributes, source, rules);
    bgp::PathAttributes out = std::move(attributes);
    if (!same_next_hop) {
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
    // RFC 4271 section 5.1.4: a MED learned from one AS does not go to another.
    if (!source.local) out.med.reset();
    out.originator_id.reset();
    out.cluster_list.clear();
    return out;
}

}  // namespace torii::rib

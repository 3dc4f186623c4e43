#include "agent/reconcile/pod_cidr.h"

#include <fmt/format.h>

namespace torii::reconcile {

void advertise_pod_cidrs(const model::Node& node, const SelectedEntry& selected,
                         ExportStatements& statements) {
    const std::string name = fmt::format("PodCIDR-{}", family_name(selected.family));
    for (const Prefix& prefix : node.pod_cidrs) {
        if (prefix.family() != selected.family) continue;
        statements.add(selected, ExportStatements::Kind::pod_cidr, name, prefix);
    }
}

void advertise_pod_pools(const model::Snapshot& snapshot, const model::Node& node,
                         const SelectedEntry& selected, ExportStatements& statements) {
    for (const model::NodePool& allocated : node.pools) {
        const auto pool = snapshot.pod_pools.find(allocated.pool);
        if (pool == snapshot.pod_pools.end()) continue;
        model::Labels labels = pool->second.metadata.labels;
        labels["io.cilium.podippool.name"] = pool->second.metadata.name;
        labels["io.cilium.podippool.namespace"] = pool->second.metadata.namespace_name;
        if (!model::matches_absent_is_none(selected.entry->selector, labels)) continue;
        const std::string name =
            fmt::format("CiliumPodIPPool-{}-{}", allocated.pool, family_name(selected.family));
        for (const Prefix& prefix : allocated.cidrs) {
            if (prefix.family() != selected.family) continue;
            statements.add(selected, ExportStatements::Kind::pod_pool, name, prefix);
        }
    }
}

}  // namespace torii::reconcile

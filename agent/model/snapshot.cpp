#include "agent/model/snapshot.h"

#include <set>

namespace torii::model {

std::optional<Node> Snapshot::node(const std::string& name) const {
    const auto cilium = cilium_nodes.find(name);
    const auto core = nodes.find(name);
    if (core == nodes.end() && cilium == cilium_nodes.end()) return std::nullopt;
    if (cilium == cilium_nodes.end()) return core->second;
    Node node = cilium->second;
    if (core == nodes.end()) return node;
    node.metadata.labels.insert(core->second.metadata.labels.begin(),
                                core->second.metadata.labels.end());
    node.unschedulable = core->second.unschedulable;
    node.metadata.annotations.insert(core->second.metadata.annotations.begin(),
                                     core->second.metadata.annotations.end());
    if (node.pod_cidrs.empty()) node.pod_cidrs = core->second.pod_cidrs;
    if (node.internal_addresses.empty()) {
        node.internal_addresses = core->second.internal_addresses;
    }
    return node;
}

std::vector<std::string> Snapshot::node_names() const {
    std::set<std::string> names;
    for (const auto& [name, node] : nodes) names.insert(name);
    for (const auto& [name, node] : cilium_nodes) names.insert(name);
    return {names.begin(), names.end()};
}

SlicesByService slices_by_service(const Snapshot& snapshot) {
    SlicesByService slices;
    for (const auto& [key, slice] : snapshot.endpoint_slices) {
        if (slice.service.empty()) continue;
        slices[slice.metadata.namespace_name + '/' + slice.service].push_back(&slice);
    }
    return slices;
}

}  // namespace torii::model

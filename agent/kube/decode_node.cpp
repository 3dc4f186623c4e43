#include "agent/kube/decode_kinds.h"

#include <algorithm>

namespace torii::kube {
namespace {

void add_prefix(const Field& field, std::vector<Prefix>& prefixes) {
    const std::optional<Prefix> prefix = decode_prefix(field);
    if (!prefix || std::ranges::find(prefixes, *prefix) != prefixes.end()) return;
    prefixes.push_back(*prefix);
}

void add_internal_address(const Field& entry, std::string_view member, model::Node& node) {
    if (entry["type"].text() != "InternalIP") return;
    const auto address = decode_address(entry[member].required());
    if (address) node.internal_addresses.push_back(*address);
}

model::NodePool decode_pool(const Field& field) {
    model::NodePool pool;
    pool.pool = field["pool"].name();
    for (const Field& cidr : field["cidrs"].items()) add_prefix(cidr, pool.cidrs);
    return pool;
}

}  // namespace

model::Node decode_node(const Field& root) {
    model::Node node;
    const Field spec = root["spec"];
    // podCIDR is the first of podCIDRs; old manifests have only the one.
    add_prefix(spec["podCIDR"], node.pod_cidrs);
    for (const Field& cidr : spec["podCIDRs"].items()) add_prefix(cidr, node.pod_cidrs);
    node.unschedulable = spec["unschedulable"].boolean().value_or(false);
    for (const Field& entry : root["status"]["addresses"].items()) {
        add_internal_address(entry, "address", node);
    }
    return node;
}

model::Node decode_cilium_node(const Field& root) {
    model::Node node;
    const Field spec = root["spec"];
    for (const Field& cidr : spec["ipam"]["podCIDRs"].items()) add_prefix(cidr, node.pod_cidrs);
    for (const Field& pool : spec["ipam"]["pools"]["allocated"].items_by("pool")) {
        node.pools.push_back(decode_pool(pool));
    }
    for (const Field& entry : spec["addresses"].items()) add_internal_address(entry, "ip", node);
    return node;
}

}  // namespace torii::kube

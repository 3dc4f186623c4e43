#include "agent/reconcile/node_config.h"

#include "agent/reconcile/cluster_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace torii::reconcile {
namespace {

template <class Item>
Item* find_named(std::vector<Item>& items, const std::string& name) {
    const auto found = std::ranges::find(items, name, &Item::name);
    return found == items.end() ? nullptr : &*found;
}

void apply_override(const model::BgpInstance& from, model::BgpInstance& to,
                    const std::string& object, Conditions& conditions) {
    if (from.router_id) to.router_id = from.router_id;
    if (from.local_port) to.local_port = from.local_port;
    if (from.local_as) to.local_as = from.local_as;
    for (const model::BgpPeer& peer : from.peers) {
        model::BgpPeer* target = find_named(to.peers, peer.name);
        if (target == nullptr) {
            conditions.push_back({object, "torii/DanglingReference",
                                  fmt::format("instance {} has no peer {}", from.name, peer.name)});
            continue;
        }
        if (peer.local_address) target->local_address = peer.local_address;
    }
}

// CiliumBGPNodeConfigs cannot say where sessions come from: the node has it from its override.
void set_ports(const model::BgpNodeConfigOverride& from, model::BgpNodeConfig& to) {
    for (const model::BgpInstance& instance : from.instances) {
        model::BgpInstance* target = find_named(to.instances, instance.name);
        if (target == nullptr) continue;
        for (const model::BgpPeer& peer : instance.peers) {
            if (auto* same = find_named(target->peers, peer.name)) {
                same->local_port = peer.local_port;
            }
        }
    }
}

void apply_override(const model::BgpNodeConfigOverride& from, model::BgpNodeConfig& to,
                    Conditions& conditions) {
    const std::string object = "CiliumBGPNodeConfigOverride/" + from.metadata.name;
    for (const model::BgpInstance& instance : from.instances) {
        if (model::BgpInstance* target = find_named(to.instances, instance.name)) {
            apply_override(instance, *target, object, conditions);
            continue;
        }
        conditions.push_back({object, "torii/DanglingReference",
                              fmt::format("the node has no instance {}", instance.name)});
    }
}

void tell(const ConditionsByName& all, std::string_view kind, bool has_all_nodes,
          Conditions& conditions) {
    for (const auto& [name, list] : all) {
        for (const model::StatusCondition& condition : list) {
            const bool known = has_all_nodes || condition.type == "cilium.io/MissingPeerConfigs" ||
                               condition.type == "cilium.io/MissingAuthSecret";
            if (condition.status != "True" || !known) continue;
            conditions.push_back(
                {fmt::format("{}/{}", kind, name), condition.type, condition.message});
        }
    }
}

}  // namespace

std::optional<model::BgpNodeConfig> node_config(const model::Snapshot& snapshot,
                                                const std::string& node, Conditions& conditions) {
    const auto ready = snapshot.node_configs.find(node);
    const bool counts =
        ready != snapshot.node_configs.end() &&
        (ready->second.owner.empty() || snapshot.cluster_configs.contains(ready->second.owner));
    const model::BgpClusterConfig* config =
        counts && ready->second.owner.empty() ? nullptr : cluster_config_of(snapshot, node);
    std::optional<model::BgpNodeConfig> merged;
    if (config != nullptr) merged = merged_node_config(snapshot, *config, node, conditions);
    if (counts) merged = ready->second;
    const auto override = snapshot.overrides.find(node);
    const bool made = merged && !merged->owner.empty();
    if (made && override != snapshot.overrides.end()) set_ports(override->second, *merged);
    return merged;
}

model::BgpNodeConfig merged_node_config(const model::Snapshot& snapshot,
                                        const model::BgpClusterConfig& config,
                                        const std::string& node, Conditions& conditions) {
    model::BgpNodeConfig merged;
    merged.metadata.name = node;
    merged.owner = config.metadata.name;
    merged.instances = config.instances;
    const auto override = snapshot.overrides.find(node);
    if (override != snapshot.overrides.end()) {
        apply_override(override->second, merged, conditions);
    }
    return merged;
}

void check_configs(const model::Snapshot& snapshot, bool has_all_nodes,
                   const std::string& secrets_namespace, Conditions& conditions) {
    tell(cluster_config_conditions(snapshot), "CiliumBGPClusterConfig", has_all_nodes, conditions);
    tell(peer_config_conditions(snapshot, secrets_namespace), "CiliumBGPPeerConfig", has_all_nodes,
         conditions);
}

}  // namespace torii::reconcile

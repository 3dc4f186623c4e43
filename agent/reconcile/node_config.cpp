#include "agent/reconcile/node_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace torii::reconcile {
namespace {

std::string object_name(const model::BgpClusterConfig& config) {
    return "CiliumBGPClusterConfig/" + config.metadata.name;
}

// In the order in which they get a node: the older first. Manifests that were never in a cluster
// have no age: then the name decides, so that every node comes to the same result.
std::vector<const model::BgpClusterConfig*> by_age(const model::Snapshot& snapshot) {
    std::vector<const model::BgpClusterConfig*> configs;
    for (const auto& [name, config] : snapshot.cluster_configs) configs.push_back(&config);
    std::ranges::stable_sort(configs, {}, [](const model::BgpClusterConfig* config) {
        return config->metadata.creation_timestamp;
    });
    return configs;
}

const model::BgpClusterConfig* owner(const model::Snapshot& snapshot, const model::Node& node) {
    for (const model::BgpClusterConfig* config : by_age(snapshot)) {
        if (model::matches_absent_is_all(config->node_selector, node.metadata.labels)) {
            return config;
        }
    }
    return nullptr;
}

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

void check_references(const model::Snapshot& snapshot, const model::BgpClusterConfig& config,
                      Conditions& conditions) {
    std::set<std::string> missing;
    for (const model::BgpInstance& instance : config.instances) {
        for (const model::BgpPeer& peer : instance.peers) {
            const bool found =
                peer.peer_config.empty() || snapshot.peer_configs.contains(peer.peer_config);
            if (!found) missing.insert(peer.peer_config);
        }
    }
    if (missing.empty()) return;
    conditions.push_back({object_name(config), "cilium.io/MissingPeerConfigs",
                          fmt::format("Referenced CiliumBGPPeerConfig(s) are missing: [{}]",
                                      fmt::join(missing, " "))});
}

}  // namespace

std::optional<model::BgpNodeConfig> node_config(const model::Snapshot& snapshot,
                                                const std::string& node, Conditions& conditions) {
    const auto ready = snapshot.node_configs.find(node);
    if (ready != snapshot.node_configs.end()) return ready->second;
    const std::optional<model::Node> resource = snapshot.node(node);
    if (!resource) return std::nullopt;
    const model::BgpClusterConfig* config = owner(snapshot, *resource);
    if (config == nullptr) return std::nullopt;
    model::BgpNodeConfig merged;
    merged.metadata.name = node;
    merged.instances = config->instances;
    const auto override = snapshot.overrides.find(node);
    if (override != snapshot.overrides.end()) {
        apply_override(override->second, merged, conditions);
    }
    return merged;
}

void check_cluster_configs(const model::Snapshot& snapshot, bool has_all_nodes,
                           Conditions& conditions) {
    std::set<const model::BgpClusterConfig*> matched;
    std::map<const model::BgpClusterConfig*, std::set<std::string>> rivals;
    const auto configs = by_age(snapshot);
    for (const std::string& name : snapshot.node_names()) {
        const model::Labels labels = snapshot.node(name)->metadata.labels;
        const model::BgpClusterConfig* first = nullptr;
        for (const model::BgpClusterConfig* config : configs) {
            if (!model::matches_absent_is_all(config->node_selector, labels)) continue;
            matched.insert(config);
            if (first == nullptr) {
                first = config;
                continue;
            }
            rivals[config].insert(first->metadata.name);
            rivals[first].insert(config->metadata.name);
        }
    }
    for (const model::BgpClusterConfig* config : configs) {
        if (has_all_nodes && !matched.contains(config)) {
            conditions.push_back({object_name(*config), "cilium.io/NoMatchingNode",
                                  "No node matches spec.nodeSelector"});
        }
        check_references(snapshot, *config, conditions);
        if (const auto found = rivals.find(config); has_all_nodes && found != rivals.end()) {
            conditions.push_back(
                {object_name(*config), "cilium.io/ConflictingClusterConfig",
                 fmt::format("Selecting the same node(s) with ClusterConfig(s): [{}]",
                             fmt::join(found->second, " "))});
        }
    }
}

}  // namespace torii::reconcile

#include "agent/reconcile/cluster_config.h"

#include "agent/reconcile/node_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

namespace torii::reconcile {
namespace {

bool selects(const model::BgpClusterConfig& config, const model::Node& node) {
    return model::matches_absent_is_all(config.node_selector, node.metadata.labels);
}

// Every pair of a router ID and who has it.
class RouterIds {
public:
    explicit RouterIds(const Prefix& pool) : pool_(pool) {}

    void take(const IpAddress& id) { taken_.insert(id.v4_number()); }

    // As it was before, if it is still of the pool.
    [[nodiscard]] bool keep(const IpAddress& id) {
        return pool_.contains(id) && taken_.insert(id.v4_number()).second;
    }

    // The addresses of the network and of the broadcast are left out, as people expect.
    [[nodiscard]] std::optional<IpAddress> next() {
        const std::uint64_t size = std::uint64_t{1} << (32U - pool_.length());
        const std::uint64_t edge = size > 2 ? 1 : 0;
        for (std::uint64_t offset = edge; offset < size - edge; ++offset) {
            const auto number = static_cast<std::uint32_t>(pool_.address().v4_number() + offset);
            if (number != 0 && taken_.insert(number).second) return IpAddress::v4(number);
        }
        return std::nullopt;
    }

private:
    Prefix pool_;
    std::set<std::uint32_t> taken_;
};

using Wanted = std::map<std::string, model::BgpNodeConfig>;

const model::BgpInstance* before(const model::Snapshot& snapshot, const std::string& node,
                                 const std::string& instance) {
    const auto config = snapshot.node_configs.find(node);
    if (config == snapshot.node_configs.end()) return nullptr;
    const auto found =
        std::ranges::find(config->second.instances, instance, &model::BgpInstance::name);
    return found == config->second.instances.end() ? nullptr : &*found;
}

void give_router_ids(const model::Snapshot& snapshot, const Prefix& pool, Wanted& wanted) {
    RouterIds ids(pool);
    for (const auto& [node, config] : wanted) {
        for (const model::BgpInstance& instance : config.instances) {
            if (instance.router_id) ids.take(*instance.router_id);
        }
    }
    // Those that have one keep it, whoever comes before them.
    std::vector<model::BgpInstance*> without;
    for (auto& [node, config] : wanted) {
        for (model::BgpInstance& instance : config.instances) {
            if (instance.router_id) continue;
            const model::BgpInstance* old = before(snapshot, node, instance.name);
            if (old != nullptr && old->router_id && ids.keep(*old->router_id)) {
                instance.router_id = old->router_id;
            } else {
                without.push_back(&instance);
            }
        }
    }
    for (model::BgpInstance* instance : without) instance->router_id = ids.next();
}

Wanted wanted_node_configs(const model::Snapshot& snapshot) {
    Wanted wanted;
    for (const std::string& node : snapshot.node_names()) {
        const auto existing = snapshot.node_configs.find(node);
        const bool own = existing == snapshot.node_configs.end() || !existing->second.owner.empty();
        const model::BgpClusterConfig* config = own ? cluster_config_of(snapshot, node) : nullptr;
        if (config == nullptr) continue;
        Conditions told;  // the agent of the node tells them
        wanted[node] = merged_node_config(snapshot, *config, node, told);
    }
    return wanted;
}

std::string list_text(const std::set<std::string>& names) {
    return fmt::format("[{}]", fmt::join(names, " "));
}

model::StatusCondition condition(std::string_view type, bool holds, std::string_view reason,
                                 std::string_view otherwise, std::string message) {
    return {fmt::format("cilium.io/{}", type), holds ? "True" : "False",
            std::string(holds ? reason : otherwise), holds ? std::move(message) : ""};
}

std::set<std::string> missing_peer_configs(const model::Snapshot& snapshot,
                                           const model::BgpClusterConfig& config) {
    std::set<std::string> missing;
    for (const model::BgpInstance& instance : config.instances) {
        for (const model::BgpPeer& peer : instance.peers) {
            const bool found =
                peer.peer_config.empty() || snapshot.peer_configs.contains(peer.peer_config);
            if (!found) missing.insert(peer.peer_config);
        }
    }
    return missing;
}

// The names of the configurations that select each of the nodes.
std::vector<std::set<std::string>> selections(const model::Snapshot& snapshot) {
    std::vector<std::set<std::string>> selections;
    for (const std::string& name : snapshot.node_names()) {
        const model::Node node = *snapshot.node(name);
        std::set<std::string>& those = selections.emplace_back();
        for (const auto& [config_name, config] : snapshot.cluster_configs) {
            if (selects(config, node)) those.insert(config_name);
        }
    }
    return selections;
}

}  // namespace

const model::BgpClusterConfig* cluster_config_of(const model::Snapshot& snapshot,
                                                 const std::string& node) {
    const std::optional<model::Node> resource = snapshot.node(node);
    if (!resource) return nullptr;
    const auto existing = snapshot.node_configs.find(node);
    const model::BgpClusterConfig* oldest = nullptr;
    for (const auto& [name, config] : snapshot.cluster_configs) {
        if (!selects(config, *resource)) continue;
        if (existing != snapshot.node_configs.end() && existing->second.owner == name) {
            return &config;
        }
        if (oldest == nullptr ||
            config.metadata.creation_timestamp < oldest->metadata.creation_timestamp) {
            oldest = &config;
        }
    }
    return oldest;
}

NodeConfigChanges node_config_changes(const model::Snapshot& snapshot,
                                      const std::optional<Prefix>& router_ids) {
    Wanted wanted = wanted_node_configs(snapshot);
    if (router_ids) give_router_ids(snapshot, *router_ids, wanted);
    NodeConfigChanges changes;
    for (const auto& [node, existing] : snapshot.node_configs) {
        if (!existing.owner.empty() && !wanted.contains(node)) changes[node] = std::nullopt;
    }
    for (auto& [node, config] : wanted) {
        const auto existing = snapshot.node_configs.find(node);
        const bool same = existing != snapshot.node_configs.end() &&
                          existing->second.owner == config.owner &&
                          existing->second.instances == config.instances;
        if (!same) changes[node] = std::move(config);
    }
    return changes;
}

ConditionsByName cluster_config_conditions(const model::Snapshot& snapshot) {
    std::map<std::string, std::set<std::string>> rivals;
    std::set<std::string> matching;
    for (const std::set<std::string>& those : selections(snapshot)) {
        matching.insert(those.begin(), those.end());
        for (const std::string& name : those) {
            for (const std::string& other : those) {
                if (other != name) rivals[name].insert(other);
            }
        }
    }
    ConditionsByName conditions;
    for (const auto& [name, config] : snapshot.cluster_configs) {
        const std::set<std::string> missing = missing_peer_configs(snapshot, config);
        const std::set<std::string>& others = rivals[name];
        conditions[name] = {
            condition("NoMatchingNode", !matching.contains(name), "MatchingNodeUnavailable",
                      "MatchingNodeSelected", "No node matches spec.nodeSelector"),
            condition("MissingPeerConfigs", !missing.empty(), "PeerConfigsMissing",
                      "PeerConfigsResolved",
                      "Referenced CiliumBGPPeerConfig(s) are missing: " + list_text(missing)),
            condition("ConflictingClusterConfig", !others.empty(), "ClusterConfigConflict",
                      "ClusterConfigValidated",
                      "Selecting the same node(s) with ClusterConfig(s): " + list_text(others))};
    }
    return conditions;
}

ConditionsByName peer_config_conditions(const model::Snapshot& snapshot,
                                        const std::string& secrets_namespace) {
    ConditionsByName conditions;
    for (const auto& [name, settings] : snapshot.peer_configs) {
        const std::string key = secrets_namespace + '/' + settings.auth_secret;
        const bool missing = !settings.auth_secret.empty() && !snapshot.secrets.contains(key);
        conditions[name] = {condition("MissingAuthSecret", missing, "MissingAuthSecret",
                                      "MissingAuthSecret",
                                      "Referenced Auth Secret is missing: " + key)};
    }
    return conditions;
}

}  // namespace torii::reconcile

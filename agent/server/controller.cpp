#include "agent/server/controller.h"

#include "agent/kube/encode.h"
#include "agent/reconcile/cluster_config.h"
#include "agent/server/config_status.h"
#include "agent/server/ipam_status.h"

#include <fmt/format.h>

#include <utility>

namespace torii::agent {

void Controller::run(model::Snapshot& snapshot, const std::string& now) {
    problems_.clear();
    if (!store_.lead()) return assignment_.reset();
    map_nodes(snapshot);
    assign_addresses(snapshot, now);
}

void Controller::note(const Result<void>& written) {
    if (!written) problems_.push_back("statuses: " + written.error().message);
}

void Controller::map_nodes(model::Snapshot& snapshot) {
    kube::Made made;
    for (auto& [node, config] : reconcile::node_config_changes(snapshot, options_.router_ids)) {
        auto& content = made[{"cilium.io/v2", "CiliumBGPNodeConfig", "", node}];
        if (!config) {
            snapshot.node_configs.erase(node);
            continue;
        }
        content = kube::encode(*config);
        snapshot.node_configs.insert_or_assign(node, *config);
    }
    note(store_.make(made));
}

void Controller::assign_addresses(model::Snapshot& snapshot, const std::string& now) {
    const std::vector<ipam::SharedAddress> shared =
        assignment_ ? assignment_->shared : std::vector<ipam::SharedAddress>();
    assignment_ = ipam::assign(snapshot, options_.ipam, shared);
    for (const auto& [key, told] : assignment_->services) {
        if (told.condition.status == "True") continue;
        problems_.push_back(fmt::format("Service/{}: {}: {}: {}", key, ipam::kSatisfied,
                                        told.condition.reason, told.condition.message));
    }
    for (const auto& [name, use] : assignment_->pools) {
        if (use.conflict.empty()) continue;
        problems_.push_back(fmt::format("CiliumLoadBalancerIPPool/{}: cilium.io/PoolConflict: {}",
                                        name, use.conflict));
    }
    const kube::Statuses& before = store_.statuses();
    kube::Statuses wanted = ipam_statuses(*assignment_, snapshot, before, now);
    add_condition_statuses("CiliumBGPClusterConfig", reconcile::cluster_config_conditions(snapshot),
                           before, now, wanted);
    add_condition_statuses("CiliumBGPPeerConfig",
                           reconcile::peer_config_conditions(snapshot, options_.secrets_namespace),
                           before, now, wanted);
    note(store_.write(wanted));
    for (const auto& [key, told] : assignment_->services) {
        model::Service& service = snapshot.services.at(key);
        service.load_balancer_ips = told.addresses;
        service.conditions = {told.condition};
    }
}

}  // namespace torii::agent

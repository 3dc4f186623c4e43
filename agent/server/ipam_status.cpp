#include "agent/server/ipam_status.h"

#include "agent/server/condition_list.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <utility>

namespace torii::agent {
namespace json = boost::json;
namespace {

json::object service_status(const ipam::ServiceAddresses& told, ConditionList conditions) {
    json::array ingress;
    for (const IpAddress& address : told.addresses) {
        ingress.push_back({{"ip", address.to_string()}, {"ipMode", "VIP"}});
    }
    conditions.add(told.condition);
    json::object load_balancer;
    if (!ingress.empty()) load_balancer["ingress"] = std::move(ingress);
    return {{"conditions", std::move(conditions).take()},
            {"loadBalancer", std::move(load_balancer)}};
}

json::object pool_status(const ipam::PoolUse& use, ConditionList conditions) {
    const bool conflicts = !use.conflict.empty();
    conditions.add({"cilium.io/PoolConflict", conflicts ? "True" : "False",
                    conflicts ? "cidr_overlap" : "resolved", use.conflict});
    // As Cilium: the number is the message.
    const auto count = [&](std::string_view name, ipam::Number number) {
        conditions.add(
            {fmt::format("cilium.io/{}", name), "Unknown", "noreason", ipam::to_text(number)});
    };
    count("IPsTotal", use.total);
    count("IPsAvailable", use.total - use.used);
    count("IPsUsed", use.used);
    return {{"conditions", std::move(conditions).take()}};
}

}  // namespace

kube::Statuses ipam_statuses(const ipam::Assignment& assignment, const model::Snapshot& snapshot,
                             const kube::Statuses& before, const std::string& now) {
    kube::Statuses statuses;
    for (const auto& [name, told] : assignment.services) {
        const model::Metadata& metadata = snapshot.services.at(name).metadata;
        const kube::ObjectKey key{"v1", "Service", metadata.namespace_name, metadata.name};
        statuses[key] = service_status(told, {before, key, now});
    }
    for (const auto& [name, use] : assignment.pools) {
        const kube::ObjectKey key{"cilium.io/v2", "CiliumLoadBalancerIPPool", "", name};
        statuses[key] = pool_status(use, {before, key, now});
    }
    return statuses;
}

}  // namespace torii::agent

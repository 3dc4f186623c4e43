#include "agent/server/ipam_status.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <utility>

namespace torii::agent {
namespace json = boost::json;
namespace {

const json::value* find(const json::value* value, std::string_view name) {
    const json::object* object = value != nullptr ? value->if_object() : nullptr;
    return object != nullptr ? object->if_contains(name) : nullptr;
}

std::string text(const json::value* value) {
    const json::string* found = value != nullptr ? value->if_string() : nullptr;
    return found != nullptr ? std::string(*found) : "";
}

// Makes conditions of one resource.
class Conditions {
public:
    Conditions(const kube::Statuses& before, const kube::ObjectKey& key, const std::string& now)
        : now_(now) {
        const auto found = before.find(key);
        if (found == before.end()) return;
        const json::value* conditions = found->second.if_contains("conditions");
        const json::array* list = conditions != nullptr ? conditions->if_array() : nullptr;
        if (list == nullptr) return;
        for (const json::value& condition : *list) {
            since_[{text(find(&condition, "type")), text(find(&condition, "status"))}] =
                text(find(&condition, "lastTransitionTime"));
        }
    }

    void add(const model::StatusCondition& condition) {
        const auto since = since_.find({condition.type, condition.status});
        list_.push_back({{"type", condition.type},
                         {"status", condition.status},
                         {"lastTransitionTime", since == since_.end() ? now_ : since->second},
                         {"reason", condition.reason},
                         {"message", condition.message}});
    }

    [[nodiscard]] json::array take() && { return std::move(list_); }

private:
    const std::string& now_;
    std::map<std::pair<std::string, std::string>, std::string> since_;
    json::array list_;
};

json::object service_status(const ipam::ServiceAddresses& told, Conditions conditions) {
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

json::object pool_status(const ipam::PoolUse& use, Conditions conditions) {
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

#pragma once

#include "agent/ipam/allocator.h"
#include "tests/support/manifests.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace torii::ipam {

// Pools and services that change one after the other; what services get is their status next time.
class Cluster {
public:
    void pool(const std::string& name, std::string_view spec, std::string_view created = "") {
        set("pool/" + name,
            fmt::format("apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\n"
                        "metadata: {{name: {}, creationTimestamp: '{}'}}\nspec: {{{}}}\n",
                        name, created, spec));
    }
    // `name` may be "namespace/name".
    void service(const std::string& name, std::string_view spec = "",
                 std::string_view annotations = "") {
        const std::size_t slash = name.find('/');
        const std::string space = slash == std::string::npos ? "default" : name.substr(0, slash);
        set("service/" + space + '/' + name.substr(slash + 1),
            fmt::format("apiVersion: v1\nkind: Service\nmetadata: {{name: {}, namespace: {}, "
                        "annotations: {{{}}}}}\nspec: {{type: LoadBalancer, {}}}\n",
                        name.substr(slash + 1), space, annotations, spec));
    }
    void remove(const std::string& what) { texts_.erase(what); }

    // Assigns anew and returns what the service has: "10.0.10.1 satisfied".
    std::string told(const std::string& name) {
        refresh();
        const auto found = assignment_.services.find(full(name));
        if (found == assignment_.services.end()) return "not served";
        std::string text;
        for (const IpAddress& address : found->second.addresses) text += address.to_string() + ' ';
        return text + found->second.condition.reason;
    }
    PoolUse use(const std::string& name) {
        refresh();
        return assignment_.pools[name];
    }
    void refresh() {
        std::string all;
        for (const auto& [key, text] : texts_) all += text + "---\n";
        test::Decoded decoded = test::decoded(all);
        for (const std::string& problem : decoded.problems) ADD_FAILURE() << problem;
        model::Snapshot& snapshot = decoded.snapshot;
        for (auto& [key, service] : snapshot.services) {
            const auto before = assignment_.services.find(key);
            if (before == assignment_.services.end()) continue;
            service.load_balancer_ips = before->second.addresses;
            service.conditions = {before->second.condition};
        }
        const std::vector<SharedAddress> shared = assignment_.shared;
        assignment_ = assign(snapshot, settings, shared);
        EXPECT_EQ(assign(snapshot, settings, shared), assignment_);
    }

    Settings settings;

private:
    static std::string full(const std::string& name) {
        return name.find('/') == std::string::npos ? "default/" + name : name;
    }
    void set(const std::string& key, std::string text) {
        texts_[key] = std::move(text);
        refresh();
    }

    std::map<std::string, std::string> texts_;
    Assignment assignment_;
};

}  // namespace torii::ipam

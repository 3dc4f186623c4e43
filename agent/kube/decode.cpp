#include "agent/kube/decode.h"

#include "agent/kube/decode_kinds.h"

#include <algorithm>
#include <array>
#include <utility>

namespace torii::kube {
namespace {

struct KindRule {
    std::string_view kind;
    std::string_view group;
    std::array<std::string_view, 2> versions;
    void (*decode)(const Field&, const model::Metadata&, model::Snapshot&);
    void (*forget)(const std::string&, model::Snapshot&);
};

// Stores what decode_x() made of the fields in the snapshot's map of that kind, unless something is
// wrong with them.
template <class Resource, Resource (*kDecode)(const Field&),
          model::ByName<Resource> model::Snapshot::*kMap>
void store(const Field& root, const model::Metadata& metadata, model::Snapshot& snapshot) {
    Resource resource = kDecode(root);
    if (!root.valid()) return;
    resource.metadata = metadata;
    (snapshot.*kMap).insert_or_assign(metadata.key(), std::move(resource));
}

template <class Resource, Resource (*kDecode)(const Field&),
          model::ByName<Resource> model::Snapshot::*kMap>
constexpr KindRule rule(std::string_view kind, std::string_view group,
                        std::array<std::string_view, 2> versions) {
    return {kind, group, versions, store<Resource, kDecode, kMap>,
            [](const std::string& key, model::Snapshot& snapshot) { (snapshot.*kMap).erase(key); }};
}

using model::Snapshot;
constexpr std::string_view kCilium = "cilium.io/";
constexpr std::array<std::string_view, 2> kV1{"v1", ""};
constexpr std::array<std::string_view, 2> kV2{"v2", ""};
constexpr std::array<std::string_view, 2> kBgpVersions{"v2", "v2alpha1"};

constexpr KindRule kKinds[] = {
    rule<model::BgpClusterConfig, decode_cluster_config, &Snapshot::cluster_configs>(
        "CiliumBGPClusterConfig", kCilium, kBgpVersions),
    rule<model::BgpPeerConfig, decode_peer_config, &Snapshot::peer_configs>("CiliumBGPPeerConfig",
                                                                            kCilium, kBgpVersions),
    rule<model::BgpAdvertisement, decode_advertisement, &Snapshot::advertisements>(
        "CiliumBGPAdvertisement", kCilium, kBgpVersions),
    rule<model::BgpNodeConfig, decode_node_config, &Snapshot::node_configs>("CiliumBGPNodeConfig",
                                                                            kCilium, kBgpVersions),
    rule<model::BgpNodeConfigOverride, decode_override, &Snapshot::overrides>(
        "CiliumBGPNodeConfigOverride", kCilium, kBgpVersions),
    rule<model::Node, decode_cilium_node, &Snapshot::cilium_nodes>("CiliumNode", kCilium, kV2),
    rule<model::Node, decode_node, &Snapshot::nodes>("Node", "", kV1),
    rule<model::LoadBalancerIpPool, decode_load_balancer_pool, &Snapshot::load_balancer_pools>(
        "CiliumLoadBalancerIPPool", kCilium, kBgpVersions),
    rule<model::PodIpPool, decode_pod_pool, &Snapshot::pod_pools>("CiliumPodIPPool", kCilium,
                                                                  kBgpVersions),
    rule<model::Service, decode_service, &Snapshot::services>("Service", "", kV1),
    rule<model::EndpointSlice, decode_endpoint_slice, &Snapshot::endpoint_slices>(
        "EndpointSlice", "discovery.k8s.io/", {"v1", "v1beta1"}),
    rule<model::Secret, decode_secret, &Snapshot::secrets>("Secret", "", kV1),
    rule<model::Absence, decode_absence, &Snapshot::absences>("Lease", "coordination.k8s.io/", kV1),
};

const KindRule* find_rule(const ObjectKey& key) {
    // "cilium.io/v2" is group and version; core/v1 is written as "v1".
    const std::string_view api_version = key.api_version;
    const std::size_t slash = api_version.find('/');
    const std::size_t group_length = slash == std::string_view::npos ? 0 : slash + 1;
    const auto* rule = std::ranges::find_if(kKinds, [&](const KindRule& candidate) {
        return candidate.kind == key.kind && candidate.group == api_version.substr(0, group_length);
    });
    return rule == std::end(kKinds) ? nullptr : rule;
}

}  // namespace

std::vector<Error> decode(const Object& object, Snapshot& snapshot) {
    const KindRule* known = find_rule(object.key);
    if (known == nullptr) return {};

    std::vector<Error> problems;
    const boost::json::value content = object.content;
    const Field root(&content, "", problems);
    if (std::ranges::find(known->versions, object.key.api_version.substr(known->group.size())) ==
        known->versions.end()) {
        root["apiVersion"].wrong(fmt::format("Unsupported value: \"{}\"", object.key.api_version));
    }
    known->decode(root,
                  {.name = object.key.name,
                   .namespace_name = object.key.namespace_name,
                   .labels = object.labels,
                   .creation_timestamp = object.creation_timestamp,
                   .annotations = object.annotations},
                  snapshot);
    for (Error& problem : problems) {
        problem.message = fmt::format("{}: {}", object.place(), problem.message);
    }
    return problems;
}

void apply_status(const boost::json::object& status, model::Service& service) {
    std::vector<Error> ignored;
    const boost::json::value content{{"status", status}};
    model::Service told = decode_service(Field(&content, "", ignored));
    service.load_balancer_ips = std::move(told.load_balancer_ips);
    service.conditions = std::move(told.conditions);
}

void forget(const ObjectKey& key, Snapshot& snapshot) {
    model::Metadata metadata;
    metadata.name = key.name;
    metadata.namespace_name = key.namespace_name;
    if (const KindRule* known = find_rule(key)) known->forget(metadata.key(), snapshot);
}

}  // namespace torii::kube

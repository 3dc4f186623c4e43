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

using model::Snapshot;
constexpr std::string_view kCilium = "cilium.io/";
constexpr std::array<std::string_view, 2> kBgpVersions{"v2", "v2alpha1"};

constexpr KindRule kKinds[] = {
    {"CiliumBGPClusterConfig", kCilium, kBgpVersions,
     store<model::BgpClusterConfig, decode_cluster_config, &Snapshot::cluster_configs>},
    {"CiliumBGPPeerConfig", kCilium, kBgpVersions,
     store<model::BgpPeerConfig, decode_peer_config, &Snapshot::peer_configs>},
    {"CiliumBGPAdvertisement", kCilium, kBgpVersions,
     store<model::BgpAdvertisement, decode_advertisement, &Snapshot::advertisements>},
    {"CiliumBGPNodeConfig", kCilium, kBgpVersions,
     store<model::BgpNodeConfig, decode_node_config, &Snapshot::node_configs>},
    {"CiliumBGPNodeConfigOverride", kCilium, kBgpVersions,
     store<model::BgpNodeConfigOverride, decode_override, &Snapshot::overrides>},
    {"CiliumNode",
     kCilium,
     {"v2", ""},
     store<model::Node, decode_cilium_node, &Snapshot::cilium_nodes>},
    {"Node", "", {"v1", ""}, store<model::Node, decode_node, &Snapshot::nodes>},
    {"CiliumLoadBalancerIPPool", kCilium, kBgpVersions,
     store<model::LoadBalancerIpPool, decode_load_balancer_pool, &Snapshot::load_balancer_pools>},
    {"CiliumPodIPPool", kCilium, kBgpVersions,
     store<model::PodIpPool, decode_pod_pool, &Snapshot::pod_pools>},
    {"Service", "", {"v1", ""}, store<model::Service, decode_service, &Snapshot::services>},
    {"EndpointSlice",
     "discovery.k8s.io/",
     {"v1", "v1beta1"},
     store<model::EndpointSlice, decode_endpoint_slice, &Snapshot::endpoint_slices>},
    {"Secret", "", {"v1", ""}, store<model::Secret, decode_secret, &Snapshot::secrets>},
};

}  // namespace

std::vector<Error> decode(const Object& object, Snapshot& snapshot) {
    // "cilium.io/v2" is group and version; core/v1 is written as "v1".
    const std::string_view api_version = object.key.api_version;
    const std::size_t slash = api_version.find('/');
    const std::size_t group_length = slash == std::string_view::npos ? 0 : slash + 1;
    const auto* rule = std::ranges::find_if(kKinds, [&](const KindRule& candidate) {
        return candidate.kind == object.key.kind &&
               candidate.group == api_version.substr(0, group_length);
    });
    if (rule == std::end(kKinds)) return {};

    std::vector<Error> problems;
    const boost::json::value content = object.content;
    const Field root(&content, "", problems);
    if (std::ranges::find(rule->versions, api_version.substr(group_length)) ==
        rule->versions.end()) {
        root["apiVersion"].wrong(fmt::format("Unsupported value: \"{}\"", api_version));
    }
    rule->decode(root,
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

}  // namespace torii::kube

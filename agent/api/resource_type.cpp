#include "agent/api/resource_type.h"

#include <fmt/format.h>

#include <array>

namespace torii::api {
namespace {

constexpr std::string_view kCilium = "cilium.io";
constexpr std::array<std::string_view, 1> kV1{"v1"};
constexpr std::array<std::string_view, 1> kV2{"v2"};
constexpr std::array<std::string_view, 2> kCiliumVersions{"v2", "v2alpha1"};
constexpr std::array<std::string_view, 2> kDiscoveryVersions{"v1", "v1beta1"};

constexpr ResourceType kTypes[] = {
    {"CiliumBGPClusterConfig", "ciliumbgpclusterconfigs", kCilium, kCiliumVersions},
    {"CiliumBGPPeerConfig", "ciliumbgppeerconfigs", kCilium, kCiliumVersions},
    {"CiliumBGPAdvertisement", "ciliumbgpadvertisements", kCilium, kCiliumVersions},
    {"CiliumBGPNodeConfig", "ciliumbgpnodeconfigs", kCilium, kCiliumVersions, Scope::own_node},
    {"CiliumBGPNodeConfigOverride", "ciliumbgpnodeconfigoverrides", kCilium, kCiliumVersions,
     Scope::own_node},
    {"CiliumNode", "ciliumnodes", kCilium, kV2, Scope::own_node},
    {"CiliumLoadBalancerIPPool", "ciliumloadbalancerippools", kCilium, kCiliumVersions},
    {"CiliumPodIPPool", "ciliumpodippools", kCilium, kCiliumVersions},
    {"Node", "nodes", "", kV1, Scope::own_node},
    {"Service", "services", "", kV1},
    {"EndpointSlice", "endpointslices", "discovery.k8s.io", kDiscoveryVersions},
    {"Secret", "secrets", "", kV1, Scope::secrets_namespace},
    {"Lease", "leases", "coordination.k8s.io", kV1, Scope::absences},
};

bool is_unreserved(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') ||
           std::string_view("-._~").find(character) != std::string_view::npos;
}

}  // namespace

std::span<const ResourceType> resource_types() {
    return kTypes;
}

std::string api_version(std::string_view group, std::string_view version) {
    return group.empty() ? std::string(version) : fmt::format("{}/{}", group, version);
}

std::string collection_path(std::string_view group, std::string_view version,
                            std::string_view namespace_name, std::string_view plural) {
    const std::string space =
        namespace_name.empty() ? "" : fmt::format("namespaces/{}/", url_encoded(namespace_name));
    return fmt::format("{}/{}/{}{}", group.empty() ? "/api" : "/apis", api_version(group, version),
                       space, plural);
}

std::string url_encoded(std::string_view text) {
    std::string encoded;
    for (const char character : text) {
        if (is_unreserved(character)) {
            encoded += character;
        } else {
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(character));
        }
    }
    return encoded;
}

}  // namespace torii::api

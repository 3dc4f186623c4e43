#pragma once

#include <span>
#include <string>
#include <string_view>

namespace torii::api {

// Which resources of a type an agent follows.
enum class Scope : unsigned char {
    all,
    own_node,           // those of a controller are all, of others the one with the node's name
    secrets_namespace,  // those in the namespace of the BGP secrets
    absences,           // those that nodes tell of themselves; nobody waits for them
};

// A type of resources that the agent reads, as the API names it.
struct ResourceType {
    std::string_view kind;                       // "EndpointSlice"
    std::string_view plural;                     // "endpointslices"
    std::string_view group;                      // "discovery.k8s.io"; empty: the core group
    std::span<const std::string_view> versions;  // the best first: "v1", "v1beta1"
    Scope scope = Scope::all;
};

[[nodiscard]] std::span<const ResourceType> resource_types();

// "cilium.io/v2", "v1".
[[nodiscard]] std::string api_version(std::string_view group, std::string_view version);
// "/apis/cilium.io/v2/ciliumnodes", "/api/v1/namespaces/kube-system/secrets". The namespace is
// empty for all of them and for what has none.
[[nodiscard]] std::string collection_path(std::string_view group, std::string_view version,
                                          std::string_view namespace_name, std::string_view plural);

// A value in a query or a part of a path: percent-encoded (RFC 3986 section 2).
[[nodiscard]] std::string url_encoded(std::string_view text);

}  // namespace torii::api

#pragma once

#include "agent/kube/field.h"
#include "agent/model/snapshot.h"

#include <optional>

// One function for each kind: fields to a resource, without its metadata.
namespace torii::kube {

[[nodiscard]] model::BgpClusterConfig decode_cluster_config(const Field& root);
[[nodiscard]] model::BgpNodeConfig decode_node_config(const Field& root);
[[nodiscard]] model::BgpNodeConfigOverride decode_override(const Field& root);
[[nodiscard]] model::BgpPeerConfig decode_peer_config(const Field& root);
[[nodiscard]] model::BgpAdvertisement decode_advertisement(const Field& root);
[[nodiscard]] model::Node decode_node(const Field& root);
[[nodiscard]] model::Node decode_cilium_node(const Field& root);
[[nodiscard]] model::LoadBalancerIpPool decode_load_balancer_pool(const Field& root);
[[nodiscard]] model::PodIpPool decode_pod_pool(const Field& root);
[[nodiscard]] model::Service decode_service(const Field& root);
[[nodiscard]] model::EndpointSlice decode_endpoint_slice(const Field& root);
[[nodiscard]] model::Secret decode_secret(const Field& root);
[[nodiscard]] model::Absence decode_absence(const Field& root);

// What several kinds have in common. Absent fields give nothing, wrong ones are reported.
[[nodiscard]] std::optional<model::LabelSelector> decode_selector(const Field& field);
[[nodiscard]] std::optional<IpAddress> decode_address(const Field& field);
[[nodiscard]] std::optional<Prefix> decode_prefix(const Field& field);
// A CIDR whose host bits do not matter.
[[nodiscard]] std::optional<Prefix> decode_network(const Field& field);
// Absent: TCP.
[[nodiscard]] model::Protocol decode_protocol(const Field& field);

}  // namespace torii::kube

#pragma once

#include "agent/model/metadata.h"
#include "controlplane/bgp/types.h"
#include "platform/base/clock.h"
#include "platform/base/ip_address.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The resources of group cilium.io that configure BGP, decoded: checked, with their defaults. Field
// names follow the resources, not our BGP library.
namespace torii::model {

struct PeerAddress {
    IpAddress address;
    std::string zone;  // of fe80::1%eth0
    friend bool operator==(const PeerAddress&, const PeerAddress&) = default;
};

struct BgpPeer {
    std::string name;
    std::optional<PeerAddress> peer_address;  // absent: default_gateway has it
    bgp::Asn peer_as;                         // 0: any
    std::optional<IpFamily> default_gateway;  // absent: no auto-discovery
    std::string peer_config;                  // empty: the defaults, and no advertisements
    std::optional<IpAddress> local_address;   // of the node's override
    std::optional<std::uint16_t>
        local_port;  // of the node's override, where the session comes from
    friend bool operator==(const BgpPeer&, const BgpPeer&) = default;
};

struct BgpInstance {
    std::string name;
    std::optional<bgp::Asn> local_as;
    std::optional<std::uint16_t> local_port;  // absent: does not listen
    std::optional<IpAddress> router_id;       // of the node's override
    std::vector<BgpPeer> peers;
    friend bool operator==(const BgpInstance&, const BgpInstance&) = default;
};

struct BgpClusterConfig {
    Metadata metadata;
    std::optional<LabelSelector> node_selector;  // absent: all nodes
    std::vector<BgpInstance> instances;
    friend bool operator==(const BgpClusterConfig&, const BgpClusterConfig&) = default;
};

// What a cluster configuration and a node's override come to on that node.
struct BgpNodeConfig {
    Metadata metadata;
    std::string owner;  // the cluster configuration that it comes from; empty: somebody wrote it
    std::vector<BgpInstance> instances;
    friend bool operator==(const BgpNodeConfig&, const BgpNodeConfig&) = default;
};

// Replaces values of the instances and peers of the same name on the node of the same name.
struct BgpNodeConfigOverride {
    Metadata metadata;
    std::vector<BgpInstance> instances;  // of the peers name, local_address and local_port are used
    friend bool operator==(const BgpNodeConfigOverride&, const BgpNodeConfigOverride&) = default;
};

struct BgpPeerFamily {
    std::string afi;
    std::string safi;
    std::optional<LabelSelector> advertisements;  // absent: none
    friend bool operator==(const BgpPeerFamily&, const BgpPeerFamily&) = default;
};

struct BgpGracefulRestart {
    bool enabled = false;
    Seconds restart_time{120};
    friend bool operator==(const BgpGracefulRestart&, const BgpGracefulRestart&) = default;
};

struct BgpPeerConfig {
    Metadata metadata;
    std::uint16_t peer_port = 179;
    std::string source_interface{};  // whose address sessions have; empty: the kernel chooses
    Seconds connect_retry{120};
    Seconds hold_time{90};
    Seconds keepalive{30};
    std::string auth_secret;  // empty: no authentication
    BgpGracefulRestart graceful_restart;
    std::uint8_t ebgp_multihop = 1;
    std::vector<BgpPeerFamily> families{{"ipv6", "unicast", {}}, {"ipv4", "unicast", {}}};
    friend bool operator==(const BgpPeerConfig&, const BgpPeerConfig&) = default;
};

struct LargeCommunity {
    std::uint32_t global = 0;
    std::uint32_t local_1 = 0;
    std::uint32_t local_2 = 0;
    friend auto operator<=>(const LargeCommunity&, const LargeCommunity&) = default;
};

enum class AdvertisementType : std::uint8_t { pod_cidr, pod_ip_pool, service, interface, unknown };

struct BgpAttributes {
    std::vector<std::uint32_t> communities;  // standard and well-known, each once, in order
    std::vector<LargeCommunity> large_communities;
    std::optional<std::uint32_t> local_preference;
    friend bool operator==(const BgpAttributes&, const BgpAttributes&) = default;
};

// Which addresses of the selected services, and how much of them.
struct BgpServiceAddresses {
    bool load_balancer_ip = false;
    bool cluster_ip = false;
    bool external_ip = false;
    std::optional<std::uint8_t> aggregation_length_v4;  // absent: each address for itself
    std::optional<std::uint8_t> aggregation_length_v6;
    friend bool operator==(const BgpServiceAddresses&, const BgpServiceAddresses&) = default;
};

struct BgpAdvertisementEntry {
    AdvertisementType type = AdvertisementType::unknown;
    std::string type_name;  // as it was written
    std::optional<LabelSelector> selector;
    BgpAttributes attributes;
    BgpServiceAddresses service;  // of type service
    std::string interface;        // of type interface
    friend bool operator==(const BgpAdvertisementEntry&, const BgpAdvertisementEntry&) = default;
};

struct BgpAdvertisement {
    Metadata metadata;
    std::vector<BgpAdvertisementEntry> advertisements;
    friend bool operator==(const BgpAdvertisement&, const BgpAdvertisement&) = default;
};

}  // namespace torii::model

#pragma once

#include "agent/model/metadata.h"
#include "platform/base/clock.h"
#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// Services and what is behind them, as core/v1 Service, discovery.k8s.io EndpointSlice and core/v1
// Secret say it, with the API server's defaults.
namespace torii::model {

enum class ServiceType : std::uint8_t { cluster_ip, node_port, load_balancer, external_name };
enum class Protocol : std::uint8_t { tcp, udp, sctp };
enum class TrafficPolicy : std::uint8_t { cluster, local };
enum class IpFamilyPolicy : std::uint8_t { single_stack, prefer_dual_stack, require_dual_stack };

struct ServicePort {
    std::string name;  // empty: the only one
    Protocol protocol = Protocol::tcp;
    std::uint16_t port = 0;
    std::variant<std::uint16_t, std::string> target_port;  // a number or the name of a pod's port
    std::uint16_t node_port = 0;                           // 0: none
    std::string app_protocol;
    friend bool operator==(const ServicePort&, const ServicePort&) = default;
};

// Something whose status tells people how it is, in the shape of the API's conditions.
struct StatusCondition {
    std::string type;    // "cilium.io/IPAMRequestSatisfied"
    std::string status;  // "True", "False", "Unknown"
    std::string reason;
    std::string message;
    friend auto operator<=>(const StatusCondition&, const StatusCondition&) = default;
};

struct Service {
    Metadata metadata;
    ServiceType type = ServiceType::cluster_ip;
    Labels selector;  // of its pods; empty: its slices are made by hand
    std::vector<ServicePort> ports;
    std::vector<IpAddress> cluster_ips;  // none: headless, or not yet given
    bool headless = false;
    std::vector<IpAddress> external_ips;
    std::vector<IpAddress> load_balancer_ips;  // status.loadBalancer.ingress
    std::optional<std::string> load_balancer_class;
    std::optional<IpAddress> requested_ip;  // spec.loadBalancerIP
    std::vector<Prefix> load_balancer_source_ranges;
    std::optional<IpFamilyPolicy> ip_family_policy;
    std::vector<IpFamily> ip_families;
    TrafficPolicy external_traffic_policy = TrafficPolicy::cluster;
    TrafficPolicy internal_traffic_policy = TrafficPolicy::cluster;
    std::optional<Seconds> client_ip_affinity;  // sessionAffinity ClientIP: for how long
    std::uint16_t health_check_node_port = 0;   // 0: none
    bool publish_not_ready_addresses = false;
    std::vector<StatusCondition> conditions;  // status.conditions
    friend bool operator==(const Service&, const Service&) = default;
};

// The class of load balancer that BGP and the address pools serve, beside services without any.
inline constexpr std::string_view kBgpLoadBalancerClass = "io.cilium/bgp-control-plane";

// The labels that selectors of services see: those of the service, its name and its namespace.
[[nodiscard]] Labels selectable_labels(const Service& service);

struct Endpoint {
    std::vector<IpAddress> addresses;
    bool ready = true;
    bool serving = true;
    bool terminating = false;
    std::string node_name;  // empty: not on a node of the cluster
    std::string hostname;
    std::string zone;
    std::vector<std::string> zone_hints;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct EndpointPort {
    std::string name;
    Protocol protocol = Protocol::tcp;
    std::optional<std::uint16_t> port;  // absent: all ports
    std::string app_protocol;
    friend bool operator==(const EndpointPort&, const EndpointPort&) = default;
};

struct EndpointSlice {
    Metadata metadata;
    std::string service;              // its name in the slice's namespace; empty: of no service
    std::vector<Endpoint> endpoints;  // of one family
    std::vector<EndpointPort> ports;
    friend bool operator==(const EndpointSlice&, const EndpointSlice&) = default;
};

struct Secret {
    Metadata metadata;
    std::map<std::string, std::string> data;  // decoded
    friend bool operator==(const Secret&, const Secret&) = default;
};

}  // namespace torii::model

#pragma once

#include "agent/ipam/address_range.h"
#include "agent/model/snapshot.h"

#include <map>
#include <string>
#include <vector>

namespace torii::ipam {

struct Settings {
    bool ipv4 = true;  // families of the cluster
    bool ipv6 = true;
    bool serves_unclassed = true;  // services without loadBalancerClass, too
};

inline constexpr std::string_view kSatisfied = "cilium.io/IPAMRequestSatisfied";

// What a service has now, and whether that is what it asks for.
struct ServiceAddresses {
    std::vector<IpAddress> addresses;  // sorted
    model::StatusCondition condition;  // of type kSatisfied
    friend bool operator==(const ServiceAddresses&, const ServiceAddresses&) = default;
};

struct PoolUse {
    std::string conflict;  // empty: none
    Number total = 0;
    Number used = 0;  // with the reserved ones
    friend bool operator==(const PoolUse&, const PoolUse&) = default;
};

// An address that services have under a sharing key.
struct SharedAddress {
    std::string key;
    IpAddress address;
    friend bool operator==(const SharedAddress&, const SharedAddress&) = default;
};

struct Assignment {
    std::map<std::string, ServiceAddresses> services;  // by key, those that are served
    std::map<std::string, PoolUse> pools;              // by name
    std::vector<SharedAddress> shared;                 // as they came, the oldest first
    friend bool operator==(const Assignment&, const Assignment&) = default;
};

// Whether the addresses of the service come from the pools.
[[nodiscard]] bool is_served(const model::Service& service, const Settings& settings);

// Gives every served service its addresses from the pools. What a service has
// (Service::load_balancer_ips) it keeps as long as it may, so that neither a restart nor another
// service moves it; then come those that ask for certain addresses, then all others, each by key.
// Without any pool, now or before, nothing is touched: somebody else gives the addresses.
// `shared` is that of the assignment before: of several addresses that a service may share it gets
// the oldest.
[[nodiscard]] Assignment assign(const model::Snapshot& snapshot, const Settings& settings,
                                const std::vector<SharedAddress>& shared = {});

}  // namespace torii::ipam

#pragma once

#include "agent/model/metadata.h"
#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"

#include <optional>
#include <string>
#include <vector>

namespace torii::model {

// Addresses in a row, both ends included and of one family.
struct AddressBlock {
    IpAddress first;
    IpAddress last;
    std::optional<Prefix> cidr;  // when it was written as one

    [[nodiscard]] std::string to_string() const {
        return cidr ? cidr->to_string() : first.to_string() + " - " + last.to_string();
    }
    friend bool operator==(const AddressBlock&, const AddressBlock&) = default;
};

// CiliumLoadBalancerIPPool: addresses for services of type LoadBalancer.
struct LoadBalancerIpPool {
    Metadata metadata;
    std::optional<LabelSelector> service_selector;  // absent: all services
    bool allow_first_last = true;  // also the first and last address of a block in CIDR form
    std::vector<AddressBlock> blocks;
    bool disabled = false;  // gives no new addresses
    friend bool operator==(const LoadBalancerIpPool&, const LoadBalancerIpPool&) = default;
};

// CiliumPodIPPool: what nodes take their pods' prefixes from.
struct PodIpPool {
    Metadata metadata;
    std::vector<Prefix> cidrs;
    friend bool operator==(const PodIpPool&, const PodIpPool&) = default;
};

}  // namespace torii::model

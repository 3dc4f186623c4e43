#pragma once

#include "agent/model/interface.h"
#include "agent/model/snapshot.h"
#include "controlplane/bgp/types.h"
#include "platform/base/result.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace torii::reconcile {

// What a node's annotation says of the speaker of an AS:
// cilium.io/bgp-virtual-router.65001: "router-id=192.0.2.1,local-port=179".
struct VirtualRouter {
    std::optional<bgp::RouterId> router_id{};
    std::optional<std::uint16_t> local_port{};
    friend bool operator==(const VirtualRouter&, const VirtualRouter&) = default;
};

// All absent without the annotation; an error when a part of it is wrong.
[[nodiscard]] Result<VirtualRouter> virtual_router(const model::Node& node, bgp::Asn as);

// The router ID of a node for which nobody states one: its first IPv4 InternalIP; of a node with
// IPv6 only the last four octets of the MAC of the interface that has its InternalIP.
[[nodiscard]] std::optional<bgp::RouterId> default_router_id(
    const model::Node& node, const std::vector<model::Interface>& interfaces);

}  // namespace torii::reconcile

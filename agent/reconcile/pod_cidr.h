#pragma once

#include "agent/model/snapshot.h"
#include "agent/reconcile/condition.h"
#include "controlplane/speaker/speaker.h"

#include <string>
#include <vector>

namespace torii::reconcile {

// A peer and which advertisements it may get.
struct AdvertisementTarget {
    IpAddress address;
    const model::BgpPeerConfig* settings = nullptr;
};

// The node's pod CIDRs as routes to the peers whose families select a PodCIDR advertisement.
[[nodiscard]] std::vector<speaker::LocalRoute> pod_cidr_routes(
    const model::Snapshot& snapshot, const std::vector<Prefix>& pod_cidrs,
    const std::vector<AdvertisementTarget>& targets, Conditions& conditions);

}  // namespace torii::reconcile

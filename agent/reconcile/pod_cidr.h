#pragma once

#include "agent/reconcile/advertised.h"

namespace torii::reconcile {

// The node's pod CIDRs to a peer that selects a PodCIDR advertisement.
void advertise_pod_cidrs(const model::Node& node, const SelectedEntry& selected,
                         ExportStatements& statements);

// What the node has of the CiliumPodIPPools that a CiliumPodIPPool advertisement selects. A pool
// that is not there (any more) is not advertised, whatever the node still has of it.
void advertise_pod_pools(const model::Snapshot& snapshot, const model::Node& node,
                         const SelectedEntry& selected, ExportStatements& statements);

}  // namespace torii::reconcile

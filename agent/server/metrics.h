#pragma once

#include "agent/ipam/allocator.h"
#include "platform/metrics/histogram.h"

#include <cstdint>
#include <map>
#include <optional>
#include <platform/ipc/proto/agent.pb.h>
#include <string>

namespace torii::agent {

// What only the running agent knows, beside its peers.
struct Measurements {
    metrics::Histogram reconcile;                     // of BGP, each run
    std::map<std::string, std::uint64_t> failures{};  // runs with errors, by AS
    metrics::Histogram assign;                        // of LB-IPAM, each run
    std::uint64_t conditions = 0;                     // that hold now
    const std::optional<ipam::Assignment>* ipam =
        nullptr;  // of a controller; none: it does not lead
};

// The answer to a scrape of Prometheus. Names and labels are Cilium's where it has them, so that
// its dashboards go on working: a vrouter is named by its AS.
[[nodiscard]] std::string metrics_text(const ipc::AgentPeers& peers,
                                       const Measurements& measurements);

}  // namespace torii::agent

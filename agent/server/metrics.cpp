#include "agent/server/metrics.h"

#include "platform/metrics/exposition.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>

namespace torii::agent {
namespace {

using metrics::Exposition;
using metrics::Kind;

struct NeighborLabels {
    explicit NeighborLabels(const ipc::AgentPeer& peer)
        : vrouter(std::to_string(peer.state().local_as())),
          neighbor(peer.state().address()),
          as(std::to_string(peer.state().remote_as())) {}

    [[nodiscard]] Exposition::Labels labels() const {
        return {{"vrouter", vrouter}, {"neighbor", neighbor}, {"neighbor_asn", as}};
    }

    std::string vrouter;
    std::string neighbor;
    std::string as;
};

void add_routes(Exposition& to, const ipc::AgentPeers& peers, std::string_view name,
                std::string_view help, std::uint64_t (ipc::BgpPrefixCounts::*count)() const) {
    to.family(name, Kind::gauge, help);
    for (const ipc::AgentPeer& peer : peers.peers()) {
        const NeighborLabels labels(peer);
        for (const ipc::BgpPrefixCounts& counts : peer.state().prefixes()) {
            Exposition::Labels all = labels.labels();
            all.emplace_back("afi", counts.family() == ipc::IPV6_UNICAST ? "ipv6" : "ipv4");
            all.emplace_back("safi", "unicast");
            to.sample(all, (counts.*count)());
        }
    }
}

void add_bgp(Exposition& to, const ipc::AgentPeers& peers, const Measurements& measurements) {
    to.family("cilium_bgp_control_plane_session_state", Kind::gauge,
              "Whether the session with a peer is established");
    for (const ipc::AgentPeer& peer : peers.peers()) {
        to.sample(NeighborLabels(peer).labels(), peer.state().state() == "Established" ? 1 : 0);
    }
    add_routes(to, peers, "cilium_bgp_control_plane_advertised_routes",
               "Routes that a peer was sent", &ipc::BgpPrefixCounts::sent);
    add_routes(to, peers, "cilium_bgp_control_plane_received_routes", "Routes that a peer has sent",
               &ipc::BgpPrefixCounts::received);
    to.family("cilium_bgp_control_plane_reconcile_errors_total", Kind::counter,
              "Runs of the reconcilers with errors");
    for (const auto& [as, failures] : measurements.failures) {
        to.sample({{"vrouter", as}}, failures);
    }
    to.histogram("cilium_bgp_control_plane_reconcile_run_duration_seconds",
                 "How long it takes to bring BGP to what the resources say",
                 measurements.reconcile);
}

// Prometheus counts in floating point: what is more than 64 bits is told as their largest number.
std::uint64_t shown(ipam::Number number) {
    constexpr ipam::Number kMax = std::numeric_limits<std::uint64_t>::max();
    return static_cast<std::uint64_t>(std::min(number, kMax));
}

void add_ipam(Exposition& to, const ipam::Assignment& assignment, const Measurements& measured) {
    const auto conflicting = std::ranges::count_if(
        assignment.pools, [](const auto& pool) { return !pool.second.conflict.empty(); });
    to.single("cilium_operator_lbipam_conflicting_pools", Kind::gauge,
              "Pools of addresses that overlap", static_cast<std::uint64_t>(conflicting));
    to.family("cilium_operator_lbipam_ips_available", Kind::gauge, "Addresses of a pool left");
    for (const auto& [name, use] : assignment.pools) {
        to.sample({{"pool", name}}, shown(use.total - use.used));
    }
    to.family("cilium_operator_lbipam_ips_used", Kind::gauge,
              "Addresses of a pool that are given away or reserved");
    for (const auto& [name, use] : assignment.pools) to.sample({{"pool", name}}, shown(use.used));
    const auto unsatisfied = std::ranges::count_if(assignment.services, [](const auto& service) {
        return service.second.condition.status != "True";
    });
    to.single("cilium_operator_lbipam_services_matching", Kind::gauge,
              "Services whose addresses come from the pools", assignment.services.size());
    to.single("cilium_operator_lbipam_services_unsatisfied", Kind::gauge,
              "Those of them that do not have what they ask for",
              static_cast<std::uint64_t>(unsatisfied));
    to.histogram("cilium_operator_lbipam_event_processing_time_seconds",
                 "How long it takes to give services their addresses", measured.assign);
}

}  // namespace

std::string metrics_text(const ipc::AgentPeers& peers, const Measurements& measurements) {
    Exposition to;
    add_bgp(to, peers, measurements);
    if (measurements.ipam != nullptr) {
        const std::optional<ipam::Assignment>& assignment = *measurements.ipam;
        to.single("torii_controller_leads", Kind::gauge, "Whether this controller decides for all",
                  assignment ? 1 : 0);
        if (assignment) add_ipam(to, *assignment, measurements);
    }
    to.single("torii_agent_conditions", Kind::gauge, "What people should know of, in sentences",
              measurements.conditions);
    return to.take();
}

}  // namespace torii::agent

#include "agent/server/show.h"

#include "agent/loadbalance/service_list.h"
#include "agent/reconcile/ip_cache.h"
#include "agent/server/attribute_text.h"

#include <fmt/format.h>

#include <utility>

namespace torii::agent {
namespace {

ipc::AddressFamily to_proto(bgp::Family family) {
    return family == bgp::Family::ipv4_unicast ? ipc::IPV4_UNICAST : ipc::IPV6_UNICAST;
}

// A session that is not up still has its families.
void complete_families(const bgp::PeerConfig& config, ipc::BgpNeighborState& state) {
    if (state.prefixes_size() > 0) return;
    for (const bgp::Family family : config.families) {
        state.add_prefixes()->set_family(to_proto(family));
    }
}

void add_routes(const Instances::Running& instance, const ipc::BgpTable& table,
                const IpAddress* peer, ipc::AgentRoutes& routes) {
    for (const ipc::BgpTableEntry& entry : table.entries()) {
        for (const ipc::BgpPath& path : entry.paths()) {
            // What peers announce is kept, but it is not ours to show as available.
            if (peer == nullptr && !path.peer_address().empty()) continue;
            ipc::AgentRoute& route = *routes.add_routes();
            route.set_instance(instance.desired.name);
            route.set_local_as(instance.desired.speaker.as.value());
            if (peer != nullptr) route.set_peer_address(peer->to_string());
            route.set_prefix(entry.prefix());
            route.set_next_hop(path.next_hop());
            route.set_age_seconds(path.age_seconds());
            route.set_attributes(attribute_text(path, entry.prefix(), peer != nullptr));
        }
    }
}

}  // namespace

ipc::AgentPeers show_peers(const Instances& instances) {
    ipc::AgentPeers peers;
    for (const auto& [name, instance] : instances.running()) {
        for (const auto& [address, peer_name] : instance.desired.peer_names) {
            ipc::AgentPeer& peer = *peers.add_peers();
            peer.set_instance(name);
            peer.set_peer_name(peer_name);
            for (ipc::BgpNeighborState& state : instance.speaker->neighbors(address)) {
                *peer.mutable_state() = std::move(state);
            }
            for (const bgp::PeerConfig& config : instance.desired.speaker.peers) {
                if (config.address == address) complete_families(config, *peer.mutable_state());
            }
        }
    }
    return peers;
}

Result<ipc::AgentRoutes> show_routes(const Instances& instances,
                                     const ipc::GetAgentRoutes& request) {
    if (request.safi() != "unicast") return fail("no routes of safi {}", request.safi());
    if (request.afi() != "ipv4" && request.afi() != "ipv6") {
        return fail("no routes of afi {}", request.afi());
    }
    const bgp::Family family =
        request.afi() == "ipv4" ? bgp::Family::ipv4_unicast : bgp::Family::ipv6_unicast;
    ipc::AgentRoutes routes;
    for (const auto& [name, instance] : instances.running()) {
        if (!request.advertised() && !request.received()) {
            add_routes(instance, instance.speaker->table({family}), nullptr, routes);
            continue;
        }
        for (const auto& [address, peer_name] : instance.desired.peer_names) {
            const auto which = request.received() ? speaker::TableView::Routes::received
                                                  : speaker::TableView::Routes::advertised;
            const speaker::TableView view{family, which, address};
            add_routes(instance, instance.speaker->table(view), &address, routes);
        }
    }
    return routes;
}

ipc::AgentPolicies show_policies(const Instances& instances) {
    ipc::AgentPolicies policies;
    for (const auto& [name, instance] : instances.running()) {
        ipc::AgentPolicyInstance& shown = *policies.add_instances();
        shown.set_name(name);
        shown.set_local_as(instance.desired.speaker.as.value());
        for (const reconcile::ExportStatement& statement : instance.desired.statements) {
            ipc::AgentPolicyStatement& out = *policies.add_statements();
            out.set_instance(name);
            out.set_peer_name(instance.desired.peer_names.at(statement.peer));
            out.set_peer_address(statement.peer.to_string());
            out.set_name(statement.name);
            for (const Prefix& prefix : statement.prefixes) out.add_prefixes(prefix.to_string());
            const model::BgpAttributes& attributes = statement.attributes;
            if (attributes.local_preference) {
                out.set_local_preference(*attributes.local_preference);
            }
            for (const std::uint32_t community : attributes.communities) {
                out.add_communities(fmt::format("{}:{}", community >> 16U, community & 0xFFFFU));
            }
            for (const auto& [global, local_1, local_2] : attributes.large_communities) {
                out.add_large_communities(fmt::format("{}:{}:{}", global, local_1, local_2));
            }
        }
    }
    return policies;
}

ipc::AgentServices show_services(const model::Snapshot& snapshot,
                                 const reconcile::NodeSettings& node, FrontendIds& ids) {
    ipc::AgentServices services;
    for (const loadbalance::ListedFrontend& frontend :
         loadbalance::service_list(snapshot, node.node, node.refuses_cluster_ips)) {
        const std::string address =
            loadbalance::endpoint_text(frontend.address, frontend.port, frontend.protocol);
        const auto id = ids.emplace(address, static_cast<std::uint32_t>(ids.size() + 1)).first;
        ipc::AgentFrontend& out = *services.add_frontends();
        out.set_id(id->second);
        out.set_address(address);
        out.set_type(frontend.type);
        for (const std::string& flag : frontend.flags) out.add_flags(flag);
        for (const loadbalance::ListedBackend& backend : frontend.backends) {
            ipc::AgentBackend& made = *out.add_backends();
            made.set_address(
                loadbalance::endpoint_text(backend.address, backend.port, frontend.protocol));
            made.set_terminating(backend.terminating);
        }
    }
    return services;
}

ipc::AgentIpCache show_ip_cache(const model::Snapshot& snapshot, const std::string& node) {
    ipc::AgentIpCache cache;
    cache.set_node(node);
    for (const reconcile::IpCacheEntry& entry : reconcile::ip_cache(snapshot, node)) {
        ipc::AgentIpCacheEntry& out = *cache.add_entries();
        out.set_prefix(entry.prefix.to_string());
        out.set_identity(entry.identity);
        out.set_node_address(entry.node_address);
    }
    return cache;
}

}  // namespace torii::agent

#include "agent/reconcile/desired.h"

#include "agent/reconcile/import_policy.h"
#include "agent/reconcile/interfaces.h"
#include "agent/reconcile/node_config.h"
#include "agent/reconcile/peer.h"
#include "agent/reconcile/pod_cidr.h"
#include "agent/reconcile/services.h"
#include "agent/reconcile/virtual_router.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace torii::reconcile {
namespace {

class Builder {
public:
    Builder(const model::Snapshot& snapshot, const NodeSettings& settings)
        : snapshot_(snapshot),
          settings_(settings),
          node_(snapshot.node(settings.node)),
          services_(snapshot, settings.node, settings.no_endpoints_routable) {}

    Desired build() {
        check_configs(snapshot_, settings_.has_all_nodes, settings_.secrets_namespace,
                      result_.conditions);
        if (!node_) {
            error("there is no Node and no CiliumNode of this name");
        } else if (const auto config = node_config(snapshot_, settings_.node, result_.conditions)) {
            for (const model::BgpInstance& instance : config->instances) add(instance);
        }
        return std::move(result_);
    }

private:
    void error(std::string message) {
        result_.conditions.push_back({"CiliumBGPNodeConfig/" + settings_.node,
                                      "cilium.io/BGPReconcileError", std::move(message)});
    }

    void add(const model::BgpInstance& instance) {
        if (!instance.local_as) {
            return error(fmt::format("{}: missing ASN in desired config", instance.name));
        }
        const Result<VirtualRouter> annotated = virtual_router(*node_, *instance.local_as);
        if (!annotated) {
            return error(fmt::format("{}: {}", instance.name, annotated.error().message));
        }
        const Result<bgp::RouterId> router_id = find_router_id(instance, *annotated);
        if (!router_id) {
            return error(
                fmt::format("{}: no router ID: {}", instance.name, router_id.error().message));
        }
        DesiredInstance made;
        made.name = instance.name;
        made.speaker.as = *instance.local_as;
        made.speaker.router_id = *router_id;
        made.speaker.listen_port = instance.local_port.value_or(annotated->local_port.value_or(0));
        made.speaker.originate_only = true;
        made.speaker.graceful_shutdown = settings_.drain != DrainStage::none;
        std::vector<AdvertisementTarget> targets;
        for (const model::BgpPeer& peer : instance.peers) add(peer, instance, made, targets);
        set_restart(made.speaker);
        set_families(made.speaker);
        made.statements = advertise(targets);
        made.routes = routes_of(made.statements, made.speaker,
                                import_routes(settings_.imported, made.speaker));
        if (settings_.legacy_origin) set_legacy_origin(made);
        result_.instances.emplace(instance.name, std::move(made));
    }

    [[nodiscard]] std::vector<ExportStatement> advertise(
        const std::vector<AdvertisementTarget>& targets) {
        ExportStatements statements;
        if (settings_.drain == DrainStage::withdrawn) return {};
        for (const SelectedEntry& selected : selected_entries(snapshot_, targets)) {
            switch (selected.entry->type) {
                case model::AdvertisementType::pod_cidr:
                    advertise_pod_cidrs(*node_, selected, statements);
                    break;
                case model::AdvertisementType::pod_ip_pool:
                    advertise_pod_pools(snapshot_, *node_, selected, statements);
                    break;
                case model::AdvertisementType::service:
                    services_.advertise(selected, statements,
                                        settings_.drain == DrainStage::services_withdrawn);
                    tell_refused(selected);
                    break;
                case model::AdvertisementType::interface:
                    advertise_interface(settings_.interfaces, selected, statements);
                    break;
                case model::AdvertisementType::unknown: break;
            }
        }
        return std::move(statements).take();
    }

    // Traffic would come here in vain.
    void tell_refused(const SelectedEntry& selected) {
        // Where nothing is known of the pods nobody is refused.
        const bool refuses = settings_.refuses_cluster_ips &&
                             std::ranges::any_of(node_->pod_cidrs, [&](const Prefix& prefix) {
                                 return prefix.family() == selected.family;
                             });
        if (!refuses) return;
        const std::vector<std::string> refused = services_.cluster_ips(selected);
        if (refused.empty()) return;
        tell_once(
            {"CiliumBGPAdvertisement/" + selected.advertisement, "torii.io/ClusterIPRefused",
             fmt::format(
                 "advertises ClusterIPs that this node refuses to clients outside "
                 "the cluster: {}{}; torii-agent --external-cluster-ip serves them",
                 refused.front(),
                 refused.size() == 1 ? "" : fmt::format(" and {} more", refused.size() - 1))});
    }

    void tell_once(Condition condition) {
        const auto known = std::ranges::find(result_.conditions, condition);
        if (known == result_.conditions.end()) result_.conditions.push_back(std::move(condition));
    }

    [[nodiscard]] Result<bgp::RouterId> find_router_id(const model::BgpInstance& instance,
                                                       const VirtualRouter& annotated) const {
        if (instance.router_id) return bgp::RouterId(instance.router_id->v4_number());
        if (annotated.router_id) return *annotated.router_id;
        if (settings_.router_ids_given) {
            return fail("a controller has to give one, in the node's CiliumBGPNodeConfig");
        }
        if (const auto own = default_router_id(*node_, settings_.interfaces)) return *own;
        return fail(
            "the node has no IPv4 InternalIP and no interface with its InternalIP, and no "
            "CiliumBGPNodeConfigOverride states a routerID");
    }

    void add(const model::BgpPeer& peer, const model::BgpInstance& instance, DesiredInstance& made,
             std::vector<AdvertisementTarget>& targets) {
        // No reference: the default settings, and no advertisements.
        static const model::BgpPeerConfig kDefaults;
        const model::BgpPeerConfig* settings = &kDefaults;
        if (!peer.peer_config.empty()) {
            const auto found = snapshot_.peer_configs.find(peer.peer_config);
            if (found == snapshot_.peer_configs.end()) {
                return error(fmt::format("{}: peer {}: CiliumBGPPeerConfig {} is missing",
                                         instance.name, peer.name, peer.peer_config));
            }
            settings = &found->second;
        }
        const Result<bgp::PeerConfig> config = make_peer(peer, *settings, *instance.local_as);
        if (!config) {
            return error(
                fmt::format("{}: peer {}: {}", instance.name, peer.name, config.error().message));
        }
        const auto [other, is_new] = made.peer_names.emplace(config->address, peer.name);
        if (!is_new) {
            return error(fmt::format("{}: peer {}: peer {} has address {}, too", instance.name,
                                     peer.name, other->second, config->address));
        }
        made.speaker.peers.push_back(*config);
        targets.push_back({config->address, settings});
    }

    [[nodiscard]] Result<bgp::PeerConfig> make_peer(const model::BgpPeer& peer,
                                                    const model::BgpPeerConfig& settings,
                                                    bgp::Asn local_as) const {
        const Result<IpAddress> address = session_address(peer, settings_.default_gateways);
        if (!address) return unexpected(address.error());
        Result<bgp::PeerConfig> config = peer_config(peer, *address, settings, local_as);
        if (config && !config->local_address && !settings.source_interface.empty()) {
            auto source =
                source_address(settings_.interfaces, settings.source_interface, address->family());
            if (!source) return unexpected(source.error());
            config->local_address = *source;
        }
        if (!config || settings.auth_secret.empty()) return config;
        auto password = session_password(snapshot_, settings_.secrets_namespace, settings);
        if (!password) return unexpected(password.error());
        config->password = std::move(*password);
        return config;
    }

    // With graceful restart every start counts as a restart, as in Cilium: the pods and their
    // routes do not depend on this process. Nothing is selected here that would have to wait for
    // the peers, so our own routes and End-of-RIB go out at once.
    static void set_restart(speaker::SpeakerConfig& config) {
        config.after_restart = std::ranges::any_of(config.peers, [](const bgp::PeerConfig& peer) {
            return peer.graceful_restart.restarting;
        });
        config.selection_deferral = Seconds(0);
    }

    // As Cilium before 1.18 had it, for routers whose policies count on it.
    static void set_legacy_origin(DesiredInstance& made) {
        std::set<Prefix> prefixes;
        for (const ExportStatement& statement : made.statements) {
            if (!statement.load_balancer) continue;
            prefixes.insert(statement.prefixes.begin(), statement.prefixes.end());
        }
        for (speaker::LocalRoute& route : made.routes) {
            if (prefixes.contains(route.prefix)) route.origin = bgp::Origin::incomplete;
        }
    }

    static void set_families(speaker::SpeakerConfig& config) {
        for (const bgp::Family family : bgp::kFamilies) {
            const bool used = std::ranges::any_of(config.peers, [&](const bgp::PeerConfig& peer) {
                return std::ranges::find(peer.families, family) != peer.families.end();
            });
            if (used) config.families.push_back({.family = family});
        }
    }

    const model::Snapshot& snapshot_;
    const NodeSettings& settings_;
    const std::optional<model::Node> node_;
    const NodeServices services_;
    Desired result_;
};

}  // namespace

bool wants_interfaces(const model::Snapshot& snapshot, const std::string& node) {
    const bool advertised =
        std::ranges::any_of(snapshot.advertisements, [](const auto& advertisement) {
            return std::ranges::any_of(advertisement.second.advertisements, [](const auto& entry) {
                return entry.type == model::AdvertisementType::interface;
            });
        });
    const bool sourced = std::ranges::any_of(snapshot.peer_configs, [](const auto& config) {
        return !config.second.source_interface.empty();
    });
    const std::optional<model::Node> resource = snapshot.node(node);
    const bool without_v4 =
        resource && std::ranges::none_of(resource->internal_addresses, &IpAddress::is_v4);
    return advertised || sourced || without_v4;
}

Desired desired(const model::Snapshot& snapshot, const NodeSettings& settings) {
    return Builder(snapshot, settings).build();
}

}  // namespace torii::reconcile

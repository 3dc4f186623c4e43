#include "agent/kube/encode.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <utility>

namespace torii::kube {
namespace json = boost::json;
namespace {

json::object encode_peer(const model::BgpPeer& peer) {
    json::object made{{"name", peer.name}};
    if (peer.peer_address) {
        const model::PeerAddress& at = *peer.peer_address;
        made["peerAddress"] = at.address.to_string() + (at.zone.empty() ? "" : "%" + at.zone);
    }
    made["peerASN"] = peer.peer_as.value();
    if (peer.default_gateway) {
        const std::string family = fmt::format("ipv{}", static_cast<int>(*peer.default_gateway));
        made["autoDiscovery"] = {{"mode", "DefaultGateway"},
                                 {"defaultGateway", {{"addressFamily", family}}}};
    }
    if (!peer.peer_config.empty()) made["peerConfigRef"] = {{"name", peer.peer_config}};
    if (peer.local_address) made["localAddress"] = peer.local_address->to_string();
    return made;
}

json::object encode_instance(const model::BgpInstance& instance) {
    json::object made{{"name", instance.name}};
    if (instance.local_as) made["localASN"] = instance.local_as->value();
    if (instance.local_port) made["localPort"] = *instance.local_port;
    if (instance.router_id) made["routerID"] = instance.router_id->to_string();
    json::array peers;
    for (const model::BgpPeer& peer : instance.peers) peers.push_back(encode_peer(peer));
    if (!peers.empty()) made["peers"] = std::move(peers);
    return made;
}

}  // namespace

json::object encode(const model::BgpNodeConfig& config) {
    json::object metadata{{"name", config.metadata.name}};
    if (!config.owner.empty()) {
        const json::object owner{{"apiVersion", "cilium.io/v2"},
                                 {"kind", "CiliumBGPClusterConfig"},
                                 {"name", config.owner}};
        metadata["ownerReferences"] = json::array{owner};
    }
    json::array instances;
    for (const model::BgpInstance& instance : config.instances) {
        instances.push_back(encode_instance(instance));
    }
    return {{"apiVersion", "cilium.io/v2"},
            {"kind", "CiliumBGPNodeConfig"},
            {"metadata", std::move(metadata)},
            {"spec", {{"bgpInstances", std::move(instances)}}}};
}

}  // namespace torii::kube

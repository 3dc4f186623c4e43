#include "agent/kube/decode_kinds.h"

#include <limits>
#include <utility>

namespace torii::kube {
namespace {

constexpr std::size_t kInstancesMax = 16;
constexpr Range kAsn{1, std::numeric_limits<std::uint32_t>::max()};
constexpr Range kPeerAsn{0, std::numeric_limits<std::uint32_t>::max()};
constexpr Range kPort{1, 65535};

std::optional<model::PeerAddress> decode_peer_address(const Field& field) {
    const std::optional<std::string> text = field.text();
    if (!text) return std::nullopt;
    const std::size_t percent = text->find('%');
    const Result<IpAddress> address = IpAddress::parse(text->substr(0, percent));
    const bool has_zone = percent != std::string::npos;
    const bool zone_fits = !has_zone || (percent + 1 < text->size() && address && address->is_v6());
    if (address && zone_fits) {
        return model::PeerAddress{*address, has_zone ? text->substr(percent + 1) : ""};
    }
    field.invalid("must be an IPv4 or IPv6 address");
    return std::nullopt;
}

// Without a family the mode says nothing; it is told when the peer is to be made.
std::optional<IpFamily> decode_auto_discovery(const Field& field) {
    if (!field.present()) return std::nullopt;
    static_cast<void>(field["mode"].required().one_of({"DefaultGateway"}));
    if (!field["defaultGateway"].present()) return std::nullopt;
    const Field family = field["defaultGateway"]["addressFamily"];
    const auto name = family.required().one_of({"ipv4", "ipv6"});
    return name == "ipv6" ? IpFamily::v6 : IpFamily::v4;
}

std::string decode_peer_config_ref(const Field& field) {
    if (!field.present()) return {};
    // Group and kind are of v2alpha1; only their defaults have ever had a meaning.
    static_cast<void>(field["group"].one_of({"cilium.io"}));
    static_cast<void>(field["kind"].one_of({"CiliumBGPPeerConfig"}));
    return field["name"].name();
}

model::BgpPeer decode_peer(const Field& field) {
    model::BgpPeer peer;
    peer.name = field["name"].name();
    peer.peer_address = decode_peer_address(field["peerAddress"]);
    peer.peer_as = bgp::Asn(field["peerASN"].number_or<std::uint32_t>(0, kPeerAsn));
    peer.default_gateway = decode_auto_discovery(field["autoDiscovery"]);
    peer.peer_config = decode_peer_config_ref(field["peerConfigRef"]);
    peer.local_address = decode_address(field["localAddress"]);
    if (const auto port = field["localPort"].integer(kPort)) {
        peer.local_port = static_cast<std::uint16_t>(*port);
    }
    return peer;
}

std::optional<IpAddress> decode_router_id(const Field& field) {
    const std::optional<std::string> text = field.text();
    if (!text) return std::nullopt;
    const Result<IpAddress> address = IpAddress::parse(*text);
    // RFC 6286: any number but zero.
    if (address && address->is_v4() && !address->is_unspecified()) return *address;
    field.invalid("must be an IPv4 address other than 0.0.0.0");
    return std::nullopt;
}

model::BgpInstance decode_instance(const Field& field) {
    model::BgpInstance instance;
    instance.name = field["name"].name();
    if (const auto number = field["localASN"].integer(kAsn)) {
        instance.local_as = bgp::Asn(static_cast<std::uint32_t>(*number));
    }
    if (const auto port = field["localPort"].integer(kPort)) {
        instance.local_port = static_cast<std::uint16_t>(*port);
    }
    instance.router_id = decode_router_id(field["routerID"]);
    for (const Field& peer : field["peers"].items_by("name")) {
        instance.peers.push_back(decode_peer(peer));
    }
    return instance;
}

std::vector<model::BgpInstance> decode_instances(const Field& field, std::size_t maximum) {
    std::vector<model::BgpInstance> instances;
    const std::vector<Field> items = field.required().items_by("name");
    if (field.present() && items.empty()) field.invalid("should have at least 1 items");
    if (items.size() > maximum) {
        field.wrong(fmt::format("Too many: {}: must have at most {} items", items.size(), maximum));
    }
    for (const Field& item : items) instances.push_back(decode_instance(item));
    return instances;
}

}  // namespace

model::BgpClusterConfig decode_cluster_config(const Field& root) {
    const Field spec = root["spec"];
    model::BgpClusterConfig config;
    config.node_selector = decode_selector(spec["nodeSelector"]);
    config.instances = decode_instances(spec["bgpInstances"], kInstancesMax);
    return config;
}

model::BgpNodeConfig decode_node_config(const Field& root) {
    model::BgpNodeConfig config;
    for (const Field& owner : root["metadata"]["ownerReferences"].items()) {
        if (owner["kind"].text() == "CiliumBGPClusterConfig") config.owner = owner["name"].name();
    }
    config.instances = decode_instances(root["spec"]["bgpInstances"], kInstancesMax);
    return config;
}

model::BgpNodeConfigOverride decode_override(const Field& root) {
    model::BgpNodeConfigOverride config;
    config.instances =
        decode_instances(root["spec"]["bgpInstances"], std::numeric_limits<std::size_t>::max());
    return config;
}

}  // namespace torii::kube

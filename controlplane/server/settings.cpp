#include "controlplane/server/settings.h"

#include "controlplane/server/settings_bgp.h"
#include "controlplane/server/settings_policy.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace torii::controlplane {
namespace {

constexpr std::uint32_t kDistanceMax = 255;

Result<InterfaceSettings> read_interface(const ipc::InterfaceConfig& config) {
    if (config.name().empty()) return fail("an interface has no name");
    InterfaceSettings settings;
    settings.name = config.name();
    settings.enabled = config.enabled();
    settings.loopback = config.loopback();
    for (const std::string& text : config.addresses()) {
        const auto address = InterfaceAddress::parse(text);
        if (!address) {
            return fail("interface {} address {}: {}", config.name(), text,
                        address.error().message);
        }
        if (address->address.is_unspecified() || address->address.is_multicast()) {
            return fail("interface {} address {}: not the address of a host", config.name(), text);
        }
        settings.addresses.push_back(*address);
    }
    for (const ipc::StaticNeighbor& one : config.neighbors()) {
        const auto address = IpAddress::parse(one.address());
        const auto mac = MacAddress::parse(one.mac());
        if (!address || address->is_unspecified() || address->is_multicast()) {
            return fail("interface {} neighbor {}: not the address of a host", config.name(),
                        one.address());
        }
        if (!mac || mac->is_zero() || mac->is_group()) {
            return fail("interface {} neighbor {}: {} is no station's MAC address", config.name(),
                        one.address(), one.mac());
        }
        settings.neighbors[*address] = *mac;
    }
    return settings;
}

Result<std::vector<InterfaceSettings>> read_interfaces(const ipc::ControlplaneConfig& config) {
    std::vector<InterfaceSettings> all;
    std::map<IpAddress, std::string> owners;
    for (const ipc::InterfaceConfig& one : config.interfaces()) {
        auto settings = read_interface(one);
        if (!settings) return unexpected(settings.error());
        for (const InterfaceAddress& address : settings->addresses) {
            const auto [owner, added] = owners.try_emplace(address.address, settings->name);
            if (added) continue;
            return fail("interface {} address {}: interface {} has it already", settings->name,
                        address.to_string(), owner->second);
        }
        const bool known = std::ranges::any_of(
            all, [&](const InterfaceSettings& other) { return other.name == settings->name; });
        if (known) return fail("interface {} is there twice", settings->name);
        all.push_back(std::move(*settings));
    }
    return all;
}

Result<routing::NextHop> read_next_hop(const ipc::StaticNextHop& config, IpFamily family,
                                       const std::set<std::string>& interfaces) {
    routing::NextHop next_hop;
    const auto address = IpAddress::parse(config.address());
    if (!address) return fail("next-hop {}: {}", config.address(), address.error().message);
    if (address->family() != family) {
        return fail("next-hop {}: not of the prefix's address family", config.address());
    }
    if (!config.interface().empty() && !interfaces.contains(config.interface())) {
        return fail("next-hop {}: there is no interface {}", config.address(), config.interface());
    }
    if (address->is_link_local() && address->is_v6() && config.interface().empty()) {
        return fail("next-hop {}: a link-local address needs its interface", config.address());
    }
    next_hop.address = *address;
    next_hop.interface = config.interface();
    next_hop.weight = std::max(1U, config.weight());
    return next_hop;
}

Result<routing::StaticRoute> read_static(const ipc::StaticRouteConfig& config,
                                         const std::set<std::string>& interfaces) {
    routing::StaticRoute route;
    const auto prefix = Prefix::parse(config.prefix());
    if (!prefix) return unexpected(prefix.error());
    route.prefix = *prefix;
    route.distance = config.distance() == 0 ? routing::kDistanceStatic : config.distance();
    if (route.distance > kDistanceMax) {
        return fail("distance {}: at most {} is possible", route.distance, kDistanceMax);
    }
    route.discard = config.discard();
    route.tag = config.tag();
    if (route.discard != config.next_hops().empty()) {
        return fail("needs a next-hop or discard, and not both");
    }
    for (const ipc::StaticNextHop& one : config.next_hops()) {
        auto next_hop = read_next_hop(one, prefix->family(), interfaces);
        if (!next_hop) return unexpected(next_hop.error());
        route.next_hops.push_back(std::move(*next_hop));
    }
    return route;
}

BfdProfiles read_bfd_profiles(const ipc::ControlplaneConfig& config) {
    BfdProfiles profiles;
    for (const ipc::BfdProfileConfig& one : config.bfd_profiles()) {
        ipc::BfdParameters& parameters = profiles[one.name()];
        parameters.set_profile(one.name());
        parameters.set_transmit_interval(one.transmit_interval());
        parameters.set_receive_interval(one.receive_interval());
        parameters.set_detect_multiplier(one.detect_multiplier());
        parameters.set_passive(one.passive());
    }
    return profiles;
}

Result<void> check_bfd_profiles(const BfdProfiles& profiles, const speaker::SpeakerConfig& bgp) {
    const auto known = [&](const bgp::PeerConfig& peer) {
        return peer.bfd_profile.empty() || profiles.contains(peer.bfd_profile);
    };
    for (const bgp::PeerConfig& peer : bgp.peers) {
        if (known(peer)) continue;
        return fail("neighbor {}: there is no BFD profile {}", peer.address, peer.bfd_profile);
    }
    for (const speaker::DynamicNeighbors& range : bgp.dynamic_neighbors) {
        if (known(range.peer)) continue;
        return fail("dynamic-neighbors {}: there is no BFD profile {}", range.prefix.to_string(),
                    range.peer.bfd_profile);
    }
    return {};
}

}  // namespace

Result<Settings> read_settings(const ipc::ControlplaneConfig& config) {
    Settings settings;
    settings.bfd_profiles = read_bfd_profiles(config);
    auto interfaces = read_interfaces(config);
    if (!interfaces) return unexpected(interfaces.error());
    settings.interfaces = std::move(*interfaces);
    std::set<std::string> names;
    for (const InterfaceSettings& interface : settings.interfaces) names.insert(interface.name);
    for (const ipc::StaticRouteConfig& one : config.static_routes()) {
        auto route = read_static(one, names);
        if (!route) return fail("static-route {}: {}", one.prefix(), route.error().message);
        settings.statics.push_back(std::move(*route));
    }
    if (config.has_kernel_maximum_bgp()) {
        settings.kernel_bgp_routes = config.kernel_maximum_bgp();
    }
    auto policies = read_policies(config.policy());
    if (!policies) return unexpected(policies.error());
    if (config.has_bgp()) {
        auto bgp = read_bgp(config.bgp(), config.router_id(), *policies);
        if (!bgp) return fail("bgp: {}", bgp.error().message);
        if (auto done = check_bfd_profiles(settings.bfd_profiles, bgp->speaker); !done) {
            return fail("bgp: {}", done.error().message);
        }
        bgp->speaker.policies = std::make_shared<const policy::Library>(std::move(*policies));
        settings.bgp = std::move(*bgp);
        settings.bgp->speaker.host_name = config.hostname();
    }
    return settings;
}

}  // namespace torii::controlplane

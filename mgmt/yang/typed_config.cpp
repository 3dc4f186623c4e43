#include "mgmt/yang/typed_config.h"

#include "mgmt/yang/typed_access.h"
#include "mgmt/yang/typed_bgp.h"
#include "mgmt/yang/typed_policy.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace torii::yang {
namespace {

void map_device(const ConfigNode& port, ipc::PortConfig& out) {
    const auto pci = port.text("pci");
    const auto kernel = port.text("kernel");
    const auto xdp = port.text("xdp");
    const auto tap = port.text("tap");
    const auto vdev = port.text("vdev");
    if (pci) out.set_pci(*pci);
    if (kernel) out.set_kernel(*kernel);
    if (xdp) out.set_xdp(*xdp);
    if (tap) out.set_tap(*tap);
    if (vdev) out.set_vdev(*vdev);
}

ipc::SourceValidation source_validation(const std::optional<std::string>& mode) {
    if (mode == "loose") return ipc::SOURCE_VALIDATION_LOOSE;
    if (mode == "strict") return ipc::SOURCE_VALIDATION_STRICT;
    return ipc::SOURCE_VALIDATION_OFF;
}

// What is configured on an interface, but is the port's to do.
void map_port_of(const ConfigNode& interface, ipc::PortConfig& out) {
    out.set_mtu(interface.number("mtu").value_or(0));
    out.set_source_validation(source_validation(interface.text("source-validation")));
    const auto silent = [&](const char* family) {
        return !interface.container(family).boolean("unreachables").value_or(true);
    };
    out.set_no_unreachables_v4(silent("ipv4"));
    out.set_no_unreachables_v6(silent("ipv6"));
    const ConfigNode acl = interface.container("acl");
    out.set_acl_in(acl.text("in").value_or(""));
    out.set_acl_out(acl.text("out").value_or(""));
}

void map_vlan(const ConfigNode& interface, ipc::PortConfig& out) {
    const ConfigNode vlan = interface.container("vlan");
    out.set_name(*interface.text("name"));
    out.mutable_vlan()->set_parent(*vlan.text("parent"));
    out.mutable_vlan()->set_id(*vlan.number("id"));
    map_port_of(interface, out);
}

void map_policer(const ConfigNode& policer, ipc::PuntPolicer& out) {
    std::string punt_class = *policer.text("class");
    std::ranges::replace(punt_class, '-', '_');
    out.set_punt_class(punt_class);
    if (const auto rate = policer.number("rate")) out.set_rate(*rate);
    if (const auto burst = policer.number("burst")) out.set_burst(*burst);
}

ipc::EcmpHash ecmp_hash(const std::optional<std::string>& mode) {
    if (mode == "l3") return ipc::ECMP_HASH_L3;
    return mode == "inner" ? ipc::ECMP_HASH_INNER : ipc::ECMP_HASH_L4;
}

ipc::DataplaneConfig map_dataplane(const ConfigNode& root) {
    ipc::DataplaneConfig out;
    const ConfigNode platform = root.container("platform");
    for (const ConfigNode& port : platform.list("port")) {
        auto* added = out.add_ports();
        added->set_name(*port.text("name"));
        map_device(port, *added);
        added->set_rx_ring(port.number("rx-ring").value_or(0));
        added->set_tx_ring(port.number("tx-ring").value_or(0));
        for (const ConfigNode& interface : root.list("interface")) {
            if (interface.text("name") == added->name()) map_port_of(interface, *added);
        }
    }
    for (const ConfigNode& interface : root.list("interface")) {
        if (interface.container("vlan").present()) map_vlan(interface, *out.add_ports());
    }
    const ConfigNode lcores = platform.container("lcores");
    out.set_worker_lcores(fmt::format("{}", fmt::join(lcores.leaf_list("worker"), ",")));
    out.set_idle(lcores.text("idle") == "poll" ? ipc::IDLE_POLL : ipc::IDLE_ADAPTIVE);
    if (const auto memory = platform.container("hugepages").number("memory")) {
        out.set_hugepage_memory_mib(*memory);
    }
    if (const auto main = lcores.number("main")) out.set_main_lcore(*main);
    out.set_buffers(platform.container("buffers").number("count").value_or(0));
    const ConfigNode forwarding = root.container("forwarding");
    const ConfigNode ecmp = forwarding.container("ecmp");
    out.set_ecmp_hash(ecmp_hash(ecmp.text("hash")));
    out.set_ecmp_symmetric(ecmp.boolean("symmetric").value_or(false));
    out.set_ecmp_selection(ecmp.text("selection") == "threshold" ? ipc::ECMP_SELECTION_THRESHOLD
                                                                 : ipc::ECMP_SELECTION_RESILIENT);
    out.set_ecmp_seed(ecmp.number("seed").value_or(0));
    const ConfigNode counters = forwarding.container("route-counters");
    for (const std::string& prefix : counters.leaf_list("prefix")) {
        out.mutable_route_counters()->add_prefixes(prefix);
        out.mutable_route_counters()->set_maximum(counters.number("maximum").value_or(0));
    }
    out.set_icmp_error_rate(forwarding.container("icmp").number("rate").value_or(0));
    map_access_lists(root, out);
    for (const ConfigNode& policer : root.container("punt").list("policer")) {
        map_policer(policer, *out.add_punt_policers());
    }
    return out;
}

void map_interface(const ConfigNode& interface, ipc::InterfaceConfig& out) {
    out.set_name(*interface.text("name"));
    out.set_description(interface.text("description").value_or(""));
    out.set_enabled(interface.boolean("enabled").value_or(true));
    out.set_loopback(interface.flag("loopback"));
    for (const char* family : {"ipv4", "ipv6"}) {
        for (const std::string& address : interface.container(family).leaf_list("address")) {
            out.add_addresses(address);
        }
        for (const ConfigNode& neighbor : interface.container(family).list("neighbor")) {
            auto* added = out.add_neighbors();
            added->set_address(*neighbor.text("address"));
            added->set_mac(neighbor.text("link-layer-address").value_or(""));
        }
    }
}

void map_static_route(const ConfigNode& route, ipc::StaticRouteConfig& out) {
    out.set_prefix(*route.text("prefix"));
    out.set_distance(route.number("distance").value_or(1));
    out.set_discard(route.flag("discard"));
    for (const ConfigNode& next_hop : route.list("next-hop")) {
        auto* added = out.add_next_hops();
        added->set_address(*next_hop.text("address"));
        added->set_interface(next_hop.text("interface").value_or(""));
        added->set_weight(next_hop.number("weight").value_or(1));
    }
    out.set_tag(route.number("tag").value_or(0));
}

void map_bfd_profile(const ConfigNode& profile, ipc::BfdProfileConfig& out) {
    out.set_name(*profile.text("name"));
    out.set_transmit_interval(profile.number("transmit-interval").value_or(0));
    out.set_receive_interval(profile.number("receive-interval").value_or(0));
    out.set_detect_multiplier(profile.number("detect-multiplier").value_or(0));
    out.set_passive(profile.boolean("passive").value_or(false));
}

ipc::ControlplaneConfig map_controlplane(const ConfigNode& root) {
    ipc::ControlplaneConfig out;
    out.set_hostname(root.container("system").text("hostname").value_or(""));
    for (const ConfigNode& interface : root.list("interface")) {
        map_interface(interface, *out.add_interfaces());
    }
    const ConfigNode routing = root.container("routing");
    out.set_router_id(routing.text("router-id").value_or(""));
    if (const auto routes = routing.container("kernel-routes").number("maximum-bgp")) {
        out.set_kernel_maximum_bgp(*routes);
    }
    for (const ConfigNode& route : routing.list("static-route")) {
        map_static_route(route, *out.add_static_routes());
    }
    for (const ConfigNode& profile : root.container("bfd").list("profile")) {
        map_bfd_profile(profile, *out.add_bfd_profiles());
    }
    *out.mutable_policy() = typed_policy(root);
    if (root.container("bgp").present()) *out.mutable_bgp() = typed_bgp(root);
    return out;
}

ipc::LoggingLevel logging_level(const std::optional<std::string>& level) {
    if (level == "debug") return ipc::LOGGING_DEBUG;
    if (level == "info") return ipc::LOGGING_INFO;
    if (level == "warning") return ipc::LOGGING_WARNING;
    return level == "error" ? ipc::LOGGING_ERROR : ipc::LOGGING_AS_STARTED;
}

ipc::LoggingConfig map_logging(const ConfigNode& system) {
    ipc::LoggingConfig out;
    const ConfigNode logging = system.container("logging");
    out.set_level(logging_level(logging.text("level")));
    out.set_hostname(system.text("hostname").value_or(""));
    for (const ConfigNode& category : logging.list("category")) {
        auto* added = out.add_categories();
        added->set_name(*category.text("name"));
        added->set_level(logging_level(category.text("level")));
    }
    out.set_file(logging.text("file").value_or(""));
    for (const ConfigNode& server : logging.list("server")) {
        auto* added = out.add_servers();
        added->set_address(*server.text("address"));
        added->set_port(server.number("port").value_or(0));
    }
    return out;
}

std::vector<IpAddress> addresses(const std::vector<std::string>& texts) {
    std::vector<IpAddress> out;
    for (const std::string& text : texts) {
        if (const auto parsed = IpAddress::parse(text)) out.push_back(*parsed);
    }
    return out;
}

SshConfig map_ssh(const ConfigNode& service) {
    return {service.boolean("enabled").value_or(false), addresses(service.leaf_list("listen")),
            static_cast<std::uint16_t>(service.number("port").value_or(0))};
}

CommitConfig map_commit(const ConfigNode& commit) {
    CommitConfig out;
    if (const auto history = commit.number("history")) out.history = *history;
    if (const auto seconds = commit.number("confirm-timeout")) {
        out.confirm_timeout = std::chrono::seconds(*seconds);
    }
    out.require_comment = commit.boolean("require-comment").value_or(false);
    return out;
}

ManagementConfig map_management(const ConfigNode& root) {
    ManagementConfig out;
    out.commit = map_commit(root.container("system").container("commit"));
    const ConfigNode services = root.container("services");
    out.ssh = map_ssh(services.container("ssh"));
    out.netconf = map_ssh(services.container("netconf"));
    for (const ConfigNode& user : root.container("system").list("user")) {
        out.users.push_back({*user.text("name"), *user.text("role"), user.leaf_list("ssh-key")});
    }
    const ConfigNode metrics = services.container("metrics");
    const bool enabled = metrics.boolean("enabled").value_or(false);
    out.metrics.listen = addresses(metrics.leaf_list("listen"));
    out.metrics.port = static_cast<std::uint16_t>(metrics.number("port").value_or(0));
    if (!enabled) {
        out.metrics.listen.clear();
    } else if (out.metrics.listen.empty()) {
        out.metrics.listen.push_back(*IpAddress::parse("127.0.0.1"));
    }
    return out;
}

}  // namespace

TypedConfig typed_config(const Configuration& configuration, ConfigNode::Reads* reads) {
    const ConfigNode root = configuration.root(reads);
    TypedConfig out{map_dataplane(root), map_controlplane(root), map_management(root)};
    out.management.logging = map_logging(root.container("system"));
    *out.dataplane.mutable_logging() = out.management.logging;
    *out.controlplane.mutable_logging() = out.management.logging;
    return out;
}

}  // namespace torii::yang

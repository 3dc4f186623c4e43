#include "agent/api/api_store.h"
#include "agent/api/http_transport.h"
#include "agent/kube/folder_store.h"
#include "agent/reconcile/import_policy.h"
#include "agent/server/agent.h"
#include "platform/base/log.h"
#include "platform/http/server.h"
#include "platform/ipc/server.h"
#include "platform/linux/service_manager.h"
#include "platform/runtime/daemon.h"
#include "platform/runtime/event_loop.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using torii::LogLevel;
constexpr torii::Log kLog("main");
constexpr unsigned kSocketMode = 0660;

struct Options {
    torii::agent::AgentOptions agent;
    std::string manifests;
    std::string kubeconfig;
    bool in_cluster = false;
    torii::api::LeaseSettings lease;
    std::string status_dir;
    std::string default_ipam = "lbipam";
    std::string router_id_mode = "default";
    std::string router_id_pool;
    std::string data_path = "off";
    unsigned withdraw_delay_ms = 1000;
    std::vector<std::string> imported;
    unsigned drain_time_ms = 5000;
    unsigned handover_time = 3600;
    std::string run_dir = "/run/torii";
    std::vector<std::string> metrics;
    LogLevel log_level = LogLevel::info;
};

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.data();
}

void add_options(CLI::App& app, Options& options) {
    torii::reconcile::NodeSettings& node = options.agent.node;
    node.node = host_name();
    app.add_option("--node", node.node, "Name of this node in the cluster")->capture_default_str();
    CLI::Option_group* source = app.add_option_group("source", "Where the cluster's resources are");
    source->add_option("--manifests", options.manifests, "Folder of the cluster's manifests");
    source->add_option("--kubeconfig", options.kubeconfig,
                       "File that says where the Kubernetes API is, and who one is");
    source->add_flag("--in-cluster", options.in_cluster,
                     "Use the Kubernetes API with the service account of this pod");
    source->require_option(1);
    app.add_option("--lease-namespace", options.lease.namespace_name,
                   "Where controllers of the Kubernetes API have their lease")
        ->capture_default_str();
    app.add_option("--bgp-secrets-namespace", node.secrets_namespace,
                   "Where the Secrets of authSecretRef are")
        ->capture_default_str();
    app.add_option("--enable-no-service-endpoints-routable", node.no_endpoints_routable,
                   "Advertise services with traffic policy Cluster that have no endpoint")
        ->capture_default_str();
    app.add_option(
        "--status-dir", options.status_dir,
        "Folder of the resources' statuses; by default status/ in that of the manifests");
    app.add_flag(
        "--controller", options.agent.controller,
        "Map cluster configurations to nodes, give services addresses of the pools and write "
        "statuses, if no other process does");
    app.add_option("--bgp-router-id-allocation-mode", options.router_id_mode,
                   "Whence a node's router ID comes if nobody states one: default (its InternalIP) "
                   "or ip-pool (controllers give it one, in its CiliumBGPNodeConfig)")
        ->check(CLI::IsMember({"default", "ip-pool"}))
        ->capture_default_str();
    app.add_option("--bgp-router-id-allocation-ip-pool", options.router_id_pool,
                   "IPv4 CIDR of router IDs, for ip-pool");
    app.add_option("--enable-bgp-legacy-origin-attribute", node.legacy_origin,
                   "Routes of LoadBalancerIPs have origin INCOMPLETE instead of IGP")
        ->capture_default_str();
    app.add_option("--enable-bgp-control-plane-status-report", options.agent.reports,
                   "Write the status of the node's CiliumBGPNodeConfig")
        ->capture_default_str();
    app.add_option("--enable-ipv4", options.agent.control.ipam.ipv4, "Give services IPv4 addresses")
        ->capture_default_str();
    app.add_option("--enable-ipv6", options.agent.control.ipam.ipv6, "Give services IPv6 addresses")
        ->capture_default_str();
    app.add_option("--default-lb-service-ipam", options.default_ipam,
                   "Who serves services without loadBalancerClass: lbipam, nodeipam or none")
        ->check(CLI::IsMember({"lbipam", "nodeipam", "none"}))
        ->capture_default_str();
    app.add_option("--run-dir", options.run_dir, "Where agent.sock goes")->capture_default_str();
    app.add_option("--metrics", options.metrics,
                   "ADDRESS:PORT to answer Prometheus at, GET /metrics; may come many times")
        ->allow_extra_args(false);
    torii::add_log_level(app, options.log_level);
}

void add_data_path_options(CLI::App& app, Options& options) {
    torii::agent::DataPathOptions& data_path = options.agent.data_path;
    app.add_option("--datapath", options.data_path,
                   "Who balances the services' connections on this node: nft (this agent, with "
                   "nftables) or off (kube-proxy, Cilium)")
        ->check(CLI::IsMember({"nft", "off"}))
        ->capture_default_str();
    app.add_option("--external-cluster-ip", data_path.balancing.cluster_ip_from_outside,
                   "Serve ClusterIPs to clients outside the cluster")
        ->capture_default_str();
    app.add_option("--maglev-size", data_path.table.maglev_size,
                   "Slots of a service's table of backends; the same on all nodes")
        ->check(CLI::IsMember({251, 509, 1021, 2039, 4093, 8191, 16381}))
        ->capture_default_str();
    app.add_option("--maglev-seed", data_path.table.maglev_seed,
                   "Orders the tables of backends; the same on all nodes")
        ->capture_default_str();
    app.add_option("--withdraw-delay", options.withdraw_delay_ms,
                   "How long a withdrawn service is still served, in ms")
        ->capture_default_str();
}

void add_import_options(CLI::App& app, Options& options) {
    app.add_option("--import", options.imported,
                   "Learned routes that go into the kernel (several times): default, all, or a "
                   "prefix with lengths as in \"172.20.0.0/16 le 24\"; without it none do");
    app.add_option("--import-maximum", options.agent.import.maximum,
                   "No more of them than these go there")
        ->capture_default_str();
}

void add_drain_options(CLI::App& app, Options& options) {
    using OnStop = torii::agent::DrainOptions::OnStop;
    static const std::map<std::string, OnStop> kOnStop{
        {"auto", OnStop::automatic}, {"drain", OnStop::drain}, {"restart", OnStop::restart}};
    torii::agent::DrainOptions& drain = options.agent.drain;
    app.add_option("--drain-on-cordon", drain.on_cordon,
                   "Withdraw the services of this node while it is unschedulable")
        ->capture_default_str();
    app.add_option("--drain-time", options.drain_time_ms,
                   "How long routes have the community graceful-shutdown before they are "
                   "withdrawn, in ms")
        ->capture_default_str();
    app.add_option("--handover-time", options.handover_time,
                   "How long a node that is back passes on connections that began at others while "
                   "it was away, in s")
        ->capture_default_str();
    app.add_option("--on-stop", drain.on_stop,
                   "What SIGTERM means: drain; restart (just end, and leave the routes to the next "
                   "agent); auto: restart where graceful restart keeps them, else drain")
        ->transform(CLI::CheckedTransformer(kOnStop));
}

using StorePtr = std::unique_ptr<torii::kube::Store>;

StorePtr open_folder(torii::EventLoop& loop, const Options& options) {
    return std::make_unique<torii::kube::FolderStore>(
        loop, torii::kube::FolderStoreOptions{
                  options.agent.node.node, options.manifests, options.status_dir,
                  [ipam = options.agent.control.ipam](const torii::model::Service& service) {
                      return torii::ipam::is_served(service, ipam);
                  }});
}

torii::Result<StorePtr> open_api(torii::EventLoop& loop, const Options& options) {
    auto access = options.in_cluster ? torii::api::in_cluster_access()
                                     : torii::api::read_kubeconfig(options.kubeconfig);
    if (!access) return torii::unexpected(access.error());
    kLog.info("resources are those of server={}", access->server());
    torii::api::ApiStoreOptions store;
    store.node = options.agent.node.node;
    store.secrets_namespace = options.agent.node.secrets_namespace;
    store.controller = options.agent.controller;
    store.lease = options.lease;
    const torii::api::Random random = torii::api::random_source();
    // Also unlike that of the process before on this node.
    store.lease.identity =
        fmt::format("{}_{:08x}", store.node, static_cast<std::uint32_t>(random() * 0xFFFFFFFF));
    store.own_condition = torii::ipam::kSatisfied;
    const auto shared = std::make_shared<const torii::api::Access>(std::move(*access));
    return std::make_unique<torii::api::ApiStore>(
        loop, std::move(store),
        [&loop, shared] { return std::make_unique<torii::api::HttpTransport>(loop, shared); },
        random);
}

torii::Result<void> set_router_ids(Options& options) {
    if (options.router_id_mode == "default") return {};
    const auto pool = torii::Prefix::parse(options.router_id_pool);
    if (!pool || pool->family() != torii::IpFamily::v4) {
        return torii::fail("--bgp-router-id-allocation-ip-pool \"{}\": must be an IPv4 CIDR",
                           options.router_id_pool);
    }
    options.agent.control.router_ids = *pool;
    options.agent.node.router_ids_given = true;
    return {};
}

// "127.0.0.1:9962", "[::1]:9962"
torii::Result<std::unique_ptr<torii::http::Server>> serve_metrics(torii::EventLoop& loop,
                                                                  const std::string& at,
                                                                  torii::agent::Agent& agent) {
    const std::size_t colon = std::min(at.rfind(':'), at.size());
    std::string host = at.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto address = torii::IpAddress::parse(host);
    std::uint16_t port = 0;
    const char* const end = at.data() + at.size();
    const auto [after, error] =
        std::from_chars(at.data() + std::min(colon + 1, at.size()), end, port);
    if (!address || error != std::errc() || after != end) {
        return torii::fail("--metrics {}: must be ADDRESS:PORT", at);
    }
    return torii::http::Server::listen(
        loop, *address, port,
        [&agent](const std::string& target, const torii::http::Server::Answer& answer) {
            if (target == "/metrics") {
                answer({200, "text/plain; version=0.0.4; charset=utf-8", agent.metrics()});
            } else {
                answer({404, "text/plain; charset=utf-8", "there is only /metrics\n"});
            }
        });
}

torii::Result<void> run(const Options& options) {
    using Server = torii::ipc::Server<torii::ipc::AgentRequest, torii::ipc::AgentReply>;
    if (auto made = torii::make_run_dir(options.run_dir); !made) return made;

    torii::EventLoop loop;
    auto store = options.manifests.empty() ? open_api(loop, options)
                                           : torii::Result<StorePtr>(open_folder(loop, options));
    if (!store) return torii::unexpected(store.error());
    torii::agent::Agent agent(loop, options.agent, std::move(*store));
    if (auto started = agent.start(); !started) return started;
    // In the end sockets are just closed, without a Cease: with graceful restart the peers keep our
    // routes until the next one is there (RFC 4724 section 5).
    auto manager = torii::ServiceManager::of_environment(loop);
    loop.on_terminate([&] {
        manager.stopping();
        agent.stop([&loop] { loop.stop(); });
    });
    const auto server = Server::listen(
        loop, options.run_dir + "/agent.sock", kSocketMode,
        [&agent](const torii::ipc::AgentRequest& request, const Server::SessionPtr& session) {
            session->send(agent.answer(request));
        });
    if (!server) return torii::unexpected(server.error());
    std::vector<std::unique_ptr<torii::http::Server>> metrics;
    for (const std::string& at : options.metrics) {
        auto serving = serve_metrics(loop, at, agent);
        if (!serving) return torii::unexpected(serving.error());
        metrics.push_back(std::move(*serving));
    }
    kLog.info("started node={}", options.agent.node.node);
    manager.ready();
    loop.run();
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Plays the BGP part of a Kubernetes node", "torii-agent");
    add_options(app, options);
    add_data_path_options(app, options);
    add_import_options(app, options);
    add_drain_options(app, options);
    CLI11_PARSE(app, argc, argv);
    options.agent.control.secrets_namespace = options.agent.node.secrets_namespace;
    options.agent.node.has_all_nodes = !options.manifests.empty() || options.agent.controller;
    options.agent.control.ipam.serves_unclassed = options.default_ipam == "lbipam";
    options.agent.data_path.enabled = options.data_path == "nft";
    options.agent.data_path.withdraw_delay = std::chrono::milliseconds(options.withdraw_delay_ms);
    options.agent.drain.announce = std::chrono::milliseconds(options.drain_time_ms);
    options.agent.drain.handover = std::chrono::seconds(options.handover_time);
    torii::set_log_level(options.log_level);
    if (const auto set = set_router_ids(options); !set) return torii::exit_status(set);
    auto imported = torii::reconcile::import_rules(options.imported);
    if (!imported) {
        kLog.error("--import {}", imported.error().message);
        return EXIT_FAILURE;
    }
    options.agent.node.imported = std::move(*imported);
    return torii::exit_status(run(options));
}

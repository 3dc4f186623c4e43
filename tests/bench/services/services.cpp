// A node's load balancing with many services: the first time, and one change among them. In a
// network namespace of its own, with the kernel's nftables. Arguments: services, endpoints of each.
// Prints milliseconds of CPU time and MiB as JSON.
#include "agent/loadbalance/balancer.h"
#include "agent/nftables/table.h"
#include "agent/reconcile/desired.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sched.h>
#include <string>
#include <string_view>
#include <time.h>
#include <vector>

namespace {

using torii::IpAddress;

// CPU time of this process, the kernel's work for it included: what else runs does not count.
struct Clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Clock>;
    static constexpr bool is_steady = true;
    static time_point now() {
        timespec spent{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
        return time_point(std::chrono::seconds(spent.tv_sec) +
                          std::chrono::nanoseconds(spent.tv_nsec));
    }
};

constexpr int kNodes = 100;
constexpr int kChanges = 21;
constexpr std::uint32_t kClusterIps = 0x0A600000U;  // 10.96.0.0
constexpr std::uint32_t kPods = 0x64400000U;        // 100.64.0.0
constexpr std::uint32_t kVips = 0xAC100000U;        // 172.16.0.0

double since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

// Of this process, in MiB: VmRSS or VmHWM.
double memory(std::string_view what) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(what)) return std::atof(line.c_str() + what.size() + 1) / 1024;
    }
    return 0;
}

torii::model::Endpoint endpoint(std::uint32_t number) {
    torii::model::Endpoint made;
    made.addresses = {IpAddress::v4(kPods + number)};
    made.node_name = fmt::format("node-{}", number % kNodes);
    return made;
}

void add_service(torii::model::Snapshot& snapshot, std::uint32_t number, std::uint32_t endpoints) {
    torii::model::Service service;
    service.metadata.name = fmt::format("service-{}", number);
    service.metadata.namespace_name = "bench";
    service.type = torii::model::ServiceType::load_balancer;
    service.cluster_ips = {IpAddress::v4(kClusterIps + number + 1)};
    service.load_balancer_ips = {IpAddress::v4(kVips + number + 1)};
    torii::model::ServicePort port;
    port.name = "http";
    port.port = 80;
    service.ports = {port};
    torii::model::EndpointSlice slice;
    slice.metadata.name = service.metadata.name + "-1";
    slice.metadata.namespace_name = "bench";
    slice.service = service.metadata.name;
    slice.ports = {{"http", torii::model::Protocol::tcp, std::uint16_t{8080}, ""}};
    for (std::uint32_t index = 0; index < endpoints; ++index) {
        slice.endpoints.push_back(endpoint(number * endpoints + index));
    }
    snapshot.endpoint_slices.emplace(slice.metadata.key(), std::move(slice));
    snapshot.services.emplace(service.metadata.key(), std::move(service));
}

// A node that announces the services to a router.
void add_node(torii::model::Snapshot& snapshot) {
    torii::model::Node node;
    node.metadata.name = "node-1";
    node.pod_cidrs = {torii::Prefix::parse("100.64.0.0/10").value()};
    node.internal_addresses = {IpAddress::parse("192.0.2.2").value()};
    snapshot.nodes.emplace("node-1", node);
    torii::model::BgpPeerConfig settings;
    settings.metadata.name = "p";
    settings.families = {{"ipv4", "unicast", torii::model::LabelSelector{}}};
    snapshot.peer_configs.emplace("p", settings);
    torii::model::BgpClusterConfig config;
    config.metadata.name = "bgp";
    torii::model::BgpInstance instance;
    instance.name = "i";
    instance.local_as = torii::bgp::Asn(65001);
    torii::model::BgpPeer peer;
    peer.name = "tor";
    peer.peer_address = {IpAddress::parse("192.0.2.1").value(), ""};
    peer.peer_as = torii::bgp::Asn(65000);
    peer.peer_config = "p";
    instance.peers = {peer};
    config.instances = {instance};
    snapshot.cluster_configs.emplace("bgp", config);
    torii::model::BgpAdvertisement advertisement;
    advertisement.metadata.name = "a";
    torii::model::BgpAdvertisementEntry entry;
    entry.type = torii::model::AdvertisementType::service;
    entry.selector = torii::model::LabelSelector{};
    entry.service.load_balancer_ip = true;
    advertisement.advertisements = {entry};
    snapshot.advertisements.emplace("a", advertisement);
}

struct Timing {
    double compute = 0;
    double nftables = 0;
    double removal = 0;
    double bgp = 0;
};

// As the agent does it.
bool apply(const torii::model::Snapshot& snapshot, torii::loadbalance::Balancer& balancer,
           torii::nftables::Table& table, Timing& timing) {
    torii::Result<void> added;
    auto begin = Clock::now();
    {
        const torii::loadbalance::Ruleset fresh = balancer.update(snapshot);
        timing.compute = since(begin);
        begin = Clock::now();
        added = table.add(fresh);
        timing.nftables = since(begin);
    }
    begin = Clock::now();
    const auto wanted = torii::reconcile::desired(snapshot, {.node = "node-1"});
    timing.bgp = since(begin);
    begin = Clock::now();
    const auto removed = table.remove(table.rest(balancer.wanted()));
    timing.removal = since(begin);
    for (const auto& done : {added, removed}) {
        if (!done) fmt::print(stderr, "{}\n", done.error().message);
    }
    return added && removed && wanted.instances.size() == 1;
}

int run(std::uint32_t services, std::uint32_t endpoints) {
    if (unshare(CLONE_NEWNET) != 0) {
        fmt::print(stderr, "a network namespace of its own needs root\n");
        return EXIT_FAILURE;
    }
    torii::model::Snapshot snapshot;
    add_node(snapshot);
    for (std::uint32_t number = 0; number < services; ++number) {
        add_service(snapshot, number, endpoints);
    }
    const double before = memory("VmRSS");
    torii::loadbalance::Balancer balancer({"node-1", false}, {});
    torii::nftables::Table table;
    Timing first;
    if (!apply(snapshot, balancer, table, first)) return EXIT_FAILURE;
    const double after = memory("VmRSS");
    Timing change;
    std::vector<double> compute;
    std::vector<double> nftables;
    std::vector<double> removal;
    std::vector<double> bgp;
    for (std::uint32_t number = 0; number < kChanges; ++number) {
        auto& slice =
            snapshot.endpoint_slices.at(fmt::format("bench/service-{}-1", number * 37 % services));
        slice.endpoints.back() = endpoint(services * endpoints + number);
        if (!apply(snapshot, balancer, table, change)) return EXIT_FAILURE;
        compute.push_back(change.compute);
        nftables.push_back(change.nftables);
        removal.push_back(change.removal);
        bgp.push_back(change.bgp);
    }
    fmt::print(
        "{{\"services\": {}, \"endpoints\": {}, \"first_compute_ms\": {:.0f}, "
        "\"first_nftables_ms\": {:.0f}, \"change_compute_ms\": {:.1f}, "
        "\"change_nftables_ms\": {:.1f}, \"change_bgp_ms\": {:.1f}, "
        "\"change_removal_ms\": {:.1f}, \"snapshot_mib\": {:.0f}, \"kept_mib\": {:.0f}, "
        "\"peak_mib\": {:.0f}}}\n",
        services, services * endpoints, first.compute, first.nftables, median(compute),
        median(nftables), median(bgp), median(removal), before, after - before, memory("VmHWM"));
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
    std::uint32_t numbers[2] = {10000, 10};
    for (int index = 1; index < argc && index < 3; ++index) {
        const std::string_view text = argv[index];
        std::from_chars(text.data(), text.data() + text.size(), numbers[index - 1]);
    }
    return run(numbers[0], numbers[1]);
}

// Our packet engine on the benchmark's source and sink: the worker, the devices, the pipeline and
// the forwarding table of torii-dataplane, without its control side.
//
//     torii_bench_forwarder CPU HUGEPAGE_MIB EGRESS_PORTS MEMBERS    (MEMBERS 0: pass through)
#include "dataplane/dpdk/acl_classifier.h"
#include "dataplane/dpdk/device.h"
#include "dataplane/dpdk/eal.h"
#include "dataplane/dpdk/mbuf_pool.h"
#include "dataplane/dpdk/packet_ring.h"
#include "dataplane/dpdk/qsbr.h"
#include "dataplane/dpdk/worker.h"
#include "dataplane/fib/forwarding_table.h"
#include "dataplane/pipeline/pipeline.h"
#include "dataplane/pipeline/settings.h"
#include "tests/bench/churn.h"
#include "tests/bench/traffic.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>
#include <vector>

namespace torii::bench {
namespace {

constexpr unsigned kBuffers = 8192;  // as many as l3fwd makes
constexpr std::uint16_t kMtu = 1500;

template <class T>
T value_of(Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "%s\n", result.error().message.c_str());
        std::exit(EXIT_FAILURE);
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

MacAddress port_mac(PortId port) {
    MacAddress mac{kRouterMac};
    mac.octets[4] = static_cast<std::uint8_t>(port);
    return mac;
}

// The gateways of an egress port: 10.PORT.0.1, .2, ... or fd00:PORT::1, ::2, ...
IpAddress gateway_of(IpFamily family, PortId port, unsigned member) {
    if (family == IpFamily::v4) {
        return IpAddress::v4(0x0a000000U | std::uint32_t{port} << 16U | member);
    }
    std::array<std::uint8_t, 16> octets{0xfd};
    octets[3] = static_cast<std::uint8_t>(port);
    octets[15] = static_cast<std::uint8_t>(member);
    return IpAddress::v6(octets);
}

// One group of all gateways per port and family, and each route through the group of its port.
void fill_table(fib::ForwardingTable& table, IpFamily family, PortId egress_ports,
                unsigned members) {
    const std::uint32_t own = family == IpFamily::v4 ? 0 : 1'000'000;
    fib::FibTransaction transaction;
    for (PortId port = 1; port <= egress_ports; ++port) {
        fib::NextHopGroup group{own + port, {}};
        for (unsigned member = 1; member <= members; ++member) {
            const IpAddress gateway = gateway_of(family, port, member);
            const std::uint32_t id = own + port * 1000U + member;
            transaction.next_hops.push_back(
                {id, fib::NextHopKind::gateway, gateway, "port" + std::to_string(port), port});
            group.members.push_back({id, 1});
            table.set_neighbor(port, gateway,
                               {{0x02, 0, 0, 1, static_cast<std::uint8_t>(port),
                                 static_cast<std::uint8_t>(member)}});
        }
        transaction.groups.push_back(group);
    }
    const char* file = family == IpFamily::v4 ? "ROUTES_V4" : "ROUTES_V6";
    for (const Route& route : read_routes(setting(file))) {
        transaction.routes.push_back({route.prefix, own + route.port});
    }
    value_of(table.apply(transaction));
}

// As many rules as an operator may have, none of which fits; the last accepts everything.
std::shared_ptr<const pipeline::AccessList> access_list(std::uint32_t count) {
    std::vector<pipeline::AccessRule> rules;
    for (std::uint32_t sequence = 1; sequence < count; ++sequence) {
        pipeline::AccessRule rule{.sequence = sequence, .action = pipeline::AccessAction::discard};
        rule.source = Prefix::covering(IpAddress::v4(0xc0000200U + (sequence << 8U)), 24);
        rule.destination_ports = pipeline::PortRange{static_cast<std::uint16_t>(sequence),
                                                     static_cast<std::uint16_t>(2 * sequence)};
        rule.protocol = sequence % 2 == 0 ? 6 : 17;
        rules.push_back(rule);
    }
    rules.push_back({.sequence = count, .action = pipeline::AccessAction::accept});
    return value_of(dpdk::build_access_list("bench", rules, 1));
}

// Devices that make packets of nothing, or those at the ends of wires w0, w1, ...
bool on_wires() {
    return setting("DEVICES") != "net_null";
}
dpdk::DeviceAddress device_address(PortId id) {
    const std::string number = std::to_string(id);
    return {"vdev", setting("DEVICES") + number, on_wires() ? "iface=w" + number : "size=60"};
}

struct Engine {
    explicit Engine(PortId egress_ports)
        : pool(value_of(dpdk::MbufPool::create("bench", kBuffers))), ports(egress_ports) {
        for (PortId id = 0; id <= ports; ++id) {
            devices.push_back(value_of(dpdk::Device::attach(id, device_address(id), *pool)));
            attach_sink(devices.back()->ethdev());
        }
        attach_source(devices.front()->ethdev());
    }

    std::unique_ptr<dpdk::MbufPool> pool;
    PortId ports;
    std::vector<std::unique_ptr<dpdk::Device>> devices;
};

fib::HashRules hash_rules(const std::string& name) {
    fib::HashRules rules{fib::HashSeed::make(1)};
    if (name == "l3") rules.mode = fib::HashMode::l3;
    if (name == "inner") rules.mode = fib::HashMode::inner;
    rules.symmetric = name == "symmetric";
    return rules;
}

// Where sources are: behind the port they come in on.
void add_sources(fib::ForwardingTable& table, IpFamily family) {
    const std::uint32_t id = family == IpFamily::v4 ? 900 : 1'000'900;
    const char* sources = family == IpFamily::v4 ? "192.168.0.0/16" : "2001::/16";
    fib::FibTransaction transaction;
    transaction.next_hops = {{id, fib::NextHopKind::attached, {}, "port0", 0}};
    transaction.groups = {{id, {{id, 1}}}};
    transaction.routes = {{value_of(Prefix::parse(sources)), id}};
    value_of(table.apply(transaction));
}

pipeline::SourceValidation source_validation(const std::string& name) {
    if (name == "strict") return pipeline::SourceValidation::strict;
    if (name == "loose") return pipeline::SourceValidation::loose;
    return pipeline::SourceValidation::off;
}

[[noreturn]] void sleep_for_good() {
    while (true) ::pause();
}

[[noreturn]] void run_floor(Engine& engine) {
    const auto run = [](void* given) {
        const auto& devices = static_cast<Engine*>(given)->devices;
        pass_through(devices[0]->ethdev(), devices[1]->ethdev());
    };
    if (!launch(run, &engine)) std::exit(EXIT_FAILURE);
    sleep_for_good();
}

[[noreturn]] void run_pipeline(Engine& engine, unsigned members) {
    dpdk::Qsbr qsbr(1);
    fib::ForwardingTable table(qsbr, 1);
    for (PortId port = 1; port <= engine.ports; ++port) table.set_port(port, port_mac(port), kMtu);
    for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
        fill_table(table, family, engine.ports, members);
    }
    for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) add_sources(table, family);
    if (setting("COUNTED") == "on") {
        table.set_counted_routes(
            {{value_of(Prefix::parse("0.0.0.0/0")), value_of(Prefix::parse("::/0"))},
             fib::kMaxCountedRoutes});
    }
    pipeline::SharedSettings settings(qsbr);
    pipeline::Settings wanted;
    wanted.hashing = hash_rules(setting("HASH"));
    for (PortId id = 0; id <= engine.ports; ++id) {
        wanted.ports[id].enabled = true;
        wanted.ports[id].mac = port_mac(id);
        wanted.ports[id].repair_checksums = on_wires();  // as torii-dataplane does
        wanted.ports[id].addresses = {{IpAddress::v4(0x0a0000feU | std::uint32_t{id} << 16U), 24}};
    }
    wanted.ports[0].source_validation = source_validation(setting("SOURCES"));
    const std::uint32_t rules = static_cast<std::uint32_t>(std::stoul(setting("RULES")));
    if (rules != 0) wanted.ports[0].acl_in = access_list(rules);
    settings.publish(std::move(wanted));
    pipeline::Pipeline pipeline(table, settings, 0);
    dpdk::Worker worker(0, pipeline, settings, *engine.pool, qsbr,
                        value_of(dpdk::PacketRing::create("to_control", 1024)),
                        value_of(dpdk::PacketRing::create("from_control", 1024)));
    dpdk::WorkerPorts ports;
    for (PortId id = 0; id <= engine.ports; ++id) ports.ports[id] = engine.devices[id].get();
    ports.present = {0};  // as l3fwd, which receives on this one only; on wires on both
    if (on_wires()) ports.present.push_back(1);
    worker.set_ports(std::move(ports));
    worker.set_poll_always(true);
    const bool churns = setting("CHURN") != "off";
    if (churns) be_called_churn();
    if (!launch([](void* given) { static_cast<dpdk::Worker*>(given)->run(); }, &worker)) {
        std::exit(EXIT_FAILURE);
    }
    if (churns) {
        const bool v6 = setting("FAMILY") == "6";
        // Of this table, or of one that nobody looks at: what else there is on the machine.
        fib::ForwardingTable other(qsbr, 1);
        const bool elsewhere = setting("CHURN") == "elsewhere";
        if (elsewhere) {
            fill_table(other, v6 ? IpFamily::v6 : IpFamily::v4, engine.ports, members);
        }
        churn_for_good(elsewhere ? other : table, qsbr,
                       read_routes(setting(v6 ? "ROUTES_V6" : "ROUTES_V4")), v6 ? 1'000'000 : 0);
    }
    sleep_for_good();
}

}  // namespace
}  // namespace torii::bench

int main(int argc, char** argv) {
    using namespace torii;
    if (argc != 5) return EXIT_FAILURE;
    dpdk::EalOptions options;
    options.file_prefix = "torii-bench-" + std::to_string(::getpid());
    options.worker_lcores = argv[1];
    options.hugepage_memory_mib = static_cast<std::uint32_t>(std::atoi(argv[2]));
    if (const auto started =
            dpdk::start_eal(bench::value_of(dpdk::plan_eal(options, dpdk::inspect_machine())));
        !started) {
        return EXIT_FAILURE;
    }
    bench::Engine engine(static_cast<PortId>(std::atoi(argv[3])));
    const auto members = static_cast<unsigned>(std::atoi(argv[4]));
    if (members == 0) bench::run_floor(engine);
    bench::run_pipeline(engine, members);
}

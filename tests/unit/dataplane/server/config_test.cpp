#include "dataplane/server/config.h"

#include <gmock/gmock.h>

namespace torii::dataplane {
namespace {

using ::testing::HasSubstr;

ipc::PortConfig xdp(const std::string& name, const std::string& device) {
    ipc::PortConfig port;
    port.set_name(name);
    port.set_xdp(device);
    return port;
}

std::string refusal(const std::vector<ipc::PortConfig>& ports) {
    ipc::DataplaneConfig message;
    for (const ipc::PortConfig& port : ports) *message.add_ports() = port;
    const Result<Config> config = read_config(message);
    return config ? "accepted" : config.error().message;
}

TEST(Config, DefaultsAreThoseOfTheMessage) {
    ipc::DataplaneConfig message;
    *message.add_ports() = xdp("eth1", "hw-eth1");
    const Config config = read_config(message).value();
    ASSERT_EQ(config.ports.size(), 1U);
    EXPECT_EQ(config.ports[0].mtu, 1500);
    EXPECT_EQ(config.hashing.mode, fib::HashMode::l4);
    EXPECT_FALSE(config.hashing.symmetric);
    EXPECT_EQ(config.selection, fib::Selection::resilient);
    EXPECT_EQ(config.icmp_errors_per_second, 1000U);
    EXPECT_FALSE(config.poll_always);
}

TEST(Config, ReadsWhatIsSet) {
    ipc::DataplaneConfig message;
    message.set_ecmp_hash(ipc::ECMP_HASH_L3);
    message.set_ecmp_seed(7);
    message.set_ecmp_symmetric(true);
    message.set_ecmp_selection(ipc::ECMP_SELECTION_THRESHOLD);
    message.set_idle(ipc::IDLE_POLL);
    message.set_icmp_error_rate(10);
    message.set_hugepage_memory_mib(512);
    message.set_worker_lcores("1");
    message.set_main_lcore(0);
    message.set_buffers(65536);
    ipc::PortConfig& port = *message.add_ports();
    port.set_name("eth1");
    port.set_xdp("hw-eth1");
    port.set_rx_ring(4096);
    port.set_tx_ring(256);
    const Config config = read_config(message).value();
    EXPECT_EQ(config.hashing.mode, fib::HashMode::l3);
    EXPECT_TRUE(config.hashing.symmetric);
    EXPECT_EQ(config.hashing.seed.first, fib::HashSeed::make(7).first);
    EXPECT_EQ(config.selection, fib::Selection::threshold);
    EXPECT_EQ(config.hash_seed, 7U);
    EXPECT_TRUE(config.poll_always);
    EXPECT_EQ(config.icmp_errors_per_second, 10U);
    EXPECT_EQ(config.start, (StartSettings{512, "1", {}, 0, 65536}));
    EXPECT_EQ(config.ports[0].rings, (dpdk::RingSizes{4096, 256}));
}

TEST(Config, WhatOnlyAStartChangesIsNamedAsTheModelDoes) {
    const StartSettings before{512, "1", {}, 0, 65536};
    EXPECT_TRUE(differences(before, before).empty());
    EXPECT_EQ(differences(before, {512, "1", {}, std::nullopt, 65536}),
              std::vector<std::string>{"platform lcores main"});
    EXPECT_EQ(differences(before, {256, "1,2", {}, 0, 0}),
              (std::vector<std::string>{"platform lcores worker", "platform hugepages memory",
                                        "platform buffers count"}));
}

TEST(Config, RoutesToCountAreThoseInPrefixes) {
    ipc::DataplaneConfig message;
    EXPECT_EQ(read_config(message)->counted_routes, (fib::CountedRoutes{{}, 1000}));
    message.mutable_route_counters()->add_prefixes("172.16.0.0/12");
    message.mutable_route_counters()->set_maximum(65536);
    EXPECT_EQ(read_config(message)->counted_routes,
              (fib::CountedRoutes{{Prefix::parse("172.16.0.0/12").value()}, 65536}));
    message.mutable_route_counters()->set_maximum(65537);
    EXPECT_THAT(read_config(message).error().message, HasSubstr("at most 65536 routes"));
    message.mutable_route_counters()->set_maximum(1);
    message.mutable_route_counters()->add_prefixes("10.0.0.1/8");
    EXPECT_THAT(read_config(message).error().message, HasSubstr("route counters: "));
}

TEST(Config, ReadsSourceValidationByPort) {
    ipc::DataplaneConfig message;
    *message.add_ports() = xdp("eth1", "hw-eth1");
    *message.add_ports() = xdp("eth2", "hw-eth2");
    *message.add_ports() = xdp("eth3", "hw-eth3");
    message.mutable_ports(1)->set_source_validation(ipc::SOURCE_VALIDATION_LOOSE);
    message.mutable_ports(2)->set_source_validation(ipc::SOURCE_VALIDATION_STRICT);
    const Config config = read_config(message).value();
    EXPECT_EQ(config.source_validation.at("eth1"), pipeline::SourceValidation::off);
    EXPECT_EQ(config.source_validation.at("eth2"), pipeline::SourceValidation::loose);
    EXPECT_EQ(config.source_validation.at("eth3"), pipeline::SourceValidation::strict);
    // It changes under running traffic: no other port.
    ipc::DataplaneConfig before = message;
    before.mutable_ports(2)->clear_source_validation();
    EXPECT_EQ(read_config(before)->ports, config.ports);
}

TEST(Config, ReadsUnreachablesByPort) {
    ipc::DataplaneConfig message;
    *message.add_ports() = xdp("eth1", "hw-eth1");
    *message.add_ports() = xdp("eth2", "hw-eth2");
    message.mutable_ports(1)->set_no_unreachables_v4(true);
    const Config config = read_config(message).value();
    EXPECT_EQ(config.unreachables.at("eth1"), (pipeline::Unreachables{true, true}));
    EXPECT_EQ(config.unreachables.at("eth2"), (pipeline::Unreachables{false, true}));
    message.mutable_ports(1)->set_no_unreachables_v6(true);
    EXPECT_EQ(read_config(message)->ports, config.ports);
}

TEST(Config, ACardIsKnownByItsWholeAddress) {
    ipc::DataplaneConfig message;
    for (const char* address : {"00:0A.0", "0001:00:08.0"}) {
        ipc::PortConfig& port = *message.add_ports();
        port.set_name(fmt::format("eth{}", message.ports_size()));
        port.set_pci(address);
    }
    const Config config = read_config(message).value();
    EXPECT_EQ(config.ports[0].device, "0000:00:0a.0");
    EXPECT_EQ(config.ports[1].device, "0001:00:08.0");
    message.mutable_ports(1)->set_pci("0000:00:0a.0");
    EXPECT_FALSE(read_config(message)) << "two ports on one card";
}

TEST(Config, DevicesBecomeDpdkAddresses) {
    const auto address = [](Driver driver, const std::string& device) {
        return PortSpec{"eth1", driver, device}.address();
    };
    EXPECT_EQ(address(Driver::xdp, "hw0"),
              (dpdk::DeviceAddress{"vdev", "net_af_xdp_eth1", "iface=hw0"}));
    EXPECT_EQ(address(Driver::kernel, "hw0"),
              (dpdk::DeviceAddress{"vdev", "net_af_packet_eth1", "iface=hw0,qdisc_bypass=1"}));
    EXPECT_EQ(
        (PortSpec{"eth1", Driver::kernel, "hw0"}).address(2),
        (dpdk::DeviceAddress{"vdev", "net_af_packet_eth1", "iface=hw0,qdisc_bypass=1,qpairs=2"}));
    EXPECT_EQ(address(Driver::pci, "0000:00:08.0"),
              (dpdk::DeviceAddress{"pci", "0000:00:08.0", ""}));
    EXPECT_EQ(address(Driver::vdev, "net_null0,size=64,copy=1"),
              (dpdk::DeviceAddress{"vdev", "net_null0", "size=64,copy=1"}));
    EXPECT_EQ(address(Driver::vdev, "net_null0"), (dpdk::DeviceAddress{"vdev", "net_null0", ""}));
}

TEST(Config, RefusesWhatNamesNoDevice) {
    ipc::PortConfig none;
    none.set_name("eth1");
    EXPECT_THAT(refusal({none}), HasSubstr("port eth1: no device given"));
    EXPECT_THAT(refusal({xdp("eth1", "")}), HasSubstr("no name of a device"));
    EXPECT_THAT(refusal({xdp("eth1", "hw0,use_cni=1")}), HasSubstr("no name of a device"));
    EXPECT_THAT(refusal({xdp("eth1", "sixteen-letters-")}), HasSubstr("no name of a device"));
}

TEST(Config, RefusesNamesThatAreNoInterfaces) {
    EXPECT_THAT(refusal({xdp("", "hw0")}), HasSubstr("a name has 1 to 15"));
    EXPECT_THAT(refusal({xdp("eth 1", "hw0")}), HasSubstr("a name has 1 to 15"));
    EXPECT_THAT(refusal({xdp("..", "hw0")}), HasSubstr("a name has 1 to 15"));
    EXPECT_THAT(refusal({xdp("eth1", "eth1")}), HasSubstr("its device needs another name"));
}

TEST(Config, RefusesTheSameTwice) {
    EXPECT_THAT(refusal({xdp("eth1", "hw0"), xdp("eth1", "hw1")}), HasSubstr("twice"));
    EXPECT_THAT(refusal({xdp("eth1", "hw0"), xdp("eth2", "hw0")}),
                HasSubstr("port eth2: another port has the device hw0"));
}

TEST(Config, RefusesAnMtuThatDoesNotFitABuffer) {
    ipc::PortConfig port = xdp("eth1", "hw0");
    port.set_mtu(kMtuMax);
    EXPECT_EQ(refusal({port}), "accepted");
    port.set_mtu(kMtuMax + 1);
    EXPECT_THAT(refusal({port}), HasSubstr("MTU 1901"));
    port.set_mtu(67);
    EXPECT_THAT(refusal({port}), HasSubstr("MTU 67"));
}

ipc::PortConfig vlan(const std::string& name, const std::string& parent, std::uint32_t id,
                     std::uint32_t mtu = 0) {
    ipc::PortConfig port;
    port.set_name(name);
    port.mutable_vlan()->set_parent(parent);
    port.mutable_vlan()->set_id(id);
    port.set_mtu(mtu);
    return port;
}

TEST(Config, AVlanHasTheMtuOfItsParentOrItsOwn) {
    ipc::DataplaneConfig message;
    *message.add_ports() = vlan("eth1.100", "eth1", 100);
    *message.add_ports() = vlan("eth1.200", "eth1", 200, 1280);
    *message.add_ports() = xdp("eth1", "hw-eth1");
    message.mutable_ports(2)->set_mtu(1400);
    const Config config = read_config(message).value();
    EXPECT_EQ(config.ports[0], (PortSpec{"eth1.100", Driver::vlan, "eth1", 1400, 100}));
    EXPECT_EQ(config.ports[1], (PortSpec{"eth1.200", Driver::vlan, "eth1", 1280, 200}));
}

TEST(Config, RefusesVlansThatCannotBe) {
    const ipc::PortConfig parent = xdp("eth1", "hw0");
    EXPECT_THAT(refusal({parent, vlan("v", "eth2", 5)}), HasSubstr("no port eth2 for its VLAN"));
    EXPECT_THAT(refusal({parent, vlan("v", "eth1", 5), vlan("w", "v", 6)}),
                HasSubstr("no port v for its VLAN"));
    EXPECT_THAT(refusal({parent, vlan("v", "eth1", 5), vlan("w", "eth1", 5)}),
                HasSubstr("port w: another one is VLAN 5 of eth1"));
    EXPECT_THAT(refusal({parent, vlan("v", "eth1", 0)}), HasSubstr("VLAN 0 is not in 1 to 4094"));
    EXPECT_THAT(refusal({parent, vlan("v", "eth1", 4095)}), HasSubstr("VLAN 4095"));
    EXPECT_THAT(refusal({parent, vlan("v", "eth1", 5, 1501)}),
                HasSubstr("port v: MTU 1501 is more than the 1500 of eth1"));
}

TEST(Config, PolicersChangeTheirClassAlone) {
    ipc::DataplaneConfig message;
    ipc::PuntPolicer& policer = *message.add_punt_policers();
    policer.set_punt_class("bgp_open");
    policer.set_rate(7);
    const Config config = read_config(message).value();
    auto wanted = pipeline::default_allowances();
    wanted[static_cast<std::size_t>(pipeline::PuntClass::bgp_open)] = {7, 250};
    EXPECT_EQ(config.allowances, wanted);
    policer.set_punt_class("ttl");
    EXPECT_THAT(read_config(message).error().message,
                HasSubstr("punt policer ttl: there is no such class"));
}

TEST(Config, RefusesMorePortsThanThereCanBe) {
    std::vector<ipc::PortConfig> ports;
    for (int number = 0; number <= 64; ++number) {
        ports.push_back(xdp("eth" + std::to_string(number), "hw" + std::to_string(number)));
    }
    EXPECT_THAT(refusal(ports), HasSubstr("at most 64"));
}

}  // namespace
}  // namespace torii::dataplane

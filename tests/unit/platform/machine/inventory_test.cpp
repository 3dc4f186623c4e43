#include "platform/machine/inventory.h"

#include "tests/unit/platform/machine/fake_machine.h"

#include <gmock/gmock.h>

namespace torii::machine {
namespace {

using ::testing::ElementsAre;

TEST(Inventory, HasTheCardsOfTheBusAndTheirInterfaces) {
    FakeMachine fake;
    fake.add_card("0000:00:10.0", "ens16");
    fake.add_other("0000:00:02.0", "0x010802", "nvme");
    const Inventory inventory = read_inventory(fake.roots());
    ASSERT_EQ(inventory.devices.size(), 1U);
    const NetworkDevice& card = inventory.devices.front();
    EXPECT_EQ(card.address, "0000:00:10.0");
    EXPECT_EQ(card.id, "1af4:1041");
    EXPECT_EQ(card.driver, "virtio-pci");
    EXPECT_THAT(card.interfaces, ElementsAre("ens16"));
    EXPECT_EQ(card.mac, "52:54:00:00:00:00");
    EXPECT_TRUE(card.has_interrupt_line);
    EXPECT_FALSE(card.iommu_group);
    EXPECT_THAT(inventory.other_devices, ElementsAre("0000:00:02.0"));
    EXPECT_THAT(inventory.drivers, ElementsAre("nvme", "virtio-pci"));
    EXPECT_EQ(inventory.memory_mib, 2000U);
}

TEST(Inventory, AGroupHasTheOtherDevicesButNoBridges) {
    FakeMachine fake;
    fake.add_card("0000:00:10.0", "ens16");
    fake.add_other("0000:00:01.0", "0x060400", "pcieport");
    fake.add_other("0000:00:11.0", "0x0c0330", "xhci_hcd");
    fake.group("7", {"0000:00:01.0", "0000:00:10.0", "0000:00:11.0"});
    const NetworkDevice card = read_inventory(fake.roots()).devices.front();
    EXPECT_EQ(card.iommu_group, 7U);
    EXPECT_TRUE(card.iommu_translates);
    EXPECT_THAT(card.group, ElementsAre(GroupMember{"0000:00:11.0", "xhci_hcd"}));
    fake.group("7", {"0000:00:10.0"}, "identity");
    EXPECT_FALSE(read_inventory(fake.roots()).devices.front().iommu_translates);
}

TEST(Inventory, ProcessorsWithTheirCoresAndNodes) {
    FakeMachine fake;
    fake.write("sys/devices/system/cpu/online", "0,2-3");
    fake.write("sys/devices/system/cpu/cpu2/topology/thread_siblings_list", "0,2");
    fake.write("sys/devices/system/cpu/cpu3/node1/x", "");
    const Inventory inventory = read_inventory(fake.roots());
    ASSERT_EQ(inventory.cpus.size(), 3U);
    EXPECT_EQ(inventory.cpus[1].id, 2U);
    EXPECT_EQ(inventory.cpus[1].core, 0U);
    EXPECT_EQ(inventory.cpus[2].core, 3U);
    EXPECT_EQ(inventory.cpus[2].node, 1);
}

TEST(Inventory, DefaultRoutesOfBothFamilies) {
    FakeMachine fake;
    fake.write("proc/net/route",
               "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
               "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\n"
               "eth1\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF");
    const std::string zeros(32, '0');
    fake.write("proc/net/ipv6_route", zeros + " 00 " + zeros +
                                          " 00 fe800000000000000000000000000001 00000400 00000001 "
                                          "00000000 00000003 eth2\n" +
                                          zeros + " 00 " + zeros + " 00 " + zeros +
                                          " ffffffff 00000001 00000000 00200200 lo");
    EXPECT_THAT(read_inventory(fake.roots()).routed, ElementsAre("eth0", "eth2"));
}

}  // namespace
}  // namespace torii::machine

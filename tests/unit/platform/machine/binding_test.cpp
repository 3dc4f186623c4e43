#include "platform/machine/binding.h"

#include <gmock/gmock.h>

namespace torii::machine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

NetworkDevice card() {
    NetworkDevice device;
    device.address = "0000:00:10.0";
    device.driver = "virtio-pci";
    device.interfaces = {"ens16"};
    device.has_interrupt_line = true;
    return device;
}

Inventory with_drivers(std::set<std::string> drivers) {
    Inventory inventory;
    inventory.drivers = std::move(drivers);
    return inventory;
}

Choice choose(const NetworkDevice& device, const Inventory& inventory) {
    return choose_way(device, inventory).back();
}

std::string refusal(Way way, const NetworkDevice& device, const Inventory& inventory) {
    for (const Choice& choice : choose_way(device, inventory)) {
        if (choice.way == way) return choice.refusal;
    }
    return "never looked at";
}

TEST(BindingLadder, ACardThatIsSharedStaysWithItsDriver) {
    NetworkDevice device = card();
    device.driver = "mlx5_core";
    EXPECT_EQ(choose(device, with_drivers({"vfio-pci"})).way, Way::bifurcated);
}

TEST(BindingLadder, BehindAnIommuItIsVfio) {
    NetworkDevice device = card();
    const Inventory inventory = with_drivers({"vfio-pci", "uio_pci_generic"});
    EXPECT_THAT(refusal(Way::vfio, device, inventory), HasSubstr("no IOMMU"));
    device.iommu_group = 3;
    device.iommu_translates = true;
    EXPECT_EQ(choose(device, inventory).way, Way::vfio);
    EXPECT_THAT(refusal(Way::vfio, device, with_drivers({})), HasSubstr("modprobe vfio-pci"));
}

TEST(BindingLadder, AGroupIsTakenOnlyIfNobodyElseLosesADevice) {
    NetworkDevice device = card();
    const Inventory inventory = with_drivers({"vfio-pci", "uio_pci_generic"});
    device.iommu_group = 3;
    device.iommu_translates = true;
    device.group = {{"0000:00:11.0", ""}, {"0000:00:12.0", "vfio-pci"}};
    EXPECT_EQ(choose(device, inventory).way, Way::vfio);
    device.group = {{"0000:00:11.0", "nvme"}};
    EXPECT_THAT(refusal(Way::vfio, device, inventory), HasSubstr("0000:00:11.0 with driver nvme"));
    // Behind that IOMMU physical addresses mean nothing.
    EXPECT_THAT(refusal(Way::uio, device, inventory), HasSubstr("iommu=pt"));
    EXPECT_EQ(choose(device, inventory).way, Way::xdp);
}

TEST(BindingLadder, WithoutOneItIsUio) {
    NetworkDevice device = card();
    const Inventory inventory = with_drivers({"vfio-pci", "uio_pci_generic"});
    EXPECT_EQ(choose(device, inventory).way, Way::uio);
    device.has_interrupt_line = false;
    EXPECT_THAT(refusal(Way::uio, device, inventory), HasSubstr("no interrupt line"));
    EXPECT_EQ(choose(device, inventory).way, Way::xdp);
}

TEST(BindingLadder, ACardWithoutAnInterfaceAndADriverIsOfNoUse) {
    NetworkDevice device = card();
    device.interfaces.clear();
    const Choice last = choose(device, with_drivers({}));
    EXPECT_EQ(last.way, Way::packet);
    EXPECT_THAT(last.refusal, HasSubstr("no interface"));
    EXPECT_EQ(choose_way(device, with_drivers({})).size(), 5U);
}

TEST(Reservation, WhatTheMachineIsReachedByStays) {
    const NetworkDevice device = card();
    Inventory inventory;
    EXPECT_THAT(find_reservation(device, inventory, {}), IsEmpty());
    EXPECT_THAT(find_reservation(device, inventory, {{"ens17", "10.0.0.5"}}), IsEmpty());
    EXPECT_THAT(find_reservation(device, inventory, {{"ens16", "10.0.0.5"}}),
                HasSubstr("10.0.0.5"));
    inventory.routed = {"ens16"};
    EXPECT_THAT(find_reservation(device, inventory, {}), HasSubstr("default route"));
}

TEST(Reservation, APartOfABridgeStays) {
    NetworkDevice device = card();
    device.master = "br0";
    EXPECT_THAT(find_reservation(device, {}, {}), HasSubstr("part of br0"));
}

}  // namespace
}  // namespace torii::machine

#include "platform/machine/binding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace torii::machine {
namespace {

bool has_driver(const Inventory& inventory, std::string_view driver) {
    return inventory.drivers.contains(std::string(driver));
}

std::string no_driver(std::string_view driver) {
    return fmt::format("the kernel has no {0} loaded: modprobe {0}", driver);
}

std::string against_bifurcated(const NetworkDevice& device) {
    static constexpr std::array<std::string_view, 2> kShared{"mlx4_core", "mlx5_core"};
    if (std::ranges::find(kShared, device.driver) != kShared.end()) return {};
    return fmt::format("driver {} does not share its card",
                       device.driver.empty() ? "(none)" : device.driver);
}

std::string against_vfio(const NetworkDevice& device, const Inventory& inventory) {
    if (!has_driver(inventory, kVfio)) return no_driver(kVfio);
    if (!device.iommu_group) {
        return "there is no IOMMU: turn it on in the firmware and on the kernel's command line";
    }
    for (const GroupMember& other : device.group) {
        const bool harmless = other.driver.empty() || other.driver == kVfio;
        if (!harmless) {
            return fmt::format("its IOMMU group {} has {} with driver {}, which would lose it",
                               *device.iommu_group, other.address, other.driver);
        }
    }
    return {};
}

std::string against_uio(const NetworkDevice& device, const Inventory& inventory) {
    if (!has_driver(inventory, kUio)) return no_driver(kUio);
    if (device.iommu_group && device.iommu_translates) {
        return fmt::format(
            "the IOMMU (group {}) would keep it from memory: iommu=pt turns that off",
            *device.iommu_group);
    }
    if (!device.has_interrupt_line)
        return "it has no interrupt line, as virtual functions have none";
    return {};
}

std::string against_kernel_port(const NetworkDevice& device) {
    return device.interfaces.empty() ? "the kernel has no interface for it" : "";
}

}  // namespace

std::string_view way_name(Way way) {
    switch (way) {
        case Way::bifurcated: return "bifurcated";
        case Way::vfio: return kVfio;
        case Way::uio: return kUio;
        case Way::xdp: return "xdp";
        case Way::packet: return "kernel";
    }
    return "";
}

std::string find_reservation(const NetworkDevice& device, const Inventory& inventory,
                             const Addresses& addresses) {
    for (const std::string& name : device.interfaces) {
        if (inventory.routed.contains(name)) {
            return fmt::format("{} carries the default route of the machine", name);
        }
        const auto own = addresses.find(name);
        if (own != addresses.end()) {
            return fmt::format("{} has the address {} of the machine", name, own->second);
        }
    }
    if (!device.master.empty()) {
        return fmt::format("{} is a part of {}", device.interfaces.front(), device.master);
    }
    return {};
}

std::vector<Choice> choose_way(const NetworkDevice& device, const Inventory& inventory) {
    std::vector<Choice> choices;
    for (const Way way : {Way::bifurcated, Way::vfio, Way::uio, Way::xdp, Way::packet}) {
        Choice choice{way, {}};
        switch (way) {
            case Way::bifurcated: choice.refusal = against_bifurcated(device); break;
            case Way::vfio: choice.refusal = against_vfio(device, inventory); break;
            case Way::uio: choice.refusal = against_uio(device, inventory); break;
            case Way::xdp:
            case Way::packet: choice.refusal = against_kernel_port(device); break;
        }
        choices.push_back(choice);
        if (choice.refusal.empty()) break;
    }
    return choices;
}

}  // namespace torii::machine

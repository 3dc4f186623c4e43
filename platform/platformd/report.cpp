#include "platform/platformd/report.h"

#include "platform/machine/plan.h"

#include <algorithm>

namespace torii::platformd {
namespace {

using machine::Way;

// As many as the packet engine can have.
constexpr unsigned kMaxWorkers = 16;

// That of the cards it has, where they agree.
int node_of(const machine::Inventory& inventory, const Devices& devices) {
    int node = -1;
    for (const machine::NetworkDevice& device : inventory.devices) {
        if (!devices.taken().contains(device.address)) continue;
        if (node >= 0 && device.node != node) return -1;
        node = device.node;
    }
    return node;
}

void describe_card(const machine::NetworkDevice& device, const machine::Inventory& inventory,
                   const Devices& devices, ipc::NetworkCard& card) {
    card.set_address(device.address);
    card.set_id(device.id);
    card.set_driver(device.driver);
    for (const std::string& name : device.interfaces) card.add_interfaces(name);
    card.set_mac(device.mac);
    card.set_numa_node(device.node);
    card.set_iommu_group(device.iommu_group ? static_cast<std::int32_t>(*device.iommu_group) : -1);
    card.set_reserved(devices.reservation(device, inventory));
    const auto taken = devices.taken().find(device.address);
    if (taken != devices.taken().end()) {
        card.set_taken(true);
        card.set_first_driver(taken->second.first_driver);
        card.set_mac(taken->second.mac);
    }
    for (const machine::Choice& choice : machine::choose_way(device, inventory)) {
        ipc::BindingChoice& out = *card.add_choices();
        out.set_way(std::string(way_name(choice.way)));
        out.set_refusal(choice.refusal);
    }
}

}  // namespace

ipc::MachinePlan make_plan(const machine::Inventory& inventory, const Devices& devices) {
    ipc::MachinePlan plan;
    const machine::CpuPlan cpus =
        machine::plan_cpus(inventory.cpus, node_of(inventory, devices), kMaxWorkers);
    for (const unsigned cpu : cpus.control) plan.add_control_cpus(cpu);
    for (const unsigned cpu : cpus.workers) plan.add_worker_cpus(cpu);
    const std::uint64_t wanted = machine::plan_hugepages_mib(inventory.memory_mib);
    const std::uint64_t given = std::min(wanted, inventory.hugepages_mib);
    plan.set_hugepage_memory_mib(static_cast<std::uint32_t>(given));
    if (given < wanted) {
        plan.add_notes(
            fmt::format("{} MiB of huge pages instead of {}: memory is in pieces, "
                        "reserve them on the kernel's command line (hugepages={})",
                        given, wanted, wanted / 2));
    }
    // Drivers that share a machine share their kind of addresses: the physical ones suit all.
    if (devices.has_way(Way::uio)) {
        plan.add_eal_arguments("--iova-mode=pa");
        plan.add_notes(
            "without an IOMMU the packet engine needs the right to see physical "
            "addresses, and its cards reach all memory");
    } else if (devices.has_way(Way::vfio)) {
        plan.add_eal_arguments("--iova-mode=va");
    }
    return plan;
}

ipc::Platform describe(const machine::Inventory& inventory, const Devices& devices) {
    ipc::Platform platform;
    platform.set_cpus(static_cast<std::uint32_t>(inventory.cpus.size()));
    platform.set_memory_mib(static_cast<std::uint32_t>(inventory.memory_mib));
    platform.set_hugepages_mib(static_cast<std::uint32_t>(inventory.hugepages_mib));
    platform.set_hugepages_free_mib(static_cast<std::uint32_t>(inventory.hugepages_free_mib));
    platform.set_iommu(std::ranges::any_of(
        inventory.devices, [](const auto& device) { return device.iommu_group.has_value(); }));
    *platform.mutable_plan() = make_plan(inventory, devices);
    for (const machine::NetworkDevice& device : inventory.devices) {
        describe_card(device, inventory, devices, *platform.add_cards());
    }
    return platform;
}

std::map<std::string, TakenDevice> taken_devices(const ipc::Platform& platform) {
    std::map<std::string, TakenDevice> taken;
    for (const ipc::NetworkCard& card : platform.cards()) {
        if (!card.taken()) continue;
        Way way = Way::bifurcated;
        if (card.driver() == machine::kVfio) way = Way::vfio;
        if (card.driver() == machine::kUio) way = Way::uio;
        taken[card.address()] = {way, card.first_driver(), card.mac()};
    }
    return taken;
}

}  // namespace torii::platformd

#include "platform/platformd/devices.h"

#include "platform/base/log.h"
#include "platform/base/pci_address.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <unistd.h>
#include <utility>

namespace torii::platformd {
namespace {

using machine::Way;
namespace fs = std::filesystem;

constexpr Log kLog("devices");
constexpr gid_t kSameGroup = static_cast<gid_t>(-1);

const machine::NetworkDevice* find(const machine::Inventory& inventory,
                                   const std::string& address) {
    const auto found =
        std::ranges::find(inventory.devices, address, &machine::NetworkDevice::address);
    return found == inventory.devices.end() ? nullptr : &*found;
}

bool is_pci(Way way) {
    return way != Way::xdp && way != Way::packet;
}

bool lives(pid_t process) {
    return process > 0 && (::kill(process, 0) == 0 || errno == EPERM);
}

Result<void> give_to(const std::string& file, uid_t user) {
    if (::chown(file.c_str(), user, kSameGroup) == 0) return {};
    return fail("cannot give {} to user {}: {}", file, user, std::strerror(errno));
}

}  // namespace

std::string Devices::reservation(const machine::NetworkDevice& device,
                                 const machine::Inventory& inventory) const {
    if (taken_.contains(device.address)) return {};
    return machine::find_reservation(device, inventory, addresses_());
}

Result<Way> Devices::way_of(const std::string& address, const machine::Inventory& inventory) const {
    const machine::NetworkDevice* device = find(inventory, address);
    if (device == nullptr) {
        if (inventory.other_devices.contains(address))
            return fail("{} is no network card", address);
        return fail("there is no device {} on the PCI bus", address);
    }
    if (const auto reason = reservation(*device, inventory); !reason.empty()) {
        return fail("{} stays with the kernel: {}", address, reason);
    }
    const auto choices = machine::choose_way(*device, inventory);
    const machine::Choice& last = choices.back();
    if (last.refusal.empty() && is_pci(last.way)) return last.way;
    std::string reasons;
    for (const machine::Choice& choice : choices) {
        if (choice.refusal.empty() || !is_pci(choice.way)) continue;
        reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", way_name(choice.way),
                               choice.refusal);
    }
    std::string remedy;
    if (last.refusal.empty()) {
        remedy = fmt::format(". The kernel can keep it: {} {}", way_name(last.way),
                             device->interfaces.front());
    }
    return fail("{} cannot be taken ({}){}", address, reasons, remedy);
}

Result<void> Devices::check(const std::vector<std::string>& wanted) const {
    const machine::Inventory inventory = machine::read_inventory(hardware_.roots());
    for (const std::string& one : wanted) {
        const Result<Way> way = way_of(full_pci_address(one), inventory);
        if (!way) return unexpected(way.error());
    }
    return {};
}

Result<void> Devices::take(const std::vector<std::string>& wanted, const Holder& holder) {
    const machine::Inventory inventory = machine::read_inventory(hardware_.roots());
    std::map<std::string, Way> ways;
    for (const std::string& one : wanted) {
        const Result<Way> way = way_of(full_pci_address(one), inventory);
        if (!way) return unexpected(way.error());
        ways.emplace(full_pci_address(one), *way);
    }
    holder_ = holder;
    std::vector<std::string> gone;
    for (const auto& [address, device] : taken_) {
        if (!ways.contains(address)) gone.push_back(address);
    }
    for (const std::string& address : gone) {
        if (const auto done = give_back(address); !done) kLog.error("{}", done.error().message);
    }
    for (const auto& [address, way] : ways) {
        if (!taken_.contains(address)) {
            const machine::NetworkDevice& device = *find(inventory, address);
            if (const auto done = bind(address, way); !done) return done;
            taken_[address] = {way, device.driver, device.mac};
            kLog.info("taken device={} driver={} before={}", address, way_name(way), device.driver);
        }
        if (const auto done = hand_over(address); !done) return done;
    }
    return {};
}

Result<void> Devices::bind(const std::string& address, Way way) {
    if (way == Way::bifurcated) return {};
    return hardware_.bind(address, way_name(way));
}

// The files through which a process drives the device become its user's.
Result<void> Devices::hand_over(const std::string& address) const {
    const machine::Roots& roots = hardware_.roots();
    const std::string device = roots.sys + "/bus/pci/devices/" + address;
    const Way way = taken_.at(address).way;
    if (way == Way::vfio) {
        std::error_code error;
        const fs::path group = fs::read_symlink(device + "/iommu_group", error);
        return give_to(roots.dev + "/vfio/" + group.filename().string(), holder_.user);
    }
    if (way != Way::uio) return {};
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(device + "/uio", error)) {
        const std::string file = roots.dev + "/" + entry.path().filename().string();
        if (const auto done = give_to(file, holder_.user); !done) return done;
    }
    for (const auto& entry : fs::directory_iterator(device, error)) {
        const std::string name = entry.path().filename();
        if (name != "config" && !name.starts_with("resource")) continue;
        if (const auto done = give_to(entry.path(), holder_.user); !done) return done;
    }
    return {};
}

Result<void> Devices::give_back(std::string address) {
    const TakenDevice device = taken_.at(address);
    taken_.erase(address);
    if (device.way == Way::bifurcated) return {};
    kLog.info("given back device={} driver={}", address, device.first_driver);
    return hardware_.give_back(address, device.first_driver);
}

Result<void> Devices::give_back_all() {
    if (taken_.empty()) return {};
    if (lives(holder_.process)) {
        return fail("process {} has {} devices: they stay with it", holder_.process, taken_.size());
    }
    Result<void> outcome;
    while (!taken_.empty()) {
        if (auto done = give_back(taken_.begin()->first); !done) outcome = std::move(done);
    }
    return outcome;
}

bool Devices::has_way(Way way) const {
    return std::ranges::any_of(taken_, [way](const auto& one) { return one.second.way == way; });
}

void Devices::resume(std::map<std::string, TakenDevice> taken, const Holder& holder) {
    taken_ = std::move(taken);
    holder_ = holder;
}

}  // namespace torii::platformd

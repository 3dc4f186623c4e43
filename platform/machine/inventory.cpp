#include "platform/machine/inventory.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace torii::machine {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNetworkClass = "0x02";
constexpr std::string_view kBridgeClass = "0x06";

// The first line; empty if there is no such file.
std::string line_of(const fs::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

std::int64_t number_of(const fs::path& file, std::int64_t otherwise) {
    const std::string line = line_of(file);
    std::int64_t value = otherwise;
    std::from_chars(line.data(), line.data() + line.size(), value);
    return value;
}

std::uint64_t hugepages_of(const Roots& roots, const char* file) {
    const std::int64_t count = number_of(fs::path(hugepage_folder(roots)) / file, 0);
    return static_cast<std::uint64_t>(count) * kHugepageMib;
}

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    return names;
}

// "0-3,8": the kernel's way to write a set of CPUs.
std::vector<unsigned> cpu_list(const std::string& text) {
    std::vector<unsigned> cpus;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, ',');) {
        unsigned first = 0;
        const char* const end = part.data() + part.size();
        const auto [stop, error] = std::from_chars(part.data(), end, first);
        if (error != std::errc()) continue;
        unsigned last = first;
        if (stop != end && *stop == '-') std::from_chars(stop + 1, end, last);
        for (unsigned cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
    }
    return cpus;
}

std::vector<Cpu> read_cpus(const fs::path& sys) {
    std::vector<Cpu> cpus;
    const fs::path folder = sys / "devices/system/cpu";
    for (const unsigned id : cpu_list(line_of(folder / "online"))) {
        const fs::path own = folder / ("cpu" + std::to_string(id));
        Cpu cpu{id, 0, id};
        const auto siblings = cpu_list(line_of(own / "topology/thread_siblings_list"));
        if (!siblings.empty()) cpu.core = std::ranges::min(siblings);
        for (const std::string& name : names_in(own)) {
            if (name.starts_with("node")) {
                std::from_chars(name.data() + 4, name.data() + name.size(), cpu.node);
            }
        }
        cpus.push_back(cpu);
    }
    return cpus;
}

std::uint64_t read_memory_mib(const fs::path& proc) {
    std::ifstream in(proc / "meminfo");
    std::string name;
    std::uint64_t kib = 0;
    in >> name >> kib;  // MemTotal comes first. proc(5)
    return kib / 1024;
}

std::set<std::string> read_default_routes(const fs::path& proc) {
    std::set<std::string> interfaces;
    std::ifstream v4(proc / "net/route");
    std::string line;
    std::getline(v4, line);  // titles
    while (std::getline(v4, line)) {
        std::istringstream fields(line);
        std::string interface, destination, gateway, flags, used, references, metric, mask;
        fields >> interface >> destination >> gateway >> flags >> references >> used >> metric >>
            mask;
        if (destination == "00000000" && mask == "00000000") interfaces.insert(interface);
    }
    std::ifstream v6(proc / "net/ipv6_route");
    while (std::getline(v6, line)) {
        std::istringstream fields(line);
        std::vector<std::string> words;
        for (std::string word; fields >> word;) words.push_back(word);
        const bool is_default = words.size() == 10 && words[1] == "00" &&
                                words[0].find_first_not_of('0') == std::string::npos;
        if (is_default && words[9] != "lo") interfaces.insert(words[9]);
    }
    return interfaces;
}

void read_group(const fs::path& sys, const fs::path& own, NetworkDevice& device) {
    const std::string group = link_target(own / "iommu_group");
    unsigned number = 0;
    const auto [stop, error] = std::from_chars(group.data(), group.data() + group.size(), number);
    if (error != std::errc()) return;
    device.iommu_group = number;
    device.iommu_translates = line_of(own / "iommu_group/type") != "identity";
    for (const std::string& address : names_in(own / "iommu_group/devices")) {
        const fs::path other = sys / "bus/pci/devices" / address;
        if (address == device.address || line_of(other / "class").starts_with(kBridgeClass)) {
            continue;
        }
        device.group.push_back({address, link_target(other / "driver")});
    }
}

NetworkDevice read_device(const fs::path& sys, const std::string& address) {
    const fs::path own = sys / "bus/pci/devices" / address;
    NetworkDevice device;
    device.address = address;
    const auto digits = [&](const char* file) {
        const std::string line = line_of(own / file);
        return line.starts_with("0x") ? line.substr(2) : line;
    };
    device.id = digits("vendor") + ":" + digits("device");
    device.driver = link_target(own / "driver");
    device.node = static_cast<int>(number_of(own / "numa_node", -1));
    device.has_interrupt_line = number_of(own / "irq", 0) != 0;
    // Virtio hangs its interfaces one level further down.
    device.interfaces = names_in(own / "net");
    for (const std::string& below : names_in(own)) {
        if (!below.starts_with("virtio")) continue;
        std::ranges::copy(names_in(own / below / "net"), std::back_inserter(device.interfaces));
    }
    for (const std::string& name : device.interfaces) {
        const fs::path interface = sys / "class/net" / name;
        if (device.mac.empty()) device.mac = line_of(interface / "address");
        if (device.master.empty()) device.master = link_target(interface / "master");
    }
    read_group(sys, own, device);
    return device;
}

}  // namespace

std::string link_target(const std::string& link) {
    std::error_code error;
    const fs::path target = fs::read_symlink(link, error);
    return error ? "" : target.filename().string();
}

std::string hugepage_folder(const Roots& roots) {
    return roots.sys + "/kernel/mm/hugepages/hugepages-2048kB";
}

std::uint64_t hugepages_mib(const Roots& roots) {
    return hugepages_of(roots, "nr_hugepages");
}

Inventory read_inventory(const Roots& roots) {
    const fs::path sys = roots.sys;
    Inventory inventory;
    inventory.cpus = read_cpus(sys);
    inventory.memory_mib = read_memory_mib(roots.proc);
    inventory.hugepages_mib = hugepages_mib(roots);
    inventory.hugepages_free_mib = hugepages_of(roots, "free_hugepages");
    for (const std::string& address : names_in(sys / "bus/pci/devices")) {
        if (line_of(sys / "bus/pci/devices" / address / "class").starts_with(kNetworkClass)) {
            inventory.devices.push_back(read_device(sys, address));
        } else {
            inventory.other_devices.insert(address);
        }
    }
    for (const std::string& driver : names_in(sys / "bus/pci/drivers")) {
        inventory.drivers.insert(driver);
    }
    inventory.routed = read_default_routes(roots.proc);
    return inventory;
}

}  // namespace torii::machine

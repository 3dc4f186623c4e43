#pragma once

#include "platform/machine/drivers.h"
#include "tests/support/temporary_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace torii::machine {

// A sysfs in a folder, and the kernel behind it: what is written has the effects that the kernel's
// documentation promises.
class FakeMachine {
public:
    FakeMachine() {
        write("proc/meminfo", "MemTotal:        2048000 kB\nMemFree: 1 kB\n");
        write("proc/net/route", "Iface\tDestination\n");
        write("sys/devices/system/cpu/online", "0-1");
        set_hugepages(0);
        std::filesystem::create_directories(root() / "sys/bus/pci/drivers");
        std::filesystem::create_directories(root() / "sys/bus/pci/devices");
    }

    [[nodiscard]] std::filesystem::path root() const { return folder_.path(); }
    [[nodiscard]] Roots roots() const { return {root() / "sys", root() / "proc", root() / "dev"}; }
    [[nodiscard]] WriteFile kernel() {
        return
            [this](const std::string& file, const std::string& text) { return react(file, text); };
    }

    void write(const std::string& file, const std::string& text) {
        std::filesystem::create_directories((root() / file).parent_path());
        std::ofstream(root() / file) << text << "\n";
    }
    void link(const std::string& file, const std::filesystem::path& target) {
        std::filesystem::create_directories((root() / file).parent_path());
        std::filesystem::remove(root() / file);
        std::filesystem::create_symlink(target, root() / file);
    }

    void add_driver(const std::string& name) {
        std::filesystem::create_directories(root() / "sys/bus/pci/drivers" / name);
    }
    // A card with an interface, as virtio's are: one level further down.
    void add_card(const std::string& address, const std::string& interface,
                  const std::string& driver = "virtio-pci") {
        const std::string device = "sys/bus/pci/devices/" + address;
        write(device + "/class", "0x020000");
        write(device + "/vendor", "0x1af4");
        write(device + "/device", "0x1041");
        write(device + "/numa_node", "-1");
        write(device + "/irq", "10");
        write(device + "/driver_override", "(null)");
        write(device + "/virtio0/net/" + interface + "/x", "");
        write("sys/class/net/" + interface + "/address", "52:54:00:00:00:0" + address.substr(11));
        add_driver(driver);
        link(device + "/driver", root() / "sys/bus/pci/drivers" / driver);
    }
    void add_other(const std::string& address, const std::string& kind, const std::string& driver) {
        write("sys/bus/pci/devices/" + address + "/class", kind);
        if (driver.empty()) return;
        add_driver(driver);
        link("sys/bus/pci/devices/" + address + "/driver", root() / "sys/bus/pci/drivers" / driver);
    }
    void group(const std::string& number, const std::vector<std::string>& addresses,
               const std::string& type = "DMA") {
        const std::string folder = "sys/kernel/iommu_groups/" + number;
        write(folder + "/type", type);
        for (const std::string& address : addresses) {
            write(folder + "/devices/" + address, "");
            link("sys/bus/pci/devices/" + address + "/iommu_group", root() / folder);
        }
        write("dev/vfio/" + number, "");
    }
    void set_hugepages(std::uint64_t pages) {
        const std::string folder = "sys/kernel/mm/hugepages/hugepages-2048kB/";
        write(folder + "nr_hugepages", std::to_string(pages));
        write(folder + "free_hugepages", std::to_string(pages));
    }
    [[nodiscard]] std::string driver_of(const std::string& address) const {
        std::error_code error;
        return std::filesystem::read_symlink(root() / "sys/bus/pci/devices" / address / "driver",
                                             error)
            .filename();
    }

    std::string refusing_driver;              // takes no device
    std::uint64_t pages_at_most = 1'000'000;  // there is no more memory in one piece
    std::vector<std::string> written;         // files, in order

private:
    Result<void> react(const std::string& file, const std::string& text) {
        written.push_back(std::filesystem::path(file).filename());
        const std::filesystem::path path(file);
        if (path.filename() == "nr_hugepages") {
            set_hugepages(std::min(std::stoull(text), pages_at_most + 0ULL));
        } else if (path.filename() == "unbind") {
            std::filesystem::remove(root() / "sys/bus/pci/devices" / text / "driver");
        } else if (path.filename() == "drivers_probe") {
            probe(text);
        } else {
            std::ofstream(path) << text;
        }
        return {};
    }
    void probe(const std::string& address) {
        const std::string device = "sys/bus/pci/devices/" + address;
        std::string wanted;
        std::ifstream(root() / device / "driver_override") >> wanted;
        if (wanted.empty()) wanted = "virtio-pci";
        if (wanted == refusing_driver) return;
        link(device + "/driver", root() / "sys/bus/pci/drivers" / wanted);
        const std::filesystem::path interfaces = root() / device / "virtio0";
        if (wanted != "virtio-pci") std::filesystem::remove_all(interfaces);
    }

    test::TemporaryFolder folder_;
};

}  // namespace torii::machine

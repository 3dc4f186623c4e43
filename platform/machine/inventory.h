#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace torii::machine {

// Where the kernel shows the machine; elsewhere in tests.
struct Roots {
    std::string sys = "/sys";
    std::string proc = "/proc";
    std::string dev = "/dev";
};

struct Cpu {
    unsigned id = 0;
    int node = 0;  // NUMA
    // The lowest of those that share its core: itself unless it is a further thread of that.
    unsigned core = 0;
};

// A device that shares an IOMMU group, which can only be given away as a whole.
struct GroupMember {
    std::string address;
    std::string driver;  // empty: none

    friend bool operator==(const GroupMember&, const GroupMember&) = default;
};

// Of PCI class 2.
struct NetworkDevice {
    std::string address;
    std::string id;      // vendor:device in hexadecimal digits
    std::string driver;  // empty: none
    std::vector<std::string> interfaces;
    std::string mac;     // of the first interface
    std::string master;  // what an interface of it is a part of: a bridge, a bond
    int node = -1;
    bool has_interrupt_line = false;  // INTx
    std::optional<unsigned> iommu_group;
    bool iommu_translates = false;   // else addresses of devices are physical ones
    std::vector<GroupMember> group;  // the others of it, without bridges
};

struct Inventory {
    std::vector<Cpu> cpus;  // that are online, by id
    std::uint64_t memory_mib = 0;
    std::uint64_t hugepages_mib = 0;  // of 2 MiB each
    std::uint64_t hugepages_free_mib = 0;
    std::vector<NetworkDevice> devices;   // by address
    std::set<std::string> other_devices;  // addresses of the rest of the bus
    std::set<std::string> drivers;        // of PCI devices, that the kernel has now
    std::set<std::string> routed;         // interfaces with a default route
};

[[nodiscard]] Inventory read_inventory(const Roots& roots);
// What a symbolic link leads to, its last part; empty: there is no such link.
[[nodiscard]] std::string link_target(const std::string& link);

// Those of 2 MiB.
inline constexpr std::uint64_t kHugepageMib = 2;
// The folder that says how many there are.
[[nodiscard]] std::string hugepage_folder(const Roots& roots);
// Reserved ones, in MiB.
[[nodiscard]] std::uint64_t hugepages_mib(const Roots& roots);

}  // namespace torii::machine

#pragma once

#include "platform/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace torii::dpdk {

struct EalOptions {
    std::string file_prefix;                    // one per packet engine on this machine
    std::uint32_t hugepage_memory_mib = 0;      // 0: without hugepages
    std::uint32_t plain_memory_mib = 256;       // when there are no hugepages
    std::string worker_lcores;                  // CPU numbers, "1,2"; empty: the last CPU
    std::optional<std::uint32_t> main_lcore{};  // CPU of the control thread; absent: any
    std::vector<std::string> pci_devices;       // by address; none: the PCI bus is left alone
    std::vector<std::string> further;           // arguments that the machine asks for
    std::vector<std::string> vdevs;             // present from the start, as net_null0 (tests)
};

// What the machine has, as far as the arguments depend on it.
struct Machine {
    std::vector<unsigned> cpus;  // this process may run on
    std::uint64_t free_hugepage_memory_mib = 0;
};

[[nodiscard]] Machine inspect_machine();

struct EalPlan {
    std::vector<std::string> arguments;  // without the program's name
    bool hugepages = false;
    std::vector<unsigned> worker_cpus;
    std::string note;  // what differs from what was asked for
};

// EAL's arguments: generated, never written by hand. The main lcore (0) runs wherever the system
// puts it unless it has a CPU, each worker on its CPU.
[[nodiscard]] Result<EalPlan> plan_eal(const EalOptions& options, const Machine& machine);

// Starts EAL; the calling thread becomes the main lcore. Once per process, also after a failure.
[[nodiscard]] Result<void> start_eal(const EalPlan& plan);
void stop_eal();

inline constexpr unsigned kMaxWorkers = 16;
// The lcore of a worker.
[[nodiscard]] constexpr unsigned worker_lcore(unsigned worker) {
    return worker + 1;
}

}  // namespace torii::dpdk

#include "dataplane/dpdk/eal.h"

#include "platform/base/log.h"

#include <fmt/ranges.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sched.h>

namespace torii::dpdk {
namespace {

const Log kLog("dpdk");

std::uint64_t read_number(const std::string& file) {
    std::ifstream in(file);
    std::uint64_t number = 0;
    in >> number;
    return in ? number : 0;
}

Result<std::vector<unsigned>> choose_worker_cpus(const std::string& wanted,
                                                 const std::vector<unsigned>& cpus) {
    if (cpus.empty()) return fail("this process may run on no CPU");
    if (wanted.empty()) return std::vector{cpus.back()};
    std::vector<unsigned> chosen;
    const char* from = wanted.data();
    const char* const end = from + wanted.size();
    while (true) {
        unsigned cpu = 0;
        const auto [stop, error] = std::from_chars(from, end, cpu);
        if (error != std::errc() || (stop != end && *stop != ',')) {
            return fail("worker-lcores {}: CPU numbers are wanted, such as 1,2", wanted);
        }
        if (std::ranges::find(cpus, cpu) == cpus.end()) {
            return fail("worker-lcores {}: the packet engine may run on {}", wanted,
                        fmt::join(cpus, ","));
        }
        if (std::ranges::find(chosen, cpu) != chosen.end()) {
            return fail("worker-lcores {}: CPU {} is there twice", wanted, cpu);
        }
        chosen.push_back(cpu);
        if (stop == end) break;
        from = stop + 1;
    }
    if (chosen.size() > kMaxWorkers) {
        return fail("worker-lcores {}: there can be {} workers", wanted, kMaxWorkers);
    }
    return chosen;
}

// Those that the control thread may run on.
Result<std::vector<unsigned>> choose_main_cpus(const std::optional<std::uint32_t>& wanted,
                                               const std::vector<unsigned>& workers,
                                               const std::vector<unsigned>& cpus) {
    if (!wanted) return cpus;
    if (std::ranges::find(cpus, *wanted) == cpus.end()) {
        return fail("lcores main {}: the packet engine may run on {}", *wanted,
                    fmt::join(cpus, ","));
    }
    if (std::ranges::find(workers, *wanted) != workers.end()) {
        return fail("lcores main {}: this CPU is a worker's", *wanted);
    }
    return std::vector<unsigned>{*wanted};
}

std::string lcores_argument(const std::vector<unsigned>& cpus,
                            const std::vector<unsigned>& workers) {
    // lcore 0 floats: the control thread must not wait for a worker's CPU.
    std::string lcores = fmt::format("--lcores=0@({})", fmt::join(cpus, ","));
    for (unsigned worker = 0; worker < workers.size(); ++worker) {
        lcores += fmt::format(",{}@{}", worker_lcore(worker), workers[worker]);
    }
    return lcores;
}

void add_devices(const EalOptions& options, std::vector<std::string>& arguments) {
    if (options.pci_devices.empty()) {
        // Root would get physical addresses, others virtual ones: the same for both.
        arguments.insert(arguments.end(), {"--no-pci", "--iova-mode=va"});
    }
    for (const std::string& address : options.pci_devices) arguments.push_back("-a" + address);
    for (const std::string& vdev : options.vdevs) arguments.push_back("--vdev=" + vdev);
}

}  // namespace

Machine inspect_machine() {
    Machine machine;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) == 0) {
        for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
            if (CPU_ISSET(cpu, &set)) machine.cpus.push_back(cpu);
        }
    }
    const std::string pages = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages";
    machine.free_hugepage_memory_mib = 2 * read_number(pages);
    return machine;
}

Result<EalPlan> plan_eal(const EalOptions& options, const Machine& machine) {
    const auto workers = choose_worker_cpus(options.worker_lcores, machine.cpus);
    if (!workers) return unexpected(workers.error());
    const auto main = choose_main_cpus(options.main_lcore, *workers, machine.cpus);
    if (!main) return unexpected(main.error());
    EalPlan plan;
    plan.worker_cpus = *workers;
    plan.hugepages = options.hugepage_memory_mib != 0 &&
                     machine.free_hugepage_memory_mib >= options.hugepage_memory_mib;
    if (options.hugepage_memory_mib != 0 && !plan.hugepages) {
        plan.note = fmt::format("{} MiB of hugepages wanted, {} free: running without",
                                options.hugepage_memory_mib, machine.free_hugepage_memory_mib);
    }
    plan.arguments = {
        lcores_argument(*main, *workers),
        "--main-lcore=0",
        "--file-prefix=" + options.file_prefix,
        "--no-telemetry",
        "--log-level=warning",
    };
    if (plan.hugepages) {
        plan.arguments.insert(plan.arguments.end(),
                              {"--in-memory", fmt::format("-m{}", options.hugepage_memory_mib)});
    } else {
        // EAL refuses --in-memory together with --no-huge.
        plan.arguments.insert(plan.arguments.end(),
                              {"--no-huge", fmt::format("-m{}", options.plain_memory_mib)});
    }
    add_devices(options, plan.arguments);
    plan.arguments.insert(plan.arguments.end(), options.further.begin(), options.further.end());
    return plan;
}

Result<void> start_eal(const EalPlan& plan) {
    std::vector<std::string> words{"torii-dataplane"};
    words.insert(words.end(), plan.arguments.begin(), plan.arguments.end());
    kLog.info("eal {}", fmt::join(plan.arguments, " "));
    std::vector<char*> argv;
    std::ranges::transform(words, std::back_inserter(argv),
                           [](std::string& word) { return word.data(); });
    argv.push_back(nullptr);
    if (rte_eal_init(static_cast<int>(words.size()), argv.data()) < 0) {
        return fail("EAL does not start: {}", rte_strerror(rte_errno));
    }
    return {};
}

void stop_eal() {
    rte_eal_cleanup();
}

}  // namespace torii::dpdk

#include "platform/machine/plan.h"

#include <algorithm>
#include <set>

namespace torii::machine {
namespace {

constexpr std::size_t kManyCpus = 8;

// One of each core, in the order of their numbers.
std::vector<unsigned> choose_workers(const std::vector<Cpu>& cpus, const CpuPlan& plan, int node) {
    std::set<unsigned> cores;
    for (const Cpu& cpu : cpus) {
        if (std::ranges::find(plan.control, cpu.id) != plan.control.end()) cores.insert(cpu.core);
    }
    std::vector<unsigned> chosen;
    for (const Cpu& cpu : cpus) {
        if (node >= 0 && cpu.node != node) continue;
        if (cores.insert(cpu.core).second) chosen.push_back(cpu.id);
    }
    return chosen;
}

}  // namespace

CpuPlan plan_cpus(const std::vector<Cpu>& cpus, int node, unsigned most) {
    CpuPlan plan;
    if (cpus.empty()) return plan;
    if (cpus.size() == 1) return {{cpus.front().id}, {cpus.front().id}};
    plan.control.push_back(cpus.front().id);
    if (cpus.size() >= kManyCpus) plan.control.push_back(cpus[1].id);
    plan.workers = choose_workers(cpus, plan, node);
    if (plan.workers.empty()) plan.workers = choose_workers(cpus, plan, -1);
    // Two threads of the only core.
    if (plan.workers.empty()) plan.workers.push_back(cpus.back().id);
    if (plan.workers.size() > most) plan.workers.resize(most);
    return plan;
}

std::uint64_t plan_hugepages_mib(std::uint64_t memory_mib) {
    const std::uint64_t wanted = memory_mib <= 1536 ? 256 : memory_mib <= 4096 ? 512 : 1024;
    const std::uint64_t most = memory_mib * 2 / 5;
    return std::min(wanted, most - most % 2);
}

}  // namespace torii::machine

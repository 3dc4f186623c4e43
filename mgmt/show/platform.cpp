#include "mgmt/show/platform.h"

#include "mgmt/show/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace torii::show {
namespace {

std::string or_dash(const std::string& text) {
    return text.empty() ? "-" : text;
}

std::string use_of(const ipc::NetworkCard& card) {
    if (card.taken()) return "packet engine";
    return card.reserved().empty() ? "kernel" : "kernel, always";
}

void ways_of(const ipc::NetworkCard& card, std::string& out) {
    out += fmt::format("\n{}:\n", card.address());
    if (!card.reserved().empty())
        out += fmt::format("  stays with the kernel: {}\n", card.reserved());
    if (!card.first_driver().empty()) {
        out += fmt::format("  the kernel's driver: {}\n", card.first_driver());
    }
    for (const ipc::BindingChoice& choice : card.choices()) {
        out += fmt::format("  {}: {}\n", choice.way(),
                           choice.refusal().empty() ? "can be used" : "no, " + choice.refusal());
    }
}

}  // namespace

std::string platform(const ipc::Platform& platform) {
    const ipc::MachinePlan& plan = platform.plan();
    std::string out = fmt::format("Processors: {}\n", platform.cpus());
    out += fmt::format("  packet engine: {}\n", fmt::join(plan.worker_cpus(), ","));
    out += fmt::format("  everything else: {}\n", fmt::join(plan.control_cpus(), ","));
    out += fmt::format("Memory: {} MiB\n", platform.memory_mib());
    out += fmt::format("  huge pages: {} MiB, {} free; planned for the packet engine: {}\n",
                       platform.hugepages_mib(), platform.hugepages_free_mib(),
                       plan.hugepage_memory_mib());
    out += fmt::format("IOMMU: {}\n", platform.iommu() ? "yes" : "no");
    if (!plan.eal_arguments().empty()) {
        out += fmt::format("EAL: {}\n", fmt::join(plan.eal_arguments(), " "));
    }
    if (!plan.capabilities().empty()) {
        out += fmt::format("Rights for the ports: {}\n", fmt::join(plan.capabilities(), " "));
    }
    for (const std::string& note : plan.notes()) out += fmt::format("Note: {}\n", note);
    if (platform.cards().empty()) return out + "\nThere is no network card on the PCI bus.\n";
    Table table({"Card", "Device", "Interface", "MAC", "Driver", "Group", "Used by"});
    std::string ways;
    for (const ipc::NetworkCard& card : platform.cards()) {
        table.add({card.address(), card.id(),
                   or_dash(fmt::format("{}", fmt::join(card.interfaces(), ","))),
                   or_dash(card.mac()), or_dash(card.driver()),
                   card.iommu_group() < 0 ? "-" : std::to_string(card.iommu_group()),
                   use_of(card)});
        ways_of(card, ways);
    }
    return out + "\n" + table.text() + ways;
}

}  // namespace torii::show

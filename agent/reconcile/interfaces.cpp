#include "agent/reconcile/interfaces.h"

#include <fmt/format.h>

#include <algorithm>

namespace torii::reconcile {
namespace {

const Prefix kV4Mapped = Prefix::covering(*IpAddress::parse("::ffff:0:0"), 96);

std::vector<IpAddress> usable_addresses(const std::vector<model::Interface>& interfaces,
                                        const std::string& name, IpFamily family) {
    const auto found = std::ranges::find(interfaces, name, &model::Interface::name);
    std::vector<IpAddress> usable;
    if (found == interfaces.end() || !found->up) return usable;
    for (const IpAddress& address : found->addresses) {
        const bool local = address.is_loopback() || address.is_multicast() ||
                           address.is_unspecified() || kV4Mapped.contains(address) ||
                           (address.is_v6() && address.is_link_local());
        if (address.family() == family && !local) usable.push_back(address);
    }
    return usable;
}

}  // namespace

void advertise_interface(const std::vector<model::Interface>& interfaces,
                         const SelectedEntry& selected, ExportStatements& statements) {
    const std::string& name = selected.entry->interface;
    const std::string statement =
        fmt::format("Interface-{}-{}", name, family_name(selected.family));
    for (const IpAddress& address : usable_addresses(interfaces, name, selected.family)) {
        statements.add(selected, ExportStatements::Kind::interface, statement,
                       Prefix::host(address));
    }
}

Result<std::optional<IpAddress>> source_address(const std::vector<model::Interface>& interfaces,
                                                const std::string& name, IpFamily family) {
    const std::vector<IpAddress> usable = usable_addresses(interfaces, name, family);
    if (usable.size() > 1) {
        return fail("sourceInterface {} has {} IPv{} addresses instead of one", name, usable.size(),
                    static_cast<int>(family));
    }
    return usable.empty() ? std::optional<IpAddress>() : std::optional(usable.front());
}

}  // namespace torii::reconcile

#include "dataplane/pipeline/settings.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace torii::pipeline {

Allowance allowance_of(PuntClass punt_class, const Settings& settings) {
    if (punt_class == PuntClass::ttl || punt_class == PuntClass::unreachable) {
        return {settings.icmp_errors_per_second, settings.icmp_error_burst};
    }
    return settings.allowances[static_cast<std::size_t>(punt_class)];
}

std::array<Allowance, kPuntClassCount> default_allowances() {
    std::array<Allowance, kPuntClassCount> allowances;
    std::ranges::transform(kPuntClasses, allowances.begin(), [](const PuntClassRow& row) {
        return Allowance{row.rate, row.burst};
    });
    return allowances;
}

void lend_addresses(Settings& settings) {
    for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
        const auto is_lent = [family](const InterfaceAddress& one) {
            return one.address.family() == family && !one.address.is_link_local();
        };
        std::optional<IpAddress> lent;
        for (const PortSettings& port : settings.ports) {
            const auto own = std::ranges::find_if(port.addresses, is_lent);
            if (!lent && own != port.addresses.end()) lent = own->address;
        }
        if (!lent) continue;
        const auto length = static_cast<std::uint8_t>(family == IpFamily::v4 ? 32 : 128);
        for (PortSettings& port : settings.ports) {
            if (!port.enabled || std::ranges::any_of(port.addresses, is_lent)) continue;
            port.addresses.push_back(InterfaceAddress{*lent, length});
        }
    }
}

SharedSettings::SharedSettings(fib::Reclaimer& reclaimer)
    : reclaimer_(reclaimer), current_(new Settings) {}

SharedSettings::~SharedSettings() {
    delete current_.load();
}

void SharedSettings::publish(Settings settings) {
    settings.filtered_ports = 0;
    for (std::size_t port = 0; port < kMaxPorts; ++port) {
        if (settings.ports[port].acl_out) settings.filtered_ports |= std::uint64_t{1} << port;
    }
    const Settings* old = current_.exchange(new Settings(std::move(settings)));
    reclaimer_.retire([old] { delete old; });
}

}  // namespace torii::pipeline

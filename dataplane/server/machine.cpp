#include "dataplane/server/machine.h"

#include "platform/ipc/blocking.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <platform/ipc/proto/platform.pb.h>

namespace torii::dataplane {
namespace {

// Drivers take their time to let go of a card.
constexpr std::chrono::seconds kPatience{20};

bool has_ports(const Config& config, Driver driver) {
    return std::ranges::any_of(config.ports,
                               [driver](const PortSpec& port) { return port.driver == driver; });
}

// Nothing: there is nobody to ask.
Result<std::optional<ipc::MachinePlan>> ask(const std::string& socket, const Config& config,
                                            bool check_only) {
    std::error_code error;
    if (!std::filesystem::exists(socket, error)) return std::nullopt;
    auto connection = ipc::BlockingConnection::connect(socket);
    // One that has ended leaves its cards as they are.
    if (!connection) return std::nullopt;
    ipc::PlatformRequest request;
    ipc::TakeDevices& wanted = *request.mutable_take_devices();
    wanted.set_check_only(check_only);
    wanted.set_packet_ports(has_ports(config, Driver::kernel));
    wanted.set_xdp_ports(has_ports(config, Driver::xdp));
    for (const PortSpec& port : config.ports) {
        if (port.driver == Driver::pci) wanted.add_pci(port.device);
    }
    auto reply =
        connection->call<ipc::PlatformRequest, ipc::PlatformReply>(std::move(request), kPatience);
    if (!reply) return fail("torii-platformd: {}", reply.error().message);
    return reply->plan();
}

}  // namespace

Result<void> Machine::check(const Config& config) const {
    if (!has_ports(config, Driver::pci)) return {};
    const auto plan = ask(socket_, config, true);
    if (!plan) return unexpected(plan.error());
    return {};
}

Result<std::vector<std::string>> Machine::prepare(Config& config) const {
    const auto plan = ask(socket_, config, false);
    if (!plan) return unexpected(plan.error());
    if (!*plan) return std::vector<std::string>{};
    const auto& needed = (*plan)->capabilities();
    if ((*plan)->rights_pending()) return std::vector<std::string>{needed.begin(), needed.end()};
    if (config.start.worker_lcores.empty()) {
        config.start.worker_lcores = fmt::format("{}", fmt::join((*plan)->worker_cpus(), ","));
    }
    if (!config.start.hugepage_memory_mib) {
        config.start.hugepage_memory_mib = (*plan)->hugepage_memory_mib();
    }
    const auto& arguments = (*plan)->eal_arguments();
    config.start.eal_arguments = {arguments.begin(), arguments.end()};
    return std::vector<std::string>{};
}

}  // namespace torii::dataplane

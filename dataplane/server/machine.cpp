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
Result<std::optional<ipc::PlatformReply>> ask(const std::string& socket,
                                              ipc::PlatformRequest request) {
    std::error_code error;
    if (!std::filesystem::exists(socket, error)) return std::nullopt;
    auto connection = ipc::BlockingConnection::connect(socket);
    // One that has ended leaves its cards as they are.
    if (!connection) return std::nullopt;
    auto reply =
        connection->call<ipc::PlatformRequest, ipc::PlatformReply>(std::move(request), kPatience);
    if (!reply) return fail("torii-platformd: {}", reply.error().message);
    return std::move(*reply);
}

std::vector<std::string> cards_of(const Config& config) {
    std::vector<std::string> cards;
    for (const PortSpec& port : config.ports) {
        if (port.driver == Driver::pci) cards.push_back(port.device);
    }
    return cards;
}

ipc::PlatformRequest take_devices(const Config& config, bool check_only,
                                  const std::vector<std::string>& in_use = {}) {
    ipc::PlatformRequest request;
    ipc::TakeDevices& wanted = *request.mutable_take_devices();
    wanted.set_check_only(check_only);
    wanted.set_packet_ports(has_ports(config, Driver::kernel));
    wanted.set_xdp_ports(has_ports(config, Driver::xdp));
    const std::vector<std::string> cards = cards_of(config);
    for (const std::string& card : cards) wanted.add_pci(card);
    for (const std::string& card : in_use) {
        if (std::ranges::find(cards, card) == cards.end()) wanted.add_pci(card);
    }
    return request;
}

}  // namespace

Result<void> Machine::check(const Config& config) const {
    if (!has_ports(config, Driver::pci)) return {};
    const auto reply = ask(socket_, take_devices(config, true));
    if (!reply) return unexpected(reply.error());
    return {};
}

Result<std::vector<std::string>> Machine::prepare(Config& config,
                                                  const std::vector<std::string>& in_use) const {
    const auto reply = ask(socket_, take_devices(config, false, in_use));
    if (!reply) return unexpected(reply.error());
    if (!*reply) return std::vector<std::string>{};
    const ipc::MachinePlan& plan = (*reply)->plan();
    const auto& needed = plan.capabilities();
    if (plan.rights_pending()) return std::vector<std::string>{needed.begin(), needed.end()};
    if (config.start.worker_lcores.empty()) {
        config.start.worker_lcores = fmt::format("{}", fmt::join(plan.worker_cpus(), ","));
    }
    if (!config.start.hugepage_memory_mib) {
        config.start.hugepage_memory_mib = plan.hugepage_memory_mib();
    }
    const auto& arguments = plan.eal_arguments();
    config.start.eal_arguments = {arguments.begin(), arguments.end()};
    return std::vector<std::string>{};
}

Result<void> Machine::give_back(const Config& config,
                                const std::vector<std::string>& in_use) const {
    const std::vector<std::string> cards = cards_of(config);
    const bool all_stay = std::ranges::all_of(in_use, [&](const std::string& card) {
        return std::ranges::find(cards, card) != cards.end();
    });
    if (all_stay) return {};
    const auto reply = ask(socket_, take_devices(config, false));
    if (!reply) return unexpected(reply.error());
    return {};
}

Result<void> Machine::set_up_tap(const PortTap& tap, netlink::Requests& requests) const {
    ipc::PlatformRequest request;
    ipc::SetUpTap& wanted = *request.mutable_set_up_tap();
    wanted.set_name(tap.name);
    wanted.set_mac(tap.mac.octets.data(), tap.mac.octets.size());
    wanted.set_mtu(tap.mtu);
    const auto reply = ask(socket_, std::move(request));
    if (!reply) return unexpected(reply.error());
    if (!*reply) return torii::set_up_tap(tap, std::nullopt, requests);
    return {};
}

}  // namespace torii::dataplane

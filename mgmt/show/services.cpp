#include "mgmt/show/services.h"

#include "mgmt/show/text.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace torii::show {
namespace {

namespace json = boost::json;

constexpr double kMebibyte = 1024.0 * 1024.0;

std::uint64_t uptime(const RouterState& state, const RouterState::Process& process) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(state.now - process.started, 0));
}

// What is not known is a dash.
std::string number_or_dash(std::uint64_t number) {
    return number == 0 ? "-" : std::to_string(number);
}
std::string number_or_dash(const std::optional<std::uint64_t>& number) {
    return number ? std::to_string(*number) : "-";
}

std::vector<std::string> row_of(const RouterState& state, const RouterState::Process& process) {
    const bool known = process.running && process.started != 0;
    return {
        process.name,
        process.running ? "running" : "down",
        number_or_dash(process.id),
        known ? elapsed(uptime(state, process)) : "-",
        number_or_dash(process.restarts),
        process.resident_memory == 0
            ? "-"
            : fmt::format("{:.1f} MiB", static_cast<double>(process.resident_memory) / kMebibyte),
        known ? fmt::format("{:.1f} s", static_cast<double>(process.cpu_milliseconds) / 1000.0)
              : "-",
        number_or_dash(process.config_version)};
}

}  // namespace

std::string services_text(const RouterState& state) {
    Table processes(
        {"Process", "State", "Pid", "Uptime", "Restarts", "Memory", "CPU time", "Configuration"});
    for (const RouterState::Process& process : state.processes) {
        processes.add(row_of(state, process));
    }
    std::string out = processes.text();
    if (state.services.empty()) return out;
    Table services({"Service", "Address", "Port", "Protocol", "State"});
    for (const RouterState::Service& service : state.services) {
        services.add({service.name, service.address, std::to_string(service.port),
                      service.transport, service.state});
    }
    return out + "\n" + services.text();
}

json::object services_json(const RouterState& state) {
    json::array processes;
    for (const RouterState::Process& process : state.processes) {
        json::object one{{"name", process.name}, {"running", process.running}};
        if (process.id != 0) one["pid"] = process.id;
        if (process.running && process.started != 0) {
            one["uptimeSeconds"] = uptime(state, process);
            one["residentMemory"] = process.resident_memory;
            one["cpuMilliseconds"] = process.cpu_milliseconds;
        }
        if (process.restarts) one["restarts"] = *process.restarts;
        if (process.config_version) one["configVersion"] = *process.config_version;
        processes.push_back(std::move(one));
    }
    json::array services;
    for (const RouterState::Service& service : state.services) {
        services.push_back(json::object{{"name", service.name},
                                        {"address", service.address},
                                        {"port", service.port},
                                        {"transport", service.transport},
                                        {"state", service.state}});
    }
    return {{"processes", std::move(processes)}, {"services", std::move(services)}};
}

}  // namespace torii::show

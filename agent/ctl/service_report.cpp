#include "agent/ctl/service_report.h"

#include "agent/ctl/table.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace torii::agent {
namespace json = boost::json;
namespace {

std::string_view state_of(const ipc::AgentBackend& backend) {
    return backend.terminating() ? "terminating" : "active";
}

std::vector<const ipc::AgentFrontend*> by_id(const ipc::AgentServices& answer) {
    std::vector<const ipc::AgentFrontend*> frontends;
    for (const ipc::AgentFrontend& frontend : answer.frontends()) frontends.push_back(&frontend);
    std::ranges::sort(frontends, {}, [](const auto* frontend) { return frontend->id(); });
    return frontends;
}

json::object frontend_json(const ipc::AgentFrontend& frontend) {
    json::array backends;
    for (const ipc::AgentBackend& backend : frontend.backends()) {
        backends.push_back({{"address", backend.address()}, {"state", state_of(backend)}});
    }
    json::array flags;
    for (const std::string& flag : frontend.flags()) flags.push_back(json::string(flag));
    return {{"id", frontend.id()},
            {"frontend", frontend.address()},
            {"type", frontend.type()},
            {"flags", std::move(flags)},
            {"backends", std::move(backends)}};
}

std::string as_values(const std::vector<ipc::AgentServices>& answers, Output output) {
    json::object nodes;
    for (const ipc::AgentServices& answer : answers) {
        json::array frontends;
        for (const auto* frontend : by_id(answer)) frontends.push_back(frontend_json(*frontend));
        nodes[answer.node()] = std::move(frontends);
    }
    return text_of(nodes, output);
}

using Rows = std::vector<std::vector<std::string>>;

void add_service_rows(const ipc::AgentFrontend& frontend, Rows& rows) {
    std::vector<std::string> row{std::to_string(frontend.id()), frontend.address(),
                                 frontend.type()};
    int number = 0;
    for (const ipc::AgentBackend& backend : frontend.backends()) {
        row.push_back(fmt::format("{} => {} ({})", ++number, backend.address(), state_of(backend)));
        rows.push_back(std::exchange(row, std::vector<std::string>(3)));
    }
    if (number == 0) rows.push_back(std::move(row));
}

void add_slot_rows(const ipc::AgentFrontend& frontend, Rows& rows) {
    const bool is_v6 = frontend.address().starts_with('[');
    rows.push_back({fmt::format("{} (0)", frontend.address()),
                    fmt::format("{} ({}) (0) [{}]", is_v6 ? "[::]:0" : "0.0.0.0:0", frontend.id(),
                                fmt::join(frontend.flags(), ", "))});
    int slot = 0;
    for (const ipc::AgentBackend& backend : frontend.backends()) {
        ++slot;
        rows.push_back({fmt::format("{} ({})", frontend.address(), slot),
                        fmt::format("{} ({}) ({})", backend.address(), frontend.id(), slot)});
    }
}

std::string as_table(const std::vector<ipc::AgentServices>& answers, Rows rows,
                     void (*add)(const ipc::AgentFrontend&, Rows&)) {
    for (const ipc::AgentServices& answer : answers) {
        for (const auto* frontend : by_id(answer)) add(*frontend, rows);
    }
    return format_table(rows);
}

}  // namespace

std::string report_ip_cache(const std::vector<ipc::AgentIpCache>& answers, Output output) {
    json::object nodes;
    Rows rows{{"IP PREFIX/ADDRESS", "IDENTITY"}};
    for (const ipc::AgentIpCache& answer : answers) {
        json::object prefixes;
        for (const ipc::AgentIpCacheEntry& entry : answer.entries()) {
            const bool elsewhere = !entry.node_address().empty();
            const std::string text = fmt::format(
                "identity={} encryptkey=0 tunnelendpoint={} flags={}", entry.identity(),
                elsewhere ? entry.node_address() : "0.0.0.0", elsewhere ? "hastunnel" : "<none>");
            rows.push_back({entry.prefix(), text});
            prefixes[entry.prefix()] = json::array{json::string(text)};
        }
        nodes[answer.node()] = std::move(prefixes);
    }
    return output == Output::table ? format_table(rows) : text_of(nodes, output);
}

std::string report_services(const std::vector<ipc::AgentServices>& answers, Output output) {
    if (output != Output::table) return as_values(answers, output);
    return as_table(answers, {{"ID", "Frontend", "Service Type", "Backend"}}, add_service_rows);
}

std::string report_load_balancing(const std::vector<ipc::AgentServices>& answers, Output output) {
    if (output != Output::table) return as_values(answers, output);
    return as_table(answers, {{"SERVICE ADDRESS", "BACKEND ADDRESS (REVNAT_ID) (SLOT)"}},
                    add_slot_rows);
}

}  // namespace torii::agent

#include "agent/ctl/bgp_commands.h"

#include "agent/ctl/inquiry.h"
#include "agent/ctl/policy_report.h"
#include "agent/ctl/service_report.h"
#include "agent/model/drain_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

namespace torii::agent {
namespace {

// The part of each answer that `part` takes out, as `report` prints them.
template <class Answer, class Report>
int ask(const AgentCommand& command, const ipc::AgentRequest& request,
        const Answer& (ipc::AgentReply::*part)() const, const Report& report) {
    Inquiry inquiry(command.sockets);
    std::vector<Answer> answers;
    for (const ipc::AgentReply& reply : inquiry.ask(request)) answers.push_back((reply.*part)());
    fmt::print("{}", report(std::move(answers)));
    return inquiry.exit_code();
}

int show_peers(const AgentCommand& command,
               std::string (*report)(std::vector<ipc::AgentPeers>, Output)) {
    ipc::AgentRequest request;
    request.mutable_get_peers();
    return ask(command, request, &ipc::AgentReply::peers, [&](std::vector<ipc::AgentPeers> all) {
        return report(std::move(all), command.output);
    });
}

int show_services(const AgentCommand& command,
                  std::string (*report)(const std::vector<ipc::AgentServices>&, Output)) {
    ipc::AgentRequest request;
    request.mutable_get_services();
    return ask(
        command, request, &ipc::AgentReply::services,
        [&](const std::vector<ipc::AgentServices>& all) { return report(all, command.output); });
}

}  // namespace

int show_bgp_peers(const AgentCommand& command) {
    return show_peers(command, report_peers);
}

int show_bgp_conditions(const AgentCommand& command) {
    return show_peers(command, report_conditions);
}

int show_bgp_routes(const AgentCommand& command, const std::vector<std::string>& words) {
    const Result<RouteQuery> query = parse_route_query(words);
    if (!query) {
        fmt::print(stderr, "toriictl: {}\n", query.error().message);
        return EXIT_FAILURE;
    }
    ipc::AgentRequest request;
    ipc::GetAgentRoutes& wanted = *request.mutable_get_routes();
    wanted.set_advertised(query->advertised);
    wanted.set_received(query->received);
    wanted.set_afi(query->afi);
    wanted.set_safi(query->safi);
    return ask(command, request, &ipc::AgentReply::routes, [&](std::vector<ipc::AgentRoutes> all) {
        return report_routes(std::move(all), *query, command.output);
    });
}

int show_bgp_policies(const AgentCommand& command) {
    ipc::AgentRequest request;
    request.mutable_get_policies();
    return ask(command, request, &ipc::AgentReply::policies,
               [&](const std::vector<ipc::AgentPolicies>& all) {
                   return report_policies(all, command.output);
               });
}

int wait_for_drain(const AgentCommand& command, const std::string& node,
                   std::chrono::seconds patience) {
    constexpr std::chrono::milliseconds kInterval{200};
    ipc::AgentRequest request;
    request.mutable_get_peers();
    Inquiry inquiry(command.sockets);
    const auto is_drained = [&](const ipc::AgentReply& reply) {
        return reply.peers().node() == node &&
               std::ranges::any_of(reply.peers().conditions(), [](const std::string& condition) {
                   return condition.find(model::kDrained) != std::string::npos;
               });
    };
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!std::ranges::any_of(inquiry.ask(request), is_drained)) {
        if (inquiry.exit_code() != EXIT_SUCCESS) return inquiry.exit_code();
        if (std::chrono::steady_clock::now() >= end) {
            fmt::print(stderr, "toriictl: no agent says within {} s that {} is drained\n",
                       patience.count(), node);
            return EXIT_FAILURE;
        }
        std::this_thread::sleep_for(kInterval);
    }
    fmt::print("node/{} drained\n", node);
    return EXIT_SUCCESS;
}

int list_services(const AgentCommand& command) {
    return show_services(command, report_services);
}

int list_ip_cache(const AgentCommand& command) {
    ipc::AgentRequest request;
    request.mutable_get_ip_cache();
    return ask(command, request, &ipc::AgentReply::ip_cache,
               [&](const std::vector<ipc::AgentIpCache>& all) {
                   return report_ip_cache(all, command.output);
               });
}

int list_load_balancing(const AgentCommand& command) {
    return show_services(command, report_load_balancing);
}

}  // namespace torii::agent

// show policy and its sets, and the routes of one neighbor.
#include "mgmt/server/configured_names.h"
#include "mgmt/server/show_answer.h"
#include "mgmt/server/show_commands.h"
#include "mgmt/server/table_stream.h"
#include "mgmt/show/bgp.h"
#include "mgmt/show/policy.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace torii::mgmt {

void ShowCommands::add_policies(Grammar& grammar) {
    const auto show_policy = [this](const Invocation& asked, const Done& done) {
        const std::string name = asked.arguments.empty() ? "" : asked.arguments[0];
        policies(asked.form, done, [name](const auto& all) { return show::policies(all, name); });
    };
    const auto show_prefixes = [this](const Invocation& asked, const Done& done) {
        const std::string name = asked.arguments.empty() ? "" : asked.arguments[0];
        policies(asked.form, done,
                 [name](const auto& all) { return show::prefix_sets(all, name); });
    };
    for (const char* start : {"show policy", "show route-map"}) {
        grammar.add(start, "The policies, and what their statements matched.", show_policy);
        grammar.add(std::string(start) + " <name>", "One policy.", show_policy,
                    configured_names(store_, {"policy", "policy"}));
    }
    for (const char* start : {"show prefix-set", "show ip prefix-list"}) {
        grammar.add(start, "The prefix sets.", show_prefixes);
        grammar.add(std::string(start) + " <name>", "One prefix set.", show_prefixes,
                    configured_names(store_, {"policy", "prefix-set"}));
    }
    grammar.add("show policy-sets", "The sets of AS paths and of communities.",
                [this](const Invocation& asked, const Done& done) {
                    policies(asked.form, done, show::other_sets);
                });
}

void ShowCommands::policies(Form form, const Done& done, const PolicyText& text) {
    ipc::ControlplaneRequest request;
    request.mutable_get_policies();
    const auto part = [](const ipc::ControlplaneReply& reply) -> const auto& {
        return reply.policies();
    };
    controlplane_.ask(std::move(request), showing(form, done, part, text));
}

void ShowCommands::add_neighbor_routes(Grammar& grammar, const std::string& start,
                                       ipc::AddressFamily family) {
    struct Kind {
        const char* word;
        ipc::NeighborRoutes routes;
        const char* help;
    };
    static constexpr std::array kKinds{
        Kind{"received-routes", ipc::RECEIVED_ROUTES, "What it sent, before policy."},
        Kind{"routes", ipc::ACCEPTED_ROUTES, "What it sent and was accepted."},
        Kind{"advertised-routes", ipc::ADVERTISED_ROUTES, "What it was sent."},
    };
    for (const Kind& kind : kKinds) {
        grammar.add(
            fmt::format("{} neighbors <address> {}", start, kind.word), kind.help,
            [this, family, routes = kind.routes](const Invocation& asked, const Done& done) {
                neighbor_routes(asked.arguments[0], family, routes, asked.form, done);
            });
    }
}

void ShowCommands::neighbor_routes(const std::string& address, ipc::AddressFamily family,
                                   ipc::NeighborRoutes routes, Form form, const Done& done) {
    ipc::GetBgpNeighborRoutes question;
    question.set_address(address);
    question.set_family(family);
    question.set_routes(routes);
    if (form == Form::json) {
        return stream_table(controlplane_, std::move(question), show::BgpTableJson(), done);
    }
    stream_table(controlplane_, std::move(question), show::BgpTableText(), done);
}

}  // namespace torii::mgmt

#include "agent/server/report.h"
#include "platform/ipc/blocking.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace torii;

constexpr std::chrono::seconds kTimeout{10};

struct Options {
    std::vector<std::string> run_dirs;
    std::vector<std::string> agents;
    std::string output = "table";
    std::vector<std::string> route_words;
};

std::vector<std::string> sockets(const Options& options) {
    std::vector<std::string> paths = options.agents;
    for (const std::string& directory : options.run_dirs)
        paths.push_back(directory + "/agent.sock");
    if (paths.empty()) paths.emplace_back("/run/torii/agent.sock");
    return paths;
}

// Asks all agents. One that does not answer is told on standard error; the others still count.
class Inquiry {
public:
    explicit Inquiry(const Options& options) : paths_(sockets(options)) {}

    std::vector<ipc::AgentReply> ask(const ipc::AgentRequest& request) {
        std::vector<ipc::AgentReply> replies;
        for (const std::string& path : paths_) {
            Result<ipc::AgentReply> reply = ask(path, request);
            if (reply) {
                replies.push_back(std::move(*reply));
                continue;
            }
            fmt::print(stderr, "toriictl: {}: {}\n", path, reply.error().message);
            all_answered_ = false;
        }
        return replies;
    }

    [[nodiscard]] int exit_code() const { return all_answered_ ? EXIT_SUCCESS : EXIT_FAILURE; }

private:
    static Result<ipc::AgentReply> ask(const std::string& path, const ipc::AgentRequest& request) {
        auto connection = ipc::BlockingConnection::connect(path);
        if (!connection) return unexpected(connection.error());
        return connection->call<ipc::AgentRequest, ipc::AgentReply>(request, kTimeout);
    }

    std::vector<std::string> paths_;
    bool all_answered_ = true;
};

using PeersReport = std::string (*)(std::vector<ipc::AgentPeers>, agent::Output);

int show_peers(const Options& options, PeersReport report) {
    Inquiry inquiry(options);
    ipc::AgentRequest request;
    request.mutable_get_peers();
    std::vector<ipc::AgentPeers> answers;
    for (const ipc::AgentReply& reply : inquiry.ask(request)) answers.push_back(reply.peers());
    const auto output = options.output == "json" ? agent::Output::json : agent::Output::table;
    fmt::print("{}", report(std::move(answers), output));
    return inquiry.exit_code();
}

int show_routes(const Options& options) {
    const Result<agent::RouteQuery> query = agent::parse_route_query(options.route_words);
    if (!query) {
        fmt::print(stderr, "toriictl: {}\n", query.error().message);
        return EXIT_FAILURE;
    }
    Inquiry inquiry(options);
    ipc::AgentRequest request;
    request.mutable_get_routes()->set_advertised(query->advertised);
    request.mutable_get_routes()->set_afi(query->afi);
    request.mutable_get_routes()->set_safi(query->safi);
    std::vector<ipc::AgentRoutes> answers;
    for (const ipc::AgentReply& reply : inquiry.ask(request)) answers.push_back(reply.routes());
    const auto output = options.output == "json" ? agent::Output::json : agent::Output::table;
    fmt::print("{}", agent::report_routes(std::move(answers), *query, output));
    return inquiry.exit_code();
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Shows what the agents of the nodes do", "toriictl");
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--run-dir", options.run_dirs, "Run directory of an agent; may come many times")
        ->allow_extra_args(false);
    app.add_option("--agent", options.agents, "Socket of an agent; may come many times")
        ->allow_extra_args(false);
    app.add_option("-o,--output", options.output, "table or json")
        ->check(CLI::IsMember({"table", "json"}));

    CLI::App* bgp = app.add_subcommand("bgp", "BGP of the nodes");
    bgp->require_subcommand(1);
    bgp->fallthrough();
    const CLI::App* peers = bgp->add_subcommand("peers", "Peers and their sessions");
    CLI::App* routes =
        bgp->add_subcommand("routes", "Routes that the nodes originate or have sent");
    routes->add_option("words", options.route_words,
                       "[available|advertised] [ipv4|ipv6] [unicast] [vrouter ASN] [peer ADDRESS]");
    const CLI::App* conditions =
        bgp->add_subcommand("conditions", "What is wrong with the manifests");
    CLI11_PARSE(app, argc, argv);

    if (peers->parsed()) return show_peers(options, agent::report_peers);
    if (conditions->parsed()) return show_peers(options, agent::report_conditions);
    return show_routes(options);
}

#include "agent/ctl/policy_report.h"

#include "agent/ctl/table.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

namespace torii::agent {
namespace json = boost::json;
namespace {

// Several values of a cell as "{a} {b}", one as it is.
std::string cell(const std::vector<std::string>& values) {
    if (values.empty()) return {};
    return values.size() == 1 ? values[0] : fmt::format("{{{}}}", fmt::join(values, "} {"));
}

std::vector<std::string> matches(const ipc::AgentPolicyStatement& statement) {
    std::vector<std::string> matches;
    for (const std::string& prefix : statement.prefixes()) {
        const std::string length = prefix.substr(prefix.find('/') + 1);
        matches.push_back(fmt::format("{} ({}..{})", prefix, length, length));
    }
    return matches;
}

std::vector<std::string> actions(const ipc::AgentPolicyStatement& statement) {
    std::vector<std::string> actions;
    if (statement.has_local_preference()) {
        actions.push_back(fmt::format("SetLocalPreference: {}", statement.local_preference()));
    }
    if (statement.communities_size() > 0) {
        actions.push_back(
            fmt::format("AddCommunities: [{}]", fmt::join(statement.communities(), " ")));
    }
    if (statement.large_communities_size() > 0) {
        actions.push_back(fmt::format("AddLargeCommunities: [{}]",
                                      fmt::join(statement.large_communities(), " ")));
    }
    return actions;
}

// "tor-ipv4-PodCIDR": the name that a statement had when each was a policy of its own.
std::string policy_name(const ipc::AgentPolicyStatement& statement) {
    std::string rest = statement.name();
    const std::size_t family = rest.rfind("-ipv");
    if (family == std::string::npos) return statement.peer_name() + '-' + rest;
    const std::string name = rest.substr(family, 5);
    rest.erase(family, 5);
    return statement.peer_name() + name + '-' + rest;
}

std::string host_prefix(const std::string& address) {
    return address + (address.find(':') == std::string::npos ? "/32" : "/128");
}

template <class Texts>
json::array strings(const Texts& texts) {
    json::array array;
    for (const std::string& text : texts) array.push_back(json::string(text));
    return array;
}

json::object statement_json(const ipc::AgentPolicyStatement& statement) {
    return {{"instance", statement.instance()},
            {"peer", statement.peer_name()},
            {"policy", fmt::format("peer-{}-export", statement.peer_name())},
            {"type", "export"},
            {"statement", statement.name()},
            {"match-peers", json::array{json::string(statement.peer_address())}},
            {"match-prefixes", strings(statement.prefixes())},
            {"rib-action", "accept"},
            {"path-actions", strings(actions(statement))}};
}

}  // namespace

std::string report_policies(const std::vector<ipc::AgentPolicies>& answers, Output output) {
    json::object nodes;
    std::vector<std::vector<std::string>> rows{{"VRouter", "Policy Name", "Type", "Match Peers",
                                                "Match Families", "Match Prefixes (Min..Max Len)",
                                                "RIB Action", "Path Actions"}};
    for (const ipc::AgentPolicies& answer : answers) {
        json::array statements;
        for (const ipc::AgentPolicyInstance& instance : answer.instances()) {
            const std::string local_as = std::to_string(instance.local_as());
            // A node takes no routes of its peers: only its own are accepted.
            rows.push_back({local_as, "allow-local", "import", "", "", "", "accept"});
            for (const ipc::AgentPolicyStatement& statement : answer.statements()) {
                if (statement.instance() != instance.name()) continue;
                statements.push_back(statement_json(statement));
                rows.push_back({local_as, policy_name(statement), "export",
                                host_prefix(statement.peer_address()), "", cell(matches(statement)),
                                "accept", cell(actions(statement))});
            }
        }
        nodes[answer.node()] = std::move(statements);
    }
    return output == Output::table ? format_table(rows) : text_of(nodes, output);
}

}  // namespace torii::agent

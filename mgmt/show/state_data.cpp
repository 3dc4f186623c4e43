#include "mgmt/show/state_data.h"

#include "mgmt/show/bgp.h"
#include "mgmt/show/interface_state.h"
#include "mgmt/show/text.h"
#include "platform/base/utc.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace torii::show {
namespace {

namespace json = boost::json;

// RFC 7951 section 6.1: numbers of 64 bits are text.
json::string long_number(std::uint64_t value) {
    return json::string(std::to_string(value));
}

json::object system_state(const RouterState& state) {
    json::array processes;
    for (const RouterState::Process& process : state.processes) {
        json::object one{{"name", process.name}, {"running", process.running}};
        if (process.config_version) {
            one["config-version"] = long_number(*process.config_version);
        }
        if (process.restarts) one["restarts"] = long_number(*process.restarts);
        if (process.id != 0) {
            one["id"] = process.id;
            one["cpu-time"] = long_number(process.cpu_milliseconds);
        }
        if (process.started != 0) one["since"] = utc_text(process.started);
        if (process.resident_memory != 0) {
            one["resident-memory"] = long_number(process.resident_memory);
        }
        processes.push_back(std::move(one));
    }
    json::array services;
    for (const RouterState::Service& service : state.services) {
        services.push_back(json::object{{"name", service.name},
                                        {"address", service.address},
                                        {"port", service.port},
                                        {"transport", service.transport},
                                        {"socket-state", service.state}});
    }
    json::array commits;
    for (const RouterState::Commit& commit : state.commits) {
        json::object one{{"id", long_number(commit.id)},
                         {"time", utc_text(commit.unix_seconds)},
                         {"user", commit.user},
                         {"through", commit.through},
                         {"changes", long_number(commit.changes)}};
        if (!commit.comment.empty()) one["comment"] = commit.comment;
        commits.push_back(std::move(one));
    }
    json::object out{{"version", state.version}, {"process", std::move(processes)}};
    if (!services.empty()) out["service"] = std::move(services);
    if (!commits.empty()) out["commit"] = std::move(commits);
    json::array alarms;
    for (const RouterState::Alarm& alarm : state.alarms) {
        alarms.push_back(json::object{{"source", alarm.source},
                                      {"severity", alarm.severity},
                                      {"since", utc_text(alarm.since)},
                                      {"text", alarm.text}});
    }
    if (!alarms.empty()) out["alarm"] = std::move(alarms);
    return out;
}

json::object counters(const ipc::PortStatus& port) {
    return {{"in-packets", long_number(port.rx_packets())},
            {"in-octets", long_number(port.rx_bytes())},
            {"in-dropped", long_number(port.rx_dropped())},
            {"in-errors", long_number(port.rx_errors())},
            {"in-forwarded", long_number(port.forwarded_packets())},
            {"in-punted", long_number(port.punted_packets())},
            {"out-packets", long_number(port.tx_packets())},
            {"out-octets", long_number(port.tx_bytes())},
            {"out-dropped", long_number(port.tx_dropped())},
            {"out-injected", long_number(port.injected_packets())}};
}

json::array interfaces_state(const RouterState& state) {
    json::array out;
    for (const InterfaceState& one : interface_states(*state.ports, state.config)) {
        json::object data{{"oper-status", one.link()}};
        if (one.port != nullptr) {
            data["mtu"] = one.port->mtu();
            data["mac"] = octets_text(one.port->mac());
            data["ifindex"] = one.port->ifindex();
            data["driver"] = one.port->driver();
            data["counters"] = counters(*one.port);
        }
        out.push_back(json::object{{"name", one.name}, {"state", std::move(data)}});
    }
    return out;
}

std::string_view session_state(std::string_view state) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kStates{
        {{"Idle", "idle"},
         {"Connect", "connect"},
         {"Active", "active"},
         {"OpenSent", "open-sent"},
         {"OpenConfirm", "open-confirm"},
         {"Established", "established"},
         {"Idle (Admin)", "disabled"},
         {"Idle (PfxCt)", "limited"}}};
    for (const auto& [shown, name] : kStates) {
        if (state == shown) return name;
    }
    return "idle";
}

json::array families(const ipc::BgpNeighborState& neighbor) {
    json::array out;
    for (const ipc::BgpPrefixCounts& counts : neighbor.prefixes()) {
        out.push_back(json::object{{"name", family_name(counts.family())},
                                   {"prefixes-received", long_number(counts.received())},
                                   {"prefixes-accepted", long_number(counts.accepted())},
                                   {"prefixes-sent", long_number(counts.sent())}});
    }
    return out;
}

json::object neighbor_state(const ipc::BgpNeighborState& neighbor, std::int64_t now) {
    json::object out{{"session", session_state(neighbor.state())},
                     {"since", utc_text(now - static_cast<std::int64_t>(neighbor.state_seconds()))},
                     {"dynamic", neighbor.dynamic()},
                     {"local-as", neighbor.local_as()},
                     {"established-count", long_number(neighbor.established_count())},
                     {"dropped-count", long_number(neighbor.dropped_count())},
                     {"messages-sent", long_number(neighbor.sent().total())},
                     {"messages-received", long_number(neighbor.received().total())}};
    if (neighbor.remote_as() != 0) out["remote-as"] = neighbor.remote_as();
    if (neighbor.hold_time() != 0) out["hold-time"] = neighbor.hold_time();
    if (neighbor.keepalive() != 0) out["keepalive"] = neighbor.keepalive();
    const std::array<std::pair<const char*, const std::string*>, 4> texts{
        {{"remote-router-id", &neighbor.remote_router_id()},
         {"remote-role", &neighbor.capabilities_received().role()},
         {"local-address", &neighbor.local_address()},
         {"last-error", &neighbor.last_error()}}};
    for (const auto& [name, text] : texts) {
        if (!text->empty()) out[name] = *text;
    }
    if (auto of_families = families(neighbor); !of_families.empty()) {
        out["family"] = std::move(of_families);
    }
    return out;
}

json::array neighbors_state(const RouterState& state) {
    json::array out;
    for (const ipc::BgpNeighborState& neighbor : state.neighbors->neighbors()) {
        out.push_back(json::object{{"address", neighbor.address()},
                                   {"state", neighbor_state(neighbor, state.now)}});
    }
    return out;
}

json::object routing_state(const ipc::ControlplaneStatus& status) {
    return {{"bgp-routes", long_number(status.bgp_routes())},
            {"kernel-bgp-routes", long_number(status.kernel_bgp_routes())},
            {"kernel-limit-exceeded", status.kernel_bgp_limit_exceeded()}};
}

json::array counted_routes(const ipc::Forwarding& counted) {
    json::array out;
    for (const ipc::ForwardingRoute& route : counted.routes()) {
        const ipc::IpPrefix& prefix = route.prefix();
        out.push_back(json::object{
            {"prefix", fmt::format("{}/{}", octets_text(prefix.address()), prefix.length())},
            {"packets", long_number(route.packets())},
            {"octets", long_number(route.octets())}});
    }
    return out;
}

json::array groups_state(const ipc::ForwardingGroups& groups) {
    json::array out;
    for (const ipc::ForwardingGroup& group : groups.groups()) {
        json::array members;
        for (const ipc::ForwardingMember& member : group.members()) {
            json::object one{{"weight", std::max(member.weight(), 1U)},
                             {"buckets", member.buckets()},
                             {"packets", long_number(member.packets())},
                             {"resolved", member.resolved()}};
            if (!member.address().empty()) one["address"] = octets_text(member.address());
            if (!member.interface().empty()) one["interface"] = member.interface();
            members.push_back(std::move(one));
        }
        out.push_back(json::object{{"id", group.id()},
                                   {"routes", long_number(group.routes())},
                                   {"member", std::move(members)}});
    }
    return out;
}

json::array drops_state(const ipc::Drops& drops) {
    json::array out;
    for (const ipc::DropCounter& drop : drops.drops()) {
        out.push_back(
            json::object{{"reason", drop.reason()}, {"packets", long_number(drop.packets())}});
    }
    return out;
}

json::object forwarding_state(const RouterState& state) {
    const ipc::DataplaneStatus& status = *state.dataplane;
    json::object out{{"ipv4-routes", long_number(status.routes_v4())},
                     {"ipv6-routes", long_number(status.routes_v6())},
                     {"groups", long_number(status.groups())},
                     {"next-hops", long_number(status.next_hops())},
                     {"buffers", status.buffers()},
                     {"buffers-in-use", status.buffers_in_use()},
                     {"uncounted-routes", long_number(status.uncounted_routes())}};
    if (state.drops) out["drop"] = drops_state(*state.drops);
    if (state.groups) out["group"] = groups_state(*state.groups);
    if (state.counted.routes_size() != 0) out["counted-route"] = counted_routes(state.counted);
    return out;
}

json::array workers_state(const ipc::Workers& workers) {
    json::array out;
    for (const ipc::WorkerStatus& worker : workers.workers()) {
        json::array ports;
        for (const std::string& port : worker.ports()) ports.emplace_back(port);
        json::object one{{"id", worker.worker()},
                         {"cpu", worker.cpu()},
                         {"received-packets", long_number(worker.received_packets())},
                         {"forwarded-packets", long_number(worker.forwarded_packets())},
                         {"punted-packets", long_number(worker.punted_packets())},
                         {"dropped-packets", long_number(worker.dropped_packets())}};
        if (!ports.empty()) one["port"] = std::move(ports);
        out.push_back(std::move(one));
    }
    return out;
}

json::object platform_state(const RouterState& state) {
    json::object out;
    const auto& pending = state.restart_pending;
    if (!pending.empty()) out["restart-pending"] = json::array(pending.begin(), pending.end());
    if (state.workers && state.workers->workers_size() != 0) {
        out["worker"] = workers_state(*state.workers);
    }
    return out;
}

json::object punts_state(const ipc::Punts& punts) {
    json::array out;
    for (const ipc::PuntCounter& punt : punts.punts()) {
        out.push_back(json::object{{"name", punt.punt_class()},
                                   {"rate", punt.rate()},
                                   {"burst", punt.burst()},
                                   {"packets", long_number(punt.packets())},
                                   {"limited", long_number(punt.limited())}});
    }
    return {{"class", std::move(out)}};
}

json::object bfd_state(const ipc::BfdSessionStates& sessions, std::int64_t now) {
    json::array out;
    for (const ipc::BfdSessionState& session : sessions.sessions()) {
        std::string shown = session.state();
        std::ranges::replace(shown, ' ', '-');
        json::object one{{"peer", session.path().peer()},
                         {"session-state", shown},
                         {"since", utc_text(now - static_cast<std::int64_t>(session.age() / 1000))},
                         {"transmit-interval", long_number(session.transmit_interval())},
                         {"detection-time", long_number(session.detection_time())},
                         {"sent-packets", long_number(session.sent_packets())},
                         {"received-packets", long_number(session.received_packets())},
                         {"up-count", session.ups()},
                         {"down-count", session.downs()}};
        const std::array<std::pair<const char*, const std::string*>, 3> texts{
            {{"interface", &session.path().interface()},
             {"profile", &session.parameters().profile()},
             {"diagnostic", &session.diagnostic()}}};
        for (const auto& [name, text] : texts) {
            if (!text->empty()) one[name] = *text;
        }
        out.push_back(std::move(one));
    }
    return {{"session", std::move(out)}};
}

json::array policies_state(const ipc::Policies& policies) {
    json::array out;
    for (const ipc::PolicyState& one : policies.policies()) {
        json::array statements;
        for (int index = 0; index < one.policy().statements_size(); ++index) {
            const std::uint64_t matched = index < one.matched_size() ? one.matched(index) : 0;
            statements.push_back(
                json::object{{"sequence", one.policy().statements(index).sequence()},
                             {"state", json::object{{"matched", long_number(matched)}}}});
        }
        if (statements.empty()) continue;
        out.push_back(
            json::object{{"name", one.policy().name()}, {"statement", std::move(statements)}});
    }
    return out;
}

}  // namespace

json::object state_data(const RouterState& state) {
    json::object out{{"torii-system:system", json::object{{"state", system_state(state)}}}};
    if (state.ports) {
        auto interfaces = interfaces_state(state);
        if (!interfaces.empty()) out["torii-interfaces:interface"] = std::move(interfaces);
    }
    if (state.neighbors && state.neighbors->neighbors_size() != 0) {
        out["torii-bgp:bgp"] = json::object{{"neighbor", neighbors_state(state)}};
    }
    if (state.controlplane) {
        out["torii-routing:routing"] = json::object{{"state", routing_state(*state.controlplane)}};
    }
    if (state.dataplane) {
        out["torii-forwarding:forwarding"] = json::object{{"state", forwarding_state(state)}};
    }
    if (auto platform = platform_state(state); !platform.empty()) {
        out["torii-platform:platform"] = json::object{{"state", std::move(platform)}};
    }
    if (state.punts && state.punts->punts_size() != 0) {
        out["torii-punt:punt"] = json::object{{"state", punts_state(*state.punts)}};
    }
    if (state.bfd_sessions && state.bfd_sessions->sessions_size() != 0) {
        out["torii-bfd:bfd"] = json::object{{"state", bfd_state(*state.bfd_sessions, state.now)}};
    }
    if (state.policies) {
        auto policies = policies_state(*state.policies);
        if (!policies.empty()) {
            out["torii-policy:policy"] = json::object{{"policy", std::move(policies)}};
        }
    }
    return out;
}

}  // namespace torii::show

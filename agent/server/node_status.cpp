#include "agent/server/node_status.h"

#include "agent/model/session_state.h"
#include "agent/server/condition_list.h"
#include "platform/base/utc.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cstdlib>

namespace torii::agent {
namespace json = boost::json;
namespace {

constexpr std::string_view kReconcileError = "cilium.io/BGPReconcileError";
constexpr std::size_t kMessageMax = std::size_t{32} * 1024;  // as the API server takes it
// Between two looks at one session: what rounding and a slow turn of the loop make of it.
constexpr std::int64_t kSameSeconds = 2;

json::array route_counts(const ipc::BgpNeighborState& state) {
    json::array counts;
    for (const ipc::BgpPrefixCounts& count : state.prefixes()) {
        counts.push_back({{"afi", count.family() == ipc::IPV6_UNICAST ? "ipv6" : "ipv4"},
                          {"safi", "unicast"},
                          {"received", count.received()},
                          {"advertised", count.sent()}});
    }
    return counts;
}

model::StatusCondition reconcile_error(const reconcile::Conditions& conditions) {
    std::string message;
    for (const reconcile::Condition& condition : conditions) {
        if (condition.type != kReconcileError) continue;
        message += (message.empty() ? "" : "\n") + condition.message;
    }
    message.resize(std::min(message.size(), kMessageMax));
    const bool holds = !message.empty();
    return {std::string(kReconcileError), holds ? "True" : "False", "BGPReconcileError", message};
}

}  // namespace

NodeStatus::NodeStatus(std::string node)
    : key_{"cilium.io/v2", "CiliumBGPNodeConfig", "", std::move(node)} {}

std::string NodeStatus::established(const ipc::AgentPeer& peer, std::int64_t now) {
    const ipc::BgpNeighborState& state = peer.state();
    const std::int64_t since = now - static_cast<std::int64_t>(state.state_seconds());
    const auto [known, is_new] = since_.emplace(std::pair(peer.instance(), state.address()), since);
    if (std::abs(known->second - since) > kSameSeconds) known->second = since;
    return utc_text(known->second);
}

json::object NodeStatus::peer_status(const ipc::AgentPeer& peer, std::int64_t now) {
    const ipc::BgpNeighborState& state = peer.state();
    json::object made{{"name", peer.peer_name()},
                      {"peerAddress", state.address()},
                      {"peerASN", state.remote_as()},
                      {"peeringState", model::session_state(state.state())}};
    if (state.state() == "Established") {
        made["timers"] = {{"appliedHoldTimeSeconds", state.hold_time()},
                          {"appliedKeepaliveSeconds", state.keepalive()}};
        made["establishedTime"] = established(peer, now);
    } else {
        since_.erase({peer.instance(), state.address()});
    }
    made["routeCount"] = route_counts(state);
    return made;
}

json::object NodeStatus::status(const ipc::AgentPeers& peers,
                                const reconcile::Conditions& conditions,
                                const kube::Statuses& before, std::int64_t now) {
    json::array instances;
    std::string last;
    for (const ipc::AgentPeer& peer : peers.peers()) {
        if (instances.empty() || last != peer.instance()) {
            instances.push_back({{"name", peer.instance()},
                                 {"localASN", peer.state().local_as()},
                                 {"peers", json::array()}});
            last = peer.instance();
        }
        instances.back().at("peers").as_array().push_back(peer_status(peer, now));
    }
    ConditionList list(before, key_, utc_text(now));
    list.add(reconcile_error(conditions));
    return {{"bgpInstances", std::move(instances)}, {"conditions", std::move(list).take()}};
}

}  // namespace torii::agent

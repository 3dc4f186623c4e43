#include "private_network.h"

#include "controlplane/rib/prefix_numbers.h"

#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <sched.h>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace torii::speaker {
namespace {

void command(const std::string& line) {
    if (std::system(line.c_str()) != 0) throw std::runtime_error("failed: " + line);
}

}  // namespace

void enter_private_network() {
    const int flags = ::geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWNET | CLONE_NEWUSER;
    if (::unshare(flags) != 0) throw std::runtime_error("cannot make a network namespace");
    command("ip link set lo up");
    for (unsigned host = 1; host < 10; ++host) {
        const std::string number = std::to_string(host);
        command("ip address add 10.0.0." + number + "/24 dev lo");
        command("ip -6 address add fd00::" + number + "/64 dev lo nodad");
    }
}

IpAddress address(const std::string& text) {
    return IpAddress::parse(text).value();
}

Prefix prefix(const std::string& text) {
    return Prefix::parse(text).value();
}

Node::Node(EventLoop& loop) {
    SpeakerEvents events;
    const auto numbers = std::make_shared<rib::PrefixNumbers>();
    events.selected = [this, numbers](std::span<const SelectedRoutes> runs) {
        for (const SelectedRoutes& run : runs) {
            for (const std::uint32_t number : run.numbers) {
                history.push_back(run.next_hops);
                routes.erase(numbers->prefix(number));
                if (!run.next_hops.empty()) routes.emplace(numbers->prefix(number), run.next_hops);
            }
        }
    };
    events.converged = [this] { ++converged; };
    speaker = std::make_unique<Speaker>(loop, std::move(events), numbers);
}

std::vector<std::string> Node::next_hops(const std::string& of) const {
    std::vector<std::string> texts;
    const auto route = routes.find(prefix(of));
    if (route == routes.end()) return texts;
    for (const SelectedNextHop& next_hop : route->second) {
        texts.push_back(next_hop.address.to_string());
    }
    return texts;
}

ipc::BgpNeighborState Node::neighbor(const std::string& peer) const {
    const auto states = speaker->neighbors(address(peer));
    return states.empty() ? ipc::BgpNeighborState{} : states.front();
}

bool Node::established(const std::string& peer) const {
    return neighbor(peer).state() == "Established";
}

bool Sessions::until(const std::function<bool()>& done, Duration deadline) {
    const TimePoint end = loop_.now() + deadline;
    while (!done()) {
        if (loop_.now() > end) return false;
        loop_.context().run_one_for(std::chrono::milliseconds(10));
    }
    return true;
}

SpeakerConfig Sessions::router_config() {
    SpeakerConfig config;
    config.as = bgp::Asn{65000};
    config.router_id = bgp::RouterId{0x0a000001};
    config.families = {{bgp::Family::ipv4_unicast, 8, 1}, {bgp::Family::ipv6_unicast, 8, 1}};
    DynamicNeighbors range;
    range.prefix = prefix("10.0.0.0/24");
    range.peer.local_as = config.as;
    range.peer.remote_as_rule = bgp::RemoteAsRule::external;
    range.peer.group = "NODES";
    range.peer.graceful_restart.restarting = true;
    range.peer.families = {bgp::Family::ipv4_unicast, bgp::Family::ipv6_unicast};
    config.dynamic_neighbors.push_back(range);
    return config;
}

SpeakerConfig Sessions::agent_config(unsigned host) {
    SpeakerConfig config;
    config.as = bgp::Asn{65001};
    config.router_id = bgp::RouterId{0x0a000000 + host};
    config.listen_port = 0;
    config.originate_only = true;
    config.after_restart = true;
    config.families = {{bgp::Family::ipv4_unicast, 8, 1}, {bgp::Family::ipv6_unicast, 8, 1}};
    bgp::PeerConfig peer;
    peer.address = address("10.0.0.1");
    peer.local_address = address(host_address(host));
    peer.local_as = config.as;
    peer.remote_as = bgp::Asn{65000};
    peer.hold_time = Seconds{9};
    peer.keepalive = Seconds{3};
    peer.connect_retry = Seconds{5};
    peer.graceful_restart.restarting = true;
    peer.graceful_restart.restart_time = Seconds{15};
    peer.families = {bgp::Family::ipv4_unicast, bgp::Family::ipv6_unicast};
    config.peers.push_back(peer);
    return config;
}

std::string Sessions::host_address(unsigned host) {
    return "10.0.0." + std::to_string(host);
}

std::unique_ptr<Node> Sessions::start(const SpeakerConfig& config, std::vector<LocalRoute> routes) {
    auto node = std::make_unique<Node>(loop_);
    const auto configured = node->speaker->configure(config);
    EXPECT_TRUE(configured.has_value()) << configured.error().message;
    node->speaker->set_routes(std::move(routes));
    return node;
}

}  // namespace torii::speaker

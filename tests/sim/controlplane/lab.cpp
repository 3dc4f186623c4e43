#include "lab.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace torii::sim {
namespace {

std::vector<std::string> texts(const NextHops& next_hops) {
    std::vector<std::string> out;
    for (const IpAddress& next_hop : next_hops) out.push_back(next_hop.to_string());
    return out;
}

bgp::PeerConfig common_peer(bgp::Asn local_as) {
    bgp::PeerConfig peer;
    peer.local_as = local_as;
    peer.hold_time = Seconds{9};
    peer.keepalive = Seconds{3};
    peer.connect_retry = Seconds{5};
    peer.bfd = true;  // for those who say that a peer is gone
    peer.graceful_restart.restarting = true;
    peer.graceful_restart.restart_time = Seconds{15};
    return peer;
}

}  // namespace

IpAddress host(unsigned number) {
    return IpAddress::v4(0x0a000000 + number);
}

Prefix service(unsigned number) {
    return Prefix::host(IpAddress::v4(0xc0a85a00 + number));
}

Prefix pod_subnet(unsigned number) {
    return Prefix::covering(IpAddress::v4(0xac140000 + (number << 8U)), 24);
}

Process::Process(Network& network, const IpAddress& address, const speaker::SpeakerConfig& config,
                 std::function<void(const Selected&)> selected)
    : host_(network, address) {
    speaker::SpeakerEvents events;
    const auto numbers = std::make_shared<rib::PrefixNumbers>();
    events.selected = [selected = std::move(selected), numbers](const auto& runs) {
        for (const speaker::SelectedRoutes& run : runs) {
            for (const std::uint32_t number : run.numbers) {
                selected({numbers->prefix(number), run.next_hops, run.stale});
            }
        }
    };
    events.lost = [this](const IpAddress& peer) { lost_.push_back(peer); };
    events.converged = [this] { ++converged_; };
    World& world = network.world();
    const auto jitter = [&world] { return 0.75 + 0.0025 * static_cast<double>(world.chance(101)); };
    core_ = std::make_unique<speaker::Core>(world, host_, std::move(events), jitter, numbers);
    // The simulated network refuses no port.
    static_cast<void>(core_->configure(config));
}

bool Process::established(const IpAddress& peer) const {
    const auto states = core_->neighbors(peer);
    return !states.empty() && states.front().state() == "Established";
}

Lab::Lab(std::uint64_t seed, unsigned agents)
    : world(seed), network(world, Prefix::covering(host(0), 24)) {
    for (unsigned number = first(); number < first() + agents; ++number) {
        agents_[number] = nullptr;
    }
}

Lab::~Lab() = default;

speaker::SpeakerConfig Lab::router_config(bool after_restart) const {
    speaker::SpeakerConfig config;
    config.as = bgp::Asn{65000};
    config.router_id = bgp::RouterId{host(1).v4_number()};
    config.after_restart = after_restart;
    config.families = {{bgp::Family::ipv4_unicast, 16, 1}};
    for (const auto& [number, agent] : agents_) {
        bgp::PeerConfig peer = common_peer(config.as);
        peer.address = host(number);
        peer.remote_as_rule = bgp::RemoteAsRule::external;
        config.peers.push_back(peer);
    }
    return config;
}

speaker::SpeakerConfig Lab::agent_config(unsigned number) {
    speaker::SpeakerConfig config;
    config.as = bgp::Asn{65001};
    config.router_id = bgp::RouterId{host(number).v4_number()};
    config.listen_port = 0;
    config.originate_only = true;
    config.after_restart = true;
    config.families = {{bgp::Family::ipv4_unicast, 16, 1}};
    bgp::PeerConfig peer = common_peer(config.as);
    peer.address = host(1);
    peer.remote_as = bgp::Asn{65000};
    config.peers.push_back(peer);
    return config;
}

void Lab::start_router(bool after_restart) {
    told_.clear();
    router_ = std::make_unique<Process>(network, host(1), router_config(after_restart),
                                        [this](const Selected& route) { selected(route); });
    router_->core().set_routes({{pod_subnet(200), {}}});
    // Who follows an earlier process sweeps once selection is complete, as the routing daemon does.
    struct Watch {
        static void wait(Lab& lab, const Process* process) {
            lab.world.later(std::chrono::milliseconds(50), [&lab, process] {
                if (lab.router_.get() != process) return;
                if (process->converged() == 0) return wait(lab, process);
                lab.swept();
            });
        }
    };
    if (after_restart) Watch::wait(*this, router_.get());
}

void Lab::swept() {
    std::erase_if(fib, [this](const auto& entry) { return !told_.contains(entry.first); });
    trace.push_back(fmt::format("{} swept", world.now().time_since_epoch().count()));
}

void Lab::selected(const Selected& route) {
    told_.insert(route.prefix);
    NextHops next_hops;
    for (const speaker::SelectedNextHop& next_hop : route.next_hops) {
        next_hops.insert(next_hop.address);
    }
    const std::string line =
        fmt::format("{} {} via {}{}", world.now().time_since_epoch().count(), route.prefix,
                    texts(next_hops), route.stale ? " stale" : "");
    trace.push_back(line);
    if (next_hops.size() != route.next_hops.size()) violations.push_back("repeated hop: " + line);
    // Nothing is forwarded that is not in the table: learned, or kept as stale.
    const ipc::BgpTable table = router_->core().table({}, route.prefix);
    NextHops known;
    for (const auto& entry : table.entries()) {
        for (const auto& path : entry.paths()) {
            if (path.valid()) known.insert(IpAddress::parse(path.next_hop()).value());
        }
    }
    for (const IpAddress& next_hop : next_hops) {
        if (!known.contains(next_hop)) violations.push_back("no path for: " + line);
    }
    if (next_hops.empty()) {
        fib.erase(route.prefix);
    } else {
        fib[route.prefix] = std::move(next_hops);
    }
}

void Lab::start_agent(unsigned number) {
    auto& agent = agents_.at(number);
    agent = std::make_unique<Process>(network, host(number), agent_config(number),
                                      [](const Selected&) {});
    announce(number, announced_[number]);
}

void Lab::announce(unsigned number, std::set<Prefix> prefixes) {
    announced_[number] = std::move(prefixes);
    if (!agents_.at(number)) return;
    std::vector<speaker::LocalRoute> routes;
    for (const Prefix& prefix : announced_[number]) routes.push_back({prefix, {65001U << 16U}});
    agents_.at(number)->core().set_routes(std::move(routes));
}

std::map<Prefix, NextHops> Lab::expected() const {
    std::map<Prefix, NextHops> table;
    for (const auto& [number, prefixes] : announced_) {
        for (const Prefix& prefix : prefixes) table[prefix].insert(host(number));
    }
    return table;
}

unsigned Lab::stale_paths() {
    unsigned count = 0;
    const ipc::BgpTable table = router_->core().table({}, {});
    for (const auto& entry : table.entries()) {
        for (const auto& path : entry.paths()) count += path.stale() ? 1 : 0;
    }
    return count;
}

std::string Lab::unsettled() {
    if (!router_) return "the router is down";
    for (const auto& [number, agent] : agents_) {
        if (!agent) return fmt::format("agent {} is down", number);
        if (!router_->established(host(number))) return fmt::format("no session to {}", number);
        if (!agent->established(host(1))) return fmt::format("no session from {}", number);
    }
    return {};
}

}  // namespace torii::sim

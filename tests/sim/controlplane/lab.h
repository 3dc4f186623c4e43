#pragma once

#include "controlplane/speaker/core.h"
#include "network.h"
#include "world.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace torii::sim {

#ifdef NDEBUG
inline constexpr std::uint64_t kSeeds = 200;
#else
inline constexpr std::uint64_t kSeeds = 10;
#endif

using NextHops = std::set<IpAddress>;

[[nodiscard]] IpAddress host(unsigned number);     // 10.0.0.`number`
[[nodiscard]] Prefix service(unsigned number);     // 192.168.90.`number`/32
[[nodiscard]] Prefix pod_subnet(unsigned number);  // 172.20.`number`.0/24

// A route as it was selected.
struct Selected {
    Prefix prefix;
    speaker::SelectedNextHops next_hops;
    bool stale = false;
};

// A speaker process: what ends with it, and what it told.
class Process {
public:
    Process(Network& network, const IpAddress& address, const speaker::SpeakerConfig& config,
            std::function<void(const Selected&)> selected);

    [[nodiscard]] speaker::Core& core() { return *core_; }
    [[nodiscard]] unsigned converged() const { return converged_; }
    // The peers that it told to be lost.
    [[nodiscard]] const std::vector<IpAddress>& lost() const { return lost_; }
    [[nodiscard]] bool established(const IpAddress& peer) const;

private:
    Host host_;
    unsigned converged_ = 0;
    std::vector<IpAddress> lost_;
    std::unique_ptr<speaker::Core> core_;
};

// The router 10.0.0.1 (AS 65000) and its forwarding table, which outlives its process; agents
// 10.0.0.2, .3... (AS 65001) on the nodes, which only dial.
class Lab {
public:
    Lab(std::uint64_t seed, unsigned agents);
    ~Lab();

    World world;
    Network network;
    std::map<Prefix, NextHops> fib;
    // Of every change, with its time: equal runs have equal traces.
    std::vector<std::string> trace;
    // What must never happen and did.
    std::vector<std::string> violations;

    void start_router(bool after_restart);
    void kill_router() { router_.reset(); }
    void start_agent(unsigned number);
    void kill_agent(unsigned number) { agents_.at(number).reset(); }
    // What a node announces, now and after each of its restarts.
    void announce(unsigned number, std::set<Prefix> prefixes);

    [[nodiscard]] bool router_runs() const { return router_ != nullptr; }
    [[nodiscard]] bool agent_runs(unsigned number) const { return agents_.at(number) != nullptr; }
    [[nodiscard]] Process& router() { return *router_; }
    [[nodiscard]] Process& agent(unsigned number) { return *agents_.at(number); }
    [[nodiscard]] unsigned first() const { return 2; }
    [[nodiscard]] unsigned last() const { return 1 + static_cast<unsigned>(agents_.size()); }
    // What the forwarding table must be once everything is quiet and everybody runs.
    [[nodiscard]] std::map<Prefix, NextHops> expected() const;
    [[nodiscard]] unsigned stale_paths();
    // Everybody runs and has all its sessions.
    [[nodiscard]] std::string unsettled();

private:
    void selected(const Selected& route);
    void swept();
    [[nodiscard]] speaker::SpeakerConfig router_config(bool after_restart) const;
    [[nodiscard]] static speaker::SpeakerConfig agent_config(unsigned number);

    std::unique_ptr<Process> router_;
    std::map<unsigned, std::unique_ptr<Process>> agents_;
    std::map<unsigned, std::set<Prefix>> announced_;
    std::set<Prefix> told_;  // by the router process that runs
};

}  // namespace torii::sim

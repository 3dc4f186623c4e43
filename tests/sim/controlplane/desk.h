#pragma once

#include "controlplane/bgp/update_builder.h"
#include "controlplane/speaker/core.h"
#include "world.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// A speaker among hand-made nodes, where the moment of each message counts and no network blurs it.
namespace torii::sim {

using bgp::Family;
using speaker::ConnectionHandler;
using speaker::ConnectionInfo;

inline IpAddress address(const char* text) {
    return IpAddress::parse(text).value();
}
inline Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}

// A node that says what the test has it say, and keeps what it hears.
class Node {
public:
    Node(World& world, const char* remote, const char* local, const char* subnet) : world_(world) {
        info.local = address(local);
        info.remote = address(remote);
        info.subnet = prefix(subnet);
        info.local_other = address("fd00::1");
    }

    struct Heard {
        TimePoint when;
        bgp::Message message;
    };

    void dial(speaker::Acceptor& acceptor);
    // False: it was turned away.
    [[nodiscard]] bool try_dial(speaker::Acceptor& acceptor);
    // Opens the session; End-of-RIB is the test's to say.
    void establish(speaker::Acceptor& acceptor, bool restarts = false);
    void establish(speaker::Acceptor& acceptor, const bgp::Open& open);
    // What it says of itself there: both families, and graceful restart of 15 s with the N bit.
    [[nodiscard]] bgp::Open open(bool restarts) const;
    void say(const std::vector<std::uint8_t>& octets) {
        ASSERT_NE(handler, nullptr);
        EXPECT_EQ(handler->received(octets), octets.size());
    }
    void announce(const Prefix& route, std::vector<std::uint32_t> communities = {});
    // With this AS path instead of its own AS alone.
    void announce_with_path(const Prefix& route, const std::vector<bgp::Asn>& path);
    // These attributes, with itself as next hop; a path of several where it sends those.
    void announce(const Prefix& route, bgp::PathAttributes attributes,
                  bgp::PathId id = bgp::PathId{0});
    void withdraw(const Prefix& route, bgp::PathId id = bgp::PathId{0});
    void vanish() {
        if (auto* const told = std::exchange(handler, nullptr)) told->failed();
    }
    [[nodiscard]] std::vector<Heard> updates() const;
    // Of a kind, in their order.
    template <class Message>
    [[nodiscard]] std::vector<Message> heard_of() const {
        std::vector<Message> found;
        for (const Heard& one : heard) {
            if (const auto* message = std::get_if<Message>(&one.message)) found.push_back(*message);
        }
        return found;
    }
    // "10.0.0.0/24 via 10.0.0.1", "-10.0.0.0/24", "End-of-RIB ipv4-unicast"
    [[nodiscard]] std::vector<std::string> told() const;

    ConnectionInfo info;
    ConnectionHandler* handler = nullptr;
    std::vector<Heard> heard;
    unsigned ttl = 0;
    bool reads = true;  // else everything stays in the router's queue
    // How UPDATEs are written, by itself and by the router.
    bgp::UpdateContext context;

    void hear(bgp::Message message) { heard.push_back({world_.now(), std::move(message)}); }

private:
    World& world_;
};

// Nothing that it dials ever answers.
class Desk final : public speaker::Transport {
public:
    Result<void> listen(std::uint16_t, speaker::Acceptor& acceptor) override {
        acceptor_ = &acceptor;
        return {};
    }
    Result<void> set_passwords(std::vector<speaker::PeerPassword>) override { return {}; }
    [[nodiscard]] std::unique_ptr<speaker::Connection> dial(const bgp::PeerConfig& peer,
                                                            ConnectionHandler&) override {
        dialed.push_back(peer.address);
        class Unanswered final : public speaker::Connection {
            void start(ConnectionHandler&, const bgp::PeerConfig&) override {}
            void send(speaker::SharedOctets) override {}
            [[nodiscard]] std::size_t queued() const override { return 0; }
            void finish() override {}
            [[nodiscard]] const ConnectionInfo& info() const override { return info_; }
            ConnectionInfo info_;
        };
        return std::make_unique<Unanswered>();
    }
    [[nodiscard]] speaker::Acceptor& acceptor() { return *acceptor_; }

    std::vector<IpAddress> dialed;

private:
    speaker::Acceptor* acceptor_ = nullptr;
};

class Desktop : public testing::Test {
protected:
    // AS 65000, which takes in whoever comes from 10.0.0.0/16.
    static speaker::SpeakerConfig config() {
        speaker::SpeakerConfig config;
        config.as = bgp::Asn{65000};
        config.router_id = bgp::RouterId{1};
        config.families = {{Family::ipv4_unicast, 8, 1}, {Family::ipv6_unicast, 8, 1}};
        bgp::PeerConfig peer;
        peer.local_as = config.as;
        peer.remote_as_rule = bgp::RemoteAsRule::external;
        peer.families = {Family::ipv4_unicast, Family::ipv6_unicast};
        config.dynamic_neighbors = {{prefix("10.0.0.0/16"), peer, 100}};
        return config;
    }
    void start(const speaker::SpeakerConfig& config, std::vector<speaker::LocalRoute> routes = {}) {
        speaker::SpeakerEvents events;
        const auto numbers = std::make_shared<rib::PrefixNumbers>();
        events.selected = [this, numbers](std::span<const speaker::SelectedRoutes> runs) {
            std::vector<std::string> turn;
            for (const speaker::SelectedRoutes& run : runs) {
                for (const std::uint32_t number : run.numbers) {
                    turn.push_back(
                        fmt::format("{} width {}", numbers->prefix(number), run.next_hops.size()));
                }
            }
            std::ranges::sort(turn);
            turns_.push_back(turn);
        };
        events.converged = [this] { ++converged_; };
        events.memory_short = [this] { return memory_short_; };
        core_ = std::make_unique<speaker::Core>(
            world_, desk_, std::move(events), [] { return 1.0; }, numbers);
        ASSERT_TRUE(core_->configure(config).has_value());
        core_->set_routes(std::move(routes));
        settle();
    }
    // Of a neighbor that is not known: empty.
    [[nodiscard]] ipc::BgpNeighborState state(const Node& node) const {
        const auto states = core_->neighbors(node.info.remote);
        return states.empty() ? ipc::BgpNeighborState{} : states.front();
    }
    // What is due now; no time passes.
    void settle() { world_.run(Duration{0}); }

    World world_{1};
    Desk desk_;
    std::unique_ptr<speaker::Core> core_;
    std::vector<std::vector<std::string>> turns_;  // of selection
    unsigned converged_ = 0;
    bool memory_short_ = false;
    Node first_{world_, "10.0.0.2", "10.0.0.1", "10.0.0.0/24"};
    Node second_{world_, "10.0.0.3", "10.0.0.1", "10.0.0.0/24"};
    // On another subnet, so it is told our address as next hop, whoever the source is.
    Node far_{world_, "10.0.1.2", "10.0.1.1", "10.0.1.0/24"};
};

}  // namespace torii::sim

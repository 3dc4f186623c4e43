#pragma once

#include "controlplane/speaker/transport.h"
#include "world.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace torii::sim {

class Network;

// One TCP connection: two pipes that keep the order, with random delays and pieces.
struct Link;

// The hosts of one subnet.
class Network {
public:
    explicit Network(World& world, Prefix subnet) : world_(world), subnet_(subnet) {}

    // Every connection of this host ends, and both sides hear of it soon.
    void cut(const IpAddress& host);
    // From now on what this host sends and gets is lost, without a word: its power is off.
    void isolate(const IpAddress& host);
    void reconnect(const IpAddress& host);

    [[nodiscard]] World& world() { return world_; }
    [[nodiscard]] const Prefix& subnet() const { return subnet_; }
    // Ends of connections that somebody holds.
    [[nodiscard]] std::size_t open_ends() const { return open_ends_; }

private:
    friend class Host;
    friend class End;

    [[nodiscard]] bool lost(const Link& link) const;

    World& world_;
    Prefix subnet_;
    std::map<std::pair<IpAddress, std::uint16_t>, speaker::Acceptor*> listening_;
    std::set<IpAddress> isolated_;
    std::vector<std::weak_ptr<Link>> links_;
    std::uint16_t next_port_ = 40000;
    std::size_t open_ends_ = 0;
};

// The network as one process on a host sees it. Its listening ends with it.
class Host final : public speaker::Transport {
public:
    Host(Network& network, IpAddress address) : network_(network), address_(address) {}
    ~Host() override;

    Result<void> listen(std::uint16_t port, speaker::Acceptor& acceptor) override;
    // Nobody pretends to be somebody else here.
    Result<void> set_passwords(std::vector<speaker::PeerPassword>) override { return {}; }
    [[nodiscard]] std::unique_ptr<speaker::Connection> dial(
        const bgp::PeerConfig& peer, speaker::ConnectionHandler& handler) override;

private:
    Network& network_;
    IpAddress address_;
    std::uint16_t port_ = 0;
};

}  // namespace torii::sim

#pragma once

#include "controlplane/bgp/message.h"
#include "controlplane/monitoring/bmp_monitor.h"
#include "world.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace torii::sim {

// A BMP station, at the end of whatever is dialed. Decodes what it reads on its own.
class Collector final : public speaker::Transport {
public:
    explicit Collector(World& world) : world_(world) {}

    Result<void> listen(std::uint16_t, speaker::Acceptor&) override { return {}; }
    Result<void> set_passwords(std::vector<speaker::PeerPassword>) override { return {}; }
    [[nodiscard]] std::unique_ptr<speaker::Connection> dial(
        const bgp::PeerConfig& peer, speaker::ConnectionHandler& handler) override;

    // So many octets of what waits, when it does not read by itself.
    void read(std::size_t size);
    void read_all() { read(waiting_.size()); }
    void hang_up();

    bool accepts = true;
    bool reads = true;
    std::vector<TimePoint> dialed;
    bgp::PeerConfig target;  // of the last attempt
    // Of the connection that is there or was last: "initiation tor", "up 10.0.0.2 as 65001",
    // "10.0.0.2 +172.20.2.0/24", "10.0.0.2 -172.20.2.0/24", "10.0.0.2 end ipv4-unicast",
    // "down 10.0.0.2 reason 4", "statistics 10.0.0.2 routes 2", "termination".
    std::vector<std::string> told;
    std::vector<std::uint8_t> last_up;  // the OPENs of the last Peer Up
    // What it would say each peer has announced.
    std::map<std::string, std::set<std::string>> routes;
    bool ended = false;  // by a Termination

private:
    class Line;

    void take(Bytes octets);
    void hear(Bytes message);
    void hear_update(const std::string& peer, Bytes update);

    World& world_;
    Line* line_ = nullptr;
    std::deque<std::uint8_t> waiting_;
    std::vector<std::uint8_t> partial_;
};

}  // namespace torii::sim

#pragma once

#include "controlplane/bgp/peer.h"
#include "controlplane/rib/path.h"
#include "controlplane/speaker/transport.h"
#include "platform/base/clock.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace torii::speaker {

class Neighbor;

// What a neighbor tells its speaker.
class NeighborHost {
public:
    NeighborHost() = default;
    NeighborHost(const NeighborHost&) = delete;
    NeighborHost& operator=(const NeighborHost&) = delete;
    virtual ~NeighborHost() = default;

    virtual void session_up(Neighbor& neighbor, const bgp::Negotiated& negotiated) = 0;
    virtual void session_down(Neighbor& neighbor) = 0;
    virtual void deliver(Neighbor& neighbor, const bgp::Update& update) = 0;
    virtual void refresh(Neighbor& neighbor, bgp::Family family) = 0;
    virtual void mark_stale(Neighbor& neighbor, bgp::FamilySet families) = 0;
    virtual void sweep_stale(Neighbor& neighbor, bgp::FamilySet families) = 0;
    virtual void flush(Neighbor& neighbor, bgp::FamilySet families) = 0;
    // Its output queue is empty again.
    virtual void drained(Neighbor& neighbor) = 0;
    // All actions of an event are carried out.
    virtual void settled(Neighbor& neighbor) = 0;
};

// The driver of one bgp::Peer: carries out its actions on connections and timers.
class Neighbor {
public:
    Neighbor(NeighborHost& host, Scheduler& scheduler, Transport& transport, rib::PeerId id,
             bgp::PeerConfig config, bgp::LocalSpeaker local, bgp::Jitter jitter);

    void start();
    void stop(const bgp::Notification& notification);
    void reset(const bgp::Notification& notification);
    // A connection from its address. Closes it when the peer has no use for it.
    void incoming(std::unique_ptr<Connection> connection);
    // Messages for the Established session.
    void send(SharedOctets octets);
    void send_updates(SharedOctets octets, std::size_t messages);

    [[nodiscard]] rib::PeerId id() const { return id_; }
    [[nodiscard]] bgp::Peer& peer() { return peer_; }
    [[nodiscard]] const bgp::Peer& peer() const { return peer_; }
    [[nodiscard]] const bgp::PeerConfig& config() const { return peer_.config(); }
    [[nodiscard]] bgp::Open local_open() const;
    // Of the connection of the Established session, else null.
    [[nodiscard]] const Connection* connection() const;
    [[nodiscard]] std::size_t queued() const;
    [[nodiscard]] TimePoint state_since() const { return state_since_; }
    [[nodiscard]] std::uint64_t updates_sent() const { return updates_sent_; }
    // No session, none in the making, and nothing is kept for it.
    [[nodiscard]] bool gone() const;

private:
    class Slot final : public ConnectionHandler {
    public:
        void connected() override;
        void failed() override;
        std::size_t received(Bytes octets) override;
        void drained() override;

        Neighbor* neighbor = nullptr;
        bgp::ConnectionIndex index = 0;
        std::unique_ptr<Connection> connection;
    };

    void run(const bgp::PeerActions& actions);
    void carry_out(bgp::ConnectionIndex connection, const bgp::Action& action);
    void start_timer(bgp::ConnectionIndex connection, const bgp::StartTimer& timer);

    NeighborHost& host_;
    Scheduler& scheduler_;
    Transport& transport_;
    rib::PeerId id_;
    bgp::LocalSpeaker local_;
    bgp::Peer peer_;
    std::array<Slot, bgp::kConnections> slots_;
    std::array<std::array<Timer, bgp::kTimerKinds>, bgp::kConnections + 1> timers_;
    std::optional<bgp::ConnectionIndex> up_;  // between SessionUp and SessionDown
    bgp::State state_ = bgp::State::idle;
    TimePoint state_since_;
    std::uint64_t updates_sent_ = 0;
};

}  // namespace torii::speaker

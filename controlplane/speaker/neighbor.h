#pragma once

#include "controlplane/bgp/peer.h"
#include "controlplane/rib/path.h"
#include "controlplane/speaker/session_observer.h"
#include "controlplane/speaker/transport.h"
#include "platform/base/clock.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

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
    // It will be delivered next, or a few later: time to fetch what it concerns into the cache.
    virtual void expect(Neighbor& neighbor, const bgp::Update& update) = 0;
    virtual void deliver(Neighbor& neighbor, const bgp::Update& update) = 0;
    virtual void refresh(Neighbor& neighbor, bgp::Family family) = 0;
    // The peer sends its routes of a family again: those not among them are gone (RFC 7313).
    virtual void begin_refresh(Neighbor& neighbor, bgp::Family family) = 0;
    virtual void end_refresh(Neighbor& neighbor, bgp::Family family) = 0;
    virtual void mark_stale(Neighbor& neighbor, const bgp::MarkStale& mark) = 0;
    virtual void mark_long_lived(Neighbor& neighbor, bgp::FamilySet families) = 0;
    virtual void sweep_stale(Neighbor& neighbor, bgp::FamilySet families) = 0;
    virtual void flush(Neighbor& neighbor, bgp::FamilySet families) = 0;
    // Its output queue is empty again.
    virtual void drained(Neighbor& neighbor) = 0;
    // All actions of an event are carried out.
    virtual void settled(Neighbor& neighbor) = 0;
    // Whether sessions that come up or go down are told to everybody who reads the log.
    [[nodiscard]] virtual bool logs_sessions() const = 0;
    // What its peer receives is read into these, and delivered before another receives.
    [[nodiscard]] virtual bgp::ReceivedUpdates& received_updates() = 0;
    // Who else is told of the session; mostly nobody.
    [[nodiscard]] virtual std::span<SessionObserver* const> observers() const = 0;
};

// The driver of one bgp::Peer: carries out its actions on connections and timers.
class Neighbor {
public:
    Neighbor(NeighborHost& host, Scheduler& scheduler, Transport& transport, rib::PeerId id,
             bgp::PeerConfig config, bgp::LocalSpeaker local, bgp::Jitter jitter);

    void start(bool later = false);
    void stop(const bgp::Notification& notification);
    void reset(const bgp::Notification& notification);
    void request_refresh(bgp::Family family);
    // A connection from its address. Closes it when the peer has no use for it.
    void incoming(std::unique_ptr<Connection> connection);
    // Closes those of its connections that have not brought an acceptable OPEN.
    void reject_silent();
    // Messages for the Established session.
    void send(SharedOctets octets);
    void send_updates(SharedOctets octets, std::size_t messages);
    void send_end_of_rib(bgp::Family family);
    // RFC 7313: what follows is the whole table; that was it.
    void send_refresh_marker(bgp::Family family, std::uint8_t subtype);

    [[nodiscard]] rib::PeerId id() const { return id_; }
    [[nodiscard]] bgp::Peer& peer() { return peer_; }
    [[nodiscard]] const bgp::Peer& peer() const { return peer_; }
    [[nodiscard]] const bgp::PeerConfig& config() const { return peer_.config(); }
    // Of the connection of the Established session, else null.
    [[nodiscard]] const Connection* connection() const;
    [[nodiscard]] std::size_t queued() const;
    [[nodiscard]] TimePoint state_since() const { return state_since_; }
    [[nodiscard]] std::uint64_t updates_sent() const { return updates_sent_; }
    [[nodiscard]] std::uint64_t refresh_markers_sent() const { return refresh_markers_sent_; }
    // Of the connections of this peer; absent: never.
    [[nodiscard]] const std::optional<TimePoint>& last_read() const { return last_read_; }
    [[nodiscard]] const std::optional<TimePoint>& last_write() const { return last_write_; }
    [[nodiscard]] const std::optional<TimePoint>& last_reset() const { return last_reset_; }
    // In the session that is up, or was last.
    [[nodiscard]] bgp::FamilySet end_of_rib_sent() const { return end_of_rib_sent_; }
    [[nodiscard]] bgp::FamilySet end_of_rib_received() const { return end_of_rib_received_; }
    // The session that is up, for observers.
    [[nodiscard]] ObservedSession observed(const bgp::Negotiated& negotiated) const;
    // Connections from it that have not brought an acceptable OPEN, and since when there is one.
    [[nodiscard]] std::size_t silent() const;
    [[nodiscard]] std::optional<TimePoint> silent_since() const;
    // There is nothing but such connections.
    [[nodiscard]] bool only_silent() const;
    // No session, none in the making, and nothing is kept for it, not even a grudge.
    [[nodiscard]] bool gone() const;

private:
    class Slot final : public ConnectionHandler {
    public:
        void connected() override;
        void failed() override;
        std::size_t received(Bytes octets) override;
        void advanced() override;
        void drained() override;

        Neighbor* neighbor = nullptr;
        bgp::ConnectionIndex index = 0;
        std::unique_ptr<Connection> connection;
        TimePoint since;                      // came in
        bool waiting = false;                 // for the peer to take what is queued
        std::vector<std::uint8_t> sent_open;  // on this connection, for observers
        std::vector<std::uint8_t> received_open;
    };

    void run(const bgp::PeerActions& actions);
    void carry_out(bgp::ConnectionIndex connection, const bgp::Action& action);
    void went_up(bgp::ConnectionIndex connection, const bgp::Negotiated& negotiated);
    void went_down(const bgp::SessionDown& down);
    void log_session(const std::string& what) const;
    void deliver(const bgp::Update& update);
    static void note_open(Slot& slot, Bytes messages);
    void tell_observers(const bgp::Update& update);
    // The next UPDATE of what was read, which is what deliver() is about.
    [[nodiscard]] Bytes next_update();
    void write(Slot& slot, SharedOctets octets);
    // Tells the session how its output goes, for the timer of RFC 9687.
    void watch_output(Slot& slot, bool advanced);
    // Each message starts the hold timer anew: then only its end is moved, and it is looked at when
    // the earlier one has come.
    struct RunningTimer {
        Timer timer;
        TimePoint due;
        std::optional<TimePoint> call;  // when the timer calls; none: it does not run
    };

    void start_timer(bgp::ConnectionIndex connection, const bgp::StartTimer& timer);
    void arm_timer(bgp::ConnectionIndex connection, bgp::TimerKind kind, Duration delay);
    void timer_ended(bgp::ConnectionIndex connection, bgp::TimerKind kind);

    NeighborHost& host_;
    Scheduler& scheduler_;
    Transport& transport_;
    rib::PeerId id_;
    bgp::Peer peer_;
    std::array<Slot, bgp::kConnections> slots_;
    std::array<std::array<RunningTimer, bgp::kTimerKinds>, bgp::kConnections + 1> timers_;
    std::optional<bgp::ConnectionIndex> up_;  // between SessionUp and SessionDown
    Bytes unobserved_;                        // of what was read, while it is dealt with
    bgp::State state_ = bgp::State::idle;
    TimePoint state_since_;
    std::uint64_t updates_sent_ = 0;
    std::uint64_t refresh_markers_sent_ = 0;
    std::optional<TimePoint> last_read_;
    std::optional<TimePoint> last_write_;
    std::optional<TimePoint> last_reset_;
    bgp::FamilySet end_of_rib_sent_;
    bgp::FamilySet end_of_rib_received_;
};

}  // namespace torii::speaker

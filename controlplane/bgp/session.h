#pragma once

#include "controlplane/bgp/action.h"
#include "controlplane/bgp/config.h"
#include "controlplane/bgp/message.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace torii::bgp {

// RFC 4271 section 8.2.2.
enum class State : std::uint8_t { idle, connect, active, open_sent, open_confirm, established };
[[nodiscard]] std::string_view state_name(State state);  // "Idle", "OpenSent"...

// What a session needs to know of the speaker it belongs to.
struct LocalSpeaker {
    RouterId router_id;
    bool after_restart = false;  // R bit of RFC 4724 in our OPEN
    std::string host_name{};     // told to peers; empty: not
};

// A factor for timers that is drawn anew for each (RFC 4271 section 10: 0.75 to 1).
using Jitter = std::function<double()>;

// Events of a session.
struct Start {
    bool later = false;  // after a first pause: the peer has yet to read why an earlier one ended
};
struct Stop {
    std::optional<Notification> notification;  // sent if the connection stands
    DownReason reason = DownReason::stopped;
};
struct TcpConnected {};
struct TcpFailed {};  // could not connect, or the connection ended
struct TimerExpired {
    TimerKind kind = TimerKind::hold;
};
struct Received {  // anything but an UPDATE
    Message message;
};
struct ReceivedUpdate {  // an action may refer to it
    const Update* update = nullptr;
};
struct ReceivedBad {  // octets that are no message; the answer to them
    Notification notification;
};
struct Partial {  // octets of a message that is not whole yet have arrived, or there are none
    bool present = false;
};
struct Output {  // what was sent waits for the peer to take it, and some just went; or all is out
    bool waiting = false;
};
struct RequestRefresh {  // ask the peer for its routes again (RFC 2918)
    Family family = Family::ipv4_unicast;
};
using Event = std::variant<Start, Stop, TcpConnected, TcpFailed, TimerExpired, Received,
                           ReceivedUpdate, ReceivedBad, Partial, Output, RequestRefresh>;

// The state machine of one connection (RFC 4271 section 8): no socket and no clock in it. An
// outgoing session dials until it is stopped; an incoming one begins with TcpConnected and is over
// when it is Idle again.
class Session {
public:
    enum class Direction : std::uint8_t { outgoing, incoming };

    Session(const PeerConfig& config, const LocalSpeaker& local, Direction direction,
            Jitter jitter);

    // Never blocks, never throws. Events that a state does not expect are answered as the RFC says.
    // The actions stay until the next event, and may be moved away.
    [[nodiscard]] std::span<Action> handle(Event&& event);

    // New values for what is still to be said and done.
    void update(const PeerConfig& config, const LocalSpeaker& local);

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] Direction direction() const { return direction_; }
    // Valid from OpenConfirm on.
    [[nodiscard]] const Negotiated& negotiated() const { return negotiated_; }
    // What it says of us in its next OPEN.
    [[nodiscard]] Open local_open() const;
    // Why an OPEN cannot be accepted, else nothing (RFC 4271 section 6.2).
    [[nodiscard]] std::optional<Notification> check(const Open& open) const;

private:
    void in_idle(const Event& event);
    void in_connect(const Event& event);
    void in_active(const Event& event);
    void in_open_sent(Event& event);
    void in_open_confirm(Event& event);
    void in_established(Event& event);

    void connect();
    void connected();
    void opened(const Open& open);
    void received(const Message& message);
    // What the three states with a connection have in common; false: not such an event.
    [[nodiscard]] bool ended(Event& event);
    void unexpected_message(MessageType type);
    void fail(Notification notification);
    void close(DownReason reason, std::optional<Notification> notification);
    // Those that watch octets rather than messages.
    [[nodiscard]] bool watched(const Event& event);
    void watch(TimerKind kind, bool& running, bool wanted, std::chrono::seconds delay);
    void refreshed(const RouteRefresh& refresh);
    void start_keepalive();
    void start_hold();
    void retry_later();
    void start(TimerKind kind, std::chrono::milliseconds delay);
    [[nodiscard]] Negotiated negotiate(const Open& open) const;
    template <class T>
    void act(T&& action) {
        actions_.emplace_back(std::forward<T>(action));
    }

    PeerConfig config_;
    LocalSpeaker local_;
    Direction direction_;
    Jitter jitter_;
    State state_ = State::idle;
    Negotiated negotiated_;
    bool framing_ = false;  // these timers run
    bool send_hold_ = false;
    unsigned failures_ = 0;  // attempts to connect since the last success
    Actions actions_;        // of the last event
};

}  // namespace torii::bgp

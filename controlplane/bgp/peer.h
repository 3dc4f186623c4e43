#pragma once

#include "controlplane/bgp/action.h"
#include "controlplane/bgp/config.h"
#include "controlplane/bgp/graceful_restart.h"
#include "controlplane/bgp/session.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace torii::bgp {

// A connection of a peer. There is one that we dial, and two for those it dials: a newcomer is
// heard out before it may take the place of an Established session.
using ConnectionIndex = std::uint8_t;
inline constexpr ConnectionIndex kOutgoing = 0;
inline constexpr std::size_t kConnections = 3;
// What is read at a time, and a place for it that all peers share: its memory is used again.
inline constexpr std::size_t kMessagesAtOnce = 4;
using ReceivedUpdates = std::array<Update, kMessagesAtOnce>;
// In actions and timer events: of the peer, not of one connection.
inline constexpr ConnectionIndex kPeerItself = 3;

struct PeerAction {
    ConnectionIndex connection = kPeerItself;
    Action action;
    friend bool operator==(const PeerAction&, const PeerAction&) = default;
};
using PeerActions = std::vector<PeerAction>;
// "0 connect", "1 send KEEPALIVE", "peer start restart 15s"
[[nodiscard]] std::string text(const PeerAction& action);

struct MessageCounters {
    std::uint64_t open = 0;
    std::uint64_t update = 0;
    std::uint64_t notification = 0;
    std::uint64_t keepalive = 0;
    std::uint64_t route_refresh = 0;
    [[nodiscard]] std::uint64_t total() const {
        return open + update + notification + keepalive + route_refresh;
    }
};

// One neighbor: its connections, their collisions (RFC 4271 section 6.8), what happens to its
// routes over a restart, and the pause after errors. No socket and no clock in it.
class Peer {
public:
    Peer(PeerConfig config, LocalSpeaker local, Jitter jitter = {});

    // `later`: a session with the same peer has just been ended by a NOTIFICATION. A connection
    // that comes right behind makes peers with graceful restart drop the old one before they read
    // it.
    [[nodiscard]] PeerActions start(bool later = false);
    // Ends everything; nothing is kept and no connection accepted until start(). Peers that have
    // the N bit get a Hard Reset (RFC 8538 section 3.1) for shutdown, removal and prefix limit.
    [[nodiscard]] PeerActions stop(const Notification& notification);
    // Ends a session and lets it come again. For a maximum-prefix error and an administrative reset
    // nothing is kept, as with stop(); the latter also ends a pause.
    [[nodiscard]] PeerActions reset(const Notification& notification);

    // A TCP connection has come in. Carry out the actions, then, if it was given an index, attach
    // it there and pass TcpConnected; else close it.
    struct Admission {
        std::optional<ConnectionIndex> connection;
        PeerActions actions;
    };
    [[nodiscard]] Admission admit();
    // Ends those that have not brought an acceptable OPEN: their places are wanted.
    [[nodiscard]] PeerActions reject_unauthenticated();

    [[nodiscard]] PeerActions handle(ConnectionIndex connection, Event event);
    // Octets that arrived on a connection. `consumed` of them are done with: at most the messages
    // of one portion, since thousands of them at a time would not fit into the processor's cache.
    // While some are, the driver passes the others again; in the end it keeps what is left, which
    // is part of one message, until more has come. Stops behind a message that ends the session.
    // The UPDATE messages that are to be delivered stand in `updates`.
    [[nodiscard]] PeerActions receive(ConnectionIndex connection, Bytes octets,
                                      ReceivedUpdates& updates, std::size_t& consumed);

    // For a change that needs no reset (see needs_reset()).
    void update_config(const PeerConfig& config);
    // For the next OPEN; false once our own restart is over.
    void set_after_restart(bool after_restart);
    void set_host_name(const std::string& name);
    // Asks the peer for a family's routes again, if it can send them.
    [[nodiscard]] PeerActions request_refresh(Family family);
    // What was written to a connection waits for the peer (again: some of it went), or is all out.
    [[nodiscard]] PeerActions output(ConnectionIndex connection, bool waiting);

    [[nodiscard]] const PeerConfig& config() const { return config_; }
    // What the next OPEN says.
    [[nodiscard]] Open local_open() const { return sessions_[kOutgoing].local_open(); }
    // Whether a connection is from the peer and has not brought an acceptable OPEN yet.
    [[nodiscard]] bool unauthenticated(ConnectionIndex connection) const;
    // Of the session that is furthest; Idle while stopped or in the pause after an error.
    [[nodiscard]] State state() const;
    // After an error nobody is let in for a while.
    [[nodiscard]] bool pausing() const { return pausing_; }
    // The connection that is Established: where UPDATE messages are written.
    [[nodiscard]] std::optional<ConnectionIndex> established() const;
    // Of the Established session, else null.
    [[nodiscard]] const Negotiated* negotiated() const;
    [[nodiscard]] const RestartHelper& restart_helper() const { return helper_; }
    // Received in the session that is Established, or was last.
    [[nodiscard]] unsigned keepalives() const { return keepalives_; }
    [[nodiscard]] std::uint32_t established_count() const { return established_count_; }
    [[nodiscard]] std::uint32_t dropped_count() const { return dropped_count_; }
    [[nodiscard]] const std::optional<SessionDown>& last_down() const { return last_down_; }
    [[nodiscard]] const std::optional<Notification>& last_error() const { return last_error_; }
    [[nodiscard]] const MessageCounters& received() const { return received_; }
    // Those that this class sent; the UPDATE messages of the driver are not among them.
    [[nodiscard]] const MessageCounters& sent() const { return sent_; }

private:
    using Sessions = std::array<Session, kConnections>;

    void run(ConnectionIndex connection, Event&& event, PeerActions& out);
    // One whole message. An UPDATE is read into `place`.
    void read(ConnectionIndex connection, Bytes frame, Update& place, PeerActions& out);
    void read_update(ConnectionIndex connection, Bytes body, Update& place, PeerActions& out);
    void reject(ConnectionIndex connection, PeerActions& out);
    // False: this connection has lost, and is closed.
    [[nodiscard]] bool resolve_collision(ConnectionIndex connection, const Open& open,
                                         PeerActions& out);
    // Whether `connection` goes on rather than `other`, which has had its OPEN.
    [[nodiscard]] bool wins(ConnectionIndex connection, ConnectionIndex other,
                            const Open& open) const;
    void append(ConnectionIndex connection, std::span<Action> actions, PeerActions& out);
    void append_own(Actions actions, PeerActions& out);
    void went_up(ConnectionIndex connection, PeerActions& out);
    void went_down(ConnectionIndex connection, const SessionDown& down, PeerActions& out);
    void note_received(ConnectionIndex connection, const Message& message);
    void note_notification(const Notification& notification);
    // After an event: pause, or dial, if nothing else is going on.
    void carry_on(PeerActions& out, bool later = false);
    void pause(PeerActions& out);
    void end_all(const Notification& notification, PeerActions& out);
    void update_sessions();
    [[nodiscard]] Sessions make_sessions() const;

    PeerConfig config_;
    LocalSpeaker local_;
    Jitter jitter_;
    Sessions sessions_;
    RestartHelper helper_;
    bool started_ = false;
    bool pausing_ = false;
    bool error_pending_ = false;  // the pause is due once the event is dealt with
    unsigned errors_ = 0;         // since the peer last behaved for a while
    unsigned keepalives_ = 0;     // received in this Established session
    std::uint32_t established_count_ = 0;
    std::uint32_t dropped_count_ = 0;
    std::optional<SessionDown> last_down_;
    std::optional<Notification> last_error_;
    MessageCounters received_;
    MessageCounters sent_;
};

// Whether a session must be set up anew for the new values to count.
[[nodiscard]] bool needs_reset(const PeerConfig& before, const PeerConfig& after);

}  // namespace torii::bgp

#include "controlplane/bgp/peer.h"

#include "platform/base/overload.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

namespace torii::bgp {

namespace {

// That many of its keepalives in a session, and earlier errors are forgiven.
constexpr unsigned kKeepalivesOfAGoodPeer = 3;
constexpr unsigned kPauseDoublings = 16;

// Errors that come again with the next attempt, so that there should be a pause before it.
bool is_protocol_error(const Notification& notification) {
    switch (notification.code) {
        case ErrorCode::hold_timer_expired:
        case ErrorCode::send_hold_timer_expired:
        case ErrorCode::cease: return false;
        default: return true;
    }
}

bool has_connection(const Session& session) {
    return session.state() >= State::open_sent;
}

void count(MessageType type, MessageCounters& counters) {
    switch (type) {
        case MessageType::open: ++counters.open; break;
        case MessageType::update: ++counters.update; break;
        case MessageType::notification: ++counters.notification; break;
        case MessageType::keepalive: ++counters.keepalive; break;
        case MessageType::route_refresh: ++counters.route_refresh; break;
    }
}

}  // namespace

std::string text(const PeerAction& action) {
    if (action.connection == kPeerItself) return "peer " + text(action.action);
    return fmt::format("{} {}", action.connection, text(action.action));
}

Peer::Peer(PeerConfig config, LocalSpeaker local, Jitter jitter)
    : config_(std::move(config)),
      local_(local),
      jitter_(std::move(jitter)),
      sessions_(make_sessions()),
      helper_(config_.graceful_restart) {}

Peer::Sessions Peer::make_sessions() const {
    using enum Session::Direction;
    return {Session(config_, local_, outgoing, jitter_),
            Session(config_, local_, incoming, jitter_),
            Session(config_, local_, incoming, jitter_)};
}

PeerActions Peer::start(bool later) {
    PeerActions out;
    started_ = true;
    carry_on(out, later);
    return out;
}

PeerActions Peer::stop(const Notification& notification) {
    PeerActions out;
    started_ = false;
    const Negotiated* const current = negotiated();
    const bool hard = current != nullptr && current->restart_on_notification;
    end_all(hard ? hard_reset(notification) : notification, out);
    append_own(helper_.cancel(), out);
    if (std::exchange(pausing_, false)) append_own({StopTimer{TimerKind::idle_hold}}, out);
    error_pending_ = false;
    errors_ = 0;
    return out;
}

PeerActions Peer::reset(const Notification& notification) {
    PeerActions out;
    const Negotiated* const current = negotiated();
    const bool limit = is_cease(notification, Cease::maximum_prefixes);
    // An operator who resets a session wants to see it begin from nothing, and now.
    const bool operator_wants = is_cease(notification, Cease::administrative_reset);
    if (operator_wants) {
        if (std::exchange(pausing_, false)) append_own({StopTimer{TimerKind::idle_hold}}, out);
        append_own(helper_.cancel(), out);
        errors_ = 0;
    }
    const bool hard =
        (limit || operator_wants) && current != nullptr && current->restart_on_notification;
    end_all(hard ? hard_reset(notification) : notification, out);
    error_pending_ = limit;
    carry_on(out, current != nullptr);
    return out;
}

void Peer::end_all(const Notification& notification, PeerActions& out) {
    for (ConnectionIndex index = 0; index < kConnections; ++index) {
        append(index, sessions_[index].handle(Stop{notification}), out);
    }
}

Peer::Admission Peer::admit() {
    Admission admission;
    if (!started_ || pausing_) return admission;
    std::optional<ConnectionIndex> evicted;
    for (ConnectionIndex index = kOutgoing + 1; index < kConnections; ++index) {
        if (sessions_[index].state() == State::idle) {
            admission.connection = index;
            return admission;
        }
        // Has said nothing yet. Its place is for who speaks: a peer that lost power forgets its
        // connections, and nobody shall be able to lock it out by opening silent ones.
        if (unauthenticated(index)) evicted = index;
    }
    if (evicted) {
        reject(*evicted, admission.actions);
        admission.connection = evicted;
    }
    return admission;
}

PeerActions Peer::reject_unauthenticated() {
    PeerActions out;
    for (ConnectionIndex index = 0; index < kConnections; ++index) {
        if (unauthenticated(index)) reject(index, out);
    }
    carry_on(out);
    return out;
}

void Peer::reject(ConnectionIndex connection, PeerActions& out) {
    const Stop stop{cease(Cease::connection_rejected)};
    append(connection, sessions_[connection].handle(stop), out);
}

PeerActions Peer::handle(ConnectionIndex connection, Event event) {
    PeerActions out;
    if (connection < kConnections) {
        run(connection, std::move(event), out);
    } else if (const auto* const timer = std::get_if<TimerExpired>(&event)) {
        if (timer->kind == TimerKind::idle_hold) {
            pausing_ = false;
        } else {
            append_own(helper_.timer_expired(timer->kind), out);
        }
    }
    carry_on(out);
    return out;
}

PeerActions Peer::receive(ConnectionIndex connection, Bytes octets, ReceivedUpdates& updates,
                          std::size_t& consumed) {
    assert(connection < kConnections);
    PeerActions out;
    out.reserve(2 * kMessagesAtOnce + 1);  // of each UPDATE a delivery and a timer
    consumed = 0;
    const Session& session = sessions_[connection];
    std::size_t messages = 0;
    for (; messages < kMessagesAtOnce && has_connection(session); ++messages) {
        const bool extended = session.negotiated().extended_message;
        const auto frame =
            next_frame(octets.subspan(consumed), extended ? kExtendedSizeMax : kMessageSizeMax);
        if (!frame) {
            run(connection, ReceivedBad{frame.error()}, out);
            break;
        }
        if (!*frame) break;
        consumed += (*frame)->size();
        read(connection, **frame, updates[messages], out);
    }
    if (!has_connection(session)) consumed = octets.size();
    // What is left is the beginning of a message: the next, or the one that was there before.
    const bool partial = consumed < octets.size();
    if (!partial || consumed != 0) run(connection, Partial{false}, out);
    if (partial && messages < kMessagesAtOnce) run(connection, Partial{true}, out);
    carry_on(out);
    return out;
}

void Peer::read(ConnectionIndex connection, Bytes frame, Update& place, PeerActions& out) {
    const MessageType type{frame[kHeaderSize - 1]};
    if (type == MessageType::update) {
        return read_update(connection, frame.subspan(kHeaderSize), place, out);
    }
    auto message = decode(frame, UpdateContext{});
    if (message) return run(connection, Received{std::move(*message)}, out);
    count(type, received_);
    run(connection, ReceivedBad{std::move(message.error())}, out);
}

void Peer::read_update(ConnectionIndex connection, Bytes body, Update& place, PeerActions& out) {
    const Session& session = sessions_[connection];
    count(MessageType::update, received_);
    // Not yet Established, it is not even read: it is out of place whatever it says.
    if (session.state() == State::established) {
        decode_update(body, session.negotiated().update_context(), place);
        if (place.notification) return run(connection, ReceivedBad{*place.notification}, out);
    }
    run(connection, ReceivedUpdate{&place}, out);
}

void Peer::run(ConnectionIndex connection, Event&& event, PeerActions& out) {
    Session& session = sessions_[connection];
    if (const auto* const received = std::get_if<Received>(&event)) {
        note_received(connection, received->message);
        const auto* const open = std::get_if<Open>(&received->message);
        const bool first = open != nullptr && session.state() == State::open_sent;
        if (first && !session.check(*open) && !resolve_collision(connection, *open, out)) return;
    }
    append(connection, session.handle(std::move(event)), out);
}

// RFC 4271 section 6.8, when an acceptable OPEN has come on `connection`.
bool Peer::resolve_collision(ConnectionIndex connection, const Open& open, PeerActions& out) {
    for (ConnectionIndex other = 0; other < kConnections; ++other) {
        if (other == connection || sessions_[other].state() < State::open_confirm) continue;
        const bool established = sessions_[other].state() == State::established;
        if (!wins(connection, other, open)) {
            const Stop stop{cease(Cease::connection_collision)};
            append(connection, sessions_[connection].handle(stop), out);
            return false;
        }
        // The old connection of a restarted peer is closed without a word (RFC 4724 section 4.2).
        const Stop stop = established ? Stop{std::nullopt, DownReason::replaced}
                                      : Stop{cease(Cease::connection_collision)};
        append(other, sessions_[other].handle(stop), out);
    }
    return true;
}

bool Peer::wins(ConnectionIndex connection, ConnectionIndex other, const Open& open) const {
    const Session& rival = sessions_[other];
    if (rival.state() == State::established) {
        return connection != kOutgoing && rival.negotiated().graceful_restart.has_value();
    }
    // Two that the peer has dialed: it has given up the older one.
    if (connection != kOutgoing && other != kOutgoing) return true;
    // The one dialed by the greater identifier stays; with equal ones, by the greater AS (RFC 6286
    // section 2.3).
    const bool local_greater =
        std::pair(local_.router_id, config_.local_as) > std::pair(open.router_id, open.as);
    return local_greater == (connection == kOutgoing);
}

void Peer::append(ConnectionIndex connection, std::span<Action> actions, PeerActions& out) {
    for (Action& action : actions) {
        PeerAction& added = out.emplace_back();
        added.connection = connection;
        added.action = std::move(action);
        if (const auto* const send = std::get_if<Send>(&added.action)) {
            const auto message = decode(send->bytes, UpdateContext{});
            count(message_type(*message), sent_);
            const auto* const error = std::get_if<Notification>(&*message);
            if (error != nullptr) note_notification(*error);
        } else if (std::holds_alternative<SessionUp>(added.action)) {
            went_up(connection, out);
        } else if (const auto* const down = std::get_if<SessionDown>(&added.action)) {
            went_down(connection, SessionDown(*down), out);
        } else if (const auto* const deliver = std::get_if<Deliver>(&added.action)) {
            if (const auto family = deliver->update->end_of_rib) {
                append_own(helper_.end_of_rib(*family), out);
            }
        }
    }
}

void Peer::append_own(Actions actions, PeerActions& out) {
    for (Action& action : actions) out.push_back({kPeerItself, std::move(action)});
}

void Peer::went_up(ConnectionIndex connection, PeerActions& out) {
    ++established_count_;
    keepalives_ = 0;
    append_own(helper_.session_up(sessions_[connection].negotiated()), out);
    for (ConnectionIndex other = 0; other < kConnections; ++other) {
        if (other == connection) continue;
        const Stop stop{cease(Cease::connection_collision)};
        append(other, sessions_[other].handle(stop), out);
    }
}

void Peer::went_down(ConnectionIndex connection, const SessionDown& down, PeerActions& out) {
    ++dropped_count_;
    last_down_ = down;
    append_own(helper_.session_down(down, sessions_[connection].negotiated()), out);
}

void Peer::note_received(ConnectionIndex connection, const Message& message) {
    count(message_type(message), received_);
    if (const auto* const error = std::get_if<Notification>(&message)) note_notification(*error);
    const bool calm = std::holds_alternative<Keepalive>(message) &&
                      sessions_[connection].state() == State::established;
    if (calm && ++keepalives_ >= kKeepalivesOfAGoodPeer) errors_ = 0;
}

void Peer::note_notification(const Notification& notification) {
    last_error_ = notification;
    if (is_protocol_error(notification)) error_pending_ = true;
}

void Peer::carry_on(PeerActions& out, bool later) {
    const bool error = std::exchange(error_pending_, false);
    if (!started_ || pausing_ || established()) return;
    if (error && config_.idle_hold.count() > 0) return pause(out);
    const bool busy = std::ranges::any_of(
        sessions_, [](const Session& session) { return session.state() != State::idle; });
    if (!config_.passive && !busy)
        append(kOutgoing, sessions_[kOutgoing].handle(Start{later}), out);
}

// RFC 4271 section 8.1.1, DampPeerOscillations. Connections that are already being set up go on.
void Peer::pause(PeerActions& out) {
    pausing_ = true;
    const Seconds pause = config_.idle_hold * (1U << std::min(errors_, kPauseDoublings));
    ++errors_;
    if (!has_connection(sessions_[kOutgoing])) {
        append(kOutgoing, sessions_[kOutgoing].handle(Stop{}), out);
    }
    append_own({StartTimer{TimerKind::idle_hold, std::min(pause, config_.idle_hold_max)}}, out);
}

void Peer::update_config(const PeerConfig& config) {
    config_ = config;
    update_sessions();
}

void Peer::set_after_restart(bool after_restart) {
    local_.after_restart = after_restart;
    update_sessions();
}

void Peer::set_host_name(const std::string& name) {
    local_.host_name = name;
    update_sessions();
}

PeerActions Peer::request_refresh(Family family) {
    PeerActions out;
    if (const auto index = established()) run(*index, RequestRefresh{family}, out);
    return out;
}

PeerActions Peer::output(ConnectionIndex connection, bool waiting) {
    PeerActions out;
    run(connection, Output{waiting}, out);
    return out;
}

bool Peer::unauthenticated(ConnectionIndex connection) const {
    return connection != kOutgoing && sessions_[connection].state() == State::open_sent;
}

void Peer::update_sessions() {
    for (Session& session : sessions_) session.update(config_, local_);
    helper_.update(config_.graceful_restart);
}

State Peer::state() const {
    State furthest = State::idle;
    for (const Session& session : sessions_) furthest = std::max(furthest, session.state());
    // RFC 4271 section 8.2.2: who waits for the other to dial is Active.
    const bool waiting = started_ && !pausing_ && furthest == State::idle;
    return waiting ? State::active : furthest;
}

std::optional<ConnectionIndex> Peer::established() const {
    for (ConnectionIndex index = 0; index < kConnections; ++index) {
        if (sessions_[index].state() == State::established) return index;
    }
    return std::nullopt;
}

const Negotiated* Peer::negotiated() const {
    const auto index = established();
    return index ? &sessions_[*index].negotiated() : nullptr;
}

bool needs_reset(const PeerConfig& before, const PeerConfig& after) {
    const auto identity = [](const PeerConfig& config) {
        return std::tuple(config.address, config.remote_port, config.local_address, config.local_as,
                          config.no_prepend, config.replace_as, config.remote_as_rule,
                          config.remote_as, config.ttl, config.ttl_min, config.password,
                          config.hold_time, config.keepalive, config.families,
                          config.extended_next_hop, config.local_port, config.local_role,
                          config.role_strict);
    };
    const auto announced = [](const AddPathConfig& family) {
        return std::pair(family.receive, family.send_maximum != 0);
    };
    return identity(before) != identity(after) ||
           !std::ranges::equal(before.add_path, after.add_path, {}, announced, announced) ||
           before.graceful_restart.long_lived_time != after.graceful_restart.long_lived_time ||
           before.graceful_restart.helper != after.graceful_restart.helper ||
           before.graceful_restart.restarting != after.graceful_restart.restarting ||
           before.graceful_restart.notification != after.graceful_restart.notification ||
           before.graceful_restart.restart_time != after.graceful_restart.restart_time;
}

}  // namespace torii::bgp

#include "controlplane/bgp/session.h"

#include "controlplane/bgp/family_codec.h"
#include "platform/base/byte_writer.h"
#include "platform/base/overload.h"

#include <algorithm>
#include <array>

namespace torii::bgp {

namespace {

using std::chrono::milliseconds;

// RFC 4271 section 8.2.2: "a large value", 4 minutes, until the OPEN has come.
constexpr Seconds kOpenHold{240};
// Who connects to us is nobody until its OPEN has come, and shall not hold a place for long.
constexpr Seconds kIncomingOpenHold{10};
// RFC 9687 section 4: eight minutes, or twice the hold time if that is more.
constexpr Seconds kSendHold{480};
// RFC 4271 section 10 has two minutes between attempts from the start. A router and its nodes
// restart within seconds, so we begin with one and double it up to the configured time.
constexpr Seconds kFirstRetry{1};
constexpr unsigned kRetryDoublings = 10;

FsmError fsm_error_of(State state) {
    switch (state) {
        case State::open_sent: return FsmError::in_open_sent;
        case State::open_confirm: return FsmError::in_open_confirm;
        case State::established: return FsmError::in_established;
        default: return FsmError::unspecific;
    }
}

FamilySet set_of(const std::vector<Family>& families) {
    FamilySet set;
    for (const Family family : families) set.insert(family);
    return set;
}

// RFC 4760 section 8: without any multiprotocol capability, IPv4 unicast is meant.
FamilySet families_of(const Open& open) {
    if (!open.capabilities.multiprotocol) return {Family::ipv4_unicast};
    return open.capabilities.families;
}

bool as_is_accepted(const PeerConfig& config, Asn remote) {
    switch (config.remote_as_rule) {
        case RemoteAsRule::number: return remote == config.remote_as;
        case RemoteAsRule::external: return remote != config.local_as;
        case RemoteAsRule::internal: return remote == config.local_as;
        case RemoteAsRule::any: return true;
    }
    return false;
}

// RFC 9234 section 4.2, of external peers.
bool role_is_accepted(const PeerConfig& config, const Capabilities& theirs) {
    if (theirs.several_roles) return false;
    if (!config.local_role) return true;
    return theirs.role ? roles_match(*config.local_role, *theirs.role) : !config.role_strict;
}

}  // namespace

std::string_view state_name(State state) {
    constexpr std::array<std::string_view, 6> kNames{"Idle",     "Connect",     "Active",
                                                     "OpenSent", "OpenConfirm", "Established"};
    return kNames[static_cast<std::size_t>(state)];
}

Session::Session(const PeerConfig& config, const LocalSpeaker& local, Direction direction,
                 Jitter jitter)
    : config_(config), local_(local), direction_(direction), jitter_(std::move(jitter)) {}

void Session::update(const PeerConfig& config, const LocalSpeaker& local) {
    config_ = config;
    local_ = local;
}

std::span<Action> Session::handle(Event&& event) {
    actions_.clear();
    switch (state_) {
        case State::idle: in_idle(event); break;
        case State::connect: in_connect(event); break;
        case State::active: in_active(event); break;
        case State::open_sent: in_open_sent(event); break;
        case State::open_confirm: in_open_confirm(event); break;
        case State::established: in_established(event); break;
    }
    return actions_;
}

namespace {

bool expired(const Event& event, TimerKind kind) {
    const auto* const timer = std::get_if<TimerExpired>(&event);
    return timer != nullptr && timer->kind == kind;
}

}  // namespace

void Session::in_idle(const Event& event) {
    const auto* const start = std::get_if<Start>(&event);
    if (start != nullptr && direction_ == Direction::outgoing) {
        return start->later ? retry_later() : connect();
    }
    if (std::holds_alternative<TcpConnected>(event) && direction_ == Direction::incoming) {
        connected();
    }
}

void Session::in_connect(const Event& event) {
    if (std::holds_alternative<TcpConnected>(event)) {
        act(StopTimer{TimerKind::connect_retry});
        connected();
    } else if (std::holds_alternative<TcpFailed>(event)) {
        retry_later();
    } else if (expired(event, TimerKind::connect_retry)) {
        act(Disconnect{});
        connect();
    } else if (std::holds_alternative<Stop>(event)) {
        act(StopTimer{TimerKind::connect_retry});
        act(Disconnect{});
        state_ = State::idle;
    }
}

void Session::in_active(const Event& event) {
    if (expired(event, TimerKind::connect_retry)) {
        connect();
    } else if (std::holds_alternative<Stop>(event)) {
        act(StopTimer{TimerKind::connect_retry});
        state_ = State::idle;
    }
}

void Session::in_open_sent(Event& event) {
    if (ended(event) || watched(event)) return;
    if (std::holds_alternative<ReceivedUpdate>(event)) {
        return unexpected_message(MessageType::update);
    }
    if (const auto* const message = std::get_if<Received>(&event)) {
        const auto* const open = std::get_if<Open>(&message->message);
        if (open == nullptr) return unexpected_message(message_type(message->message));
        if (auto notification = check(*open)) return fail(std::move(*notification));
        opened(*open);
    }
}

void Session::in_open_confirm(Event& event) {
    if (ended(event) || watched(event)) return;
    if (expired(event, TimerKind::keepalive)) return start_keepalive();
    if (std::holds_alternative<ReceivedUpdate>(event)) {
        return unexpected_message(MessageType::update);
    }
    if (const auto* const message = std::get_if<Received>(&event)) {
        if (!std::holds_alternative<Keepalive>(message->message)) {
            return unexpected_message(message_type(message->message));
        }
        start_hold();
        state_ = State::established;
        act(SessionUp{negotiated_});
    }
}

void Session::in_established(Event& event) {
    if (const auto* const update = std::get_if<ReceivedUpdate>(&event)) {
        start_hold();
        return act(Deliver{update->update});
    }
    if (ended(event) || watched(event)) return;
    if (const auto* const wish = std::get_if<RequestRefresh>(&event)) {
        const bool possible =
            negotiated_.route_refresh && negotiated_.families.contains(wish->family);
        if (possible) act(Send{encode(RouteRefresh{wish->family, kRefreshRequest})});
        return;
    }
    if (expired(event, TimerKind::keepalive)) return start_keepalive();
    if (const auto* const message = std::get_if<Received>(&event)) received(message->message);
}

void Session::received(const Message& message) {
    if (std::holds_alternative<Open>(message)) return unexpected_message(MessageType::open);
    start_hold();
    if (const auto* const refresh = std::get_if<RouteRefresh>(&message)) refreshed(*refresh);
}

// RFC 2918 section 4 and RFC 7313 section 5: other families and subtypes are ignored, as are the
// markers of a peer that has not announced them.
void Session::refreshed(const RouteRefresh& refresh) {
    if (!refresh.family || !negotiated_.families.contains(*refresh.family)) return;
    if (refresh.subtype == kRefreshRequest) act(Refresh{*refresh.family});
    if (!negotiated_.enhanced_refresh) return;
    if (refresh.subtype == kRefreshBegin) act(RefreshBegin{*refresh.family});
    if (refresh.subtype == kRefreshEnd) act(RefreshEnd{*refresh.family});
}

bool Session::watched(const Event& event) {
    if (const auto* const partial = std::get_if<Partial>(&event)) {
        // With a hold timer nothing more is needed: it restarts on whole messages only.
        const bool wanted =
            partial->present && state_ > State::open_sent && negotiated_.hold_time.count() == 0;
        if (wanted && framing_) return true;  // still the same message
        watch(TimerKind::framing, framing_, wanted, kOpenHold);
        return true;
    }
    if (const auto* const output = std::get_if<Output>(&event)) {
        watch(TimerKind::send_hold, send_hold_, output->waiting,
              std::max(kSendHold, 2 * negotiated_.hold_time));
        return true;
    }
    return false;
}

void Session::watch(TimerKind kind, bool& running, bool wanted, std::chrono::seconds delay) {
    if (wanted) act(StartTimer{kind, delay});
    if (!wanted && running) act(StopTimer{kind});
    running = wanted;
}

bool Session::ended(Event& event) {
    if (auto* const stop = std::get_if<Stop>(&event)) {
        if (stop->notification) act(Send{encode(*stop->notification)});
        close(stop->reason, std::move(stop->notification));
        return true;
    }
    if (std::holds_alternative<TcpFailed>(event)) {
        close(DownReason::connection_lost, std::nullopt);
        return true;
    }
    if (expired(event, TimerKind::hold) || expired(event, TimerKind::framing)) {
        fail({ErrorCode::hold_timer_expired, 0, {}});
        return true;
    }
    if (expired(event, TimerKind::send_hold)) {
        fail({ErrorCode::send_hold_timer_expired, 0, {}});
        return true;
    }
    if (auto* const bad = std::get_if<ReceivedBad>(&event)) {
        fail(std::move(bad->notification));
        return true;
    }
    auto* const message = std::get_if<Received>(&event);
    auto* const notification =
        message != nullptr ? std::get_if<Notification>(&message->message) : nullptr;
    if (notification == nullptr) return false;
    close(DownReason::notification_received, std::move(*notification));
    return true;
}

void Session::connect() {
    state_ = State::connect;
    start(TimerKind::connect_retry, config_.connect_retry);
    act(Connect{});
}

void Session::connected() {
    state_ = State::open_sent;
    negotiated_ = {};
    act(Send{encode(local_open())});
    const bool incoming = direction_ == Direction::incoming;
    act(StartTimer{TimerKind::hold, incoming ? kIncomingOpenHold : kOpenHold});
}

Open Session::local_open() const {
    Open open{config_.local_as, config_.hold_time, local_.router_id, {}};
    Capabilities& capabilities = open.capabilities;
    capabilities.families = set_of(config_.families);
    capabilities.multiprotocol = !capabilities.families.empty();
    capabilities.route_refresh = true;
    capabilities.enhanced_route_refresh = true;
    capabilities.extended_message = true;
    capabilities.extended_next_hop = config_.extended_next_hop;
    capabilities.role = config_.local_role;
    capabilities.four_octet_as = config_.local_as;
    for (const Family family : config_.families) {
        const AddPathConfig& add_path = config_.add_path_of(family);
        if (add_path.receive) capabilities.add_path_receive.insert(family);
        if (add_path.send_maximum != 0) capabilities.add_path_send.insert(family);
    }
    if (!local_.host_name.empty()) capabilities.host_name = HostName{local_.host_name, {}};
    const GracefulRestartConfig& restart = config_.graceful_restart;
    if (restart.helper || restart.restarting) {
        GracefulRestartCapability& capability = capabilities.graceful_restart.emplace();
        capability.restarting = local_.after_restart;
        capability.notification = restart.notification;
        capability.time = restart.restart_time;
        // A mere helper names no family (RFC 4724 section 3). Otherwise our forwarding state is
        // intact whenever we speak: after a restart, and after a loss of the connection alone.
        if (restart.restarting) capability.families = capabilities.families;
        capability.forwarding = capability.families;
        LongLivedCapability& long_lived = capabilities.long_lived.emplace();
        for (const Family family : config_.families) {
            long_lived.entries.push_back({family, restart.restarting, restart.long_lived_time});
        }
    }
    return open;
}

void Session::opened(const Open& open) {
    state_ = State::open_confirm;
    failures_ = 0;
    negotiated_ = negotiate(open);
    start_keepalive();
    if (negotiated_.hold_time.count() == 0) act(StopTimer{TimerKind::hold});
    start_hold();
}

std::optional<Notification> Session::check(const Open& open) const {
    if (!as_is_accepted(config_, open.as)) return open_error(OpenError::bad_peer_as);
    // RFC 6286 section 2.2.
    const bool same = open.as == config_.local_as && open.router_id == local_.router_id;
    if (open.router_id == RouterId{0} || same) return open_error(OpenError::bad_identifier);
    if (open.hold_time == Seconds{1} || open.hold_time == Seconds{2}) {
        return open_error(OpenError::unacceptable_hold_time);
    }
    if (open.as != config_.local_as && !role_is_accepted(config_, open.capabilities)) {
        return open_error(OpenError::role_mismatch);
    }
    const FamilySet wanted = set_of(config_.families);
    if ((wanted & families_of(open)).empty()) {
        // RFC 5492 section 5: the data is what we miss.
        Capabilities missing;
        missing.families = wanted;
        ByteWriter data;
        encode_capabilities(missing, data);
        return open_error(OpenError::unsupported_capability, data.take());
    }
    return std::nullopt;
}

Negotiated Session::negotiate(const Open& open) const {
    const Capabilities& theirs = open.capabilities;
    Negotiated result;
    result.local_as = config_.local_as;
    result.remote_as = open.as;
    result.remote_id = open.router_id;
    result.internal = open.as == config_.local_as;
    // RFC 4271 section 4.2: the smaller of the two offers; zero turns both timers off.
    result.hold_time = std::min(config_.hold_time, open.hold_time);
    const Seconds third = result.hold_time / 3;
    const bool configured = config_.keepalive.count() > 0;
    result.keepalive = configured ? std::min(config_.keepalive, third) : third;
    result.families = set_of(config_.families) & families_of(open);
    result.four_octet_as = theirs.four_octet_as.has_value();
    result.route_refresh = theirs.route_refresh;
    result.enhanced_refresh = theirs.enhanced_route_refresh;
    result.extended_message = theirs.extended_message;
    result.extended_next_hop = config_.extended_next_hop && theirs.extended_next_hop;
    if (config_.graceful_restart.helper && theirs.graceful_restart) {
        result.graceful_restart = theirs.graceful_restart;
        result.restart_on_notification =
            config_.graceful_restart.notification && theirs.graceful_restart->notification;
    }
    const Capabilities ours = local_open().capabilities;
    result.add_path_receive = ours.add_path_receive & theirs.add_path_send & result.families;
    result.add_path_send = ours.add_path_send & theirs.add_path_receive & result.families;
    // RFC 9494 section 3.1: without graceful restart it has no meaning.
    if (result.graceful_restart) result.long_lived = theirs.long_lived;
    result.peer_capabilities = theirs;
    return result;
}

void Session::unexpected_message(MessageType type) {
    fail(fsm_error(fsm_error_of(state_), static_cast<std::uint8_t>(type)));
}

void Session::fail(Notification notification) {
    act(Send{encode(notification)});
    close(DownReason::notification_sent, std::move(notification));
}

void Session::close(DownReason reason, std::optional<Notification> notification) {
    act(StopTimer{TimerKind::hold});
    act(StopTimer{TimerKind::keepalive});
    watch(TimerKind::framing, framing_, false, {});
    watch(TimerKind::send_hold, send_hold_, false, {});
    act(Disconnect{});
    if (state_ == State::established) act(SessionDown{reason, std::move(notification)});
    const bool stopped = reason == DownReason::stopped || reason == DownReason::replaced;
    if (direction_ == Direction::incoming || stopped) {
        state_ = State::idle;
    } else {
        retry_later();
    }
}

void Session::start_keepalive() {
    act(Send{encode(Keepalive{})});
    if (negotiated_.hold_time.count() != 0) start(TimerKind::keepalive, negotiated_.keepalive);
}

void Session::start_hold() {
    if (negotiated_.hold_time.count() != 0) {
        act(StartTimer{TimerKind::hold, negotiated_.hold_time});
    }
}

void Session::retry_later() {
    state_ = State::active;
    const Seconds delay = kFirstRetry * (1U << std::min(failures_, kRetryDoublings));
    ++failures_;
    start(TimerKind::connect_retry, std::min(delay, config_.connect_retry));
}

// RFC 4271 section 10: connect-retry and keepalive are jittered, so that routers do not fall into
// step. The hold timer is not.
void Session::start(TimerKind kind, milliseconds delay) {
    const double factor = jitter_ ? jitter_() : 1.0;
    const double jittered = static_cast<double>(delay.count()) * factor;
    act(StartTimer{kind, milliseconds{static_cast<milliseconds::rep>(jittered)}});
}

}  // namespace torii::bgp

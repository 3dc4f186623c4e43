// Whatever happens, two peers agree in the end; whatever arrives, the state machine stands.
#include "controlplane/bgp/peer.h"
#include "tests/support/virtual_peers.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <span>

namespace torii::bgp {

namespace {

using namespace std::chrono_literals;

Prefix draw_prefix() {
    return Prefix::host(IpAddress::v4(0x0a000000U + *rc::gen::inRange<std::uint32_t>(0, 8)));
}

// One misfortune or ordinary event.
void disturb(VirtualPair& pair) {
    VirtualSpeaker& speaker = *rc::gen::arbitrary<bool>() ? pair.left : pair.right;
    switch (*rc::gen::inRange(0, 9)) {
        case 0: speaker.originate(draw_prefix()); break;
        case 1: speaker.retract(draw_prefix()); break;
        case 2: speaker.crash_and_boot(true); break;
        case 3: speaker.crash_and_boot(false); break;
        case 4: speaker.break_connections(); break;
        case 5: speaker.mute(true); break;
        case 6: speaker.mute(false); break;
        case 7: speaker.reset(cease(Cease::administrative_reset)); break;
        default:
            speaker.stop(cease(Cease::administrative_shutdown));
            speaker.start();
            break;
    }
}

PeerConfig draw_config(PeerConfig config) {
    config.graceful_restart.helper = *rc::gen::arbitrary<bool>();
    config.graceful_restart.restarting = *rc::gen::arbitrary<bool>();
    config.graceful_restart.notification = *rc::gen::arbitrary<bool>();
    config.idle_hold = Seconds{*rc::gen::inRange(0, 3)};
    return config;
}

Event draw_event() {
    Open open{Asn{65000}, Seconds{*rc::gen::element(0, 2, 9)}, RouterId{2}, {}};
    if (*rc::gen::arbitrary<bool>()) {
        open.capabilities.graceful_restart.emplace().time = Seconds{15};
    }
    switch (*rc::gen::inRange(0, 12)) {
        case 0: return Start{};
        case 1: return Stop{cease(Cease::administrative_reset)};
        case 2: return Stop{};
        case 3: return TcpConnected{};
        case 4: return TcpFailed{};
        case 5: return TimerExpired{TimerKind{*rc::gen::inRange<std::uint8_t>(0, kTimerKinds)}};
        case 6: return Received{Keepalive{}};
        case 7: {
            static const Update kUpdate;
            return ReceivedUpdate{&kUpdate};
        }
        case 8: return Received{cease(Cease::hard_reset)};
        case 9: return Received{RouteRefresh{Family::ipv4_unicast, 0}};
        case 10: return ReceivedBad{header_error(HeaderError::bad_type, {9})};
        default: return Received{open};
    }
}

// A session's actions must make sense to its driver, in whatever order events come.
class DriverModel {
public:
    void carry_out(std::span<const Action> actions, State state) {
        for (const Action& action : actions) {
            if (std::holds_alternative<SessionUp>(action)) {
                RC_ASSERT(!std::exchange(up_, true));
            } else if (std::holds_alternative<SessionDown>(action)) {
                RC_ASSERT(std::exchange(up_, false));
            } else if (const auto* const timer = std::get_if<StartTimer>(&action)) {
                RC_ASSERT(timer->delay.count() > 0);
                running_.insert(timer->kind);
            } else if (const auto* const stopped = std::get_if<StopTimer>(&action)) {
                running_.erase(stopped->kind);
            } else if (std::holds_alternative<Deliver>(action) ||
                       std::holds_alternative<Refresh>(action)) {
                RC_ASSERT(up_);
            }
        }
        RC_ASSERT(up_ == (state == State::established));
        if (state == State::idle) RC_ASSERT(running_.empty());
        if (state == State::connect || state == State::active) {
            RC_ASSERT(running_ == std::set<TimerKind>{TimerKind::connect_retry});
        }
        if (state == State::open_sent) RC_ASSERT(running_ == std::set<TimerKind>{TimerKind::hold});
    }
    // A timer that does not run cannot expire.
    [[nodiscard]] bool possible(const Event& event) {
        const auto* const timer = std::get_if<TimerExpired>(&event);
        return timer == nullptr || running_.erase(timer->kind) != 0;
    }

private:
    bool up_ = false;
    std::set<TimerKind> running_;
};

}  // namespace

RC_GTEST_PROP(BgpSession, ItsActionsMakeSenseToADriver, ()) {
    PeerConfig config = VirtualPair::node_config();
    const auto direction =
        *rc::gen::element(Session::Direction::outgoing, Session::Direction::incoming);
    Session session(config, LocalSpeaker{RouterId{1}}, direction, {});
    DriverModel driver;
    const int events = *rc::gen::inRange(1, 60);
    for (int count = 0; count < events; ++count) {
        Event event = draw_event();
        if (!driver.possible(event)) continue;
        const std::span<const Action> actions = session.handle(std::move(event));
        driver.carry_out(actions, session.state());
    }
}

RC_GTEST_PROP(BgpPeer, AgreesWithTheOtherInTheEnd, (std::uint16_t seed)) {
    VirtualPair pair(seed + 1U, draw_config(VirtualPair::node_config()),
                     draw_config(VirtualPair::router_config()));
    pair.start();
    const int events = *rc::gen::inRange(1, 12);
    for (int count = 0; count < events; ++count) {
        pair.time.run_for(Milliseconds{*rc::gen::element(0, 1, 3, 7, 100, 2000, 10000, 40000)});
        disturb(pair);
    }
    pair.left.mute(false);
    pair.right.mute(false);
    pair.time.run_for(20min);
    RC_ASSERT(pair.agree());
    const unsigned downs = pair.left.downs() + pair.right.downs();
    pair.time.run_for(1h);
    RC_ASSERT(pair.agree());
    RC_ASSERT(pair.left.downs() + pair.right.downs() == downs);
}

RC_GTEST_PROP(BgpPeer, AtMostOneConnectionIsEstablished, ()) {
    Peer peer(VirtualPair::node_config(), LocalSpeaker{RouterId{1}});
    (void)peer.start();
    const int events = *rc::gen::inRange(1, 60);
    int up = 0;
    const auto note = [&](const PeerActions& actions) {
        for (const PeerAction& action : actions) {
            if (std::holds_alternative<SessionUp>(action.action)) ++up;
            if (std::holds_alternative<SessionDown>(action.action)) --up;
            RC_ASSERT(up == 0 || up == 1);
        }
    };
    for (int count = 0; count < events; ++count) {
        if (*rc::gen::inRange(0, 4) == 0) {
            const Peer::Admission admission = peer.admit();
            note(admission.actions);
            if (admission.connection) note(peer.handle(*admission.connection, TcpConnected{}));
        } else {
            const auto connection = *rc::gen::inRange<std::uint8_t>(0, kPeerItself + 1);
            const Event event = draw_event();
            const bool of_driver = !std::holds_alternative<Start>(event);
            if (of_driver) note(peer.handle(connection, event));
        }
        RC_ASSERT(peer.established().has_value() == (up == 1));
        RC_ASSERT((peer.state() == State::established) == (up == 1));
    }
}

RC_GTEST_PROP(BgpPeer, AnyOctetsAreConsumedOrEndTheConnection, ()) {
    Peer peer(VirtualPair::node_config(), LocalSpeaker{RouterId{1}});
    (void)peer.start();
    const auto connection = peer.admit().connection;
    (void)peer.handle(*connection, TcpConnected{});
    std::vector<std::uint8_t> stream;
    const int parts = *rc::gen::inRange(1, 8);
    for (int part = 0; part < parts; ++part) {
        std::vector<std::uint8_t> octets = encode(Keepalive{});
        switch (*rc::gen::inRange(0, 4)) {
            case 0: octets = encode(Open{Asn{65000}, Seconds{9}, RouterId{2}, {}}); break;
            case 1: octets = end_of_rib(Family::ipv4_unicast); break;
            case 2: octets = *rc::gen::arbitrary<std::vector<std::uint8_t>>(); break;
            default: break;
        }
        stream.insert(stream.end(), octets.begin(), octets.end());
    }
    ReceivedUpdates updates;
    std::size_t consumed = 0;
    const PeerActions actions = peer.receive(*connection, stream, updates, consumed);
    RC_ASSERT(consumed <= stream.size());
    const bool closed = std::any_of(actions.begin(), actions.end(), [&](const PeerAction& action) {
        return action.connection == *connection &&
               std::holds_alternative<Disconnect>(action.action);
    });
    RC_ASSERT(closed || stream.size() - consumed < kMessageSizeMax);
    if (closed) RC_ASSERT(consumed == stream.size());
}

}  // namespace torii::bgp

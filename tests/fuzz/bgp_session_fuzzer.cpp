// Three neighbors of different kinds; each octet is an event of one of them, and some take further
// octets. What the state machines ask of their driver has to make sense to it at every step.
#include "controlplane/bgp/peer.h"
#include "controlplane/bgp/update_builder.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <set>

using namespace torii;
using namespace torii::bgp;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

// The octets that are left; nothing but zeros behind their end.
class Script {
public:
    explicit Script(Bytes octets) : in_(octets) {}
    [[nodiscard]] bool empty() const { return in_.empty(); }
    std::uint8_t next() { return in_.empty() ? std::uint8_t{0} : in_.u8(); }
    Bytes some() {
        const std::size_t wanted = next();
        return in_.take(std::min(wanted, in_.remaining()));
    }

private:
    ByteReader in_;
};

PeerConfig config(unsigned kind) {
    PeerConfig result;
    result.local_as = Asn{65000};
    result.remote_as_rule = RemoteAsRule::any;
    result.families = {Family::ipv4_unicast, Family::ipv6_unicast};
    result.add_path[0].receive = kind == 0;
    result.passive = kind == 1;
    result.graceful_restart.restarting = kind != 2;
    result.graceful_restart.notification = kind == 0;
    result.idle_hold = Seconds{kind == 2 ? 0 : 1};
    return result;
}

Open open_of(std::uint8_t how) {
    const Asn as{(how & 1U) != 0 ? 65000U : 70000U};
    Open open{as, Seconds{(how & 2U) != 0 ? 9 : 0}, RouterId{(how & 4U) != 0 ? 9U : 1U}, {}};
    open.capabilities.four_octet_as = as;
    open.capabilities.multiprotocol = (how & 8U) != 0;
    open.capabilities.families = FamilySet::all();
    open.capabilities.extended_message = true;
    if ((how & 16U) != 0) {
        open.capabilities.graceful_restart = GracefulRestartCapability{
            (how & 32U) != 0, (how & 64U) != 0, Seconds{15}, FamilySet::all(),
            (how & 128U) != 0 ? FamilySet::all() : FamilySet{}};
    }
    return open;
}

// A driver that does nothing but check.
class Neighbor {
public:
    explicit Neighbor(unsigned kind)
        : config_(config(kind)), peer_(config_, LocalSpeaker{RouterId{5}}) {
        start();
    }

    void step(unsigned what, Script& script);

private:
    enum class Link : std::uint8_t { closed, dialing, open };

    void start() {
        started_ = true;
        carry_out(peer_.start());
    }
    void stop() {
        started_ = false;
        carry_out(peer_.stop(cease(Cease::administrative_shutdown)));
        for (const Link link : links_) require(link == Link::closed);
        require(timers_.empty() && stale_.empty());
    }
    void accept();
    void dialed();
    void lost(std::uint8_t which);
    void expire(std::uint8_t which);
    void arrive(std::uint8_t which, Bytes octets);
    void carry_out(const PeerActions& actions);
    void carry_out(ConnectionIndex connection, const Action& action);
    void carry_out_session(ConnectionIndex connection, const Action& action);
    void carry_out_routes(const Action& action);
    void check() const;
    void check_timers() const;
    [[nodiscard]] bool runs(ConnectionIndex connection, TimerKind kind) const {
        return timers_.contains({connection, kind});
    }

    PeerConfig config_;
    Peer peer_;
    ReceivedUpdates updates_;
    bool started_ = false;
    std::array<Link, kConnections> links_{};
    std::array<std::vector<std::uint8_t>, kConnections> pending_;
    std::set<std::pair<ConnectionIndex, TimerKind>> timers_;
    std::optional<ConnectionIndex> up_;
    FamilySet stale_;
};

void Neighbor::step(unsigned what, Script& script) {
    switch (what) {
        case 0: accept(); break;
        case 1: dialed(); break;
        case 2: lost(script.next()); break;
        case 3: expire(script.next()); break;
        case 4: arrive(script.next(), script.some()); break;
        case 5: arrive(script.next(), encode(open_of(script.next()))); break;
        case 6: arrive(script.next(), encode(Keepalive{})); break;
        case 7: arrive(script.next(), end_of_rib(Family::ipv4_unicast)); break;
        case 8: arrive(script.next(), end_of_rib(Family::ipv6_unicast)); break;
        case 9: {
            const std::uint8_t which = script.next();
            const ErrorCode code{script.next()};
            arrive(which, encode(Notification{code, script.next(), {}}));
            break;
        }
        case 10: arrive(script.next(), encode(RouteRefresh{Family::ipv4_unicast, 0})); break;
        case 11: started_ ? stop() : start(); break;
        case 12: carry_out(peer_.reset(cease(Cease{script.next()}))); break;
        default:
            config_.graceful_restart.stale_time_max = Seconds{1 + script.next()};
            peer_.update_config(config_);
            peer_.set_after_restart((what & 1U) != 0);
            break;
    }
    check();
}

void Neighbor::accept() {
    const Peer::Admission admission = peer_.admit();
    carry_out(admission.actions);
    if (!admission.connection) return;
    require(started_ && links_[*admission.connection] == Link::closed);
    links_[*admission.connection] = Link::open;
    pending_[*admission.connection].clear();
    carry_out(peer_.handle(*admission.connection, TcpConnected{}));
}

void Neighbor::dialed() {
    if (links_[kOutgoing] != Link::dialing) return;
    links_[kOutgoing] = Link::open;
    pending_[kOutgoing].clear();
    carry_out(peer_.handle(kOutgoing, TcpConnected{}));
}

void Neighbor::lost(std::uint8_t which) {
    const auto connection = static_cast<ConnectionIndex>(which % kConnections);
    if (links_[connection] == Link::closed) return;
    links_[connection] = Link::closed;
    carry_out(peer_.handle(connection, TcpFailed{}));
}

void Neighbor::expire(std::uint8_t which) {
    if (timers_.empty()) return;
    const auto timer = std::next(timers_.begin(), which % static_cast<int>(timers_.size()));
    const auto [connection, kind] = *timer;
    timers_.erase(timer);
    carry_out(peer_.handle(connection, TimerExpired{kind}));
}

void Neighbor::arrive(std::uint8_t which, Bytes octets) {
    const auto connection = static_cast<ConnectionIndex>(which % kConnections);
    if (links_[connection] != Link::open) return;
    std::vector<std::uint8_t>& pending = pending_[connection];
    pending.insert(pending.end(), octets.begin(), octets.end());
    std::size_t consumed = 0;
    do {
        const std::vector<std::uint8_t> stream = pending;
        const PeerActions actions = peer_.receive(connection, stream, updates_, consumed);
        require(consumed <= stream.size());
        pending.assign(stream.begin() + static_cast<std::ptrdiff_t>(consumed), stream.end());
        carry_out(actions);
    } while (consumed != 0 && links_[connection] == Link::open);
    require(pending.size() < kExtendedSizeMax);
}

void Neighbor::carry_out(const PeerActions& actions) {
    for (const auto& [connection, action] : actions) {
        require(!text(action).empty());
        carry_out(connection, action);
    }
}

void Neighbor::carry_out(ConnectionIndex connection, const Action& action) {
    if (const auto* const timer = std::get_if<StartTimer>(&action)) {
        require(timer->delay.count() > 0);
        timers_.emplace(connection, timer->kind);
    } else if (const auto* const stopped = std::get_if<StopTimer>(&action)) {
        timers_.erase({connection, stopped->kind});
    } else if (connection == kPeerItself) {
        carry_out_routes(action);
    } else {
        carry_out_session(connection, action);
    }
}

void Neighbor::carry_out_session(ConnectionIndex connection, const Action& action) {
    Link& link = links_[connection];
    if (std::holds_alternative<Connect>(action)) {
        require(connection == kOutgoing && link == Link::closed && !config_.passive);
        link = Link::dialing;
    } else if (std::holds_alternative<Disconnect>(action)) {
        link = Link::closed;
    } else if (const auto* const sent = std::get_if<Send>(&action)) {
        require(link == Link::open);
        require(decode(sent->bytes, UpdateContext{}).has_value());
    } else if (std::holds_alternative<SessionUp>(action)) {
        require(!up_ && link == Link::open);
        up_ = connection;
    } else if (std::holds_alternative<SessionDown>(action)) {
        require(up_ == connection && link == Link::closed);
        up_.reset();
    } else {
        require(std::holds_alternative<Deliver>(action) || std::holds_alternative<Refresh>(action));
        require(up_ == connection);
    }
}

void Neighbor::carry_out_routes(const Action& action) {
    if (const auto* const mark = std::get_if<MarkStale>(&action)) {
        require(!mark->families.empty());
        for (const Family family : kFamilies) {
            if (mark->families.contains(family)) stale_.insert(family);
        }
    } else if (const auto* const sweep = std::get_if<SweepStale>(&action)) {
        require(!(sweep->families & stale_).empty());
        stale_ = stale_ - sweep->families;
    } else if (const auto* const flush = std::get_if<Flush>(&action)) {
        require(!flush->families.empty());
        stale_ = stale_ - flush->families;
    } else {
        std::abort();
    }
}

void Neighbor::check() const {
    require(peer_.established() == up_);
    require((peer_.state() == State::established) == up_.has_value());
    require(peer_.restart_helper().stale() == stale_);
    check_timers();
}

void Neighbor::check_timers() const {
    for (ConnectionIndex index = 0; index < kConnections; ++index) {
        // Without a connection nothing waits for its messages; with one, something always does.
        const bool open = links_[index] == Link::open;
        const bool timeless =
            open && peer_.established() == index && peer_.negotiated()->hold_time.count() == 0;
        if (!open) require(!runs(index, TimerKind::hold) && !runs(index, TimerKind::keepalive));
        if (links_[index] == Link::dialing) require(runs(index, TimerKind::connect_retry));
        if (up_ == index) require(runs(index, TimerKind::hold) == !timeless);
        if (up_ == index) require(runs(index, TimerKind::keepalive) == !timeless);
    }
    const bool waits = runs(kPeerItself, TimerKind::restart) || runs(kPeerItself, TimerKind::stale);
    require(waits == !stale_.empty());
    if (up_) require(!runs(kPeerItself, TimerKind::restart));
    // Who wants a session has something that leads to one.
    const bool quiet = timers_.empty() &&
                       std::ranges::all_of(links_, [](Link link) { return link == Link::closed; });
    if (started_ && quiet) require(config_.passive);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::array neighbors{Neighbor(0), Neighbor(1), Neighbor(2)};
    Script script(Bytes(data, size));
    while (!script.empty()) {
        const std::uint8_t octet = script.next();
        neighbors[(octet >> 4U) % neighbors.size()].step(octet & 15U, script);
    }
    return 0;
}

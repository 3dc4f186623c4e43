#pragma once

#include "controlplane/bgp/peer.h"
#include "controlplane/bgp/update_builder.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

// Two BGP peers on virtual connections in virtual time: octets arrive late and in pieces, and the
// same seed gives the same run.
namespace torii::bgp {

using Milliseconds = std::chrono::milliseconds;

class VirtualTime {
public:
    explicit VirtualTime(std::uint32_t seed) : random_(seed) {}

    [[nodiscard]] Milliseconds now() const { return now_; }
    void after(Milliseconds delay, std::function<void()> call) {
        queue_.push({now_ + delay, order_++, std::move(call)});
    }
    void run_for(Milliseconds duration) {
        const Milliseconds end = now_ + duration;
        while (!queue_.empty() && queue_.top().when <= end) {
            const Entry entry = queue_.top();
            queue_.pop();
            now_ = entry.when;
            entry.call();
        }
        now_ = end;
    }
    // 0 to `count` - 1.
    [[nodiscard]] std::size_t draw(std::size_t count) { return random_() % count; }

private:
    struct Entry {
        Milliseconds when;
        std::uint64_t order;
        std::function<void()> call;
        bool operator<(const Entry& other) const {
            return std::pair(when, order) > std::pair(other.when, other.order);
        }
    };
    Milliseconds now_{0};
    std::uint64_t order_ = 0;
    std::priority_queue<Entry> queue_;
    std::minstd_rand random_;
};

// One end: drives a bgp::Peer as a daemon does, and keeps the routes it learns.
class VirtualSpeaker {
public:
    VirtualSpeaker(VirtualTime& time, PeerConfig config, RouterId id)
        : time_(time), config_(std::move(config)), id_(id) {
        boot();
    }

    void connect_to(VirtualSpeaker& other) { other_ = &other; }
    void start() { carry_out(peer_->start()); }
    void stop(const Notification& notification) { carry_out(peer_->stop(notification)); }
    void reset(const Notification& notification) { carry_out(peer_->reset(notification)); }
    // Announced on every session from now on, and on the one that is up.
    void originate(const Prefix& prefix);
    void retract(const Prefix& prefix);
    // Dies without a word and comes back: the other end learns of it when it sends something.
    void crash_and_boot(bool after_restart);
    // Nothing that it sends arrives, until TCP sends it again.
    void mute(bool muted);
    // The connections end for both, as if a firewall had reset them.
    void break_connections();

    [[nodiscard]] Peer& peer() { return *peer_; }
    // Learned from the other end; true: stale.
    [[nodiscard]] const std::map<Prefix, bool>& learned() const { return learned_; }
    [[nodiscard]] const std::set<Prefix>& originated() const { return originated_; }
    [[nodiscard]] unsigned ups() const { return ups_; }
    [[nodiscard]] unsigned downs() const { return downs_; }

private:
    struct Link {
        VirtualSpeaker* speakers[2] = {};
        ConnectionIndex index[2] = {};
        bool open[2] = {};
        Milliseconds free_at[2] = {};  // octets keep their order
    };
    struct Slot {
        std::shared_ptr<Link> link;
        int side = 0;
        std::vector<std::uint8_t> pending;
    };

    // Octets on their way; none: the end of the connection.
    struct Flight {
        std::shared_ptr<Link> link;
        int to = 0;
        std::vector<std::uint8_t> octets;
    };

    void boot() {
        peer_ = std::make_unique<Peer>(config_, LocalSpeaker{id_, after_restart_});
        for (Slot& slot : slots_) slot = {};
        for (auto& timers : timers_) {
            for (std::uint64_t& timer : timers) timer = ++generation_;
        }
        ++life_;
    }
    void carry_out(const PeerActions& actions);
    void carry_out(ConnectionIndex connection, const Action& action);
    void dial();
    void incoming(const std::shared_ptr<Link>& link);
    void send(ConnectionIndex connection, const std::vector<std::uint8_t>& octets);
    void transmit(const Flight& flight);
    void arrived(const std::shared_ptr<Link>& link, int side, std::vector<std::uint8_t> octets);
    void close(ConnectionIndex connection);
    void ended(const std::shared_ptr<Link>& link, int side);
    void send_table(ConnectionIndex connection);
    void send_change(const std::function<void(UpdateBuilder&)>& change);
    void learn(const Update& update);
    void for_families(FamilySet families, bool sweep, bool stale_only);
    [[nodiscard]] PathAttributes attributes() const;
    // Calls unless this speaker has died in between.
    void later(Milliseconds delay, std::function<void()> call) {
        time_.after(delay, [this, life = life_, call = std::move(call)] {
            if (life == life_) call();
        });
    }

    VirtualTime& time_;
    PeerConfig config_;
    RouterId id_;
    VirtualSpeaker* other_ = nullptr;
    std::unique_ptr<Peer> peer_;
    ReceivedUpdates updates_;
    std::array<Slot, kConnections> slots_;
    std::array<std::array<std::uint64_t, kTimerKinds>, kConnections + 1> timers_{};
    std::uint64_t generation_ = 0;
    unsigned life_ = 0;
    bool after_restart_ = false;
    bool muted_ = false;
    std::vector<Flight> held_;
    std::set<Prefix> originated_;
    std::map<Prefix, bool> learned_;
    unsigned ups_ = 0;
    unsigned downs_ = 0;
};

inline constexpr Milliseconds kLatency{2};

inline void VirtualSpeaker::carry_out(const PeerActions& actions) {
    for (const PeerAction& action : actions) carry_out(action.connection, action.action);
}

inline void VirtualSpeaker::carry_out(ConnectionIndex connection, const Action& action) {
    if (std::holds_alternative<Connect>(action)) {
        dial();
    } else if (std::holds_alternative<Disconnect>(action)) {
        close(connection);
    } else if (const auto* const message = std::get_if<Send>(&action)) {
        send(connection, message->bytes);
    } else if (const auto* const timer = std::get_if<StartTimer>(&action)) {
        std::uint64_t& current = timers_[connection][static_cast<std::size_t>(timer->kind)];
        current = ++generation_;
        later(timer->delay, [this, connection, kind = timer->kind, mine = current] {
            if (timers_[connection][static_cast<std::size_t>(kind)] != mine) return;
            carry_out(peer_->handle(connection, TimerExpired{kind}));
        });
    } else if (const auto* const stopped = std::get_if<StopTimer>(&action)) {
        timers_[connection][static_cast<std::size_t>(stopped->kind)] = ++generation_;
    } else if (std::holds_alternative<SessionUp>(action)) {
        ++ups_;
        send_table(connection);
    } else if (std::holds_alternative<SessionDown>(action)) {
        ++downs_;
    } else if (const auto* const delivery = std::get_if<Deliver>(&action)) {
        learn(*delivery->update);
    } else if (std::holds_alternative<Refresh>(action)) {
        send_table(connection);
    } else if (const auto* const mark = std::get_if<MarkStale>(&action)) {
        for_families(mark->families, false, false);
    } else if (const auto* const sweep = std::get_if<SweepStale>(&action)) {
        for_families(sweep->families, true, true);
    } else if (const auto* const flush = std::get_if<Flush>(&action)) {
        for_families(flush->families, true, false);
    }
}

inline void VirtualSpeaker::dial() {
    const auto link = std::make_shared<Link>();
    link->speakers[0] = this;
    link->speakers[1] = other_;
    link->index[0] = kOutgoing;
    link->open[0] = link->open[1] = true;
    slots_[kOutgoing] = {link, 0, {}};
    if (muted_ || other_->muted_) return;  // hangs until connect-retry
    later(2 * kLatency, [this, link] {
        if (!link->open[0]) return;
        carry_out(peer_->handle(kOutgoing, TcpConnected{}));
    });
    time_.after(kLatency, [this, link] {
        if (link->open[0]) other_->incoming(link);
    });
}

inline void VirtualSpeaker::incoming(const std::shared_ptr<Link>& link) {
    const Peer::Admission admission = peer_->admit();
    carry_out(admission.actions);
    if (!admission.connection) {
        link->open[1] = false;
        VirtualSpeaker* const dialer = link->speakers[0];
        dialer->later(2 * kLatency, [dialer, link] { dialer->ended(link, 0); });
        return;
    }
    link->index[1] = *admission.connection;
    slots_[*admission.connection] = {link, 1, {}};
    carry_out(peer_->handle(*admission.connection, TcpConnected{}));
}

inline void VirtualSpeaker::send(ConnectionIndex connection,
                                 const std::vector<std::uint8_t>& octets) {
    const Slot& slot = slots_[connection];
    if (slot.link) transmit({slot.link, 1 - slot.side, octets});
}

inline void VirtualSpeaker::transmit(const Flight& flight) {
    if (muted_) {
        held_.push_back(flight);
        return;
    }
    const auto [link, to, octets] = flight;
    VirtualSpeaker* const remote = link->speakers[to];
    Milliseconds& free_at = link->free_at[to];
    if (octets.empty()) {
        free_at = std::max(free_at, time_.now() + kLatency);
        remote->later(free_at - time_.now(),
                      [=, link = link, to = to] { remote->ended(link, to); });
    }
    std::size_t begin = 0;
    while (begin < octets.size()) {
        const std::size_t size = std::min(octets.size() - begin, 1 + time_.draw(200));
        const auto first = octets.begin() + static_cast<std::ptrdiff_t>(begin);
        std::vector<std::uint8_t> part(first, first + static_cast<std::ptrdiff_t>(size));
        begin += size;
        free_at = std::max(free_at, time_.now() + kLatency + Milliseconds(time_.draw(3)));
        time_.after(free_at - time_.now(), [remote, link = link, to = to, part = std::move(part)] {
            remote->arrived(link, to, part);
        });
    }
}

inline void VirtualSpeaker::mute(bool muted) {
    muted_ = muted;
    if (muted) return;
    for (const Flight& flight : std::exchange(held_, {})) transmit(flight);
}

inline void VirtualSpeaker::arrived(const std::shared_ptr<Link>& link, int side,
                                    std::vector<std::uint8_t> octets) {
    VirtualSpeaker* const sender = link->speakers[1 - side];
    if (!link->open[side]) {  // a TCP reset answers
        if (!muted_) sender->later(kLatency, [=] { sender->ended(link, 1 - side); });
        return;
    }
    Slot& slot = slots_[link->index[side]];
    if (slot.link != link) return;
    slot.pending.insert(slot.pending.end(), octets.begin(), octets.end());
    std::size_t consumed = 0;
    do {
        const std::vector<std::uint8_t> pending = slot.pending;
        const PeerActions actions = peer_->receive(link->index[side], pending, updates_, consumed);
        slot.pending.erase(slot.pending.begin(),
                           slot.pending.begin() + static_cast<std::ptrdiff_t>(consumed));
        carry_out(actions);
    } while (consumed != 0 && slot.link == link && !slot.pending.empty());
}

inline void VirtualSpeaker::close(ConnectionIndex connection) {
    Slot& slot = slots_[connection];
    if (!slot.link) return;
    const std::shared_ptr<Link> link = std::exchange(slot, {}).link;
    const int side = link->speakers[0] == this ? 0 : 1;
    link->open[side] = false;
    transmit({link, 1 - side, {}});
}

inline void VirtualSpeaker::ended(const std::shared_ptr<Link>& link, int side) {
    if (!link->open[side]) return;
    link->open[side] = false;
    const ConnectionIndex index = link->index[side];
    if (slots_[index].link != link) return;
    slots_[index] = {};
    carry_out(peer_->handle(index, TcpFailed{}));
}

inline void VirtualSpeaker::crash_and_boot(bool after_restart) {
    for (Slot& slot : slots_) {
        if (slot.link) slot.link->open[slot.side] = false;
    }
    after_restart_ = after_restart;
    learned_.clear();
    held_.clear();
    boot();
    start();
}

inline void VirtualSpeaker::break_connections() {
    for (Slot& slot : slots_) {
        if (!slot.link) continue;
        const std::shared_ptr<Link> link = slot.link;
        for (const int side : {0, 1}) {
            VirtualSpeaker* const end = link->speakers[side];
            end->later(Milliseconds{0}, [=] { end->ended(link, side); });
        }
    }
}

inline PathAttributes VirtualSpeaker::attributes() const {
    PathAttributes result;
    result.as_path = AsPath::sequence({config_.local_as});
    result.next_hop = IpAddress::v4(0x0a000000U + id_.value());
    return result;
}

inline void VirtualSpeaker::send_table(ConnectionIndex connection) {
    const Negotiated* const negotiated = peer_->negotiated();
    if (negotiated == nullptr) return;
    UpdateBuilder builder(negotiated->update_context());
    for (const Prefix& prefix : originated_) {
        if (negotiated->families.contains(unicast(prefix.family()))) {
            builder.announce(prefix, attributes());
        }
    }
    for (const auto& message : builder.take()) send(connection, message);
    for (const Family family : kFamilies) {
        if (negotiated->families.contains(family)) send(connection, end_of_rib(family));
    }
}

inline void VirtualSpeaker::send_change(const std::function<void(UpdateBuilder&)>& change) {
    const auto connection = peer_->established();
    if (!connection) return;
    UpdateBuilder builder(peer_->negotiated()->update_context());
    change(builder);
    for (const auto& message : builder.take()) send(*connection, message);
}

inline void VirtualSpeaker::originate(const Prefix& prefix) {
    originated_.insert(prefix);
    send_change([&](UpdateBuilder& builder) { builder.announce(prefix, attributes()); });
}

inline void VirtualSpeaker::retract(const Prefix& prefix) {
    originated_.erase(prefix);
    send_change([&](UpdateBuilder& builder) { builder.withdraw(prefix); });
}

inline void VirtualSpeaker::learn(const Update& update) {
    for (const Unreach& unreach : update.withdrawn) {
        for (const Prefix& prefix : unreach.prefixes) learned_.erase(prefix);
    }
    for (const Reach& reach : update.announced) {
        for (const Prefix& prefix : reach.prefixes) learned_[prefix] = false;
    }
}

inline void VirtualSpeaker::for_families(FamilySet families, bool sweep, bool stale_only) {
    for (auto route = learned_.begin(); route != learned_.end();) {
        const bool meant = families.contains(unicast(route->first.family()));
        if (meant && sweep && (route->second || !stale_only)) {
            route = learned_.erase(route);
            continue;
        }
        if (meant && !sweep) route->second = true;
        ++route;
    }
}

// A node and a router as they come in the field, connected to each other.
struct VirtualPair {
    explicit VirtualPair(std::uint32_t seed, PeerConfig left_config = node_config(),
                         PeerConfig right_config = router_config())
        : time(seed),
          left(time, std::move(left_config), RouterId{1}),
          right(time, std::move(right_config), RouterId{2}) {
        left.connect_to(right);
        right.connect_to(left);
    }

    [[nodiscard]] static PeerConfig node_config() {
        PeerConfig config;
        config.local_as = Asn{65001};
        config.remote_as = Asn{65000};
        config.hold_time = Seconds{9};
        config.keepalive = Seconds{3};
        config.families = {Family::ipv4_unicast, Family::ipv6_unicast};
        config.graceful_restart.restarting = true;
        config.graceful_restart.restart_time = Seconds{15};
        return config;
    }
    [[nodiscard]] static PeerConfig router_config() {
        PeerConfig config = node_config();
        std::swap(config.local_as, config.remote_as);
        config.hold_time = Seconds{180};
        config.keepalive = Seconds{60};
        return config;
    }

    void start() {
        left.start();
        right.start();
    }
    // Both ends are Established, and each has learned just what the other originates.
    [[nodiscard]] bool agree() {
        const auto knows = [](const VirtualSpeaker& pupil, const VirtualSpeaker& teacher) {
            std::map<Prefix, bool> expected;
            for (const Prefix& prefix : teacher.originated()) expected[prefix] = false;
            return pupil.learned() == expected;
        };
        return left.peer().established() && right.peer().established() && knows(left, right) &&
               knows(right, left);
    }

    VirtualTime time;
    VirtualSpeaker left;
    VirtualSpeaker right;
};

}  // namespace torii::bgp

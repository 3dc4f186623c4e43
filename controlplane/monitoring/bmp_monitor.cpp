#include "controlplane/monitoring/bmp_monitor.h"

#include "controlplane/bgp/update_builder.h"
#include "controlplane/speaker/neighbor_report.h"
#include "platform/base/log.h"

#include <algorithm>
#include <utility>

namespace torii::monitoring {
namespace {

// How long reading tables keeps the loop from its sockets, and in what portions.
constexpr std::chrono::milliseconds kTurn{1};
constexpr std::size_t kPrefixesAtOnce = 256;
// News are handed to the stations once per turn, or when they are as much as this.
constexpr std::size_t kNewsAtOnce = std::size_t{64} << 10U;

BmpPeer peer_of(const speaker::ObservedSession& session) {
    BmpPeer peer;
    peer.address = session.config.address;
    peer.as = session.negotiated.remote_as;
    peer.router_id = session.negotiated.remote_id;
    peer.two_octet_as = !session.negotiated.four_octet_as;
    return peer;
}

Octets copy(Bytes octets) {
    return {octets.begin(), octets.end()};
}

// Section 4.9.
BmpPeerDown peer_down(const bgp::SessionDown& down) {
    BmpPeerDown out;
    if (down.notification) out.notification = bgp::encode(*down.notification);
    switch (down.reason) {
        case bgp::DownReason::stopped:
        case bgp::DownReason::notification_sent:
            out.reason = BmpDownReason::local_notification;
            if (down.notification) return out;
            out.reason = BmpDownReason::local_event;
            out.event = kEventManualStop;
            return out;
        case bgp::DownReason::notification_received:
            out.reason = BmpDownReason::remote_notification;
            return out;
        case bgp::DownReason::replaced:
            // RFC 4724 section 4.2: as if the old connection had failed.
            out.reason = BmpDownReason::local_event;
            out.event = kEventTcpConnectionFails;
            return out;
        case bgp::DownReason::connection_lost: break;
    }
    out.reason = BmpDownReason::remote_closed;
    return out;
}

}  // namespace

BmpMonitor::BmpMonitor(Scheduler& scheduler, speaker::Transport& transport,
                       speaker::RouteSource& source, std::function<UnixTime()> clock)
    : SessionWatch(source),
      scheduler_(scheduler),
      transport_(transport),
      clock_(std::move(clock)) {}

BmpMonitor::~BmpMonitor() {
    configure({});
}

void BmpMonitor::configure(const BmpConfig& config) {
    flush();
    const bool renamed = config.system_name != config_.system_name ||
                         config.system_description != config_.system_description;
    const bool over = config.stations.empty();
    config_ = config;
    const speaker::SharedOctets farewell(
        bmp_termination(over ? "monitoring ends" : "the configuration of the station has changed"));
    for (auto station = stations_.begin(); station != stations_.end();) {
        const auto wanted = std::ranges::find(config_.stations, station->second->config());
        if (wanted != config_.stations.end() && !renamed) {
            ++station;
            continue;
        }
        station->second->stop(farewell);
        station = stations_.erase(station);
    }
    observe(!over);
    for (const BmpStationConfig& wanted : config_.stations) {
        const auto [place, is_new] = stations_.try_emplace(wanted.name);
        if (!is_new) continue;
        place->second = std::make_unique<BmpStation>(*this, scheduler_, transport_, wanted);
        place->second->start();
    }
}

void BmpMonitor::add_session(const speaker::ObservedSession& session) {
    Session& added = sessions_[session.config.address];
    added = {peer_of(session), {}, session.negotiated.families, 0};
    BmpPeer peer = added.peer;
    peer.time = clock_() - std::chrono::duration_cast<UnixTime>(now() - session.since);
    const speaker::ConnectionInfo& info = session.connection;
    added.peer_up = bmp_peer_up(peer, {info.local, info.local_port, info.remote_port,
                                       copy(session.sent_open), copy(session.received_open)});
}

void BmpMonitor::session_up(const speaker::ObservedSession& session) {
    add_session(session);
    tell(sessions_.at(session.config.address).peer_up);
}

void BmpMonitor::session_down(const IpAddress& peer, const bgp::SessionDown& down) {
    const auto session = sessions_.find(peer);
    if (session == sessions_.end()) return;
    BmpPeer about = session->second.peer;
    about.time = clock_();
    sessions_.erase(session);
    for (const auto& [name, station] : stations_) station->forget(peer);
    tell(bmp_peer_down(about, peer_down(down)));
}

void BmpMonitor::update_received(const IpAddress& peer, Bytes messages, bgp::Verdict verdict) {
    const auto session = sessions_.find(peer);
    if (session == sessions_.end()) return;
    if (verdict == bgp::Verdict::treat_as_withdraw) ++session->second.treated_as_withdraw;
    if (!any_up()) return;
    BmpPeer about = session->second.peer;
    about.time = clock_();
    wrap(about, messages, news_, news_messages_);
    if (news_.size() >= kNewsAtOnce) flush();
    schedule_turn();
}

void BmpMonitor::wrap(const BmpPeer& peer, Bytes updates, Octets& out,
                      std::size_t& messages) const {
    each_message(updates, [&](Bytes update) {
        const Octets message = bmp_route_monitoring(peer, update);
        out.insert(out.end(), message.begin(), message.end());
        ++messages;
    });
}

void BmpMonitor::tell(const Octets& message) {
    if (!any_up()) return;
    news_.insert(news_.end(), message.begin(), message.end());
    ++news_messages_;
    schedule_turn();
}

bool BmpMonitor::any_up() const {
    return std::ranges::any_of(stations_, [](const auto& entry) {
        return entry.second->state() == BmpStation::State::up;
    });
}

void BmpMonitor::flush() {
    if (news_.empty()) return;
    const std::size_t messages = std::exchange(news_messages_, 0);
    const speaker::SharedOctets octets(std::exchange(news_, {}));
    for (const auto& [name, station] : stations_) station->tell(octets, messages);
}

void BmpMonitor::connected(BmpStation& station) {
    // What has been told until now is not news to this one: it begins with where we stand.
    flush();
    Octets octets = bmp_initiation(config_.system_name, config_.system_description);
    for (const auto& [address, session] : sessions_) {
        octets.insert(octets.end(), session.peer_up.begin(), session.peer_up.end());
        for (const bgp::Family family : bgp::kFamilies) {
            if (session.families.contains(family)) station.add_job({address, family, 0});
        }
    }
    station.begin(speaker::SharedOctets(std::move(octets)), 1 + sessions_.size());
    schedule_turn();
}

void BmpMonitor::schedule_turn() {
    if (std::exchange(turn_scheduled_, true)) return;
    turn_ = scheduler_.after(Duration{0}, [this] { turn(); });
}

void BmpMonitor::turn() {
    turn_scheduled_ = false;
    flush();
    const TimePoint begin = now();
    bool more = true;
    while (more && now() - begin < kTurn) {
        more = false;
        for (const auto& [name, station] : stations_) {
            if (!station->takes_more()) continue;
            send_portion(*station);
            more = more || station->takes_more();
        }
    }
    if (more) schedule_turn();
}

void BmpMonitor::send_portion(BmpStation& station) {
    BmpStation::Job& job = station.jobs().front();
    const BmpPeer& peer = sessions_.at(job.peer).peer;  // of an unknown time
    Octets updates;
    const bool more =
        source().read_received(job.peer, job.family, job.next, kPrefixesAtOnce, updates);
    if (!more) {
        const Octets end = bgp::end_of_rib(job.family);
        updates.insert(updates.end(), end.begin(), end.end());
        station.jobs().pop_front();
    }
    Octets octets;
    std::size_t messages = 0;
    wrap(peer, updates, octets, messages);
    station.send(speaker::SharedOctets(std::move(octets)), messages);
}

void BmpMonitor::statistics_due(BmpStation& station) {
    flush();
    Octets octets;
    for (const auto& [address, session] : sessions_) {
        BmpStatistics statistics;
        statistics.treated_as_withdraw = session.treated_as_withdraw;
        for (const bgp::Family family : bgp::kFamilies) {
            if (!session.families.contains(family)) continue;
            const std::size_t received = source().received_counts(address, family).received;
            statistics.adj_rib_in += received;
            statistics.families.push_back({family, received});
        }
        BmpPeer peer = session.peer;
        peer.time = clock_();
        const Octets message = bmp_statistics(peer, statistics);
        octets.insert(octets.end(), message.begin(), message.end());
    }
    station.tell(speaker::SharedOctets(std::move(octets)), sessions_.size());
}

ipc::BmpStations BmpMonitor::stations() const {
    ipc::BmpStations out;
    for (const auto& [name, station] : stations_) {
        ipc::BmpStationState& state = *out.add_stations();
        const BmpStationConfig& config = station->config();
        state.set_name(name);
        state.set_address(config.address.to_string());
        state.set_port(config.port);
        if (const auto* info = station->info()) state.set_local_address(info->local.to_string());
        const bool waiting = station->state() == BmpStation::State::waiting;
        state.set_state(station->state() == BmpStation::State::up ? "Up"
                        : waiting                                 ? "Down"
                                                                  : "Connect");
        state.set_state_seconds(speaker::seconds_since(station->since(), now()));
        if (waiting) state.set_retry_seconds(speaker::seconds_since(now(), station->retry_at()));
        state.set_last_error(station->last_error());
        state.set_statistics_interval(
            static_cast<std::uint32_t>(config.statistics_interval.count()));
        state.set_buffer_limit(config.buffer_limit);
        state.set_queued(station->queued());
        state.set_tables_pending(static_cast<std::uint32_t>(station->jobs().size()));
        const BmpStation::Counters& counters = station->counters();
        state.set_connections(counters.connections);
        state.set_connect_failures(counters.connect_failures);
        state.set_overruns(counters.overruns);
        state.set_messages_sent(counters.messages);
        state.set_octets_sent(counters.octets);
    }
    return out;
}

}  // namespace torii::monitoring

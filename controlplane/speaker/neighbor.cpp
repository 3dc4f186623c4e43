#include "controlplane/speaker/neighbor.h"

#include "controlplane/bgp/update_builder.h"
#include "platform/base/log.h"
#include "platform/base/overload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

namespace torii::speaker {
namespace {

constexpr Log kLog("bgp");

bgp::MessageType type_of(Bytes message) {
    return bgp::MessageType{message[bgp::kHeaderSize - 1]};
}

bool is_open(Bytes message) {
    return type_of(message) == bgp::MessageType::open;
}

std::string reason_text(const bgp::Peer& peer) {
    if (!peer.last_down()) return {};
    const auto& notification = peer.last_down()->notification;
    const std::string said =
        notification ? bgp::shutdown_communication(*notification) : std::string();
    return bgp::text(*peer.last_down()) + (said.empty() ? "" : ": " + said);
}

}  // namespace

Neighbor::Neighbor(NeighborHost& host, Scheduler& scheduler, Transport& transport, rib::PeerId id,
                   bgp::PeerConfig config, bgp::LocalSpeaker local, bgp::Jitter jitter)
    : host_(host),
      scheduler_(scheduler),
      transport_(transport),
      id_(id),
      peer_(std::move(config), std::move(local), std::move(jitter)),
      state_since_(scheduler.now()) {
    for (std::size_t index = 0; index < slots_.size(); ++index) {
        slots_[index].neighbor = this;
        slots_[index].index = static_cast<bgp::ConnectionIndex>(index);
    }
}

void Neighbor::start(bool later) {
    run(peer_.start(later));
}

void Neighbor::stop(const bgp::Notification& notification) {
    run(peer_.stop(notification));
}

void Neighbor::reset(const bgp::Notification& notification) {
    run(peer_.reset(notification));
}

void Neighbor::incoming(std::unique_ptr<Connection> connection) {
    const bgp::Peer::Admission admission = peer_.admit();
    run(admission.actions);
    if (!admission.connection) {
        kLog.debug("connection peer={} refused", config().address);
        return;
    }
    const bgp::ConnectionIndex index = *admission.connection;
    Slot& slot = slots_[index];
    slot.received_open.clear();
    slot.connection = std::move(connection);
    slot.since = scheduler_.now();
    slot.connection->start(slot, config());
    run(peer_.handle(index, bgp::TcpConnected{}));
}

void Neighbor::reject_silent() {
    run(peer_.reject_unauthenticated());
}

std::size_t Neighbor::silent() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        slots_, [this](const Slot& slot) { return peer_.unauthenticated(slot.index); }));
}

std::optional<TimePoint> Neighbor::silent_since() const {
    std::optional<TimePoint> since;
    for (const Slot& slot : slots_) {
        if (!peer_.unauthenticated(slot.index)) continue;
        since = since ? std::min(*since, slot.since) : slot.since;
    }
    return since;
}

bool Neighbor::only_silent() const {
    return silent() != 0 && peer_.state() <= bgp::State::open_sent &&
           !peer_.restart_helper().waiting_for_peer();
}

void Neighbor::request_refresh(bgp::Family family) {
    run(peer_.request_refresh(family));
}

void Neighbor::send(SharedOctets octets) {
    if (up_ && slots_[*up_].connection) write(slots_[*up_], std::move(octets));
}

void Neighbor::write(Slot& slot, SharedOctets octets) {
    last_write_ = scheduler_.now();
    slot.connection->send(std::move(octets));
    watch_output(slot, false);
}

void Neighbor::watch_output(Slot& slot, bool advanced) {
    const bool waiting = slot.connection && slot.connection->queued() != 0;
    const bool same = std::exchange(slot.waiting, waiting) == waiting;
    if (same && !(advanced && waiting)) return;
    // Only timers come of it: the host need not know.
    for (const bgp::PeerAction& action : peer_.output(slot.index, waiting)) {
        carry_out(action.connection, action.action);
    }
}

void Neighbor::send_updates(SharedOctets octets, std::size_t messages) {
    updates_sent_ += messages;
    send(std::move(octets));
}

void Neighbor::send_end_of_rib(bgp::Family family) {
    end_of_rib_sent_.insert(family);
    send_updates(SharedOctets(bgp::end_of_rib(family)), 1);
}

void Neighbor::send_refresh_marker(bgp::Family family, std::uint8_t subtype) {
    ++refresh_markers_sent_;
    send(SharedOctets(bgp::encode(bgp::RouteRefresh{family, subtype})));
}

const Connection* Neighbor::connection() const {
    return up_ ? slots_[*up_].connection.get() : nullptr;
}

std::size_t Neighbor::queued() const {
    const Connection* established = connection();
    return established == nullptr ? 0 : established->queued();
}

bool Neighbor::gone() const {
    if (peer_.pausing() || peer_.restart_helper().waiting_for_peer()) return false;
    return std::ranges::none_of(slots_, [](const Slot& slot) { return bool(slot.connection); });
}

void Neighbor::Slot::connected() {
    neighbor->run(neighbor->peer_.handle(index, bgp::TcpConnected{}));
}

void Neighbor::Slot::failed() {
    connection.reset();
    neighbor->run(neighbor->peer_.handle(index, bgp::TcpFailed{}));
}

std::size_t Neighbor::Slot::received(Bytes octets) {
    neighbor->last_read_ = neighbor->scheduler_.now();
    std::size_t done = 0;
    std::size_t consumed = 0;
    do {
        const Bytes rest = octets.subspan(done);
        const bgp::PeerActions actions =
            neighbor->peer_.receive(index, rest, neighbor->host_.received_updates(), consumed);
        neighbor->note_open(*this, rest.first(consumed));
        neighbor->unobserved_ = rest.first(consumed);
        for (const bgp::PeerAction& action : actions) {
            const auto* const deliver = std::get_if<bgp::Deliver>(&action.action);
            if (deliver != nullptr) neighbor->host_.expect(*neighbor, *deliver->update);
        }
        neighbor->run(actions);
        neighbor->unobserved_ = {};
        done += consumed;
    } while (consumed != 0 && done < octets.size());
    return done;
}

void Neighbor::Slot::advanced() {
    neighbor->watch_output(*this, true);
}

void Neighbor::Slot::drained() {
    neighbor->watch_output(*this, true);
    neighbor->host_.drained(*neighbor);
}

namespace {

// Every message starts the hold timer anew, and a read brings hundreds: of all that is done to one
// timer only the last counts. Calls visit(action) for everything else, in order.
template <class Visit>
void without_repetition(const bgp::PeerActions& actions, const Visit& visit) {
    std::array<std::array<std::size_t, bgp::kTimerKinds>, bgp::kConnections + 1> last{};
    const auto place = [&](std::size_t index) -> std::size_t* {
        const bgp::PeerAction& action = actions[index];
        auto& of_connection = last[action.connection];
        if (const auto* start = std::get_if<bgp::StartTimer>(&action.action)) {
            return &of_connection[static_cast<std::size_t>(start->kind)];
        }
        if (const auto* stop = std::get_if<bgp::StopTimer>(&action.action)) {
            return &of_connection[static_cast<std::size_t>(stop->kind)];
        }
        return nullptr;
    };
    for (std::size_t index = 0; index < actions.size(); ++index) {
        if (std::size_t* at = place(index)) *at = index;
    }
    for (std::size_t index = 0; index < actions.size(); ++index) {
        const std::size_t* at = place(index);
        if (at == nullptr || *at == index) visit(actions[index]);
    }
}

}  // namespace

void Neighbor::run(const bgp::PeerActions& actions) {
    without_repetition(actions, [this](const bgp::PeerAction& action) {
        carry_out(action.connection, action.action);
    });
    const bgp::State before = std::exchange(state_, peer_.state());
    if (state_ != before) {
        state_since_ = scheduler_.now();
        kLog.debug("session peer={} state={} -> {}", config().address, bgp::state_name(before),
                   bgp::state_name(state_));
    }
    host_.settled(*this);
}

void Neighbor::carry_out(bgp::ConnectionIndex connection, const bgp::Action& action) {
    Slot* const slot = connection < slots_.size() ? &slots_[connection] : nullptr;
    std::visit(
        Overload{
            [&](const bgp::Connect&) {
                slot->received_open.clear();
                slot->connection = transport_.dial(config(), *slot);
            },
            [&](const bgp::Disconnect&) {
                // Nobody waits for who has not said a word: a crowd of them would take all
                // descriptors while it goes.
                const bool waits = connection == bgp::kOutgoing || !slot->received_open.empty();
                if (slot->connection && waits) slot->connection->finish();
                slot->connection.reset();
                slot->waiting = false;
            },
            [&](const bgp::Send& message) {
                if (!slot->connection) return;
                if (is_open(message.bytes)) slot->sent_open = message.bytes;
                write(*slot, SharedOctets(message.bytes));
            },
            [&](const bgp::StartTimer& timer) { start_timer(connection, timer); },
            [&](const bgp::StopTimer& timer) {
                timers_[connection][static_cast<std::size_t>(timer.kind)] = {};
            },
            [&](const bgp::SessionUp& up) { went_up(connection, up.negotiated); },
            [&](const bgp::SessionDown& down) { went_down(down); },
            [&](const bgp::Deliver& delivery) { deliver(*delivery.update); },
            [&](const bgp::Refresh& wish) { host_.refresh(*this, wish.family); },
            [&](const bgp::RefreshBegin& begin) { host_.begin_refresh(*this, begin.family); },
            [&](const bgp::RefreshEnd& end) { host_.end_refresh(*this, end.family); },
            [&](const bgp::MarkLongLived& mark) { host_.mark_long_lived(*this, mark.families); },
            [&](const bgp::MarkStale& mark) { host_.mark_stale(*this, mark); },
            [&](const bgp::SweepStale& sweep) { host_.sweep_stale(*this, sweep.families); },
            [&](const bgp::Flush& flush) { host_.flush(*this, flush.families); },
        },
        action);
}

void Neighbor::went_up(bgp::ConnectionIndex connection, const bgp::Negotiated& negotiated) {
    log_session(fmt::format("Established as={}", negotiated.remote_as.value()));
    up_ = connection;
    end_of_rib_sent_ = end_of_rib_received_ = {};
    host_.session_up(*this, negotiated);
    if (this->connection() == nullptr) return;
    for (SessionObserver* observer : host_.observers()) observer->session_up(observed(negotiated));
}

void Neighbor::log_session(const std::string& what) const {
    if (host_.logs_sessions()) return kLog.info("session peer={} state={}", config().address, what);
    kLog.debug("session peer={} state={}", config().address, what);
}

void Neighbor::went_down(const bgp::SessionDown& down) {
    log_session(fmt::format("down reason=\"{}\"", reason_text(peer_)));
    up_.reset();
    last_reset_ = scheduler_.now();
    host_.session_down(*this);
    for (SessionObserver* observer : host_.observers()) {
        observer->session_down(config().address, down);
    }
}

void Neighbor::deliver(const bgp::Update& update) {
    if (update.end_of_rib) end_of_rib_received_.insert(*update.end_of_rib);
    host_.deliver(*this, update);
    if (!host_.observers().empty()) tell_observers(update);
}

void Neighbor::tell_observers(const bgp::Update& update) {
    Bytes messages = next_update();
    std::vector<std::uint8_t> applied;
    if (update.verdict != bgp::Verdict::accept) {
        // A session that ends with what was read needs no more of it told.
        const bgp::Negotiated* negotiated = peer_.negotiated();
        if (negotiated == nullptr) return;
        applied = encode_as_applied(update, *negotiated);
        messages = applied;
    }
    if (messages.empty()) return;
    for (SessionObserver* observer : host_.observers()) {
        observer->update_received(config().address, messages, update.verdict);
    }
}

Bytes Neighbor::next_update() {
    while (!unobserved_.empty()) {
        // It has been read once: what is no frame has ended the session.
        const auto frame = bgp::next_frame(unobserved_, bgp::kExtendedSizeMax);
        if (!frame || !*frame) break;
        unobserved_ = unobserved_.subspan((*frame)->size());
        if (type_of(**frame) == bgp::MessageType::update) return **frame;
    }
    return {};
}

void Neighbor::note_open(Slot& slot, Bytes messages) {
    if (!slot.received_open.empty()) return;
    const auto frame = bgp::next_frame(messages, bgp::kMessageSizeMax);
    if (frame && *frame && is_open(**frame)) {
        slot.received_open.assign((*frame)->begin(), (*frame)->end());
    }
}

ObservedSession Neighbor::observed(const bgp::Negotiated& negotiated) const {
    const Slot& slot = slots_[*up_];
    const bool since = state_ == bgp::State::established;
    return {config(),       negotiated,         slot.connection->info(),
            slot.sent_open, slot.received_open, since ? state_since_ : scheduler_.now()};
}

void Neighbor::start_timer(bgp::ConnectionIndex connection, const bgp::StartTimer& timer) {
    RunningTimer& running = timers_[connection][static_cast<std::size_t>(timer.kind)];
    running.due = scheduler_.now() + timer.delay;
    if (running.call && *running.call <= running.due) return;
    arm_timer(connection, timer.kind, timer.delay);
}

void Neighbor::arm_timer(bgp::ConnectionIndex connection, bgp::TimerKind kind, Duration delay) {
    RunningTimer& running = timers_[connection][static_cast<std::size_t>(kind)];
    running.call = running.due;
    running.timer =
        scheduler_.after(delay, [this, connection, kind] { timer_ended(connection, kind); });
}

void Neighbor::timer_ended(bgp::ConnectionIndex connection, bgp::TimerKind kind) {
    RunningTimer& running = timers_[connection][static_cast<std::size_t>(kind)];
    running.call.reset();
    const Duration left = running.due - scheduler_.now();
    if (left > Duration::zero()) return arm_timer(connection, kind, left);
    run(peer_.handle(connection, bgp::TimerExpired{kind}));
}

}  // namespace torii::speaker

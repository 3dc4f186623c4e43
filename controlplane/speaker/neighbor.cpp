#include "controlplane/speaker/neighbor.h"

#include "platform/base/log.h"
#include "platform/base/overload.h"

#include <array>
#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

namespace torii::speaker {
namespace {

constexpr Log kLog("bgp");

std::string reason_text(const bgp::Peer& peer) {
    return peer.last_down() ? bgp::text(*peer.last_down()) : std::string();
}

}  // namespace

Neighbor::Neighbor(NeighborHost& host, Scheduler& scheduler, Transport& transport, rib::PeerId id,
                   bgp::PeerConfig config, bgp::LocalSpeaker local, bgp::Jitter jitter)
    : host_(host),
      scheduler_(scheduler),
      transport_(transport),
      id_(id),
      local_(local),
      peer_(std::move(config), local, std::move(jitter)),
      state_since_(scheduler.now()) {
    for (std::size_t index = 0; index < slots_.size(); ++index) {
        slots_[index].neighbor = this;
        slots_[index].index = static_cast<bgp::ConnectionIndex>(index);
    }
}

void Neighbor::start() {
    run(peer_.start());
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
    slot.connection = std::move(connection);
    slot.connection->start(slot, config().ttl);
    run(peer_.handle(index, bgp::TcpConnected{}));
}

void Neighbor::send(SharedOctets octets) {
    if (up_ && slots_[*up_].connection) slots_[*up_].connection->send(std::move(octets));
}

void Neighbor::send_updates(SharedOctets octets, std::size_t messages) {
    updates_sent_ += messages;
    send(std::move(octets));
}

bgp::Open Neighbor::local_open() const {
    return bgp::Session(config(), local_, bgp::Session::Direction::outgoing, {}).local_open();
}

const Connection* Neighbor::connection() const {
    return up_ ? slots_[*up_].connection.get() : nullptr;
}

std::size_t Neighbor::queued() const {
    const Connection* established = connection();
    return established == nullptr ? 0 : established->queued();
}

bool Neighbor::gone() const {
    if (peer_.state() != bgp::State::idle || peer_.restart_helper().waiting_for_peer())
        return false;
    for (const Slot& slot : slots_) {
        if (slot.connection) return false;
    }
    return true;
}

void Neighbor::Slot::connected() {
    neighbor->run(neighbor->peer_.handle(index, bgp::TcpConnected{}));
}

void Neighbor::Slot::failed() {
    connection.reset();
    neighbor->run(neighbor->peer_.handle(index, bgp::TcpFailed{}));
}

std::size_t Neighbor::Slot::received(Bytes octets) {
    std::size_t consumed = 0;
    const bgp::PeerActions actions = neighbor->peer_.receive(index, octets, consumed);
    neighbor->run(actions);
    return consumed;
}

void Neighbor::Slot::drained() {
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
            [&](const bgp::Connect&) { slot->connection = transport_.dial(config(), *slot); },
            [&](const bgp::Disconnect&) {
                if (slot->connection) slot->connection->finish();
                slot->connection.reset();
            },
            [&](const bgp::Send& message) {
                if (!slot->connection) return;
                slot->connection->send(SharedOctets(message.bytes));
            },
            [&](const bgp::StartTimer& timer) { start_timer(connection, timer); },
            [&](const bgp::StopTimer& timer) {
                timers_[connection][static_cast<std::size_t>(timer.kind)].reset();
            },
            [&](const bgp::SessionUp& up) {
                kLog.info("session peer={} state=Established as={}", config().address,
                          up.negotiated.remote_as.value());
                up_ = connection;
                host_.session_up(*this, up.negotiated);
            },
            [&](const bgp::SessionDown&) {
                kLog.info("session peer={} state=down reason=\"{}\"", config().address,
                          reason_text(peer_));
                up_.reset();
                host_.session_down(*this);
            },
            [&](const bgp::Deliver& delivery) { host_.deliver(*this, delivery.update); },
            [&](const bgp::Refresh& wish) { host_.refresh(*this, wish.family); },
            [&](const bgp::MarkStale& mark) { host_.mark_stale(*this, mark.families); },
            [&](const bgp::SweepStale& sweep) { host_.sweep_stale(*this, sweep.families); },
            [&](const bgp::Flush& flush) { host_.flush(*this, flush.families); },
        },
        action);
}

void Neighbor::start_timer(bgp::ConnectionIndex connection, const bgp::StartTimer& timer) {
    Timer& running = timers_[connection][static_cast<std::size_t>(timer.kind)];
    running = scheduler_.after(timer.delay, [this, connection, kind = timer.kind] {
        run(peer_.handle(connection, bgp::TimerExpired{kind}));
    });
}

}  // namespace torii::speaker

#include "platform/bfd/session.h"

#include <algorithm>
#include <utility>

namespace torii::bfd {
namespace {

// RFC 5880 section 6.8.3: who is not Up sends no faster than this.
constexpr Duration kSlow = std::chrono::seconds(1);

Microseconds wire(Duration duration) {
    return std::chrono::duration_cast<Microseconds>(duration);
}

}  // namespace

Session::Session(Scheduler& scheduler, std::uint32_t discriminator, const Parameters& parameters,
                 bool independent, Calls calls)
    : scheduler_(scheduler),
      discriminator_(discriminator),
      parameters_(parameters),
      independent_(independent),
      calls_(std::move(calls)),
      since_(scheduler.now()),
      transmit_in_effect_(desired_transmit_interval()),
      receive_in_effect_(parameters.receive_interval) {
    schedule_send();
}

Duration Session::desired_transmit_interval() const {
    if (state_ == State::up) return parameters_.transmit_interval;
    return std::max(parameters_.transmit_interval, kSlow);
}

Duration Session::transmit_interval() const {
    if (remote_.receive_interval == Duration::zero()) return Duration::zero();
    return std::max(transmit_in_effect_, remote_.receive_interval);
}

Duration Session::detection_time() const {
    return remote_.detect_multiplier * std::max(receive_in_effect_, remote_.transmit_interval);
}

void Session::receive(const ControlPacket& packet) {
    ++counters_.received;
    if (closed_) return;
    const Duration interval = may_send() ? transmit_interval() : Duration::zero();
    remote_.discriminator = packet.my_discriminator;
    remote_.state = packet.state;
    remote_.diagnostic = packet.diagnostic;
    remote_.detect_multiplier = packet.detect_multiplier;
    remote_.transmit_interval = packet.desired_min_tx;
    remote_.receive_interval = packet.required_min_rx;
    remote_.echo_interval = packet.required_min_echo_rx;
    remote_.control_plane_independent = packet.control_plane_independent;
    if (packet.final && std::exchange(polling_, false)) {
        transmit_in_effect_ = desired_transmit_interval();
        receive_in_effect_ = parameters_.receive_interval;
    }
    follow(packet.state);
    expect();
    if (packet.poll) send(true);
    if (transmit_interval() != interval) schedule_send();
}

// RFC 5880 section 6.8.6.
void Session::follow(State remote) {
    if (remote == State::admin_down) {
        if (state_ != State::down) change(State::down, Diagnostic::neighbor_signaled_down);
        return;
    }
    switch (state_) {
        case State::admin_down: break;
        case State::down:
            if (remote == State::down) change(State::init, diagnostic_);
            if (remote == State::init) change(State::up, Diagnostic::none);
            break;
        case State::init:
            if (remote != State::down) change(State::up, Diagnostic::none);
            break;
        case State::up:
            if (remote == State::down) change(State::down, Diagnostic::neighbor_signaled_down);
            break;
    }
}

void Session::change(State state, Diagnostic diagnostic) {
    const State before = std::exchange(state_, state);
    diagnostic_ = diagnostic;
    since_ = scheduler_.now();
    if (state == State::up) {
        ++counters_.ups;
        failed_ = false;
    } else if (before == State::up) {
        ++counters_.downs;
        failed_ = state == State::down && remote_.state != State::admin_down;
    }
    // Faster at once, slower too as soon as nobody counts on it.
    transmit_in_effect_ = desired_transmit_interval();
    if (state != State::up) receive_in_effect_ = parameters_.receive_interval;
    advertise(state == State::up);
    calls_.state_changed();
}

void Session::set_parameters(const Parameters& parameters) {
    if (parameters == parameters_) return;
    parameters_ = parameters;
    const Duration desired = desired_transmit_interval();
    // Slower, or a shorter time until we take the peer for lost: once it knows.
    if (state_ != State::up || desired < transmit_in_effect_) transmit_in_effect_ = desired;
    if (state_ != State::up || parameters.receive_interval > receive_in_effect_) {
        receive_in_effect_ = parameters.receive_interval;
    }
    advertise(true);
    expect();
}

// Tells the peer soon what is new.
void Session::advertise(bool poll) {
    polling_ = poll && state_ == State::up;
    send_now();
}

void Session::close() {
    if (std::exchange(closed_, true)) return;
    state_ = State::admin_down;
    diagnostic_ = Diagnostic::administratively_down;
    polling_ = false;
    detection_.reset();
    send_now();
}

bool Session::may_send() const {
    return (!parameters_.passive || remote_.discriminator != 0) &&
           remote_.receive_interval != Duration::zero();
}

void Session::send_now() {
    if (may_send()) send(false);
    schedule_send();
}

void Session::send(bool final) {
    ControlPacket packet;
    packet.diagnostic = diagnostic_;
    packet.state = state_;
    packet.poll = polling_ && !final;
    packet.final = final;
    packet.control_plane_independent = independent_;
    packet.detect_multiplier = parameters_.detect_multiplier;
    packet.my_discriminator = discriminator_;
    packet.your_discriminator = remote_.discriminator;
    packet.desired_min_tx = wire(desired_transmit_interval());
    packet.required_min_rx = wire(parameters_.receive_interval);
    ++counters_.sent;
    calls_.send(packet);
    if (!final) last_sent_ = scheduler_.now();
}

// RFC 5880 section 6.8.7: a quarter of the interval is left to chance. With multiplier 1, one
// packet has to arrive before the detection time, so at least a tenth.
void Session::schedule_send() {
    if (!may_send()) return send_timer_.reset();
    const double most = parameters_.detect_multiplier == 1 ? 0.9 : 1.0;
    const double share = most - (most - 0.75) * calls_.random();
    const auto interval = std::chrono::duration_cast<Duration>(
        std::chrono::duration<double, std::nano>(double(transmit_interval().count()) * share));
    const TimePoint now = scheduler_.now();
    const TimePoint due = last_sent_ ? *last_sent_ + interval : now;
    send_timer_ = scheduler_.after(std::max(Duration::zero(), due - now), [this] {
        send(false);
        schedule_send();
    });
}

void Session::expect() {
    detection_ = scheduler_.after(detection_time(), [this] { expired(); });
}

// RFC 5880 sections 6.8.1 and 6.8.4.
void Session::expired() {
    remote_.discriminator = 0;
    remote_.receive_interval = std::chrono::microseconds(1);
    if (state_ == State::init || state_ == State::up) {
        remote_.state = State::down;
        change(State::down, Diagnostic::detection_time_expired);
    } else {
        schedule_send();
    }
}

}  // namespace torii::bfd

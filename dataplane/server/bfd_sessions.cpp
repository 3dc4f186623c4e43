#include "dataplane/server/bfd_sessions.h"

#include <chrono>
#include <utility>

namespace torii::dataplane {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// The sessions are this process's: they go on without the control plane.
constexpr bool kIndependent = true;
constexpr std::uint32_t kIntervalMin = 10;  // ms, as in FRR
constexpr std::uint32_t kIntervalMax = 60000;
constexpr std::uint32_t kMultiplierMax = 255;

Result<Duration> read_interval(std::uint32_t value, Duration otherwise) {
    if (value == 0) return otherwise;
    if (value < kIntervalMin || value > kIntervalMax) {
        return fail("interval {} ms is not in {} to {}", value, kIntervalMin, kIntervalMax);
    }
    return milliseconds(value);
}

Result<bfd::Parameters> read_parameters(const ipc::BfdParameters& message) {
    bfd::Parameters parameters;
    const auto transmit = read_interval(message.transmit_interval(), parameters.transmit_interval);
    if (!transmit) return unexpected(transmit.error());
    const auto receive = read_interval(message.receive_interval(), parameters.receive_interval);
    if (!receive) return unexpected(receive.error());
    parameters.transmit_interval = *transmit;
    parameters.receive_interval = *receive;
    if (message.detect_multiplier() > kMultiplierMax) {
        return fail("multiplier {} is more than {}", message.detect_multiplier(), kMultiplierMax);
    }
    if (message.detect_multiplier() != 0) {
        parameters.detect_multiplier = static_cast<std::uint8_t>(message.detect_multiplier());
    }
    parameters.passive = message.passive();
    return parameters;
}

Result<bfd::Path> read_path(const ipc::BfdPath& message) {
    bfd::Path path;
    const auto peer = IpAddress::parse(message.peer());
    if (!peer) return unexpected(peer.error());
    path.peer = *peer;
    if (!message.local().empty()) {
        const auto local = IpAddress::parse(message.local());
        if (!local) return unexpected(local.error());
        path.local = *local;
    }
    path.interface = message.interface();
    path.multihop = message.multihop();
    return path;
}

Result<bfd::SessionConfig> read_session(const ipc::BfdSession& message) {
    const Result<bfd::Path> path = read_path(message.path());
    if (!path) return unexpected(path.error());
    const Result<bfd::Parameters> parameters = read_parameters(message.parameters());
    if (!parameters) return unexpected(parameters.error());
    return bfd::SessionConfig{*path, *parameters};
}

std::uint64_t micro(Duration duration) {
    return static_cast<std::uint64_t>(duration_cast<microseconds>(duration).count());
}

std::uint32_t milli(Duration duration) {
    return static_cast<std::uint32_t>(duration_cast<milliseconds>(duration).count());
}

ipc::BfdPath to_proto(const bfd::Path& path) {
    ipc::BfdPath message;
    message.set_peer(path.peer.to_string());
    if (path.local) message.set_local(path.local->to_string());
    message.set_interface(path.interface);
    message.set_multihop(path.multihop);
    return message;
}

ipc::BfdRemote to_proto(const bfd::RemoteFacts& remote) {
    ipc::BfdRemote message;
    message.set_discriminator(remote.discriminator);
    message.set_state(std::string(bfd::text(remote.state)));
    message.set_diagnostic(std::string(bfd::text(remote.diagnostic)));
    message.set_detect_multiplier(remote.detect_multiplier);
    message.set_transmit_interval(micro(remote.transmit_interval));
    message.set_receive_interval(micro(remote.receive_interval));
    message.set_echo_interval(micro(remote.echo_interval));
    message.set_control_plane_independent(remote.control_plane_independent);
    return message;
}

}  // namespace

BfdSessions::BfdSessions(EventLoop& loop, Calls calls)
    : calls_(std::move(calls)),
      thread_(loop, kIndependent, [this](const bfd::SessionStatus& status) { changed(status); }) {}

Result<void> BfdSessions::configure(const ipc::SetBfdSessions& message) {
    std::vector<bfd::SessionConfig> sessions;
    std::map<IpAddress, Wanted> wanted;
    for (const ipc::BfdSession& one : message.sessions()) {
        const Result<bfd::SessionConfig> session = read_session(one);
        if (!session) return fail("BFD with {}: {}", one.path().peer(), session.error().message);
        wanted.insert_or_assign(
            session->path.peer,
            Wanted{one.parameters().profile(), one.ignore_down(), session->path.multihop});
        sessions.push_back(*session);
    }
    wanted_ = std::move(wanted);
    judge();
    thread_.configure(std::move(sessions));
    return {};
}

void BfdSessions::ask(std::function<void(const ipc::BfdSessionStates&)> reply) {
    thread_.ask([this, reply = std::move(reply)](const std::vector<bfd::SessionStatus>& sessions) {
        ipc::BfdSessionStates states;
        for (const bfd::SessionStatus& status : sessions) *states.add_sessions() = report(status);
        reply(states);
    });
}

void BfdSessions::changed(const bfd::SessionStatus& status) {
    if (status.failed) {
        fallen_.insert(status.path.peer);
    } else {
        fallen_.erase(status.path.peer);
    }
    judge();
    ipc::BfdSessionStates states;
    *states.add_sessions() = report(status);
    calls_.changed(states);
}

void BfdSessions::judge() {
    std::erase_if(fallen_, [&](const IpAddress& peer) { return !wanted_.contains(peer); });
    std::set<IpAddress> failed;
    for (const IpAddress& peer : fallen_) {
        const Wanted& wanted = wanted_.at(peer);
        // Several hops away it is nobody's gateway.
        if (!wanted.ignore_down && !wanted.multihop) failed.insert(peer);
    }
    for (const IpAddress& peer : failed) {
        if (!failed_.contains(peer)) calls_.gateway_failed(peer, true);
    }
    for (const IpAddress& peer : failed_) {
        if (!failed.contains(peer)) calls_.gateway_failed(peer, false);
    }
    failed_ = std::move(failed);
}

ipc::BfdSessionState BfdSessions::report(const bfd::SessionStatus& status) const {
    ipc::BfdSessionState state;
    *state.mutable_path() = to_proto(status.path);
    ipc::BfdParameters& parameters = *state.mutable_parameters();
    const auto wanted = wanted_.find(status.path.peer);
    if (wanted != wanted_.end()) parameters.set_profile(wanted->second.profile);
    parameters.set_transmit_interval(milli(status.parameters.transmit_interval));
    parameters.set_receive_interval(milli(status.parameters.receive_interval));
    parameters.set_detect_multiplier(status.parameters.detect_multiplier);
    parameters.set_passive(status.parameters.passive);
    state.set_discriminator(status.discriminator);
    state.set_state(std::string(bfd::text(status.state)));
    state.set_diagnostic(std::string(bfd::text(status.diagnostic)));
    state.set_failed(status.failed);
    state.set_age(milli(status.age));
    state.set_transmit_interval(micro(status.transmit_interval));
    state.set_detection_time(micro(status.detection_time));
    *state.mutable_remote() = to_proto(status.remote);
    state.set_received_packets(status.counters.received);
    state.set_sent_packets(status.counters.sent);
    state.set_ups(status.counters.ups);
    state.set_downs(status.counters.downs);
    return state;
}

}  // namespace torii::dataplane

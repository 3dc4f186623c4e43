#include "mgmt/show/bfd.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace torii::show {
namespace {

constexpr std::uint64_t kMinute = 60;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;

std::string long_time(std::uint64_t seconds) {
    std::string out;
    if (seconds >= kDay) out += fmt::format("{} day(s), ", seconds / kDay);
    if (seconds >= kHour) out += fmt::format("{} hour(s), ", seconds / kHour % 24);
    if (seconds >= kMinute) out += fmt::format("{} minute(s), ", seconds / kMinute % 60);
    return out + fmt::format("{} second(s)", seconds % 60);
}

std::string heading(const ipc::BfdPath& path) {
    std::string out = "\tpeer " + path.peer();
    if (path.multihop()) out += " multihop";
    if (!path.local().empty()) out += " local-address " + path.local();
    if (!path.interface().empty()) out += " interface " + path.interface();
    return out + "\n";
}

// Milliseconds; with a part of one where there is one.
std::string milliseconds(std::uint64_t microseconds) {
    return microseconds == 0 ? "disabled"
                             : fmt::format("{}ms", static_cast<double>(microseconds) / 1000);
}

void add_status(const ipc::BfdSessionState& session, std::string& out) {
    const auto to = std::back_inserter(out);
    const bool up = session.state() == "up";
    fmt::format_to(to, "\t\tID: {}\n\t\tRemote ID: {}\n", session.discriminator(),
                   session.remote().discriminator());
    fmt::format_to(to, "\t\t{} mode\n", session.parameters().passive() ? "Passive" : "Active");
    fmt::format_to(to, "\t\tStatus: {}\n", session.state());
    fmt::format_to(to, "\t\t{}: {}\n", up ? "Uptime" : "Downtime", long_time(session.age() / 1000));
    fmt::format_to(to, "\t\tDiagnostics: {}\n\t\tRemote diagnostics: {}\n", session.diagnostic(),
                   session.remote().diagnostic());
    if (!session.parameters().profile().empty()) {
        fmt::format_to(to, "\t\tProfile: {}\n", session.parameters().profile());
    }
}

void add_timers(const ipc::BfdSessionState& session, std::string& out) {
    const auto to = std::back_inserter(out);
    const ipc::BfdParameters& local = session.parameters();
    const ipc::BfdRemote& remote = session.remote();
    fmt::format_to(to,
                   "\t\tLocal timers:\n"
                   "\t\t\tDetect-multiplier: {}\n"
                   "\t\t\tReceive interval: {}ms\n"
                   "\t\t\tTransmission interval: {}ms\n"
                   "\t\t\tEcho receive interval: disabled\n"
                   "\t\t\tEcho transmission interval: disabled\n",
                   local.detect_multiplier(), local.receive_interval(), local.transmit_interval());
    fmt::format_to(to,
                   "\t\tRemote timers:\n"
                   "\t\t\tDetect-multiplier: {}\n"
                   "\t\t\tReceive interval: {}\n"
                   "\t\t\tTransmission interval: {}\n"
                   "\t\t\tEcho receive interval: {}\n",
                   remote.detect_multiplier(), milliseconds(remote.receive_interval()),
                   milliseconds(remote.transmit_interval()), milliseconds(remote.echo_interval()));
    fmt::format_to(to, "\t\tIn effect: sends every {}, peer gone after {}\n",
                   milliseconds(session.transmit_interval()),
                   milliseconds(session.detection_time()));
}

}  // namespace

std::string bfd_peers(const ipc::BfdSessionStates& states) {
    std::string out = "BFD Peers:\n";
    for (const ipc::BfdSessionState& session : states.sessions()) {
        out += heading(session.path());
        add_status(session, out);
        add_timers(session, out);
        out += "\n";
    }
    return out;
}

std::string bfd_brief(const ipc::BfdSessionStates& states) {
    std::string out = fmt::format("Session count: {}\n", states.sessions_size());
    const auto row = [&](const auto& id, const std::string& local, const std::string& peer,
                         const std::string& state) {
        fmt::format_to(std::back_inserter(out), "{:<10}  {:<39}  {:<39}  {}\n", id, local, peer,
                       state);
    };
    row("SessionId", "LocalAddress", "PeerAddress", "Status");
    row("=========", "============", "===========", "======");
    for (const ipc::BfdSessionState& session : states.sessions()) {
        const ipc::BfdPath& path = session.path();
        row(session.discriminator(), path.local().empty() ? "unset" : path.local(), path.peer(),
            session.state());
    }
    return out;
}

std::string bfd_counters(const ipc::BfdSessionStates& states) {
    std::string out = "BFD Peers:\n";
    for (const ipc::BfdSessionState& session : states.sessions()) {
        out += heading(session.path());
        fmt::format_to(std::back_inserter(out),
                       "\t\tControl packet input: {} packets\n"
                       "\t\tControl packet output: {} packets\n"
                       "\t\tSession up events: {}\n"
                       "\t\tSession down events: {}\n\n",
                       session.received_packets(), session.sent_packets(), session.ups(),
                       session.downs());
    }
    return out;
}

}  // namespace torii::show

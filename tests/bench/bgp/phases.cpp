#include "tests/bench/bgp/phases.h"

#include <algorithm>
#include <cmath>

namespace torii::bench {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kChangesPerSecond = 5000;
constexpr milliseconds kChurnStep(10);
constexpr Seconds kQuiet(2);  // nothing more comes after that
constexpr std::size_t kPings = 300;
constexpr milliseconds kPause(2);
constexpr Version kFirstVersion = 1;

constexpr Seconds kReturnSpread(3);  // nodes come back when their timers say so

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

// On the clock of whoever watches the packets meanwhile (CLOCK_MONOTONIC).
double clock_time(TimePoint time) {
    return seconds(time.time_since_epoch());
}

Outcome bring_up(Fleet& fleet, Duration patience) {
    const TimePoint start = now();
    Outcome outcome{fleet.bring_up(patience), {}};
    outcome.figures["wall"] = seconds(now() - start);
    outcome.figures["sessions"] = static_cast<double>(fleet.sessions().size());
    if (!outcome.ok || !fleet.plan().graceful_restart) return outcome;
    outcome.ok = fleet.run_until(
        [&] {
            return std::ranges::all_of(fleet.sessions(), [](const auto& session) {
                return session->end_of_rib_at().has_value();
            });
        },
        patience);
    double longest = 0;
    for (const auto& session : fleet.sessions()) {
        const auto end = session->end_of_rib_at();
        if (end) longest = std::max(longest, seconds(*end - session->established_at()));
    }
    outcome.figures["end_of_rib"] = longest;
    return outcome;
}

// The clock runs from the first UPDATE until every receiver is exact.
Outcome until_complete(Fleet& fleet, TimePoint start, Duration patience) {
    const std::uint64_t updates = fleet.updates();
    Outcome outcome{fleet.run_until([&] { return fleet.complete(); }, patience), {}};
    outcome.figures["began"] = clock_time(start);
    outcome.figures["wall"] = seconds(now() - start);
    outcome.ok = outcome.ok && fleet.lost() == 0;  // a lost session has nothing to complete
    outcome.figures["updates"] = static_cast<double>(fleet.updates() - updates);
    return outcome;
}

Outcome fill(Fleet& fleet, Duration patience) {
    for (std::size_t sender = 0; sender < fleet.plan().senders; ++sender) {
        fleet.expect(sender, kFirstVersion);
    }
    fleet.recount();
    const TimePoint start = now();
    for (const auto& session : fleet.sessions()) session->send_all();
    Outcome outcome = until_complete(fleet, start, patience);
    outcome.figures["paths"] = static_cast<double>(fleet.plan().senders * fleet.plan().prefixes);
    return outcome;
}

Outcome reset(Fleet& fleet, std::size_t count, Duration patience) {
    for (std::size_t sender = 0; sender < count; ++sender) fleet.expect(sender, 0);
    fleet.recount();
    const TimePoint start = now();
    for (const auto& session : fleet.senders().first(count)) session->reset();
    return until_complete(fleet, start, patience);
}

Outcome come_back(Fleet& fleet, std::size_t count, Duration patience) {
    for (std::size_t sender = 0; sender < count; ++sender) fleet.expect(sender, kFirstVersion);
    fleet.recount();
    const TimePoint start = now();
    Outcome outcome{fleet.bring_up(patience), {}};
    outcome.figures["up"] = seconds(now() - start);
    if (!outcome.ok) return outcome;
    for (const auto& session : fleet.senders().first(count)) session->send_all();
    Outcome complete = until_complete(fleet, start, patience);
    complete.figures.merge(outcome.figures);
    return complete;
}

// One of many senders of the same prefixes is gone: how much of what nobody needs to know is told?
Outcome until_quiet(Fleet& fleet, TimePoint start) {
    Session& listener = *fleet.sessions().back();
    const std::uint64_t before = listener.received().announcements();
    TimePoint last = now();
    std::uint64_t seen = listener.updates();
    Outcome outcome{true, {}};
    static_cast<void>(fleet.run_until(
        [&] {
            if (listener.updates() != seen) last = now();
            seen = listener.updates();
            return now() - last > kQuiet;
        },
        kQuiet * 10));
    outcome.ok = fleet.lost() == 0 && listener.received().complete();
    outcome.figures["began"] = clock_time(start);
    outcome.figures["wall"] = seconds(last - start);
    outcome.figures["resent"] = static_cast<double>(listener.received().announcements() - before);
    return outcome;
}

Outcome kill_one(Fleet& fleet) {
    const TimePoint start = now();
    fleet.senders().front()->reset();
    return until_quiet(fleet, start);
}

// The clock runs from its last KEEPALIVE. That the device ends the session is not seen by a node
// whose cable is cut meanwhile.
Outcome hang_one(Fleet& fleet) {
    Session& hung = *fleet.senders().front();
    const TimePoint start = now();
    hung.fall_silent();
    static_cast<void>(
        fleet.run_until([&] { return !hung.established(); }, fleet.plan().hold_time + kQuiet));
    return until_quiet(fleet, start);
}

// The device is killed and started again while this runs. The clock runs from when all sessions are
// lost.
Outcome outlive(Fleet& fleet, Duration patience) {
    for (const auto& session : fleet.sessions()) session->await_return();
    const auto none_up = [&] {
        return std::ranges::none_of(fleet.sessions(),
                                    [](const auto& session) { return session->established(); });
    };
    Outcome outcome{fleet.run_until(none_up, patience), {}};
    const TimePoint start = now();
    if (!outcome.ok || !fleet.bring_up(patience, kReturnSpread)) return {false, {}};
    const double up = seconds(now() - start);
    outcome = until_complete(fleet, start, patience);
    outcome.figures["up"] = up;
    return outcome;
}

Outcome storm(Fleet& fleet, Duration patience) {
    for (const auto& session : fleet.sessions()) session->forget_silence(now());
    for (const auto& session : fleet.senders()) session->send_endlessly();
    fleet.run_for(fleet.plan().duration);
    const TimePoint end = now();
    double rounds = 0;
    for (std::size_t sender = 0; sender < fleet.plan().senders; ++sender) {
        Session& session = *fleet.senders()[sender];
        session.finish();
        fleet.expect(sender, session.version());
        rounds += session.version();
    }
    fleet.recount();
    Outcome outcome = until_complete(fleet, end, patience);
    outcome.figures["tail"] = outcome.figures["wall"];
    outcome.figures["rounds"] = rounds / static_cast<double>(fleet.plan().senders);
    Duration silence{0};
    for (const auto& session : fleet.sessions()) {
        silence = std::max(silence, session->longest_silence(now()));
    }
    outcome.figures["silence"] = seconds(silence);
    return outcome;
}

// A step's share of the changes goes to one sender after the other; then all finish their round.
Outcome churn(Fleet& fleet, Duration patience) {
    const Plan& plan = fleet.plan();
    const TimePoint start = now();
    const auto steps = static_cast<std::size_t>(plan.duration / kChurnStep);
    const std::size_t per_step =
        kChangesPerSecond * kChurnStep.count() / 1000 / plan.prefixes_per_update;
    std::size_t turn = 0;
    for (std::size_t step = 0; step < steps; ++step) {
        for (std::size_t message = 0; message < per_step; ++message) {
            fleet.senders()[turn++ % plan.senders]->send_more(1);
        }
        const TimePoint next = start + (step + 1) * kChurnStep;
        fleet.run_for(std::max(Duration{0}, next - now()));
    }
    const TimePoint end = now();
    for (std::size_t sender = 0; sender < plan.senders; ++sender) {
        fleet.senders()[sender]->finish();
        fleet.expect(sender, fleet.senders()[sender]->version());
    }
    fleet.recount();
    const std::uint64_t before = fleet.updates();
    Outcome outcome = until_complete(fleet, end, patience);
    outcome.figures["changes"] = static_cast<double>(turn * plan.prefixes_per_update);
    outcome.figures["updates"] = static_cast<double>(fleet.updates() - before);
    return outcome;
}

Outcome ping(Fleet& fleet, Duration patience) {
    std::vector<double> delays;
    Session& sender = *fleet.senders().front();
    const TimePoint end = now() + fleet.plan().duration;
    Outcome outcome{true, {}};
    while (outcome.ok && delays.size() < kPings && now() < end) {
        fleet.run_for(kPause);
        fleet.expect(0, static_cast<Version>(sender.version() + 1));
        fleet.recount();
        const TimePoint start = now();
        sender.send_more(1);
        outcome.ok = fleet.run_until([&] { return fleet.complete(); }, patience);
        delays.push_back(seconds(now() - start));
    }
    std::ranges::sort(delays);
    const auto quantile = [&](double share) {
        return delays[static_cast<std::size_t>(share * static_cast<double>(delays.size() - 1))];
    };
    outcome.figures["p50"] = quantile(0.5);
    outcome.figures["p99"] = quantile(0.99);
    outcome.figures["count"] = static_cast<double>(delays.size());
    return outcome;
}

}  // namespace

std::vector<Phase> phases_of(const Plan& plan, Duration patience) {
    const auto phase = [patience](std::string name, auto run) {
        return Phase{std::move(name), [=](Fleet& fleet) { return run(fleet, patience); }};
    };
    const auto reset_of = [&](std::size_t count) {
        return Phase{"reset", [=](Fleet& fleet) { return reset(fleet, count, patience); }};
    };
    const auto return_of = [&](std::size_t count) {
        return Phase{"return", [=](Fleet& fleet) { return come_back(fleet, count, patience); }};
    };
    std::vector<Phase> phases{phase("up", bring_up), phase("fill", fill)};
    if (plan.name == "full1m" || plan.name == "v6-200k") phases.push_back(reset_of(1));
    if (plan.name == "peers100") {
        phases.push_back(reset_of(1));
        phases.push_back(return_of(1));
    }
    if (plan.name == "sessions1000") {
        phases.push_back(reset_of(plan.senders / 10));
        phases.push_back(return_of(plan.senders / 10));
    }
    if (plan.name == "ecmp64") phases.push_back({"kill", kill_one});
    if (plan.name == "node-silent" || plan.name == "node-silent-gr") {
        phases.push_back({"hang", hang_one});
    }
    if (plan.name == "router-restart") phases.push_back(phase("outlive", outlive));
    if (plan.name == "survive") phases.push_back(phase("storm", storm));
    if (plan.name == "churn") phases.push_back(phase("churn", churn));
    if (plan.name == "latency") phases.push_back(phase("ping", ping));
    return phases;
}

}  // namespace torii::bench

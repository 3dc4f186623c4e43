#include "tests/bench/bgp/fleet.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace torii::bench {
namespace {

constexpr std::chrono::milliseconds kTick(100);
constexpr std::chrono::milliseconds kPoll(5);
constexpr Seconds kDialAgain(5);
constexpr std::uint32_t kSenderAs = 100'000;
constexpr std::uint32_t kSharedAs = 65001;
constexpr std::uint32_t kListenerAs = 200'000;
constexpr std::size_t kHostsPerNet = 250;

// 10.99.0.1 is the device, 10.99.1.1 and up are the tool; fd99:: likewise.
IpAddress address_of(bgp::Family family, std::size_t index) {
    const auto third = static_cast<std::uint8_t>(1 + index / kHostsPerNet);
    const auto fourth = static_cast<std::uint8_t>(1 + index % kHostsPerNet);
    if (family == bgp::Family::ipv4_unicast) {
        return IpAddress::v4(10U << 24U | 99U << 16U | std::uint32_t{third} << 8U | fourth);
    }
    std::array<std::uint8_t, 16> octets{0xfd, 0x99};
    octets[14] = third;
    octets[15] = fourth;
    return IpAddress::v6(octets);
}

IpAddress device_address(bgp::Family family) {
    if (family == bgp::Family::ipv4_unicast) return IpAddress::v4(10U << 24U | 99U << 16U | 1U);
    std::array<std::uint8_t, 16> octets{0xfd, 0x99};
    octets[15] = 1;
    return IpAddress::v6(octets);
}

bgp::Asn as_of(const Plan& plan, std::size_t index) {
    const auto number = static_cast<std::uint32_t>(index);
    if (index >= plan.senders) return bgp::Asn(kListenerAs + number);
    return bgp::Asn(plan.shared ? kSharedAs : kSenderAs + number);
}

}  // namespace

Fleet::Fleet(Poller& poller, Plan plan)
    : poller_(poller),
      plan_(std::move(plan)),
      numbering_(plan_.family, plan_.prefix_length, plan_.table_size()),
      target_(plan_.table_size()) {
    for (std::size_t index = 0; index < plan_.senders + plan_.listeners; ++index) add(index);
}

void Fleet::add(std::size_t index) {
    SessionSettings settings;
    settings.local = address_of(plan_.family, index);
    settings.device = device_address(plan_.family);
    settings.as = as_of(plan_, index);
    settings.router_id = bgp::RouterId(address_of(bgp::Family::ipv4_unicast, index).v4_number());
    settings.family = plan_.family;
    settings.hold_time = plan_.hold_time;
    settings.graceful_restart = plan_.graceful_restart;
    const bool sends = index < plan_.senders;
    const std::size_t first = sends && !plan_.shared ? index * plan_.prefixes : 0;
    const std::size_t count = sends ? plan_.prefixes : 0;
    auto session = std::make_unique<Session>(
        poller_, settings, ReceivedTable(numbering_, target_, first, first + count));
    const bool marks_end =
        settings.graceful_restart && !settings.graceful_restart->families.empty();
    session->set_stream(
        Stream(numbering_, {first, count, plan_.attribute_sets, plan_.prefixes_per_update,
                            settings.as, settings.local, marks_end}));
    sessions_.push_back(std::move(session));
}

bool Fleet::dial_missing(TimePoint time, std::vector<TimePoint>& dialed) {
    bool all = true;
    for (std::size_t index = 0; index < sessions_.size(); ++index) {
        Session& session = *sessions_[index];
        if (session.established()) continue;
        all = false;
        const bool idle = session.state() == Session::State::idle;
        if (time - dialed[index] < (idle ? Duration(kTick) : Duration(kDialAgain))) continue;
        if (!idle) session.reset();
        dialed[index] = time;
        // A device that does not listen yet is met again at the next round.
        static_cast<void>(session.dial());
    }
    return all;
}

bool Fleet::bring_up(Duration patience, Duration spread) {
    const TimePoint start = now();
    const TimePoint deadline = start + patience;
    std::vector<TimePoint> dialed(sessions_.size());
    for (std::size_t index = 0; index < dialed.size(); ++index) {
        dialed[index] = start - kTick + spread * index / dialed.size();
    }
    while (!dial_missing(now(), dialed)) {
        if (now() > deadline) return false;
        tick(now());
        poller_.poll(kPoll);
    }
    return true;
}

bool Fleet::run_until(const std::function<bool()>& done, Duration patience) {
    const TimePoint deadline = now() + patience;
    while (!done()) {
        const TimePoint time = now();
        if (time >= deadline) return false;
        if (time >= next_tick_) {
            tick(time);
            if (lost() != 0) return false;
        }
        poller_.poll(std::min<Duration>(kPoll, deadline - time));
    }
    return true;
}

void Fleet::run_for(Duration duration) {
    static_cast<void>(run_until([] { return false; }, duration));
}

void Fleet::tick(TimePoint time) {
    if (time < next_tick_) return;
    next_tick_ = time + kTick;
    for (const auto& session : sessions_) session->keep_alive(time);
}

void Fleet::expect(std::size_t sender, Version version) {
    const std::size_t first = plan_.shared ? 0 : sender * plan_.prefixes;
    std::fill_n(target_.begin() + static_cast<std::ptrdiff_t>(first), plan_.prefixes, version);
}

void Fleet::recount() {
    for (const auto& session : sessions_) session->received().recount();
}

bool Fleet::complete() {
    for (std::size_t looked_at = 0; looked_at < sessions_.size(); ++looked_at) {
        Session& session = *sessions_[suspect_];
        if (session.established() && !session.received().complete()) return false;
        suspect_ = (suspect_ + 1) % sessions_.size();
    }
    return true;
}

std::size_t Fleet::missing() const {
    std::size_t count = 0;
    for (const auto& session : sessions_) {
        if (session->established()) count += session->received().missing();
    }
    return count;
}

std::size_t Fleet::lost() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        sessions_, [](const auto& session) { return !session->problem().empty(); }));
}

std::uint64_t Fleet::announcements() const {
    std::uint64_t count = 0;
    for (const auto& session : sessions_) count += session->received().announcements();
    return count;
}

std::uint64_t Fleet::updates() const {
    std::uint64_t count = 0;
    for (const auto& session : sessions_) count += session->updates();
    return count;
}

}  // namespace torii::bench

#include "tests/bench/failover/ledger.h"

#include <algorithm>
#include <ctime>
#include <span>

namespace torii::bench {
namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;

// How many different nodes there are among those of some packets in a row.
class Width {
public:
    Width(std::size_t nodes, std::size_t run) : seen_(nodes), run_(run), least_(nodes) {}

    void add(bool arrived, std::size_t node) {
        if (arrived && !seen_[node]) {
            seen_[node] = true;
            ++different_;
        }
        if (++count_ < run_) return;
        least_ = std::min(least_, different_);
        seen_.assign(seen_.size(), false);
        count_ = different_ = 0;
    }
    [[nodiscard]] std::size_t least() const { return least_; }

private:
    std::vector<bool> seen_;
    std::size_t run_;
    std::size_t least_;
    std::size_t count_ = 0;
    std::size_t different_ = 0;
};

}  // namespace

void Ledger::received(std::uint64_t number, std::size_t node, Nanoseconds time) {
    if (number >= packets_.size() || node >= nodes_) {
        ++strays_;
        return;
    }
    Packet& packet = packets_[number];
    packet.received = time;
    packet.node = static_cast<std::uint16_t>(node);
    ++packet.times;
}

Ledger::Account Ledger::account(Nanoseconds from, Nanoseconds to) const {
    Account account;
    account.last.resize(nodes_);
    account.strays = strays_;
    Width width(nodes_, kRunPerNode * nodes_);
    // A packet takes less than a second.
    const auto begin = std::ranges::lower_bound(packets_, from - kSecond, {}, &Packet::sent);
    for (const Packet& packet : std::span(begin, packets_.end())) {
        if (packet.times != 0 && packet.received >= from && packet.received < to) {
            Nanoseconds& last = account.last[packet.node];
            last = std::max(last, packet.received);
        }
        if (packet.sent < from || packet.sent >= to) continue;
        ++account.sent;
        if (packet.times == 0) {
            if (account.lost++ == 0) account.first_lost = packet.sent;
            account.last_lost = packet.sent;
        }
        account.twice += packet.times > 1 ? 1 : 0;
        width.add(packet.times != 0, packet.node);
    }
    account.width = width.least();
    return account;
}

Nanoseconds monotonic_now() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * Nanoseconds{1'000'000'000} + now.tv_nsec;
}

}  // namespace torii::bench

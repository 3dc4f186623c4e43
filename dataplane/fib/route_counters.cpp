#include "dataplane/fib/route_counters.h"

namespace torii::fib {

RouteCounters::RouteCounters(Reclaimer& reclaimer, unsigned workers)
    : reclaimer_(reclaimer), numbers_(std::make_shared<NumberPool>()) {
    for (unsigned worker = 0; worker < workers; ++worker) cells_.emplace_back(kCountedSlots);
}

std::optional<std::uint32_t> RouteCounters::take(const Prefix& route) {
    const bool exhausted = numbers_->free.empty() && numbers_->next == kCountedSlots;
    if (size_ >= wanted_.maximum || exhausted) return std::nullopt;
    const std::uint32_t number = numbers_->take();
    if (number >= entries_.size()) entries_.resize(number + 1);
    entries_[number] = Entry{route, 0, 0, sum(number), true};
    ++size_;
    any_.store(true, std::memory_order_relaxed);
    return static_cast<std::uint32_t>(kMaxGroups) + number;
}

void RouteCounters::release(std::uint32_t slot) {
    entry(slot).used = false;
    any_.store(--size_ != 0, std::memory_order_relaxed);
    reclaimer_.retire([numbers = numbers_, number = slot - static_cast<std::uint32_t>(kMaxGroups)] {
        numbers->free.push_back(number);
    });
}

RouteCount RouteCounters::sum(std::uint32_t number) const {
    RouteCount sum;
    for (const auto& worker : cells_) {
        sum.packets += worker[number].packets.load(std::memory_order_relaxed);
        sum.octets += worker[number].octets.load(std::memory_order_relaxed);
    }
    return sum;
}

RouteCount RouteCounters::count(std::uint32_t slot) const {
    const RouteCount now = sum(slot - static_cast<std::uint32_t>(kMaxGroups));
    const RouteCount& origin = entry(slot).origin;
    return {now.packets - origin.packets, now.octets - origin.octets};
}

std::vector<Prefix> RouteCounters::routes() const {
    std::vector<Prefix> routes;
    for (const Entry& entry : entries_) {
        if (entry.used) routes.push_back(entry.prefix);
    }
    std::ranges::sort(routes);
    return routes;
}

}  // namespace torii::fib

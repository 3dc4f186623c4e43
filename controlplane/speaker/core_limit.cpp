// Limits of prefixes.
#include "controlplane/speaker/core.h"
#include "platform/base/log.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

namespace torii::speaker {
namespace {

constexpr Log kLog("bgp");
// Routes: about a megabyte.
constexpr std::size_t kLearnedBetween = 8192;
// A session with fewer is not worth ending.
constexpr std::size_t kManyRoutes = 4096;
constexpr std::chrono::minutes kMemoryPause{1};

// RFC 4486 section 4: the family and the limit may follow.
bgp::Notification limit_exceeded(bgp::Family family, std::uint32_t maximum) {
    bgp::Notification notification = bgp::cease(bgp::Cease::maximum_prefixes);
    const std::uint8_t afi = family == bgp::Family::ipv4_unicast ? 1 : 2;
    notification.data = {0, afi, 1};
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        notification.data.push_back(static_cast<std::uint8_t>(maximum >> shift));
    }
    return notification;
}

}  // namespace

// As FRR counts: without "force" what was rejected does not count.
std::uint64_t Core::limited(const Record& record, bgp::Family family) const {
    const rib::PathCounts counts = state(family).table.counts(record.neighbor->id());
    return record.neighbor->config().prefix_limit.force ? counts.received : counts.accepted;
}

void Core::check_limit(Record& record, bgp::Family family) {
    const Neighbor& neighbor = *record.neighbor;
    const bgp::PrefixLimit& limit = neighbor.config().prefix_limit;
    if (limit.maximum == 0) return;
    const std::uint64_t count = limited(record, family);
    const bool over = count > limit.maximum;
    const bool near = count * 100 > std::uint64_t{limit.maximum} * limit.warn_percent;
    bool& warned = record.limit_warned[static_cast<std::size_t>(family)];
    if (over && !limit.warning_only) {
        record.over_limit = true;
    } else if ((over || near) && !warned) {
        kLog.warning("session peer={} family={} prefixes={} maximum-prefixes={} {}",
                     neighbor.config().address, bgp::family_name(family), count, limit.maximum,
                     over ? "exceeded" : "is near");
    }
    warned = over || near;
}

void Core::change_limit(Record& record) {
    record.limit_warned = {};
    if (record.held_down) return release(record);
    recheck_limit(record);
}

void Core::recheck_limit(Record& record) {
    if (record.neighbor->peer().negotiated() == nullptr) return;
    for (const auto& family : families_) check_limit(record, family->family);
    if (std::exchange(record.over_limit, false)) hold_down(record);
}

bool Core::recheck_limits() {
    bool ended = false;
    if (!reimporting_) return ended;
    reimporting_ = false;
    for (auto& [address, record] : records_) {
        if (!record.reimporting) continue;
        const rib::PeerId id = record.neighbor->id();
        record.reimporting = std::ranges::any_of(
            families_, [&](const auto& family) { return family->table.importing(id); });
        reimporting_ = reimporting_ || record.reimporting;
        recheck_limit(record);
        ended = ended || record.held_down;
    }
    return ended;
}

void Core::hold_down(Record& record) {
    Neighbor& neighbor = *record.neighbor;
    const bgp::PrefixLimit& limit = neighbor.config().prefix_limit;
    bgp::Family reached = bgp::Family::ipv4_unicast;
    for (const auto& family : families_) {
        if (limited(record, family->family) > limit.maximum) reached = family->family;
    }
    kLog.warning("session peer={} family={} maximum-prefixes={} exceeded restart={}min",
                 neighbor.config().address, bgp::family_name(reached), limit.maximum,
                 limit.restart.count());
    hold_down(record, limit.restart, limit_exceeded(reached, limit.maximum));
}

void Core::hold_down(Record& record, std::chrono::minutes pause, const bgp::Notification& reason) {
    record.held_down = true;
    if (pause.count() != 0) {
        record.retry = scheduler_.after(pause, [this, &record] { release(record); });
    }
    record.neighbor->stop(reason);
}

// Without this the process would end at its limit, and all sessions with it.
void Core::look_at_memory() {
    if (learned_ < kLearnedBetween || !events_.memory_short) return;
    learned_ = 0;
    if (!events_.memory_short()) return;
    Record* largest = nullptr;
    std::size_t most = kManyRoutes;
    for (auto& [address, record] : records_) {
        if (record.neighbor->peer().negotiated() == nullptr) continue;
        std::size_t routes = 0;
        for (const auto& family : families_) {
            routes += family->table.counts(record.neighbor->id()).received;
        }
        if (routes < most) continue;
        most = routes;
        largest = &record;
    }
    if (largest == nullptr) return;  // routes are not what takes it
    kLog.error("session peer={} prefixes={} ended for {}: memory is short",
               largest->neighbor->config().address, most, kMemoryPause);
    hold_down(*largest, kMemoryPause, bgp::cease(bgp::Cease::out_of_resources));
}

void Core::release(Record& record) {
    record.retry.reset();
    record.limit_warned = {};
    if (!std::exchange(record.held_down, false)) return;
    if (record.neighbor->config().enabled) record.neighbor->start();
}

}  // namespace torii::speaker

#include "controlplane/bgp/graceful_restart.h"

#include <algorithm>

namespace torii::bgp {

namespace {

std::size_t index_of(Family family) {
    return static_cast<std::size_t>(family);
}

// RFC 4724 section 4.2: only when the connection went without a word. With the N bit of both, a
// NOTIFICATION or an expired hold timer counts as that, unless it is a Hard Reset (RFC 8538
// section 4).
bool keeps_routes(const SessionDown& down, const Negotiated& negotiated) {
    if (!negotiated.graceful_restart) return false;
    // Zero, and nothing longer either: it does not ask for it.
    const auto longer = [](const LongLivedCapability::Entry& entry) {
        return entry.stale_time.count() > 0;
    };
    const bool long_lived =
        negotiated.long_lived && std::ranges::any_of(negotiated.long_lived->entries, longer);
    if (negotiated.graceful_restart->time.count() == 0 && !long_lived) return false;
    switch (down.reason) {
        case DownReason::connection_lost:
        case DownReason::replaced: return true;
        case DownReason::stopped:
            // RFC 5882 section 4.3.2: it may be restarting.
            if (down.notification && is_cease(*down.notification, Cease::bfd_down)) return true;
            break;
        case DownReason::notification_sent:
        case DownReason::notification_received: break;
    }
    return negotiated.restart_on_notification && down.notification &&
           !is_hard_reset(*down.notification);
}

// With connection_lost somebody answered: its kernel, whose forwarding goes on without it.
bool fell_silent(const SessionDown& down) {
    if (!down.notification) return false;
    if (down.reason == DownReason::stopped) return is_cease(*down.notification, Cease::bfd_down);
    if (down.reason != DownReason::notification_sent) return false;
    return down.notification->code == ErrorCode::hold_timer_expired ||
           down.notification->code == ErrorCode::send_hold_timer_expired;
}

}  // namespace

Actions RestartHelper::session_down(const SessionDown& down, const Negotiated& negotiated) {
    Actions actions;
    FamilySet kept;
    if (keeps_routes(down, negotiated)) {
        kept = negotiated.graceful_restart->families & negotiated.families;
    }
    // What is still stale from the restart before does not survive a second one, unless it is kept
    // longer anyway: then its time goes on (RFC 9494 section 4.2).
    sweep(stale_ & (kept - long_lived_), actions);
    stop_restart_timers(actions);
    const FamilySet lost = negotiated.families - kept;
    forget_long_lived(lost, actions);
    if (!lost.empty()) actions.emplace_back(Flush{lost});
    stale_ = kept;
    away_ = !kept.empty();
    if (kept.empty()) return actions;
    for (const Family family : kFamilies) {
        long_lived_time_[index_of(family)] = long_lived_time(negotiated, family);
    }
    actions.emplace_back(MarkStale{kept, fell_silent(down)});
    const Seconds wait = std::min(negotiated.graceful_restart->time, config_.stale_time_max);
    if (wait.count() == 0) {
        outlast(actions);
        return actions;
    }
    restart_timer_ = true;
    actions.emplace_back(StartTimer{TimerKind::restart, wait});
    return actions;
}

Seconds RestartHelper::long_lived_time(const Negotiated& negotiated, Family family) const {
    if (!negotiated.long_lived) return Seconds{0};
    const LongLivedCapability::Entry* const entry = negotiated.long_lived->find(family);
    if (entry == nullptr) return Seconds{0};
    return std::min(entry->stale_time, config_.long_lived_time_max);
}

void RestartHelper::outlast(Actions& actions) {
    FamilySet longer;
    for (const Family family : kFamilies) {
        const bool may = long_lived_time_[index_of(family)].count() > 0;
        if (may && stale_.contains(family)) longer.insert(family);
    }
    sweep(stale_ - longer, actions);
    if (longer.empty()) return;
    actions.emplace_back(MarkLongLived{longer});
    for (const Family family : kFamilies) {
        if (!longer.contains(family) || long_lived_.contains(family)) continue;
        actions.emplace_back(
            StartTimer{long_lived_timer(family), long_lived_time_[index_of(family)]});
    }
    long_lived_ = longer;
}

Actions RestartHelper::session_up(const Negotiated& negotiated) {
    Actions actions;
    away_ = false;
    stop_restart_timers(actions);
    // RFC 4724 section 4.2: no capability, no such family or no F bit: the routes go at once. For
    // those kept longer the F bit of the other capability counts (RFC 9494 section 4.2).
    FamilySet intact;
    if (negotiated.graceful_restart) {
        intact = (negotiated.graceful_restart->forwarding & negotiated.families) - long_lived_;
    }
    for (const Family family : kFamilies) {
        if (!long_lived_.contains(family) || !negotiated.long_lived) continue;
        const LongLivedCapability::Entry* const entry = negotiated.long_lived->find(family);
        const bool same = entry != nullptr && entry->forwarding;
        if (same && negotiated.families.contains(family)) intact.insert(family);
    }
    sweep(stale_ - intact, actions);
    if (!(stale_ - long_lived_).empty()) {
        stale_timer_ = true;
        actions.emplace_back(StartTimer{TimerKind::stale, config_.stale_time_max});
    }
    return actions;
}

Actions RestartHelper::end_of_rib(Family family) {
    Actions actions;
    sweep(stale_ & FamilySet{family}, actions);
    if (stale_.empty()) stop_restart_timers(actions);
    return actions;
}

Actions RestartHelper::timer_expired(TimerKind kind) {
    Actions actions;
    for (const Family family : kFamilies) {
        if (kind != long_lived_timer(family) || !long_lived_.contains(family)) continue;
        long_lived_.erase(family);
        sweep(stale_ & FamilySet{family}, actions);
        return actions;
    }
    if (kind == TimerKind::restart && std::exchange(restart_timer_, false)) outlast(actions);
    if (kind == TimerKind::stale && std::exchange(stale_timer_, false)) {
        sweep(stale_ - long_lived_, actions);
    }
    return actions;
}

Actions RestartHelper::cancel() {
    Actions actions;
    sweep(stale_, actions);
    stop_restart_timers(actions);
    away_ = false;
    return actions;
}

void RestartHelper::sweep(FamilySet families, Actions& actions) {
    forget_long_lived(families, actions);
    if (families.empty()) return;
    stale_ = stale_ - families;
    actions.emplace_back(SweepStale{families});
}

void RestartHelper::forget_long_lived(FamilySet families, Actions& actions) {
    for (const Family family : kFamilies) {
        if (!(long_lived_ & families).contains(family)) continue;
        long_lived_.erase(family);
        actions.emplace_back(StopTimer{long_lived_timer(family)});
    }
}

void RestartHelper::stop_restart_timers(Actions& actions) {
    if (std::exchange(restart_timer_, false)) actions.emplace_back(StopTimer{TimerKind::restart});
    if (std::exchange(stale_timer_, false)) actions.emplace_back(StopTimer{TimerKind::stale});
}

void SelectionDeferral::expect(PeerNumber peer, bool came) {
    if (!came || all_) absent_.insert(peer);
}

void SelectionDeferral::session_up(PeerNumber peer, const Negotiated& negotiated) {
    if (absent_.erase(peer) == 0) return;
    const auto& restart = negotiated.peer_capabilities.graceful_restart;
    if (!all_ && (!restart || restart->restarting)) return;
    for (const Family family : kFamilies) {
        if (negotiated.families.contains(family)) due_.emplace(peer, family);
    }
}

void SelectionDeferral::session_down(PeerNumber peer) {
    const auto erased = std::erase_if(due_, [&](const auto& due) { return due.first == peer; });
    if (erased != 0) absent_.insert(peer);
}

void SelectionDeferral::end_of_rib(PeerNumber peer, Family family) {
    due_.erase({peer, family});
}

void SelectionDeferral::keepalive(PeerNumber peer) {
    if (!all_) return;
    std::erase_if(due_, [&](const auto& due) { return due.first == peer; });
}

void SelectionDeferral::forget(PeerNumber peer) {
    absent_.erase(peer);
    std::erase_if(due_, [&](const auto& due) { return due.first == peer; });
}

}  // namespace torii::bgp

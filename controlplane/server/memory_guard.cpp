#include "controlplane/server/memory_guard.h"

#include "platform/base/log.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace torii::controlplane {
namespace {

constexpr Log kLog("memory");
// More than what all sessions bring until the next look.
constexpr std::uint64_t kRoomLeast = std::uint64_t{48} << 20;
// Until a million routes are out of all tables.
constexpr auto kPause = std::chrono::seconds(3);

}  // namespace

bool MemoryGuard::is_short() {
    const TimePoint now = now_();
    if (now < quiet_until_) return false;
    const MemoryRoom memory = room_();
    // A table that grows is there twice for a moment, and taking routes back out of all tables
    // takes nearly as much as they do.
    if (memory.free >= std::max(kRoomLeast, memory.used)) return false;
    kLog.warning("memory is short used={} MiB free={} MiB", memory.used >> 20, memory.free >> 20);
    quiet_until_ = now + kPause;
    return true;
}

}  // namespace torii::controlplane

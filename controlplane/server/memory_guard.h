#pragma once

#include "platform/base/clock.h"
#include "platform/linux/memory_room.h"

#include <functional>
#include <utility>

namespace torii::controlplane {

// Says when there is too little memory to learn more: at its limit the process would end.
class MemoryGuard {
public:
    MemoryGuard(std::function<TimePoint()> now, std::function<MemoryRoom()> room)
        : now_(std::move(now)), room_(std::move(room)) {}

    // When it has said so, somebody lets go of some, and it says so again only after that had time
    // to work.
    [[nodiscard]] bool is_short();

private:
    std::function<TimePoint()> now_;
    std::function<MemoryRoom()> room_;
    TimePoint quiet_until_{};
};

}  // namespace torii::controlplane

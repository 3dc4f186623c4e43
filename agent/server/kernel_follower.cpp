#include "agent/server/kernel_follower.h"

#include <utility>

namespace torii::agent {

Result<void> KernelFollower::follow(EventLoop& loop, netlink::MonitorEvents events) {
    events.link = [this](const netlink::Link& link, bool removed) {
        if (removed) {
            links_.erase(link.index);
        } else {
            links_[link.index] = link;
        }
        settle();
    };
    events.dump_begin = [this] {
        complete_ = false;
        links_.clear();
        forget();
    };
    events.dump_done = [this] {
        complete_ = true;
        settle();
    };
    auto monitor = netlink::Monitor::start(loop, std::move(events));
    if (!monitor) return unexpected(monitor.error());
    monitor_ = std::move(*monitor);
    return {};
}

void KernelFollower::settle() {
    if (complete_ && update()) changed_();
}

}  // namespace torii::agent

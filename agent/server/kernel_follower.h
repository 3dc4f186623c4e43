#pragma once

#include "platform/base/result.h"
#include "platform/linux/netlink_monitor.h"
#include "platform/runtime/event_loop.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

namespace torii::agent {

// What follows the node's links and something on them: what it makes of them is looked at when it
// may be another than before, and never while the kernel is being read anew.
class KernelFollower {
public:
    KernelFollower(const KernelFollower&) = delete;
    KernelFollower& operator=(const KernelFollower&) = delete;
    virtual ~KernelFollower() = default;

protected:
    explicit KernelFollower(std::function<void()> changed) : changed_(std::move(changed)) {}

    // `events`: what is followed beside the links; those of links and of the whole are set here.
    [[nodiscard]] Result<void> follow(EventLoop& loop, netlink::MonitorEvents events);
    [[nodiscard]] const std::map<std::uint32_t, netlink::Link>& links() const { return links_; }
    // After each change.
    void settle();

private:
    // The kernel is read anew: nothing is known beside the links.
    virtual void forget() = 0;
    // Whether what is made of it is another than before.
    virtual bool update() = 0;

    std::function<void()> changed_;
    std::map<std::uint32_t, netlink::Link> links_;  // by index
    bool complete_ = false;                         // nothing is being dumped
    std::unique_ptr<netlink::Monitor> monitor_;
};

}  // namespace torii::agent

#pragma once

#include "agent/model/interface.h"
#include "platform/base/result.h"
#include "platform/linux/netlink_monitor.h"
#include "platform/runtime/event_loop.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace torii::agent {

// Follows the node's interfaces and their addresses.
class Interfaces {
public:
    // `changed` is called in turns of the loop when interfaces() is another than before.
    static Result<std::unique_ptr<Interfaces>> start(EventLoop& loop,
                                                     std::function<void()> changed);
    // By name.
    [[nodiscard]] const std::vector<model::Interface>& interfaces() const { return interfaces_; }

private:
    explicit Interfaces(std::function<void()> changed) : changed_(std::move(changed)) {}
    void note_link(const netlink::Link& link, bool removed);
    void note_address(const netlink::LinkAddress& address, bool removed);
    void settle();

    std::function<void()> changed_;
    std::map<std::uint32_t, netlink::Link> links_;
    std::set<netlink::LinkAddress> addresses_;
    bool complete_ = false;  // no dump is under way
    std::vector<model::Interface> interfaces_;
    std::unique_ptr<netlink::Monitor> monitor_;
};

}  // namespace torii::agent

#pragma once

#include "agent/model/interface.h"
#include "agent/server/kernel_follower.h"

#include <set>
#include <vector>

namespace torii::agent {

// Follows the node's interfaces and their addresses.
class Interfaces final : public KernelFollower {
public:
    // `changed` is called in turns of the loop when interfaces() is another than before.
    static Result<std::unique_ptr<Interfaces>> start(EventLoop& loop,
                                                     std::function<void()> changed);
    // By name.
    [[nodiscard]] const std::vector<model::Interface>& interfaces() const { return interfaces_; }

private:
    using KernelFollower::KernelFollower;
    void note_address(const netlink::LinkAddress& address, bool removed);
    void forget() override { addresses_.clear(); }
    bool update() override;

    std::set<netlink::LinkAddress> addresses_;
    std::vector<model::Interface> interfaces_;
};

}  // namespace torii::agent

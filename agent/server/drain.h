#pragma once

#include "agent/reconcile/desired.h"
#include "platform/base/clock.h"

#include <chrono>
#include <functional>

namespace torii::agent {

struct DrainOptions {
    enum class OnStop : std::uint8_t {
        automatic,  // drain, unless graceful restart keeps the routes for the next agent
        drain,
        restart,  // just end
    };
    bool on_cordon = true;  // a node with spec.unschedulable
    OnStop on_stop = OnStop::automatic;
    // How long routes are announced as about to go (RFC 8326), so that the routers have other ways
    // in use, before they are withdrawn; and how long after that the process still is there.
    Duration announce = std::chrono::seconds(5);
    // How long the other nodes have to learn that it drains before the routers do: connections of
    // this node will reach them.
    Duration notice = std::chrono::milliseconds(500);
    Duration settle = std::chrono::seconds(1);
};

// When the node draws less traffic, and when none.
class Drain {
public:
    // `changed` is called when stage() is another.
    Drain(Scheduler& scheduler, const DrainOptions& options, std::function<void()> changed)
        : scheduler_(scheduler), options_(options), changed_(std::move(changed)) {}

    [[nodiscard]] reconcile::DrainStage stage() const { return stage_; }
    // Of the node in the cluster; before stage() is asked for. A node that is cordoned when the
    // agent comes has nothing to announce first.
    void set_cordoned(bool cordoned);
    // The process is to end; `done` when it may.
    void stop(std::function<void()> done);

private:
    void change(reconcile::DrainStage stage);
    void begin();

    Scheduler& scheduler_;
    DrainOptions options_;
    std::function<void()> changed_;
    reconcile::DrainStage stage_ = reconcile::DrainStage::none;
    bool known_ = false;
    bool cordoned_ = false;
    bool stopping_ = false;
    std::function<void()> done_;
    Timer timer_;
};

}  // namespace torii::agent

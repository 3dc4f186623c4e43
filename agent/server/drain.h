#pragma once

#include "agent/model/absence.h"
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
    Duration settle = std::chrono::seconds(1);
    // Whether the nodes pass on each other's connections, so that they have to know of it. How long
    // they have to do as they are told before the routers are told; and how long they pass on what
    // began elsewhere after the node is back.
    bool tells = true;
    Duration notice = std::chrono::milliseconds(500);
    Duration handover = std::chrono::hours(1);
};

// When the node draws less traffic, and when none; and what it tells the other nodes before.
class Drain {
public:
    using Absence = model::Absence::State;
    // Of a store that does not say what it was told.
    static constexpr Duration kPatience = std::chrono::seconds(3);

    // `changed` is called when stage() or absence() is another.
    Drain(Scheduler& scheduler, const DrainOptions& options, std::function<void()> changed)
        : scheduler_(scheduler), options_(options), changed_(std::move(changed)) {}

    [[nodiscard]] reconcile::DrainStage stage() const { return stage_; }
    // What the node is to tell the others.
    [[nodiscard]] Absence absence() const { return absence_; }
    // What the cluster says of it; before stage() is asked for: that it is cordoned, and what it
    // told the others, perhaps the agent before. A node that is cordoned when the agent comes has
    // nothing to announce first. `changed` is not called of what changes at once.
    void update(bool cordoned, Absence told);
    // The process is to end; `done` when it may.
    void stop(std::function<void()> done);

private:
    void change(reconcile::DrainStage stage);
    void begin();
    void tell(Absence absence, std::function<void()> then);
    void notice();
    void proceed();
    void leave();
    void withdraw();
    void come_back();
    void end_handover_later();

    Scheduler& scheduler_;
    DrainOptions options_;
    std::function<void()> changed_;
    reconcile::DrainStage stage_ = reconcile::DrainStage::none;
    Absence absence_ = Absence::none;
    Absence told_ = Absence::none;  // as the store has it
    bool untold_ = false;           // that is not yet what it is to be
    std::function<void()> then_;    // once it is
    bool known_ = false;
    bool cordoned_ = false;
    bool stopping_ = false;
    std::function<void()> done_;
    Timer timer_;
};

}  // namespace torii::agent

#pragma once

#include "agent/import/installed_routes.h"
#include "controlplane/rib/prefix_numbers.h"
#include "controlplane/speaker/speaker.h"
#include "platform/base/clock.h"
#include "platform/linux/netlink_monitor.h"
#include "platform/runtime/event_loop.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace torii::import {

struct Options {
    std::size_t maximum = 4096;  // routes in the kernel
    // How long routes of an earlier process wait for peers that do not come back.
    Duration patience = std::chrono::seconds(120);
};

// Learned routes into the kernel of this network namespace. What an earlier process left is taken
// over, and swept once all peers have told all they have. When the process ends they stay.
class RouteImport {
public:
    // `changed` is called in turns of the loop when problems() may say something else. Keep it as
    // long as the speakers.
    static Result<std::unique_ptr<RouteImport>> start(EventLoop& loop, const Options& options,
                                                      std::function<void()> changed);
    RouteImport(const RouteImport&) = delete;
    RouteImport& operator=(const RouteImport&) = delete;

    // For a new speaker: what it is made with, and itself. Its policies say what is learned.
    [[nodiscard]] speaker::SpeakerEvents events(const std::string& instance);
    [[nodiscard]] std::shared_ptr<rib::PrefixNumbers> numbers() const { return numbers_; }
    void attach(const std::string& instance, speaker::Speaker& speaker);
    // Before the speaker goes.
    void detach(const std::string& instance);
    // All speakers are there that will be for now: from here on the peers are waited for.
    void configured();
    // Nothing is to be learned: what an earlier process left goes, and that was all.
    void sweep();
    // At once, as the process ends: nobody will follow the changes of the peers.
    void remove_all();

    [[nodiscard]] std::vector<std::string> problems() const { return routes_.problems(); }
    [[nodiscard]] std::size_t routes() const { return routes_.routes(); }

private:
    RouteImport(EventLoop& loop, const Options& options,
                std::unique_ptr<netlink::Requests> requests, std::function<void()> changed);
    [[nodiscard]] netlink::MonitorEvents monitor_events();
    void look_at_peers();
    [[nodiscard]] bool all_told() const;
    void complete();
    void schedule();
    void update();

    EventLoop& loop_;
    Options options_;
    std::function<void()> changed_;
    kernel::NetlinkRoutes kernel_;
    InstalledRoutes routes_;
    std::shared_ptr<rib::PrefixNumbers> numbers_;
    std::map<std::string, speaker::Speaker*> speakers_;
    std::vector<std::string> problems_;  // as last told
    bool dumping_ = true;
    bool kernel_changed_ = false;
    bool recheck_ = false;  // after a dump
    bool configured_ = false;
    bool complete_ = false;
    bool only_sweeps_ = false;
    bool scheduled_ = false;
    TimePoint patient_until_{};
    Timer update_;
    Timer retry_;
    Timer waiting_;
    std::unique_ptr<netlink::Monitor> monitor_;
};

}  // namespace torii::import

#pragma once

#include "agent/import/route_import.h"
#include "agent/reconcile/desired.h"
#include "controlplane/speaker/speaker.h"
#include "platform/bfd/thread.h"
#include "platform/runtime/event_loop.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace torii::agent {

// The BGP speakers of the node: one for each instance that is configured.
class Instances {
public:
    explicit Instances(EventLoop& loop)
        : loop_(loop), bfd_(loop, false, [this](const auto& status) { changed(status); }) {}

    // What speakers learn goes there from now on: before the first apply(). It outlives them.
    void import_into(import::RouteImport& import) { import_ = &import; }

    // Makes the speakers what is wanted. Conditions: what could not be done and may be tried again.
    [[nodiscard]] reconcile::Conditions apply(const reconcile::Desired& wanted);

    struct Running {
        reconcile::DesiredInstance desired;
        std::unique_ptr<speaker::Speaker> speaker;
    };
    [[nodiscard]] const std::map<std::string, Running>& running() const { return running_; }

private:
    void stop(const std::string& name);
    [[nodiscard]] Result<void> start(const reconcile::DesiredInstance& wanted);
    [[nodiscard]] static Result<void> update(Running& instance,
                                             const reconcile::DesiredInstance& wanted);

    // BFD with every peer that begins it. In this process, so a restart of the agent looks to the
    // router like a node that is gone: it does without it where there are others, and keeps what
    // only it has, as graceful restart asks for (the C bit is clear, RFC 5882 section 4.3.2).
    void watch_peers();
    void changed(const bfd::SessionStatus& status);

    EventLoop& loop_;
    import::RouteImport* import_ = nullptr;  // nothing is learned
    std::map<std::string, Running> running_;
    // By peer and whether it is several hops away: what BFD has told to have failed.
    std::set<std::pair<IpAddress, bool>> failed_;
    bfd::Thread bfd_;
};

}  // namespace torii::agent

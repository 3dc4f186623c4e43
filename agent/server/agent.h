#pragma once

#include "agent/import/route_import.h"
#include "agent/kube/store.h"
#include "agent/server/controller.h"
#include "agent/server/data_path.h"
#include "agent/server/default_gateways.h"
#include "agent/server/drain.h"
#include "agent/server/instances.h"
#include "agent/server/interfaces.h"
#include "agent/server/metrics.h"
#include "agent/server/node_status.h"
#include "agent/server/show.h"
#include "platform/runtime/event_loop.h"

#include <memory>
#include <platform/ipc/proto/agent.pb.h>
#include <random>
#include <string>
#include <vector>

namespace torii::agent {

struct AgentOptions {
    reconcile::NodeSettings node;
    bool controller = false;  // does what is done for all nodes, if no other process does
    ControllerOptions control;
    bool reports = true;        // the status of the node's own CiliumBGPNodeConfig
    DataPathOptions data_path;  // its node is that of `node`
    import::Options import;     // of what `node` imports
    DrainOptions drain;
};

// Follows the cluster's resources and keeps the node's load balancing and BGP as they say.
class Agent {
public:
    Agent(EventLoop& loop, AgentOptions options, std::unique_ptr<kube::Store> store);

    // No session comes up and nothing is withdrawn before all of the store was read. An error when
    // it cannot be read at all.
    Result<void> start();
    [[nodiscard]] ipc::AgentReply answer(const ipc::AgentRequest& request);
    // In order: `done` when the routers send nothing here any more, or when others see to that.
    void stop(const std::function<void()>& done);
    // For Prometheus.
    [[nodiscard]] std::string metrics();

private:
    Result<void> refresh();
    void look();
    void report();
    void report_later();
    void follow_kernel();
    void drain();
    void tell_absence();
    void apply();
    void measure(const reconcile::Desired& wanted, const reconcile::Conditions& failures);
    void retry_later();
    void start_import();
    [[nodiscard]] bool drains_on_stop() const;
    void tell_all();
    void tell_conditions(std::vector<std::string> conditions);

    EventLoop& loop_;
    AgentOptions options_;
    std::unique_ptr<kube::Store> store_;
    Controller controller_;
    DataPath data_path_;
    Drain drain_;
    std::unique_ptr<import::RouteImport> import_;  // outlives the speakers
    Instances instances_;
    model::Snapshot snapshot_;
    FrontendIds frontend_ids_;
    NodeStatus status_;
    reconcile::Conditions bgp_conditions_;  // of the last apply()
    std::vector<std::string> store_problems_;
    std::string report_problem_;
    std::string absence_problem_;
    std::vector<std::string> applied_conditions_;  // of the last apply()
    std::vector<std::string> conditions_;          // all of them, as last told
    Measurements measured_;
    unsigned retries_ = 0;
    Timer retry_;
    Timer reporting_;
    std::minstd_rand random_{std::random_device()()};
    std::unique_ptr<DefaultGateways> gateways_;  // once a peer needs them
    std::unique_ptr<Interfaces> interfaces_;     // once something depends on them
};

}  // namespace torii::agent

#pragma once

#include "agent/ipam/allocator.h"
#include "agent/kube/folder_watch.h"
#include "agent/kube/manifest_folder.h"
#include "agent/server/data_path.h"
#include "agent/server/default_gateways.h"
#include "agent/server/instances.h"
#include "agent/server/show.h"
#include "agent/server/status_folder.h"
#include "platform/runtime/event_loop.h"

#include <memory>
#include <platform/ipc/proto/agent.pb.h>
#include <string>
#include <vector>

namespace torii::agent {

struct AgentOptions {
    reconcile::NodeSettings node;
    std::string manifests;    // a folder
    std::string status_dir;   // statuses of the resources; empty: "status" in the manifests' folder
    bool controller = false;  // does LB-IPAM and writes statuses, if no other process does
    ipam::Settings ipam;
    DataPathOptions data_path;  // its node is that of `node`
};

// Follows the manifests and keeps the node's load balancing and BGP as they say.
class Agent {
public:
    Agent(EventLoop& loop, AgentOptions options);

    // Reads everything there is before the first session may come up. An error when the folder
    // cannot be read at all.
    Result<void> start();
    [[nodiscard]] ipc::AgentReply answer(const ipc::AgentRequest& request);

private:
    Result<void> refresh();
    void assign_addresses();
    void write_statuses(const ipam::Assignment& assignment);
    void follow_statuses();
    void follow_gateways();
    void apply();
    void retry_later();
    void tell_conditions(std::vector<std::string> conditions);

    EventLoop& loop_;
    AgentOptions options_;
    kube::ManifestFolder folder_;
    StatusFolder statuses_;
    DataPath data_path_;
    Instances instances_;
    model::Snapshot snapshot_;
    FrontendIds frontend_ids_;
    std::vector<ipam::SharedAddress> shared_;  // of the last assignment
    std::vector<std::string> manifest_problems_;
    std::vector<std::string> status_problems_;
    std::vector<std::string> conditions_;  // all of them, as last told
    unsigned retries_ = 0;
    Timer retry_;
    Timer election_;
    std::unique_ptr<DefaultGateways> gateways_;  // once a peer needs them
    std::unique_ptr<kube::FolderWatch> watch_;
    std::unique_ptr<kube::FolderWatch> status_watch_;
};

}  // namespace torii::agent

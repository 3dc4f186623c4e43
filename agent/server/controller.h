#pragma once

#include "agent/ipam/allocator.h"
#include "agent/kube/store.h"
#include "agent/model/snapshot.h"
#include "platform/base/prefix.h"
#include "platform/base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace torii::agent {

struct ControllerOptions {
    ipam::Settings ipam;
    std::string secrets_namespace;
    std::optional<Prefix> router_ids;  // instances without a router ID get one of these
};

// What is done for all nodes, by the one process that leads: addresses of services, the nodes' BGP
// configurations, and statuses.
class Controller {
public:
    Controller(kube::Store& store, ControllerOptions options)
        : store_(store), options_(std::move(options)) {}

    // Nothing unless this process leads. The snapshot has what was decided from then on, whether
    // the store has it already or not. `now` is RFC 3339.
    void run(model::Snapshot& snapshot, const std::string& now);
    // What people should know of the last run.
    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }
    // Nothing: another process leads.
    [[nodiscard]] const std::optional<ipam::Assignment>& assignment() const { return assignment_; }

private:
    void map_nodes(model::Snapshot& snapshot);
    void assign_addresses(model::Snapshot& snapshot, const std::string& now);
    void note(const Result<void>& written);

    kube::Store& store_;
    ControllerOptions options_;
    std::optional<ipam::Assignment> assignment_;  // the last one
    std::vector<std::string> problems_;
};

}  // namespace torii::agent

#pragma once

#include "agent/loadbalance/ruleset.h"
#include "agent/model/snapshot.h"
#include "agent/nftables/table.h"
#include "platform/base/clock.h"
#include "platform/runtime/event_loop.h"

#include <chrono>
#include <memory>

namespace torii::agent {

struct DataPathOptions {
    bool enabled = false;  // off: somebody else balances, as kube-proxy or Cilium
    loadbalance::Settings balancing;
    loadbalance::TableSettings table;
    // How long the routers go on sending what is withdrawn.
    Duration withdraw_delay = std::chrono::seconds(1);
};

// The node's load balancing, in step with what BGP says of it. On the way in it is programmed
// before the announcement; on the way out it stays until the withdrawal has had its effect.
class DataPath {
public:
    DataPath(EventLoop& loop, DataPathOptions options);

    // Brings in what the snapshot has new; before the announcement. When it fails everything stays
    // as it was.
    [[nodiscard]] Result<void> program(const model::Snapshot& snapshot);
    // The snapshot as far as its services are programmed: the rest would be announced in vain.
    [[nodiscard]] model::Snapshot programmed(model::Snapshot snapshot) const;
    // After the announcement: what is gone is taken away in a while.
    void clean_up_later();

private:
    EventLoop& loop_;
    DataPathOptions options_;
    std::unique_ptr<nftables::Table> table_;
    loadbalance::Ruleset wanted_;
    model::ByName<model::Service> services_;  // those of wanted_
    Timer cleaning_;
};

}  // namespace torii::agent

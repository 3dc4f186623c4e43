#pragma once

#include "agent/health/health_checks.h"
#include "agent/loadbalance/balancer.h"
#include "agent/model/snapshot.h"
#include "agent/nftables/table.h"
#include "platform/base/clock.h"
#include "platform/linux/conntrack.h"
#include "platform/runtime/event_loop.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

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
    // What else is not as it should be, for people: the rest works.
    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }
    // After the announcement: what is gone is taken away in a while, however often this is called
    // meanwhile. `failed`: somebody else was at the table, which is to be programmed again.
    void clean_up_later(std::function<void()> failed);

private:
    [[nodiscard]] Result<void> hand_over();
    [[nodiscard]] static Result<std::set<IpAddress>> neighbors(const std::set<IpAddress>& nodes);
    void end_stale_flows();
    void begin_cleaning();
    void clean_up();

    EventLoop& loop_;
    DataPathOptions options_;
    std::unique_ptr<nftables::Table> table_;
    loadbalance::Balancer balancer_;
    std::optional<model::ByName<model::Service>> services_;  // in place, since something failed
    loadbalance::Handover handover_;
    Timer handover_end_;
    std::unique_ptr<netlink::Conntrack> conntrack_;  // once it is needed
    health::HealthChecks health_;
    std::vector<std::string> problems_;
    loadbalance::Ruleset leaving_;  // what goes with the timer, unless it is wanted again
    Timer cleaning_;
    std::function<void()> failed_;
};

}  // namespace torii::agent

#pragma once

#include "agent/loadbalance/frontends.h"
#include "agent/loadbalance/handover.h"
#include "agent/loadbalance/ruleset.h"
#include "agent/loadbalance/stale_flows.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace torii::loadbalance {

// Keeps the ruleset of all services, and works only on those that have changed: with thousands of
// them, nearly none have. No input or output.
class Balancer {
public:
    Balancer(Settings settings, TableSettings table)
        : settings_(std::move(settings)), table_(table) {}

    // What the change from the last snapshot to this brings in; what goes is not in wanted() any
    // more. After reset() that is everything.
    [[nodiscard]] Ruleset update(const model::Snapshot& snapshot);
    // Nothing is in place any more, as far as one knows.
    void reset();

    // All of it. Chains have no rules here: their names say what is in them.
    [[nodiscard]] const Ruleset& wanted() const { return wanted_; }
    [[nodiscard]] const Handover& handover() const { return handover_; }
    [[nodiscard]] std::vector<HealthCheck> health_checks() const;
    // Frontends that the last update may have taken endpoints from, as they are now; those that
    // are gone have none.
    [[nodiscard]] const UdpFrontends& changed_udp() const { return changed_udp_; }
    // The services of the update before the last one.
    [[nodiscard]] model::ByName<model::Service> services_before() const;

private:
    using Slices = std::vector<const model::EndpointSlice*>;

    // What a service came to.
    struct Part {
        std::vector<model::EndpointSlice> slices;
        Ruleset rules;  // chains by name only
        std::vector<HealthCheck> health_checks;
        std::set<IpAddress> shared_addresses;
        UdpFrontends udp;  // without their endpoints
    };

    void put(const std::string& owner, Part part, Ruleset rules, Ruleset& fresh);
    void take_out(const std::string& owner, const Ruleset& rules, Ruleset& fresh);
    void choose(const std::string& set, const std::string& key, Ruleset& fresh);
    void remember(const std::string& key, const model::Service& service);
    [[nodiscard]] bool is_known(const model::Service& service, const Slices& slices) const;

    Settings settings_;
    TableSettings table_;
    model::ByName<model::Service> services_;
    std::map<std::string, std::optional<model::Service>> replaced_;  // by the last update
    std::optional<model::ByName<model::Service>> forgotten_;  // by reset(), until the second update
    std::map<std::string, Part> parts_;  // by service; the nodes' is that of no service
    // Set -> key -> owner -> value. Several have the same pods, or claim one frontend: the first by
    // name has it.
    std::map<std::string, std::map<std::string, std::map<std::string, std::string>>> claims_;
    Ruleset wanted_;
    Handover handover_;
    UdpFrontends changed_udp_;
};

}  // namespace torii::loadbalance

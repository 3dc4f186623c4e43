#include "agent/loadbalance/balancer.h"

#include "agent/loadbalance/service_frontends.h"

#include <algorithm>
#include <utility>

namespace torii::loadbalance {
namespace {

const std::string kNodes;  // the owner of what is of no service; no service is before it

// Of one service: where its connections come from routers, who may send them to any node.
std::set<IpAddress> shared_addresses(const NodeBalancing& balancing) {
    std::set<IpAddress> addresses;
    for (const auto& [frontend, handling] : balancing.frontends) {
        const bool shared = frontend.address && frontend.protocol == model::Protocol::tcp &&
                            !balancing.cluster_ips.contains(*frontend.address);
        if (shared) addresses.insert(*frontend.address);
    }
    return addresses;
}

// Terminating endpoints keep what they have.
void add_udp(const ServiceView& view, bool with_endpoints, UdpFrontends& frontends) {
    for (const ServiceFrontend& frontend : view.frontends()) {
        if (frontend.port->protocol != model::Protocol::udp) continue;
        std::set<UdpFrontends::Place> places;
        for (const PortEndpoint& endpoint : *frontend.endpoints) {
            if (with_endpoints) places.emplace(endpoint.address, endpoint.port);
        }
        if (frontend.address) {
            frontends.add(*frontend.address, frontend.number, places);
        } else {
            frontends.add_node_port(frontend.family, frontend.number, places);
        }
    }
}

}  // namespace

void Balancer::reset() {
    if (!services_.empty()) forgotten_ = std::exchange(services_, {});
    replaced_.clear();
    parts_.clear();
    claims_.clear();
    wanted_ = {};
}

bool Balancer::is_known(const model::Service& service, const Slices& slices) const {
    const std::string key = service.metadata.key();
    const auto before = services_.find(key);
    if (before == services_.end() || before->second != service) return false;
    return std::ranges::equal(
        parts_.at(key).slices, slices, {}, {},
        [](const model::EndpointSlice* slice) -> const auto& { return *slice; });
}

Ruleset Balancer::update(const model::Snapshot& snapshot) {
    Ruleset fresh;
    if (!parts_.empty()) forgotten_.reset();
    replaced_.clear();
    changed_udp_ = {};
    for (auto service = services_.begin(); service != services_.end();) {
        const std::string key = (service++)->first;
        if (snapshot.services.contains(key)) continue;
        take_out(key, parts_.at(key).rules, fresh);
        changed_udp_.add(parts_.at(key).udp);
        parts_.erase(key);
        replaced_[key] = std::move(services_.extract(key).mapped());
    }
    const NodeBalancing nodes = nodes_balancing(snapshot, settings_);
    put(kNodes, {}, ruleset(nodes, table_), fresh);

    model::SlicesByService slices = model::slices_by_service(snapshot);
    for (const auto& [key, service] : snapshot.services) {
        const Slices& of_service = slices[key];
        if (is_known(service, of_service)) continue;
        const NodeBalancing balancing = service_balancing(service, of_service, settings_);
        Part part;
        for (const model::EndpointSlice* slice : of_service) part.slices.push_back(*slice);
        part.health_checks = balancing.health_checks;
        part.shared_addresses = shared_addresses(balancing);
        if (const auto before = parts_.find(key); before != parts_.end()) {
            changed_udp_.add(before->second.udp);
        }
        const ServiceView view(service, of_service);
        add_udp(view, true, changed_udp_);
        add_udp(view, false, part.udp);
        put(key, std::move(part), ruleset(balancing, table_), fresh);
        remember(key, service);
    }
    handover_ = handover_of(snapshot, settings_.node);
    if (!handover_.needed()) return fresh;
    for (const auto& [owner, part] : parts_) {
        handover_.addresses.insert(part.shared_addresses.begin(), part.shared_addresses.end());
    }
    return fresh;
}

void Balancer::remember(const std::string& key, const model::Service& service) {
    const auto before = services_.find(key);
    if (before == services_.end()) {
        replaced_[key] = std::nullopt;
    } else {
        replaced_[key] = std::move(before->second);
    }
    services_.insert_or_assign(key, service);
}

model::ByName<model::Service> Balancer::services_before() const {
    if (forgotten_) return *forgotten_;
    model::ByName<model::Service> before = services_;
    for (const auto& [key, service] : replaced_) {
        if (service) {
            before[key] = *service;
        } else {
            before.erase(key);
        }
    }
    return before;
}

void Balancer::put(const std::string& owner, Part part, Ruleset rules, Ruleset& fresh) {
    if (const auto before = parts_.find(owner); before != parts_.end()) {
        take_out(owner, before->second.rules, fresh);
    }
    for (const auto& [set, elements] : rules.elements) {
        for (const auto& [key, value] : elements) {
            claims_[set][key][owner] = value;
            choose(set, key, fresh);
        }
    }
    for (const auto& [name, set] : rules.affinity_sets) {
        wanted_.affinity_sets[name] = fresh.affinity_sets[name] = set;
    }
    for (auto& [name, text] : rules.chains) {
        wanted_.chains[name];
        fresh.chains[name] = std::exchange(text, {});
    }
    part.rules = std::move(rules);
    parts_.insert_or_assign(owner, std::move(part));
}

void Balancer::take_out(const std::string& owner, const Ruleset& rules, Ruleset& fresh) {
    for (const auto& [set, elements] : rules.elements) {
        for (const auto& [key, value] : elements) {
            claims_[set][key].erase(owner);
            choose(set, key, fresh);
        }
    }
    // Their names are the service's own.
    for (const auto& [name, text] : rules.chains) wanted_.chains.erase(name);
    for (const auto& [name, set] : rules.affinity_sets) wanted_.affinity_sets.erase(name);
}

void Balancer::choose(const std::string& set, const std::string& key, Ruleset& fresh) {
    auto& keys = claims_[set];
    const auto claims = keys.find(key);
    if (claims->second.empty()) {
        keys.erase(claims);
        wanted_.elements[set].erase(key);
        fresh.elements[set].erase(key);
        return;
    }
    const std::string& value = claims->second.begin()->second;
    wanted_.elements[set][key] = fresh.elements[set][key] = value;
}

std::vector<HealthCheck> Balancer::health_checks() const {
    std::vector<HealthCheck> all;
    for (const auto& [owner, part] : parts_) {
        all.insert(all.end(), part.health_checks.begin(), part.health_checks.end());
    }
    return all;
}

}  // namespace torii::loadbalance

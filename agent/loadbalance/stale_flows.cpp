#include "agent/loadbalance/stale_flows.h"

namespace torii::loadbalance {

void UdpFrontends::add(const IpAddress& address, std::uint16_t port,
                       const std::set<Place>& endpoints) {
    addresses_[{address, port}].insert(endpoints.begin(), endpoints.end());
}

void UdpFrontends::add_node_port(IpFamily family, std::uint16_t port,
                                 const std::set<Place>& endpoints) {
    node_ports_[{family, port}].insert(endpoints.begin(), endpoints.end());
}

void UdpFrontends::add(const UdpFrontends& other) {
    for (const auto& [place, endpoints] : other.addresses_) {
        addresses_[place].insert(endpoints.begin(), endpoints.end());
    }
    for (const auto& [port, endpoints] : other.node_ports_) {
        node_ports_[port].insert(endpoints.begin(), endpoints.end());
    }
}

bool UdpFrontends::is_stale(const Place& to, const Place& endpoint) const {
    if (const auto frontend = addresses_.find(to); frontend != addresses_.end()) {
        return !frontend->second.contains(endpoint);
    }
    // The same port of another machine is no frontend of ours, and is not translated.
    if (to == endpoint) return false;
    const auto frontend = node_ports_.find({to.first.family(), to.second});
    return frontend != node_ports_.end() && !frontend->second.contains(endpoint);
}

}  // namespace torii::loadbalance

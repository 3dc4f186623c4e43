#pragma once

#include "platform/base/ip_address.h"

#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace torii::loadbalance {

// UDP has no end: the kernel goes on sending what a client sends to an endpoint that is gone, for
// as long as it sends. So whoever takes an endpoint away has to end its connections; TCP's would
// end by themselves, or are to live.
class UdpFrontends {
public:
    using Place = std::pair<IpAddress, std::uint16_t>;

    // Several calls for one frontend add up.
    void add(const IpAddress& address, std::uint16_t port, const std::set<Place>& endpoints);
    void add_node_port(IpFamily family, std::uint16_t port, const std::set<Place>& endpoints);
    void add(const UdpFrontends& other);
    [[nodiscard]] bool empty() const { return addresses_.empty() && node_ports_.empty(); }

    // Whether a connection to `to`, whose answers come from `endpoint`, belongs to a frontend that
    // would not send it there.
    [[nodiscard]] bool is_stale(const Place& to, const Place& endpoint) const;

private:
    std::map<Place, std::set<Place>> addresses_;
    std::map<std::pair<IpFamily, std::uint16_t>, std::set<Place>> node_ports_;
};

}  // namespace torii::loadbalance

#include "dataplane/fib/forwarding_table.h"

#include <cassert>

// Ports and neighbors: what the table knows of how to reach them.
namespace torii::fib {

ForwardingTable::AdjacencyEntry& ForwardingTable::adjacency_entry(PortId port,
                                                                  const IpAddress& address) {
    AdjacencyEntry& entry = adjacencies_[{port, address}];
    if (!entry.adjacency) {
        entry.adjacency = std::make_unique<Adjacency>(port, address);
        if (const auto link = links_.find(port); link != links_.end()) {
            entry.adjacency->set_link(link->second.mac, link->second.mtu);
        }
    }
    return entry;
}

void ForwardingTable::use_adjacency(NextHopEntry& entry) {
    const NextHop& next_hop = entry.next_hop;
    if (next_hop.kind != NextHopKind::gateway || next_hop.port == kNoPort) return;
    AdjacencyEntry& adjacency = adjacency_entry(next_hop.port, next_hop.address);
    ++adjacency.users;
    entry.adjacency = adjacency.adjacency.get();
}

void ForwardingTable::leave_adjacency(NextHopEntry& entry) {
    if (entry.adjacency == nullptr) return;
    --adjacencies_.at({entry.next_hop.port, entry.next_hop.address}).users;
    release_if_unused(entry.next_hop.port, entry.next_hop.address);
}

void ForwardingTable::release_if_unused(PortId port, const IpAddress& address) {
    const auto position = adjacencies_.find({port, address});
    if (position->second.users != 0 || position->second.neighbor) return;
    const Adjacency* old = position->second.adjacency.release();
    adjacencies_.erase(position);
    reclaimer_.retire([old] { delete old; });
}

template <class Visit>
void ForwardingTable::for_each_on(PortId port, Visit visit) {
    const auto first = adjacencies_.lower_bound({port, IpAddress{}});
    for (auto position = first; position != adjacencies_.end() && position->first.first == port;
         ++position) {
        visit(*position->second.adjacency);
    }
}

void ForwardingTable::set_port(PortId port, const MacAddress& mac, std::uint16_t mtu) {
    assert(!links_.contains(port) || links_.at(port).mac == mac);
    links_[port] = Link{mac, mtu};
    for_each_on(port, [&](Adjacency& adjacency) { adjacency.set_link(mac, mtu); });
}

void ForwardingTable::remove_port(PortId port) {
    links_.erase(port);
    for_each_on(port, [](Adjacency& adjacency) { adjacency.forget_link(); });
}

void ForwardingTable::set_neighbor(PortId port, const IpAddress& address, const MacAddress& mac) {
    AdjacencyEntry& entry = adjacency_entry(port, address);
    entry.adjacency->set_neighbor(mac);
    if (entry.neighbor) return;
    entry.neighbor = true;
    neighbors_.insert(entry.adjacency.get());
}

void ForwardingTable::remove_neighbor(PortId port, const IpAddress& address) {
    const auto position = adjacencies_.find({port, address});
    if (position == adjacencies_.end() || !position->second.neighbor) return;
    position->second.adjacency->set_incomplete();
    position->second.neighbor = false;
    neighbors_.erase(position->second.adjacency.get());
    release_if_unused(port, address);
}

void ForwardingTable::retain_neighbors(const std::function<bool(PortId, const IpAddress&)>& keep) {
    std::vector<AdjacencyKey> gone;
    for (const auto& [key, entry] : adjacencies_) {
        if (entry.neighbor && !keep(key.first, key.second)) gone.push_back(key);
    }
    for (const auto& [port, address] : gone) remove_neighbor(port, address);
}

std::vector<AdjacencyStatus> ForwardingTable::adjacencies() const {
    std::vector<AdjacencyStatus> all;
    for (const auto& [key, entry] : adjacencies_) {
        all.push_back({key.first, key.second, entry.adjacency->mac(), entry.adjacency->resolved()});
    }
    return all;
}

}  // namespace torii::fib

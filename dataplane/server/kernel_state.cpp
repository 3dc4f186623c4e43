#include "dataplane/server/kernel_state.h"

namespace torii::dataplane {

netlink::MonitorEvents KernelState::feed() {
    netlink::MonitorEvents feed;
    feed.link = [this](const netlink::Link& link, bool removed) { on_link(link, removed); };
    feed.address = [this](const netlink::LinkAddress& address, bool removed) {
        on_address(address, removed);
    };
    feed.neighbor = [this](const netlink::Neighbor& neighbor, bool removed) {
        on_neighbor(neighbor, removed);
    };
    feed.dump_begin = [this] { ++dump_; };
    feed.dump_done = [this] { forget_untold(); };
    return feed;
}

const netlink::Link* KernelState::link(const std::string& name) const {
    for (const auto& [index, known] : links_) {
        if (known.value.name == name) return &known.value;
    }
    return nullptr;
}

std::vector<InterfaceAddress> KernelState::addresses(std::uint32_t link_index) const {
    std::vector<InterfaceAddress> found;
    for (const auto& [address, dump] : addresses_) {
        if (address.link_index == link_index) found.push_back(address.address);
    }
    return found;
}

std::vector<netlink::Neighbor> KernelState::neighbors(std::uint32_t link_index) const {
    std::vector<netlink::Neighbor> found;
    const auto first = neighbors_.lower_bound({link_index, IpAddress{}});
    for (auto one = first; one != neighbors_.end() && one->first.first == link_index; ++one) {
        found.push_back(one->second.value);
    }
    return found;
}

const netlink::Neighbor* KernelState::neighbor(std::uint32_t link_index,
                                               const IpAddress& address) const {
    const auto found = neighbors_.find({link_index, address});
    return found == neighbors_.end() ? nullptr : &found->second.value;
}

void KernelState::on_link(const netlink::Link& link, bool removed) {
    if (removed) {
        links_.erase(link.index);
    } else {
        links_[link.index] = {link, dump_};
    }
    events_.link(link, removed);
}

void KernelState::on_address(const netlink::LinkAddress& address, bool removed) {
    if (removed) {
        addresses_.erase(address);
    } else {
        addresses_[address] = dump_;
    }
    events_.addresses(address.link_index);
}

void KernelState::on_neighbor(const netlink::Neighbor& neighbor, bool removed) {
    if (neighbor.address.is_multicast()) return;  // mapped, not resolved
    if (removed) {
        neighbors_.erase({neighbor.link_index, neighbor.address});
    } else {
        neighbors_[{neighbor.link_index, neighbor.address}] = {neighbor, dump_};
    }
    events_.neighbor(neighbor, removed);
}

// What the dump that has just ended did not name exists no more.
void KernelState::forget_untold() {
    const auto links = links_;
    for (const auto& [index, known] : links) {
        if (known.dump != dump_) on_link(known.value, true);
    }
    const auto addresses = addresses_;
    for (const auto& [address, dump] : addresses) {
        if (dump != dump_) on_address(address, true);
    }
    const auto neighbors = neighbors_;
    for (const auto& [key, known] : neighbors) {
        if (known.dump != dump_) on_neighbor(known.value, true);
    }
}

}  // namespace torii::dataplane

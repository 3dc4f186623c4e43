#include "controlplane/server/interfaces.h"

#include "platform/base/log.h"

#include <algorithm>
#include <utility>

namespace torii::controlplane {
namespace {

constexpr Log kLog("interface");

// The kernel makes these by itself.
bool automatic(const InterfaceAddress& address) {
    return address.address.is_v6() && address.address.is_link_local();
}

}  // namespace

void Interfaces::configure(std::vector<InterfaceSettings> settings) {
    configured_ = true;
    for (const InterfaceSettings& old : std::exchange(settings_, std::move(settings))) {
        const auto same = std::ranges::find_if(settings_, [&](const InterfaceSettings& now) {
            return now.name == old.name && now.loopback == old.loopback;
        });
        if (same == settings_.end()) retire(old);
    }
}

void Interfaces::retire(const InterfaceSettings& settings) {
    const auto* found = find(settings.name);
    if (found == nullptr || settings.loopback) return;
    const std::uint32_t index = found->first;
    Link& link = links_.at(index);
    for (const InterfaceAddress& address : std::exchange(link.addresses, {})) {
        if (automatic(address) || done(settings.name, operations_.delete_address(index, address))) {
            continue;
        }
        link.addresses.insert(address);
    }
    InterfaceSettings nothing = settings;
    nothing.neighbors.clear();
    (void)apply_neighbors(index, link, nothing);
}

void Interfaces::begin_dump() {
    links_.clear();
}

void Interfaces::observe_link(std::uint32_t index, const std::string& name, bool up, bool marked) {
    Link& link = links_[index];
    link.name = name;
    link.up = up;
    link.marked = marked;
}

void Interfaces::observe_link_removed(std::uint32_t index) {
    links_.erase(index);
}

void Interfaces::observe_address(std::uint32_t index, const InterfaceAddress& address) {
    const auto link = links_.find(index);
    if (link != links_.end()) link->second.addresses.insert(address);
}

void Interfaces::observe_address_removed(std::uint32_t index, const InterfaceAddress& address) {
    const auto link = links_.find(index);
    if (link != links_.end()) link->second.addresses.erase(address);
}

bool Interfaces::observe_neighbor(const netlink::Neighbor& neighbor, bool removed) {
    const auto link = links_.find(neighbor.link_index);
    if (link == links_.end()) return false;
    auto& known = link->second.neighbors;
    const bool ours = neighbor.permanent() && neighbor.protocol == kNeighborMark;
    if (removed || !ours || !neighbor.mac) return known.erase(neighbor.address) != 0;
    return known.insert_or_assign(neighbor.address, *neighbor.mac).second;
}

bool Interfaces::apply() {
    bool complete = remove_loopbacks();
    for (const InterfaceSettings& settings : settings_) complete = apply(settings) && complete;
    return complete;
}

bool Interfaces::remove_loopbacks() {
    if (!configured_) return true;
    bool complete = true;
    for (const auto& [index, link] : std::map(links_)) {
        const bool wanted = std::ranges::any_of(settings_, [&](const InterfaceSettings& settings) {
            return settings.loopback && settings.name == link.name;
        });
        if (!link.marked || wanted) continue;
        const bool gone = done(link.name, operations_.delete_link(index));
        if (gone) links_.erase(index);
        complete = complete && gone;
    }
    return complete;
}

bool Interfaces::apply(const InterfaceSettings& settings) {
    const auto* found = find(settings.name);
    if (found == nullptr) {
        // The TAP of a port comes with the packet engine; its link event brings us back here.
        if (!settings.loopback) return true;
        const Result<std::uint32_t> index = operations_.create_loopback(settings.name);
        if (!index) return done(settings.name, unexpected(index.error()));
        observe_link(*index, settings.name, false);
        found = find(settings.name);
    }
    const std::uint32_t index = found->first;
    Link& link = links_.at(index);
    bool complete = true;
    if (settings.loopback && !link.marked) {
        link.marked = done(settings.name, operations_.mark_loopback(index));
        complete = link.marked;
    }
    if (link.up != settings.enabled) {
        const bool changed = done(settings.name, operations_.set_up(index, settings.enabled));
        if (changed) link.up = settings.enabled;
        complete = changed && complete;
    }
    complete = apply_addresses(index, link, settings) && complete;
    return apply_neighbors(index, link, settings) && complete;
}

bool Interfaces::apply_addresses(std::uint32_t index, Link& link,
                                 const InterfaceSettings& settings) {
    bool complete = true;
    const std::set<InterfaceAddress> wanted(settings.addresses.begin(), settings.addresses.end());
    for (const InterfaceAddress& address : std::set(link.addresses)) {
        if (wanted.contains(address) || automatic(address)) continue;
        const bool gone = done(settings.name, operations_.delete_address(index, address));
        if (gone) link.addresses.erase(address);
        complete = complete && gone;
    }
    // In the order of the configuration: the first of a subnet is the source of our own packets.
    for (const InterfaceAddress& address : settings.addresses) {
        if (link.addresses.contains(address)) continue;
        // The kernel drops IPv6 addresses of a link that is down.
        if (address.address.is_v6() && !link.up) continue;
        const bool added = done(settings.name, operations_.add_address(index, address));
        if (added) {
            link.addresses.insert(address);
            kLog.info("{} address={}", settings.name, address.to_string());
        }
        complete = complete && added;
    }
    return complete;
}

bool Interfaces::apply_neighbors(std::uint32_t index, Link& link,
                                 const InterfaceSettings& settings) {
    bool complete = true;
    for (const auto& [address, mac] : std::map(link.neighbors)) {
        if (settings.neighbors.contains(address)) continue;
        const bool gone = done(settings.name, operations_.delete_neighbor(index, address));
        if (gone) link.neighbors.erase(address);
        complete = complete && gone;
    }
    // A link that goes down takes its neighbors along.
    if (!link.up) return complete;
    for (const auto& [address, mac] : settings.neighbors) {
        const auto known = link.neighbors.find(address);
        if (known != link.neighbors.end() && known->second == mac) continue;
        const bool set = done(settings.name, operations_.set_neighbor(index, address, mac));
        if (set) {
            link.neighbors[address] = mac;
            kLog.info("{} neighbor={} mac={}", settings.name, address, mac.to_string());
        }
        complete = complete && set;
    }
    return complete;
}

// The same problem is told once, not at each attempt.
bool Interfaces::done(const std::string& name, const Result<void>& result) {
    if (result) return true;
    std::string& last = problems_[name];
    if (last != result.error().message) kLog.error("{} {}", name, result.error().message);
    last = result.error().message;
    return false;
}

const std::pair<const std::uint32_t, Interfaces::Link>* Interfaces::find(
    const std::string& name) const {
    const auto found =
        std::ranges::find_if(links_, [&](const auto& link) { return link.second.name == name; });
    return found == links_.end() ? nullptr : &*found;
}

template <class Visit>
void Interfaces::for_each_address(const Visit& visit) const {
    for (const InterfaceSettings& settings : settings_) {
        const auto* found = find(settings.name);
        if (found == nullptr || !found->second.up || !settings.enabled) continue;
        for (const InterfaceAddress& address : settings.addresses) {
            if (found->second.addresses.contains(address)) visit(settings, address);
        }
    }
}

std::map<Prefix, std::string> Interfaces::connected() const {
    std::map<Prefix, std::string> networks;
    for_each_address([&](const InterfaceSettings& settings, const InterfaceAddress& address) {
        if (automatic(address) || address.network().is_host()) return;
        networks.try_emplace(address.network(), settings.name);
    });
    return networks;
}

std::map<IpAddress, std::string> Interfaces::local() const {
    std::map<IpAddress, std::string> addresses;
    for_each_address([&](const InterfaceSettings& settings, const InterfaceAddress& address) {
        if (!automatic(address)) addresses.try_emplace(address.address, settings.name);
    });
    return addresses;
}

std::set<std::string> Interfaces::up() const {
    std::set<std::string> names;
    for (const InterfaceSettings& settings : settings_) {
        const auto* found = find(settings.name);
        if (found != nullptr && found->second.up && settings.enabled) names.insert(settings.name);
    }
    return names;
}

}  // namespace torii::controlplane

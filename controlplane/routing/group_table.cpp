#include "controlplane/routing/group_table.h"

#include <algorithm>
#include <utility>

namespace torii::routing {

void GroupTable::adopt(const FibNextHop& next_hop) {
    adopted_next_hops_.try_emplace(next_hop.next_hop, next_hop.id);
    adopted_ids_[next_hop.id] = next_hop.next_hop;
    last_next_hop_ = std::max(last_next_hop_, next_hop.id);
}

void GroupTable::adopt(const FibGroup& group) {
    last_group_ = std::max(last_group_, group.id);
    ForwardingMembers members;
    for (const FibGroupMember& member : group.members) {
        const auto next_hop = adopted_ids_.find(member.next_hop_id);
        if (next_hop == adopted_ids_.end()) return;
        members.push_back({next_hop->second, std::max(1U, member.weight)});
    }
    adopted_groups_.try_emplace(normalized(std::move(members)), group.id);
}

void GroupTable::begin_sync() {
    for (auto& [forwarding, group] : groups_) {
        group.routes = 0;
        group.sent = false;
        idle_.insert(forwarding);
    }
    for (auto& [next_hop, entry] : next_hops_) entry.sent = false;
}

std::uint32_t GroupTable::use(const Forwarding& forwarding, FibBatch& batch) {
    const auto [found, added] = groups_.try_emplace(forwarding);
    Group& group = found->second;
    if (!group.sent) {
        const ForwardingMembers members = sendable(*forwarding);
        if (added) {
            auto adopted = adopted_groups_.extract(members);
            group.id = adopted.empty() ? ++last_group_ : adopted.mapped();
        }
        send(group, members, batch);
    }
    if (group.routes++ == 0) idle_.erase(forwarding);
    return group.id;
}

void GroupTable::release(const Forwarding& forwarding) {
    const auto found = groups_.find(forwarding);
    if (found != groups_.end() && --found->second.routes == 0) idle_.insert(forwarding);
}

ForwardingMembers GroupTable::sendable(const ForwardingMembers& members) const {
    ForwardingMembers result;
    for (const ForwardingMember& member : members) {
        const std::string& interface = member.next_hop.interface;
        if (interface.empty() || ports_.contains(interface)) result.push_back(member);
    }
    if (result.empty()) result.push_back({{NextHopKind::reject, {}, {}}, 1});
    const auto is_down = [this](const ForwardingMember& member) {
        return member.next_hop.kind == NextHopKind::gateway &&
               down_.contains(member.next_hop.address);
    };
    if (!std::ranges::all_of(result, is_down)) std::erase_if(result, is_down);
    return result;
}

void GroupTable::set_down(const IpAddress& gateway, bool down) {
    if (down) {
        down_.insert(gateway);
    } else {
        down_.erase(gateway);
    }
}

void GroupTable::refresh(FibBatch& batch) {
    for (auto& [forwarding, group] : groups_) {
        if (!group.sent || group.routes == 0) continue;
        const ForwardingMembers members = sendable(*forwarding);
        if (members != group.members) send(group, members, batch);
    }
}

void GroupTable::send(Group& group, const ForwardingMembers& members, FibBatch& batch) {
    FibGroup message{group.id, {}};
    for (const ForwardingMember& member : members) {
        message.members.push_back({use_next_hop(member.next_hop, batch), member.weight});
    }
    // After the new ones were counted, so that those in both stay.
    release_next_hops(std::exchange(group.members, members));
    group.sent = true;
    batch.groups.push_back(std::move(message));
}

std::uint32_t GroupTable::use_next_hop(const ForwardingNextHop& next_hop, FibBatch& batch) {
    const auto [found, added] = next_hops_.try_emplace(next_hop);
    NextHopEntry& entry = found->second;
    if (added) {
        auto adopted = adopted_next_hops_.extract(next_hop);
        entry.id = adopted.empty() ? ++last_next_hop_ : adopted.mapped();
    }
    if (!std::exchange(entry.sent, true)) batch.next_hops.push_back({entry.id, next_hop});
    if (entry.groups++ == 0) idle_next_hops_.erase(next_hop);
    return entry.id;
}

void GroupTable::release_next_hops(const ForwardingMembers& members) {
    for (const ForwardingMember& member : members) {
        const auto found = next_hops_.find(member.next_hop);
        if (--found->second.groups == 0) idle_next_hops_.insert(member.next_hop);
    }
}

void GroupTable::collect(FibBatch& batch) {
    for (const Forwarding& forwarding : std::exchange(idle_, {})) {
        const auto found = groups_.find(forwarding);
        if (found->second.sent) batch.removed_groups.push_back(found->second.id);
        release_next_hops(found->second.members);
        groups_.erase(found);
    }
    for (const ForwardingNextHop& next_hop : std::exchange(idle_next_hops_, {})) {
        const auto found = next_hops_.find(next_hop);
        if (found->second.sent) batch.removed_next_hops.push_back(found->second.id);
        next_hops_.erase(found);
    }
    // Whatever was not taken over by now, the engine has swept.
    adopted_next_hops_.clear();
    adopted_groups_.clear();
    adopted_ids_.clear();
}

std::uint32_t GroupTable::id(const Forwarding& forwarding) const {
    const auto found = groups_.find(forwarding);
    return found == groups_.end() ? 0 : found->second.id;
}

}  // namespace torii::routing

#include "controlplane/routing/kernel_objects.h"

#include <algorithm>
#include <utility>

namespace torii::routing {

void KernelObjects::observe(std::uint32_t id, const KernelNextHop& next_hop, bool ours) {
    last_id_ = std::max(last_id_, id);
    const auto found = objects_.find(id);
    if (found != objects_.end()) {
        if (ours && found->second == next_hop) return;
        erase(id);
    }
    if (ours) insert(id, next_hop);
}

std::vector<std::uint32_t> KernelObjects::observe_removed(std::uint32_t id) {
    const auto found = objects_.find(id);
    if (found == objects_.end()) return {};
    const bool single = found->second.group.empty();
    erase(id);
    std::vector<std::uint32_t> affected{id};
    if (!single) return affected;
    // The kernel takes it out of its groups, and deletes those that are left empty.
    std::vector<std::pair<std::uint32_t, KernelNextHop>> groups;
    for (const auto& [group_id, object] : objects_) {
        if (std::ranges::find(object.group, id, &KernelGroupMember::id) != object.group.end()) {
            groups.emplace_back(group_id, object);
        }
    }
    for (auto& [group_id, group] : groups) {
        affected.push_back(group_id);
        erase(group_id);
        std::erase_if(group.group,
                      [&](const KernelGroupMember& member) { return member.id == id; });
        if (!group.group.empty()) insert(group_id, group);
    }
    return affected;
}

Result<std::uint32_t> KernelObjects::get(const KernelNextHop& next_hop) {
    const auto found = by_content_.find(next_hop);
    if (found != by_content_.end()) return found->second;
    const std::uint32_t id = last_id_ + 1;
    if (auto done = kernel_.put_object(id, next_hop); !done) return unexpected(done.error());
    last_id_ = id;
    insert(id, next_hop);
    return id;
}

void KernelObjects::use(std::uint32_t id) {
    ++users_[id];
    idle_.erase(id);
}

void KernelObjects::release(std::uint32_t id) {
    const auto found = users_.find(id);
    if (found == users_.end() || --found->second != 0) return;
    users_.erase(found);
    if (objects_.contains(id)) idle_.insert(id);
}

void KernelObjects::collect() {
    // Deleting a group may leave its members without users.
    while (!idle_.empty()) {
        for (const std::uint32_t id : std::exchange(idle_, {})) {
            // A failure leaves an unused object behind, which the next process takes up.
            if (kernel_.delete_object(id)) erase(id);
        }
    }
}

std::vector<std::uint32_t> KernelObjects::ids() const {
    std::vector<std::uint32_t> all;
    for (const auto& [id, object] : objects_) all.push_back(id);
    return all;
}

std::vector<std::uint32_t> KernelObjects::on_link(std::uint32_t link) const {
    std::vector<std::uint32_t> found;
    for (const auto& [id, object] : objects_) {
        if (object.link == link && object.group.empty() && !object.blackhole) found.push_back(id);
    }
    return found;
}

void KernelObjects::insert(std::uint32_t id, const KernelNextHop& next_hop) {
    objects_[id] = next_hop;
    // The first keeps its place: a second of the same contents is only kept while it is used.
    by_content_.try_emplace(next_hop, id);
    for (const KernelGroupMember& member : next_hop.group) use(member.id);
    if (!users_.contains(id)) idle_.insert(id);
}

void KernelObjects::erase(std::uint32_t id) {
    const auto found = objects_.find(id);
    if (found == objects_.end()) return;
    const KernelNextHop next_hop = found->second;
    objects_.erase(found);
    idle_.erase(id);
    const auto indexed = by_content_.find(next_hop);
    if (indexed != by_content_.end() && indexed->second == id) by_content_.erase(indexed);
    for (const KernelGroupMember& member : next_hop.group) release(member.id);
}

}  // namespace torii::routing

#include "controlplane/routing/kernel_mirror.h"

#include <algorithm>
#include <utility>

namespace torii::routing {
namespace {

constexpr std::uint32_t kWeightMax = 256;

}  // namespace

void KernelMirror::set_route(const Prefix& prefix, Protocol protocol,
                             const Forwarding& forwarding) {
    wanted_[prefix] = {protocol, forwarding};
    dirty_.insert(prefix);
}

void KernelMirror::remove_route(const Prefix& prefix) {
    if (wanted_.erase(prefix) != 0) dirty_.insert(prefix);
}

void KernelMirror::set_complete() {
    if (std::exchange(complete_, true)) return;
    for (const auto& [prefix, route] : actual_) {
        if (!wanted_.contains(prefix)) dirty_.insert(prefix);
    }
}

void KernelMirror::set_link(const std::string& name, std::uint32_t index) {
    const auto [found, added] = links_.try_emplace(name, index);
    if (!added && found->second == index) return;
    found->second = index;
    forget_link(index);
    retry();
}

void KernelMirror::remove_link(const std::string& name) {
    const auto found = links_.find(name);
    if (found == links_.end()) return;
    const std::uint32_t index = found->second;
    links_.erase(found);
    forget_link(index);
}

// The kernel deletes the objects of a link that cannot carry packets, up to a second later, and
// does not say so. What a dump showed in that second is not there any more when the link is back.
void KernelMirror::forget_link(std::uint32_t index) {
    for (const std::uint32_t id : objects_.on_link(index)) observe_object_removed(id);
}

void KernelMirror::begin_dump() {
    dumping_ = true;
    unseen_.clear();
    unseen_objects_.clear();
    for (const auto& [prefix, route] : actual_) unseen_.insert(prefix);
    for (const std::uint32_t id : objects_.ids()) unseen_objects_.insert(id);
}

void KernelMirror::end_dump() {
    dumping_ = false;
    for (const Prefix& prefix : std::exchange(unseen_, {})) observe_route_removed(prefix);
    for (const std::uint32_t id : std::exchange(unseen_objects_, {})) observe_object_removed(id);
}

void KernelMirror::observe_object(std::uint32_t id, const KernelNextHop& next_hop, bool ours) {
    unseen_objects_.erase(id);
    objects_.observe(id, next_hop, ours);
}

void KernelMirror::observe_object_removed(std::uint32_t id) {
    const std::vector<std::uint32_t> affected = objects_.observe_removed(id);
    if (affected.empty()) return;
    const std::unordered_set<std::uint32_t> ids(affected.begin(), affected.end());
    std::vector<Prefix> prefixes;
    for (const auto& [prefix, route] : actual_) {
        if (ids.contains(route.object_id)) prefixes.push_back(prefix);
    }
    for (const Prefix& prefix : prefixes) {
        // With the object the kernel deletes the routes, and does not always say so.
        if (!objects_.exists(actual_.at(prefix).object_id)) forget(prefix);
        dirty_.insert(prefix);
    }
}

void KernelMirror::observe_route(const KernelRoute& route) {
    unseen_.erase(route.prefix);
    const auto found = actual_.find(route.prefix);
    if (found != actual_.end() && found->second == route) return;
    forget(route.prefix);
    actual_[route.prefix] = route;
    objects_.use(route.object_id);
    if (complete_ || wanted_.contains(route.prefix)) dirty_.insert(route.prefix);
}

void KernelMirror::observe_route_removed(const Prefix& prefix) {
    if (!actual_.contains(prefix)) return;
    forget(prefix);
    if (wanted_.contains(prefix)) dirty_.insert(prefix);
}

bool KernelMirror::flush(std::size_t limit) {
    if (dumping_) return false;
    for (std::size_t count = 0; count < limit && !dirty_.empty(); ++count) {
        const Prefix prefix = *dirty_.begin();
        dirty_.erase(dirty_.begin());
        failed_.erase(prefix);
        apply(prefix);
    }
    if (!dirty_.empty()) return true;
    if (complete_) objects_.collect();
    return false;
}

void KernelMirror::retry() {
    dirty_.insert(failed_.begin(), failed_.end());
    failed_.clear();
}

void KernelMirror::apply(const Prefix& prefix) {
    const auto wanted = wanted_.find(prefix);
    if (wanted != wanted_.end()) return apply(prefix, wanted->second);
    const auto actual = actual_.find(prefix);
    // Before every source has spoken, a route of an earlier process stays.
    if (actual == actual_.end() || !complete_) return;
    if (auto done = kernel_.delete_route(actual->second); !done) {
        return fail_later(prefix, done.error().message);
    }
    forget(prefix);
}

void KernelMirror::apply(const Prefix& prefix, const Wanted& wanted) {
    bool complete = true;
    const Result<std::uint32_t> object = object_for(prefix, *wanted.forwarding, complete);
    if (!object) return fail_later(prefix, object.error().message);
    const KernelRoute route{prefix, wanted.protocol, *object};
    const auto actual = actual_.find(prefix);
    if (actual == actual_.end() || actual->second != route) {
        if (auto done = kernel_.put_route(route); !done) {
            return fail_later(prefix, done.error().message);
        }
        objects_.use(route.object_id);
        forget(prefix);
        actual_[prefix] = route;
    }
    if (!complete) failed_.insert(prefix);
}

void KernelMirror::forget(const Prefix& prefix) {
    const auto actual = actual_.find(prefix);
    if (actual == actual_.end()) return;
    const std::uint32_t object = actual->second.object_id;
    actual_.erase(actual);
    objects_.release(object);
}

void KernelMirror::fail_later(const Prefix& prefix, std::string error) {
    last_error_ = std::move(error);
    failed_.insert(prefix);
}

Result<std::uint32_t> KernelMirror::object_for(const Prefix& prefix,
                                               const ForwardingMembers& members, bool& complete) {
    KernelNextHop group;
    Result<std::uint32_t> last = fail("{} has no next hops", prefix);
    for (const ForwardingMember& member : members) {
        Result<std::uint32_t> object = object_for(prefix, member.next_hop);
        if (object) {
            const auto weight =
                static_cast<std::uint16_t>(std::clamp(member.weight, 1U, kWeightMax));
            group.group.push_back({*object, weight});
        } else {
            last_error_ = object.error().message;
            complete = false;
        }
        if (object || !last) last = std::move(object);
    }
    if (group.group.size() < 2) return last;
    std::ranges::sort(group.group);
    return objects_.get(group);
}

Result<std::uint32_t> KernelMirror::object_for(const Prefix& prefix,
                                               const ForwardingNextHop& next_hop) {
    KernelNextHop object;
    object.family = prefix.family();
    switch (next_hop.kind) {
        case NextHopKind::gateway:
        case NextHopKind::attached: {
            const auto link = links_.find(next_hop.interface);
            if (link == links_.end()) {
                return fail("{} waits for the interface {}", prefix, next_hop.interface);
            }
            object.link = link->second;
            if (next_hop.kind == NextHopKind::gateway) {
                object.gateway = next_hop.address;
                object.family = next_hop.address.family();
            }
            break;
        }
        case NextHopKind::local:
        case NextHopKind::discard:
        case NextHopKind::reject: object.blackhole = true; break;
    }
    return objects_.get(object);
}

std::size_t KernelMirror::bgp_routes() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        actual_, [](const auto& entry) { return entry.second.protocol == Protocol::bgp; }));
}

}  // namespace torii::routing

#include "controlplane/routing/kernel_mirror.h"

#include <algorithm>
#include <utility>

namespace torii::routing {
namespace {

constexpr std::uint32_t kWeightMax = 256;

}  // namespace

void KernelMirror::set_route(const Prefix& prefix, Protocol protocol,
                             const Forwarding& forwarding) {
    const std::uint32_t id = records_.add(prefix).first;
    records_[id].wanted = forwarding;
    records_[id].wanted_protocol = protocol;
    records_[id].set(Record::kTold, true);
    mark(id);
}

void KernelMirror::remove_route(const Prefix& prefix) {
    if (records_.size() == 0) return;  // a router with a full table keeps it from the kernel
    const auto id = records_.find(prefix);
    if (!id || !records_[*id].wanted) return;
    records_[*id].wanted = {};
    mark(*id);
}

void KernelMirror::remove_bgp() {
    records_.for_each([this](std::uint32_t id) {
        if (!records_[id].wanted || records_[id].wanted_protocol != Protocol::bgp) return;
        records_[id].wanted = {};
        mark(id);
    });
}

void KernelMirror::mark(std::uint32_t id) {
    if (records_[id].is(Record::kDirty)) return;
    records_[id].set(Record::kDirty, true);
    if (records_[id].wanted) return dirty_.push(id);
    removals_.push_back(id);
}

std::uint32_t KernelMirror::next_dirty() {
    if (!dirty_.empty()) return dirty_.pop();
    const std::uint32_t id = removals_.back();
    removals_.pop_back();
    if (removals_.empty()) removals_ = std::vector<std::uint32_t>();
    return id;
}

void KernelMirror::set_complete() {
    if (std::exchange(complete_, true)) return;
    records_.for_each([this](std::uint32_t id) {
        if (!records_[id].wanted) mark(id);
    });
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
    forget_objects(objects_.on_link(index));
}

void KernelMirror::begin_dump() {
    dumping_ = true;
    unseen_.clear();
    unseen_objects_.clear();
    records_.for_each([this](std::uint32_t id) {
        if (records_[id].is(Record::kActual)) unseen_.insert(id);
    });
    for (const std::uint32_t id : objects_.ids()) unseen_objects_.insert(id);
}

void KernelMirror::end_dump() {
    dumping_ = false;
    while (const auto id = unseen_.next(0)) observe_route_removed(*id);
    forget_objects({unseen_objects_.begin(), unseen_objects_.end()});
    unseen_objects_.clear();
}

void KernelMirror::observe_object(std::uint32_t id, const KernelNextHop& next_hop, bool ours) {
    unseen_objects_.erase(id);
    objects_.observe(id, next_hop, ours);
}

void KernelMirror::observe_object_removed(std::uint32_t id) {
    forget_objects({id});
}

// All at once: every route is looked at.
void KernelMirror::forget_objects(const std::vector<std::uint32_t>& ids) {
    std::unordered_set<std::uint32_t> affected;
    for (const std::uint32_t id : ids) {
        const std::vector<std::uint32_t> with_it = objects_.observe_removed(id);
        affected.insert(with_it.begin(), with_it.end());
    }
    if (affected.empty()) return;
    records_.for_each([&](std::uint32_t number) {
        const Record& record = records_[number];
        if (!record.is(Record::kActual) || !affected.contains(record.object)) return;
        // With the object the kernel deletes the routes, and does not always say so.
        if (!objects_.exists(record.object)) forget(number);
        mark(number);
    });
}

void KernelMirror::observe_route(const KernelRoute& route) {
    const std::uint32_t id = records_.add(route.prefix).first;
    unseen_.erase(id);
    if (records_[id].is(Record::kActual) && actual(id) == route) return;
    forget(id);
    set_actual(id, route);
    objects_.use(route.object_id);
    if (complete_ || records_[id].wanted) mark(id);
}

void KernelMirror::observe_route_removed(const Prefix& prefix) {
    if (const auto id = records_.find(prefix)) observe_route_removed(*id);
}

void KernelMirror::observe_route_removed(std::uint32_t id) {
    unseen_.erase(id);
    if (!records_[id].is(Record::kActual)) return;
    forget(id);
    if (records_[id].wanted) return mark(id);
    drop_if_idle(id);
}

KernelRoute KernelMirror::actual(std::uint32_t id) const {
    return {records_.prefix(id), records_[id].protocol, records_[id].object};
}

void KernelMirror::set_actual(std::uint32_t id, const KernelRoute& route) {
    Record& record = records_[id];
    record.set(Record::kActual, true);
    record.protocol = route.protocol;
    record.object = route.object_id;
    ++routes_;
    if (route.protocol == Protocol::bgp) ++bgp_routes_;
}

void KernelMirror::drop_if_idle(std::uint32_t id) {
    const Record& record = records_[id];
    if (record.wanted || record.is(Record::kActual | Record::kDirty) || failed_.contains(id))
        return;
    unseen_.erase(id);
    records_.erase(id);
}

bool KernelMirror::flush(std::size_t limit) {
    if (dumping_) return false;
    for (std::size_t count = 0; count < limit && pending(); ++count) {
        const std::uint32_t id = next_dirty();
        records_[id].set(Record::kDirty, false);
        failed_.erase(id);
        plan(id);
    }
    carry_out();
    if (pending()) return true;
    if (complete_) objects_.collect();
    return false;
}

void KernelMirror::retry() {
    while (const auto id = failed_.next(0)) {
        failed_.erase(*id);
        mark(*id);
    }
}

void KernelMirror::plan(std::uint32_t id) {
    if (records_[id].wanted) return plan_install(id);
    if (!records_[id].is(Record::kActual)) return drop_if_idle(id);
    // Before every source has spoken, a route of an earlier process stays.
    if (!complete_ && !records_[id].is(Record::kTold)) return;
    planned_.push_back({id});
    changes_.push_back({actual(id), true});
}

void KernelMirror::plan_install(std::uint32_t id) {
    bool complete = true;
    const Prefix prefix = records_.prefix(id);
    const Result<std::uint32_t> object = object_for(prefix, *records_[id].wanted, complete);
    if (!object) return fail_later(id, object.error().message);
    const KernelRoute route{prefix, records_[id].wanted_protocol, *object};
    if (records_[id].is(Record::kActual) && actual(id) == route) {
        if (!complete) failed_.insert(id);
        return;
    }
    objects_.use(route.object_id);
    planned_.push_back({id, complete});
    changes_.push_back({route, false});
}

void KernelMirror::carry_out() {
    if (changes_.empty()) return;
    const std::vector<KernelRouteFailure> failures = kernel_.change_routes(changes_);
    auto failure = failures.begin();
    for (std::size_t index = 0; index < changes_.size(); ++index) {
        if (failure != failures.end() && failure->index == index) {
            failed(planned_[index], changes_[index], failure->error);
            ++failure;
        } else {
            done(planned_[index], changes_[index]);
        }
    }
    planned_.clear();
    changes_.clear();
}

void KernelMirror::done(const Planned& planned, const KernelRouteChange& change) {
    forget(planned.id);
    if (change.removed) return drop_if_idle(planned.id);
    set_actual(planned.id, change.route);
    if (!planned.complete) failed_.insert(planned.id);
}

void KernelMirror::failed(const Planned& planned, const KernelRouteChange& change,
                          const Error& error) {
    if (!change.removed) objects_.release(change.route.object_id);
    fail_later(planned.id, error.message);
}

void KernelMirror::forget(std::uint32_t id) {
    Record& record = records_[id];
    if (!record.is(Record::kActual)) return;
    record.set(Record::kActual, false);
    --routes_;
    if (record.protocol == Protocol::bgp) --bgp_routes_;
    objects_.release(record.object);
}

void KernelMirror::fail_later(std::uint32_t id, std::string error) {
    last_error_ = std::move(error);
    failed_.insert(id);
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

}  // namespace torii::routing

#include "controlplane/server/fib_messages.h"

#include "platform/ipc/convert.h"

#include <utility>
#include <vector>

namespace torii::controlplane {
namespace {

ipc::NextHopKind to_proto(routing::NextHopKind kind) {
    switch (kind) {
        case routing::NextHopKind::gateway: return ipc::NEXT_HOP_GATEWAY;
        case routing::NextHopKind::attached: return ipc::NEXT_HOP_ATTACHED;
        case routing::NextHopKind::local: return ipc::NEXT_HOP_LOCAL;
        case routing::NextHopKind::discard: return ipc::NEXT_HOP_DISCARD;
        case routing::NextHopKind::reject: break;
    }
    return ipc::NEXT_HOP_REJECT;
}

Result<routing::NextHopKind> to_kind(int kind) {
    switch (kind) {
        case ipc::NEXT_HOP_GATEWAY: return routing::NextHopKind::gateway;
        case ipc::NEXT_HOP_ATTACHED: return routing::NextHopKind::attached;
        case ipc::NEXT_HOP_LOCAL: return routing::NextHopKind::local;
        case ipc::NEXT_HOP_DISCARD: return routing::NextHopKind::discard;
        case ipc::NEXT_HOP_REJECT: return routing::NextHopKind::reject;
        default: return fail("next-hop kind {} is not known", kind);
    }
}

Result<routing::FibNextHop> to_next_hop(const ipc::ForwardingMember& member) {
    routing::FibNextHop result;
    if (member.next_hop_id() == 0) return fail("a next hop has id 0");
    result.id = member.next_hop_id();
    const auto kind = to_kind(member.kind());
    if (!kind) return unexpected(kind.error());
    result.next_hop.kind = *kind;
    result.next_hop.interface = member.interface();
    if (*kind != routing::NextHopKind::gateway) return result;
    const auto address = ipc::to_address(member.address());
    if (!address) return unexpected(address.error());
    result.next_hop.address = *address;
    return result;
}

}  // namespace

ipc::FibUpdate to_proto(const routing::FibBatch& batch) {
    ipc::FibUpdate update;
    update.set_version(batch.version);
    update.set_begin_sync(batch.begin_sync);
    update.set_end_sync(batch.end_sync);
    for (const routing::FibNextHop& next_hop : batch.next_hops) {
        auto* added = update.add_next_hops();
        added->set_id(next_hop.id);
        added->set_kind(to_proto(next_hop.next_hop.kind));
        added->set_interface(next_hop.next_hop.interface);
        if (next_hop.next_hop.kind == routing::NextHopKind::gateway) {
            added->set_address(ipc::to_octets(next_hop.next_hop.address));
        }
    }
    for (const routing::FibGroup& group : batch.groups) {
        auto* added = update.add_groups();
        added->set_id(group.id);
        for (const routing::FibGroupMember& member : group.members) {
            auto* added_member = added->add_members();
            added_member->set_next_hop_id(member.next_hop_id);
            added_member->set_weight(member.weight);
        }
    }
    for (const routing::FibRoute& route : batch.routes) {
        auto* added = update.add_routes();
        *added->mutable_prefix() = ipc::to_proto(route.prefix);
        added->set_group_id(route.group_id);
    }
    for (const Prefix& prefix : batch.removed_routes) {
        *update.add_removed_routes() = ipc::to_proto(prefix);
    }
    for (const std::uint32_t id : batch.removed_groups) update.add_removed_groups(id);
    for (const std::uint32_t id : batch.removed_next_hops) update.add_removed_next_hops(id);
    return update;
}

Result<void> adopt(const ipc::ForwardingGroups& groups, routing::GroupTable& table) {
    std::vector<routing::FibNextHop> next_hops;
    std::vector<routing::FibGroup> adopted;
    for (const ipc::ForwardingGroup& group : groups.groups()) {
        if (group.id() == 0) return fail("a group has id 0");
        routing::FibGroup& added = adopted.emplace_back();
        added.id = group.id();
        for (const ipc::ForwardingMember& member : group.members()) {
            auto next_hop = to_next_hop(member);
            if (!next_hop) return unexpected(next_hop.error());
            added.members.push_back({next_hop->id, member.weight()});
            next_hops.push_back(std::move(*next_hop));
        }
    }
    for (const routing::FibNextHop& next_hop : next_hops) table.adopt(next_hop);
    for (const routing::FibGroup& group : adopted) table.adopt(group);
    return {};
}

}  // namespace torii::controlplane

#include "dataplane/server/fib_messages.h"

#include "platform/ipc/convert.h"

#include <utility>

namespace torii::dataplane {
namespace {

Result<fib::NextHopKind> read_kind(const ipc::NextHop& message) {
    switch (message.kind()) {
        case ipc::NEXT_HOP_GATEWAY: return fib::NextHopKind::gateway;
        case ipc::NEXT_HOP_ATTACHED: return fib::NextHopKind::attached;
        case ipc::NEXT_HOP_LOCAL: return fib::NextHopKind::local;
        case ipc::NEXT_HOP_DISCARD: return fib::NextHopKind::discard;
        case ipc::NEXT_HOP_REJECT: return fib::NextHopKind::reject;
        default: return fail("next hop {}: unknown kind {}", message.id(), int{message.kind()});
    }
}

Result<fib::NextHop> read_next_hop(const ipc::NextHop& message) {
    const Result<fib::NextHopKind> kind = read_kind(message);
    if (!kind) return unexpected(kind.error());
    fib::NextHop next_hop;
    next_hop.id = message.id();
    next_hop.kind = *kind;
    if (*kind == fib::NextHopKind::gateway) {
        const Result<IpAddress> address = ipc::to_address(message.address());
        if (!address) return fail("next hop {}: {}", message.id(), address.error().message);
        next_hop.address = *address;
    }
    if (*kind == fib::NextHopKind::gateway || *kind == fib::NextHopKind::attached) {
        if (message.interface().empty()) return fail("next hop {}: no interface", message.id());
        next_hop.interface = message.interface();
    }
    return next_hop;
}

fib::NextHopGroup read_group(const ipc::NextHopGroup& message) {
    fib::NextHopGroup group{message.id(), {}};
    for (const ipc::GroupMember& member : message.members()) {
        group.members.push_back({member.next_hop_id(), member.weight()});
    }
    return group;
}

}  // namespace

Result<fib::FibTransaction> read_update(const ipc::FibUpdate& update) {
    fib::FibTransaction transaction;
    transaction.begin_sync = update.begin_sync();
    transaction.end_sync = update.end_sync();
    for (const ipc::NextHop& message : update.next_hops()) {
        Result<fib::NextHop> next_hop = read_next_hop(message);
        if (!next_hop) return unexpected(next_hop.error());
        transaction.next_hops.push_back(std::move(*next_hop));
    }
    for (const ipc::NextHopGroup& message : update.groups()) {
        transaction.groups.push_back(read_group(message));
    }
    for (const ipc::FibRoute& message : update.routes()) {
        const Result<Prefix> prefix = ipc::to_prefix(message.prefix());
        if (!prefix) return unexpected(prefix.error());
        transaction.routes.push_back({*prefix, message.group_id()});
    }
    for (const ipc::IpPrefix& message : update.removed_routes()) {
        const Result<Prefix> prefix = ipc::to_prefix(message);
        if (!prefix) return unexpected(prefix.error());
        transaction.removed_routes.push_back(*prefix);
    }
    transaction.removed_groups.assign(update.removed_groups().begin(),
                                      update.removed_groups().end());
    transaction.removed_next_hops.assign(update.removed_next_hops().begin(),
                                         update.removed_next_hops().end());
    return transaction;
}

ipc::NextHopKind to_proto(fib::NextHopKind kind) {
    switch (kind) {
        case fib::NextHopKind::gateway: return ipc::NEXT_HOP_GATEWAY;
        case fib::NextHopKind::attached: return ipc::NEXT_HOP_ATTACHED;
        case fib::NextHopKind::local: return ipc::NEXT_HOP_LOCAL;
        case fib::NextHopKind::discard: return ipc::NEXT_HOP_DISCARD;
        case fib::NextHopKind::reject: return ipc::NEXT_HOP_REJECT;
    }
    return ipc::NEXT_HOP_DISCARD;
}

}  // namespace torii::dataplane

#include "platform/linux/netlink_parse.h"
#include "platform/linux/netlink_request.h"
#include "platform/linux/netlink_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace torii::netlink {
namespace {

constexpr std::size_t kGroupMembersMax = 4096;
// A fraction of what a socket may send at once by default (net.core.wmem_default), and of the
// refusals that fit its receive queue.
constexpr std::size_t kBatchOctets = std::size_t{32} * 1024;
constexpr std::size_t kRouteOctetsMax = 256;
constexpr std::string_view kRoutes = "routes";

void put_group(Message& message, const std::vector<NexthopMember>& group) {
    std::vector<nexthop_grp> members;
    for (const NexthopMember& member : group) {
        nexthop_grp entry{};
        entry.id = member.id;
        entry.weight = static_cast<std::uint8_t>(std::clamp<int>(member.weight, 1, 256) - 1);
        members.push_back(entry);
    }
    message.bytes(NHA_GROUP, {reinterpret_cast<const std::uint8_t*>(members.data()),
                              members.size() * sizeof(nexthop_grp)});
}

void put_route(Message& message, const Route& route) {
    auto& fixed = message.fixed<rtmsg>();
    fixed.rtm_family = to_af(route.prefix.family());
    fixed.rtm_dst_len = route.prefix.length();
    fixed.rtm_table = RT_TABLE_MAIN;
    fixed.rtm_protocol = route.protocol;
    fixed.rtm_type = RTN_UNICAST;
    message.bytes(RTA_DST, route.prefix.address().bytes());
    if (route.metric != 0) message.u32(RTA_PRIORITY, route.metric);
}

void put_gateway(Message& message, const Prefix& prefix, const IpAddress& gateway) {
    if (gateway.family() == prefix.family()) return message.bytes(RTA_GATEWAY, gateway.bytes());
    std::vector<std::uint8_t> via(sizeof(rtvia::rtvia_family));
    const std::uint16_t family = to_af(gateway.family());
    std::memcpy(via.data(), &family, sizeof family);
    via.insert(via.end(), gateway.bytes().begin(), gateway.bytes().end());
    message.bytes(RTA_VIA, via);
}

}  // namespace

Result<std::vector<Route>> Requests::routes() {
    return socket_->dump<Route>(RTM_GETROUTE, kRoutes, parse_route);
}

Result<void> Requests::begin_routes() {
    route_attempts_ = 1;
    const auto begun = socket_->begin_dump(RTM_GETROUTE, kRoutes);
    if (!begun) return unexpected(begun.error());
    return {};
}

Result<bool> Requests::read_routes(const std::function<void(const Route&)>& consume) {
    const auto state = socket_->read_dump(kRoutes, [&](const nlmsghdr& message) {
        if (const auto route = parse_route(message)) consume(*route);
    });
    if (!state) return unexpected(state.error());
    if (*state != Socket::DumpState::interrupted) return *state == Socket::DumpState::more;
    if (++route_attempts_ > Socket::kDumpAttempts) return Socket::changes_too_fast(kRoutes);
    const auto begun = socket_->begin_dump(RTM_GETROUTE, kRoutes);
    if (!begun) return unexpected(begun.error());
    return true;
}

Result<std::vector<Nexthop>> Requests::nexthops() {
    return socket_->dump<Nexthop>(RTM_GETNEXTHOP, "nexthop objects", parse_nexthop);
}

Result<void> Requests::replace_nexthop(const Nexthop& nexthop) {
    if (nexthop.group.size() > kGroupMembersMax) {
        return fail("cannot add nexthop group {}: {} members, at most {} are possible", nexthop.id,
                    nexthop.group.size(), kGroupMembersMax);
    }
    Message message(RTM_NEWNEXTHOP, kReplace);
    auto& fixed = message.fixed<nhmsg>();
    fixed.nh_protocol = nexthop.protocol;
    message.u32(NHA_ID, nexthop.id);
    if (!nexthop.group.empty()) {
        fixed.nh_family = AF_UNSPEC;
        put_group(message, nexthop.group);
    } else {
        fixed.nh_family = to_af(nexthop.gateway ? nexthop.gateway->family() : nexthop.family);
        if (nexthop.blackhole) {
            message.flag(NHA_BLACKHOLE);
        } else {
            message.u32(NHA_OIF, nexthop.link_index);
        }
        if (nexthop.gateway) message.bytes(NHA_GATEWAY, nexthop.gateway->bytes());
    }
    return socket_->change(message, {}, [&] {
        return fmt::format("add nexthop {} {}", nexthop.group.empty() ? "object" : "group",
                           nexthop.id);
    });
}

Result<void> Requests::delete_nexthop(std::uint32_t id) {
    Message message(RTM_DELNEXTHOP, 0);
    message.fixed<nhmsg>();
    message.u32(NHA_ID, id);
    return socket_->change(message, {ENOENT},
                           [&] { return fmt::format("delete nexthop object {}", id); });
}

namespace {

std::size_t write_change(const RouteChange& change, std::span<char> room) {
    const Route& route = change.route;
    Message message(room, change.removed ? RTM_DELROUTE : RTM_NEWROUTE,
                    change.removed ? std::uint16_t{0} : kReplace);
    put_route(message, route);
    if (change.removed) return message.size();
    if (route.nexthop_id != 0) {
        message.u32(RTA_NH_ID, route.nexthop_id);
    } else {
        if (route.link_index != 0) message.u32(RTA_OIF, route.link_index);
        if (route.gateway) put_gateway(message, route.prefix, *route.gateway);
    }
    return message.size();
}

Error describe(const RouteChange& change, const Answer& answer) {
    const Route& route = change.route;
    if (change.removed) {
        return {fmt::format("cannot delete the route {}: {}", route.prefix, answer.text())};
    }
    return {fmt::format("cannot add the route {} through nexthop object {}: {}", route.prefix,
                        route.nexthop_id, answer.text())};
}

}  // namespace

std::vector<RouteFailure> Requests::change_routes(std::span<const RouteChange> changes) {
    std::vector<RouteFailure> failures;
    std::vector<char> messages(std::min(kBatchOctets, changes.size() * kRouteOctetsMax));
    for (std::size_t begin = 0; begin < changes.size();) {
        std::size_t size = 0;
        std::size_t end = begin;
        for (; end < changes.size() && size + kRouteOctetsMax <= messages.size(); ++end) {
            size += write_change(changes[end], std::span(messages).subspan(size));
        }
        const std::size_t kept = failures.size();
        const Answer whole = socket_->change_all(
            std::span(messages).first(size), [&](std::size_t place, const Answer& answer) {
                const RouteChange& change = changes[begin + place];
                if (change.removed && answer.error == ESRCH) return;
                failures.push_back({begin + place, describe(change, answer)});
            });
        if (whole.error != 0) {
            failures.resize(kept);
            for (std::size_t index = begin; index < end; ++index) {
                failures.push_back({index, describe(changes[index], whole)});
            }
        }
        begin = end;
    }
    return failures;
}

Result<void> Requests::replace_route(const Route& route) {
    const std::array changes{RouteChange{route, false}};
    const auto failures = change_routes(changes);
    if (!failures.empty()) return unexpected(failures.front().error);
    return {};
}

Result<void> Requests::delete_route(const Route& route) {
    const std::array changes{RouteChange{route, true}};
    const auto failures = change_routes(changes);
    if (!failures.empty()) return unexpected(failures.front().error);
    return {};
}

}  // namespace torii::netlink

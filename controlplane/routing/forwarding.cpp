#include "controlplane/routing/forwarding.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace torii::routing {

std::size_t ForwardingMembersHash::operator()(const ForwardingMembers& members) const {
    std::size_t hash = members.size();
    for (const ForwardingMember& member : members) {
        hash = hash * 1000003U + IpAddressHash{}(member.next_hop.address);
        hash = hash * 31U + std::hash<std::string>{}(member.next_hop.interface);
        hash = hash * 31U + member.weight * 8U + static_cast<std::size_t>(member.next_hop.kind);
    }
    return hash;
}

ForwardingMembers normalized(ForwardingMembers members) {
    std::ranges::sort(members);
    ForwardingMembers result;
    for (ForwardingMember& member : members) {
        if (!result.empty() && result.back().next_hop == member.next_hop) {
            result.back().weight += member.weight;
        } else {
            result.push_back(std::move(member));
        }
    }
    return result;
}

}  // namespace torii::routing

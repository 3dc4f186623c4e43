#include "controlplane/bgp/role.h"

#include <array>
#include <cstddef>

namespace torii::bgp {

std::string_view role_name(Role role) {
    constexpr std::array<std::string_view, 5> kNames{"provider", "rs-server", "rs-client",
                                                     "customer", "peer"};
    const auto index = static_cast<std::size_t>(role);
    return index < kNames.size() ? kNames[index] : "unassigned";
}

bool roles_match(Role ours, Role theirs) {
    switch (ours) {
        case Role::provider: return theirs == Role::customer;
        case Role::customer: return theirs == Role::provider;
        case Role::rs_server: return theirs == Role::rs_client;
        case Role::rs_client: return theirs == Role::rs_server;
        case Role::peer: return theirs == Role::peer;
    }
    return false;
}

}  // namespace torii::bgp

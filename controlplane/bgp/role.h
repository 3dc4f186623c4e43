#pragma once

#include <cstdint>
#include <string_view>

namespace torii::bgp {

// What a speaker is to its external peer: the values of the capability (RFC 9234 section 4.1). A
// peer may announce any other number.
enum class Role : std::uint8_t {
    provider = 0,
    rs_server = 1,  // a route server,
    rs_client = 2,  // and who is served by one
    customer = 3,
    peer = 4,
};

// As it is configured and shown: "provider", "rs-server"; of any other number: "unassigned".
[[nodiscard]] std::string_view role_name(Role role);
// Whether these two may be the ends of a session (RFC 9234 section 4.2, table 2).
[[nodiscard]] bool roles_match(Role ours, Role theirs);

// What follows from our role for routes (RFC 9234 section 5).

// The peer serves us or is our equal: what it announces goes down from here, to customers only.
[[nodiscard]] constexpr bool learns_from_above(Role ours) {
    return ours == Role::customer || ours == Role::rs_client || ours == Role::peer;
}
// We serve the peer or are its equal: what we announce goes down from there.
[[nodiscard]] constexpr bool announces_downwards(Role ours) {
    return ours == Role::provider || ours == Role::rs_server || ours == Role::peer;
}

}  // namespace torii::bgp

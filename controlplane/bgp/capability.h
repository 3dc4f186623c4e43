#pragma once

#include "controlplane/bgp/role.h"
#include "controlplane/bgp/types.h"
#include "platform/base/byte_reader.h"
#include "platform/base/byte_writer.h"
#include "platform/base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace torii::bgp {

// RFC 4724 section 3, with the N bit of RFC 8538 section 2.
struct GracefulRestartCapability {
    bool restarting = false;    // R: has just restarted; do not wait for its End-of-RIB
    bool notification = false;  // N: a NOTIFICATION does not end graceful restart
    Seconds time{0};            // at most 4095 s
    FamilySet families;         // that it keeps over a restart
    FamilySet forwarding;       // F: of these, whose forwarding state is intact

    friend bool operator==(const GracefulRestartCapability&,
                           const GracefulRestartCapability&) = default;
};

// RFC 9494 section 3.1. Only counts beside graceful restart.
struct LongLivedCapability {
    struct Entry {
        Family family = Family::ipv4_unicast;
        bool forwarding = false;  // F: its forwarding state is intact
        Seconds stale_time{0};    // at most 2^24 - 1 s
        friend bool operator==(const Entry&, const Entry&) = default;
    };
    std::vector<Entry> entries;  // one for each family
    [[nodiscard]] const Entry* find(Family family) const;

    friend bool operator==(const LongLivedCapability&, const LongLivedCapability&) = default;
};

// The name of a router, for people (draft-walton-bgp-hostname-capability). At most 64 octets each.
struct HostName {
    std::string host;
    std::string domain;
    friend bool operator==(const HostName&, const HostName&) = default;
};

// The capabilities of an OPEN that we understand (RFC 5492); others are ignored.
struct Capabilities {
    bool multiprotocol = false;  // some family was named; without any, IPv4 unicast is meant
    FamilySet families;
    bool route_refresh = false;
    bool old_route_refresh = false;  // code 128, from before RFC 2918; understood, not sent
    bool enhanced_route_refresh = false;
    bool extended_message = false;   // RFC 8654
    bool extended_next_hop = false;  // RFC 8950, IPv4 unicast over IPv6
    std::optional<Role> role;        // RFC 9234, the first,
    bool several_roles = false;      // and others are there
    std::optional<Asn> four_octet_as;
    std::optional<GracefulRestartCapability> graceful_restart;
    std::optional<LongLivedCapability> long_lived;
    FamilySet add_path_send;     // RFC 7911: who says so is able to send several paths,
    FamilySet add_path_receive;  // and to receive them
    std::optional<HostName> host_name;

    friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

// Reads the value of one Capabilities optional parameter into `capabilities`. False: a capability
// is longer than the parameter. One with an unexpected length of its own is ignored.
[[nodiscard]] bool decode_capabilities(Bytes parameter, Capabilities& capabilities);
void encode_capabilities(const Capabilities& capabilities, ByteWriter& out);

}  // namespace torii::bgp

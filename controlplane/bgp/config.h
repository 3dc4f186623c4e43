#pragma once

#include "controlplane/bgp/role.h"
#include "controlplane/bgp/types.h"
#include "platform/base/clock.h"
#include "platform/base/prefix.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace torii::bgp {

enum class RemoteAsRule : std::uint8_t { number, external, internal, any };

struct GracefulRestartConfig {
    bool helper = true;           // keep a restarting peer's routes (RFC 4724 section 4.2)
    bool restarting = false;      // announce that our own forwarding state survives
    bool notification = true;     // RFC 8538
    Seconds restart_time{120};    // what we announce
    Seconds stale_time_max{360};  // we keep a peer's stale routes no longer than this
    Seconds long_lived_time{0};   // what we announce as long-lived stale time (RFC 9494)
    Seconds long_lived_time_max{0xffffff};  // of a peer's, no more than this
    friend bool operator==(const GracefulRestartConfig&, const GracefulRestartConfig&) = default;
};

// ADD-PATH (RFC 7911) of one family.
struct AddPathConfig {
    static constexpr std::uint32_t kAll = 0xffffffff;

    bool receive = false;
    std::uint32_t send_maximum = 0;  // paths of a prefix that are sent; 0: the best, without it
    friend bool operator==(const AddPathConfig&, const AddPathConfig&) = default;
};

// What becomes of private AS numbers (RFC 6996) in what we send, in FRR's words remove-private-AS.
enum class PrivateAs : std::uint8_t {
    keep,
    remove_if_all,   // only if the path consists of them
    remove,          // all
    replace_if_all,  // by our AS, only if the path consists of them
    replace,
};

struct SendCommunities {
    bool standard = true;
    bool extended = true;
    bool large = true;
    friend bool operator==(const SendCommunities&, const SendCommunities&) = default;
};

// More prefixes of a family than these end the session.
struct PrefixLimit {
    std::uint32_t maximum = 0;  // 0: no limit
    std::uint8_t warn_percent = 75;
    bool warning_only = false;
    std::chrono::minutes restart{0};  // until the next attempt; 0: only when it is cleared
    bool force = false;               // all that are received count, else those that are accepted
    friend bool operator==(const PrefixLimit&, const PrefixLimit&) = default;
};

// Of one family of a session: policies by name, in their order.
struct FamilyPolicies {
    std::vector<std::string> import_policies;
    std::vector<std::string> export_policies;
    // In place of these for routes that aggregates suppress; none: those are not sent.
    std::vector<std::string> unsuppress_policies;
    bool default_originate = false;             // a default route is sent, be there one or not,
    std::vector<std::string> default_policies;  // while these accept a route of the table
    friend bool operator==(const FamilyPolicies&, const FamilyPolicies&) = default;
};

// A neighbor with everything resolved: its own values, else its group's, else the instance's.
struct PeerConfig {
    IpAddress address;
    std::uint16_t remote_port = 179;
    std::optional<IpAddress> local_address;
    std::uint16_t local_port = 0;  // that we dial from; 0: any
    Asn local_as;                  // of this session: that of the instance, or `local-as`
    bool no_prepend = false;       // local-as does not go into the paths that we receive,
    bool replace_as = false;       // nor does the instance's AS into those that we send
    RemoteAsRule remote_as_rule = RemoteAsRule::number;
    Asn remote_as;                   // for RemoteAsRule::number
    std::optional<Role> local_role;  // ours towards an external peer (RFC 9234)
    bool role_strict = false;        // the peer has to announce one
    bool enabled = true;
    std::string shutdown_message;  // told to the peer when `enabled` ends (RFC 9003)
    bool passive = false;          // never dials
    std::uint8_t ttl = 1;          // of our packets: 1 for eBGP, N with multihop N, 255 for iBGP
    std::uint8_t ttl_min = 0;      // packets with less are dropped (RFC 5082); 0: none
    std::string password;          // TCP MD5 (RFC 2385); empty: none
    Seconds hold_time{90};
    Seconds keepalive{30};
    Seconds connect_retry{120};
    Seconds advertisement_interval{0};  // RFC 4271 section 9.2.1.1; 0: everything at once
    std::vector<Family> families{Family::ipv4_unicast};
    GracefulRestartConfig graceful_restart;
    std::uint32_t allow_own_as = 0;  // occurrences of our AS that are accepted
    bool enforce_first_as = true;    // what an external peer sends begins with its own AS
    bool as_override = false;        // the peer's AS becomes ours in what we send it
    bool next_hop_self = false;
    bool next_hop_unchanged = false;  // also for external peers
    PrivateAs private_as = PrivateAs::keep;
    SendCommunities send_communities;
    bool graceful_shutdown = false;           // RFC 8326: this session will end
    PrefixLimit prefix_limit;                 // per family
    std::array<FamilyPolicies, 2> policies;   // by family
    bool extended_next_hop = false;           // RFC 8950: IPv4 prefixes over IPv6 next hops
    std::array<AddPathConfig, 2> add_path{};  // by family
    // After a protocol error no session is tried or accepted for idle_hold, doubled with each
    // further error up to idle_hold_max (RFC 4271 section 8.1.1, DampPeerOscillations). 0: at once.
    Seconds idle_hold{1};
    Seconds idle_hold_max{32};
    bool bfd = false;         // somebody else watches the peer, too (RFC 5882)
    std::string bfd_profile;  // how; empty: with the usual values
    bool dynamic = false;     // made by a listen range
    std::string group;
    std::string description;

    [[nodiscard]] const AddPathConfig& add_path_of(Family family) const {
        return add_path[static_cast<std::size_t>(family)];
    }

    friend bool operator==(const PeerConfig&, const PeerConfig&) = default;
};

}  // namespace torii::bgp

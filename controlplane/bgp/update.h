#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/bgp/notification.h"
#include "controlplane/bgp/types.h"
#include "platform/base/byte_reader.h"
#include "platform/base/prefix.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace torii::bgp {

// What of a session decides how its UPDATE messages are read and written.
struct UpdateContext {
    bool internal = false;           // iBGP
    bool four_octet_as = true;       // RFC 6793, on both sides
    bool extended_message = false;   // RFC 8654, on both sides
    bool extended_next_hop = false;  // RFC 8950, on both sides
    FamilySet families = FamilySet::all();
    // RFC 7911: families whose prefixes have path identifiers, as the peer sends them and as we do.
    FamilySet add_path_receive{};
    FamilySet add_path_send{};
};

// What RFC 7606 section 2 makes of an UPDATE; the strongest of all its errors counts (section 3h).
enum class Verdict : std::uint8_t { accept, attribute_discard, treat_as_withdraw, session_reset };

struct Reach {
    Family family = Family::ipv4_unicast;
    IpAddress next_hop;
    std::optional<IpAddress> link_local;  // RFC 2545 section 3
    std::vector<Prefix> prefixes;
    std::vector<PathId> path_ids{};  // of each prefix; empty without ADD-PATH
    friend bool operator==(const Reach&, const Reach&) = default;
};

struct Unreach {
    Family family = Family::ipv4_unicast;
    std::vector<Prefix> prefixes;
    std::vector<PathId> path_ids{};
    friend bool operator==(const Unreach&, const Unreach&) = default;
};

struct Update {
    // The attributes of everything in `announced`, packed (see packed_attributes.h), but for the
    // next hops, which each Reach has. Nothing is announced: nothing.
    std::vector<std::uint8_t> attributes;
    std::vector<Reach> announced;
    // Apply before `announced`. With treat_as_withdraw the announced prefixes have been moved here.
    std::vector<Unreach> withdrawn;
    std::optional<Family> end_of_rib;  // RFC 4724 section 2
    Verdict verdict = Verdict::accept;
    std::vector<std::string> reasons;          // why the verdict is not accept, for the log
    std::optional<Notification> notification;  // with session_reset: what to answer

    friend bool operator==(const Update&, const Update&) = default;
};

// The path identifier of a Reach's or Unreach's prefix.
template <class Routes>
[[nodiscard]] PathId path_id(const Routes& routes, std::size_t index) {
    return routes.path_ids.empty() ? PathId{0} : routes.path_ids[index];
}

// The attributes of one Reach, complete with its next hop; packed_of() has them as octets.
[[nodiscard]] PathAttributes attributes_of(const Update& update, const Reach& reach);

// `body` is an UPDATE without its header. Always gives a verdict, whatever the octets are.
[[nodiscard]] Update decode_update(Bytes body, const UpdateContext& context);
// Into one that was used before, whose memory is used again.
void decode_update(Bytes body, const UpdateContext& context, Update& update);

}  // namespace torii::bgp

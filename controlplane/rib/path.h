#pragma once

#include "controlplane/bgp/types.h"
#include "controlplane/rib/attribute_store.h"
#include "platform/base/clock.h"
#include "platform/base/ip_address.h"
#include "platform/base/strong.h"

#include <cstdint>

namespace torii::rib {

// Numbers a peer inside the tables.
using PeerId = Strong<struct PeerIdTag, std::uint16_t>;
// Tells several paths of one peer to a prefix apart (RFC 7911); 0 from peers that send one only.
using PathId = std::uint32_t;
// The "peer" of routes that we originate.
inline constexpr PeerId kLocalPeer{0};
// Which of them is an aggregate, and which the default route that is sent without being in a table.
inline constexpr PathId kAggregatePath = 1;
inline constexpr PathId kDefaultPath = 2;
// The weight of routes that we originate, as of others' "network" statements.
inline constexpr std::uint32_t kLocalWeight = 32768;

// What selection wants to know of a peer.
struct PeerFacts {
    IpAddress address;
    bgp::RouterId router_id;
    bool external = true;
    friend bool operator==(const PeerFacts&, const PeerFacts&) = default;
};

// One path to a prefix: what a peer announced (Adj-RIB-In) and what became of it. Tables keep paths
// in 16 octets; this is what goes in and comes out.
struct Path {
    Attributes attributes;  // what selection sees and others are told
    Attributes received;    // as they came, where import policy has changed them; else unset
    TimePoint since{};      // last changed by the peer
    std::uint32_t weight = 0;
    std::uint32_t share = 0;  // link bandwidth, kbit/s; 0: none
    // Of what we originate.
    policy::RouteSource source = policy::RouteSource::network;
    std::uint32_t tag = 0;
    PeerId peer;
    PathId id = 0;
    bool rejected = false;   // by an import rule; kept for counting and for a change of rules
    bool reachable = true;   // its next hop; known to tables
    bool stale = false;      // RFC 4724 section 4.2: kept over a restart of the peer
    bool suspect = false;    // stale, and its peer fell silent: not beside paths that are not
    bool best = false;       // outcomes of the last selection
    bool multipath = false;  // among the next hops in use, best included

    [[nodiscard]] bool local() const { return peer == kLocalPeer; }
    [[nodiscard]] bool valid() const { return !rejected && reachable; }
    // The attributes as the peer sent them.
    [[nodiscard]] const Attributes& as_received() const { return received ? received : attributes; }
};

}  // namespace torii::rib

#pragma once

#include "controlplane/rib/audience.h"
#include "controlplane/rib/decision.h"
#include "controlplane/rib/next_hop_set.h"
#include "controlplane/rib/path.h"
#include "platform/base/prefix.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace torii::rib {

// What the tables of all families share; outlives them.
struct Stores {
    AttributeStore attributes;
    NextHopStore next_hops;
    AudienceStore audiences;
};

// Numbers a prefix inside one table; reused after release().
using EntryId = std::uint32_t;

// A prefix, all paths to it, and what selection made of them.
struct Entry {
    Prefix prefix;
    std::vector<Path> paths;  // by peer
    NextHopSet next_hops;     // of the learned paths in use; unset when there are none
    Attributes best_attributes;
    PeerId best_peer;
    std::uint64_t version = 0;  // of the table, when the outcome last changed
    Reason reason = Reason::none;
    bool stale = false;  // the best path is, and so all in use are
    bool dirty = false;
    bool retell = false;  // its audience has changed

    [[nodiscard]] const Path* best() const;
};

// What selection changed about one prefix.
struct Change {
    EntryId id = 0;
    bool best = false;       // another best path, or other attributes or another audience of it
    bool next_hops = false;  // another set of next hops, or its staleness
};

// A peer's part of a table.
struct PathCounts {
    std::size_t received = 0;
    std::size_t accepted = 0;
    friend bool operator==(const PathCounts&, const PathCounts&) = default;
};

// One family's Adj-RIB-In of all peers and the Loc-RIB, in one structure: the Adj-RIB-In is the
// list of paths. Input only marks prefixes; select() works them off, once per turn of the loop.
class Table {
public:
    using NextHopCheck = std::function<bool(const IpAddress&)>;

    explicit Table(Stores& stores) : stores_(stores) {}

    void set_rules(const DecisionRules& rules);
    // Before a peer's first path, and when one of its facts changes.
    void set_peer(PeerId peer, const PeerFacts& facts);
    [[nodiscard]] const PeerFacts& peer(PeerId peer) const { return peers_[peer.value()].facts; }
    // Paths whose next hop fails the check are not valid. The answers are kept until a recheck.
    void set_next_hop_check(NextHopCheck check);
    void recheck_next_hops();

    void announce(const Prefix& prefix, Path path);
    void withdraw(PeerId peer, const Prefix& prefix);
    // Who is told of a prefix while our own path to it is the best.
    void set_audience(const Prefix& prefix, Audience audience);
    [[nodiscard]] Audience audience(const Prefix& prefix) const;
    // RFC 4724 section 4.2: the session is gone, its paths are kept.
    void mark_stale(PeerId peer);
    void sweep_stale(PeerId peer);
    void flush(PeerId peer);
    // The import rules of a peer have changed: asks again for each of its paths.
    void reimport(PeerId peer, const std::function<bool(const bgp::PathAttributes&)>& rejected);
    [[nodiscard]] PathCounts counts(PeerId peer) const;

    [[nodiscard]] bool dirty() const { return !dirty_.empty(); }
    // Entries left without paths stay until release(), so that the changes can be looked up.
    [[nodiscard]] std::vector<Change> select();
    void release(std::span<const Change> changes);

    [[nodiscard]] const Entry& entry(EntryId id) const { return entries_[id]; }
    [[nodiscard]] std::optional<EntryId> id_of(const Prefix& prefix) const;
    [[nodiscard]] const Entry* find(const Prefix& prefix) const;
    // The most specific prefix with a best path that holds the address.
    [[nodiscard]] std::optional<Prefix> longest_match(const IpAddress& address) const;
    // All prefixes, sorted.
    [[nodiscard]] std::vector<EntryId> sorted() const;
    [[nodiscard]] std::size_t size() const { return index_.size(); }
    [[nodiscard]] std::uint64_t version() const { return version_; }

private:
    struct Peer {
        PeerFacts facts;
        PathCounts counts;
        // Entries that have, or had, a path of this peer: losing a peer does not walk the table.
        std::vector<EntryId> entries;
    };

    Peer& peer_at(PeerId peer);
    EntryId entry_of(const Prefix& prefix);
    void mark(EntryId id);
    void remember(PeerId peer, EntryId id);
    bool reachable(const IpAddress& next_hop);
    void erase_path(EntryId id, std::vector<Path>::iterator path);
    // Calls visit(id, path iterator) for every path of a peer; visit may erase that path.
    template <class Visit>
    void for_each_path(PeerId peer, const Visit& visit);
    [[nodiscard]] Change select(EntryId id);
    [[nodiscard]] NextHopSet next_hops_of(const Entry& entry) const;

    Stores& stores_;
    DecisionRules rules_;
    NextHopCheck check_;
    boost::unordered_flat_map<IpAddress, bool, IpAddressHash> reachable_;
    std::vector<Peer> peers_;
    std::vector<Entry> entries_;
    std::vector<EntryId> free_;
    boost::unordered_flat_map<Prefix, EntryId, PrefixHash> index_;
    boost::unordered_flat_map<Prefix, Audience, PrefixHash> audiences_;  // none: all
    std::vector<EntryId> dirty_;
    std::uint64_t version_ = 0;
    std::vector<Candidate> candidates_;  // of the selection in work
};

}  // namespace torii::rib

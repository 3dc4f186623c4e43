#pragma once

#include "controlplane/rib/audience.h"
#include "controlplane/rib/decision.h"
#include "controlplane/rib/id_queue.h"
#include "controlplane/rib/id_set.h"
#include "controlplane/rib/next_hop_set.h"
#include "controlplane/rib/path.h"
#include "controlplane/rib/path_list.h"
#include "controlplane/rib/path_numbers.h"
#include "controlplane/rib/prefix_map.h"
#include "platform/base/prefix.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace torii::rib {

// What the tables of all families share; outlives them.
struct Stores {
    explicit Stores(std::shared_ptr<PrefixNumbers> numbers = std::make_shared<PrefixNumbers>())
        : prefixes(std::move(numbers)), paths(prefixes) {}

    AttributeStore attributes;
    NextHopStore next_hops;
    AudienceStore audiences;
    std::shared_ptr<PrefixNumbers> prefixes;
    PathNumbers paths;  // those that are sent with identifiers
};

// Numbers a prefix in all tables that share Stores::prefixes; may be reused after release().
using EntryId = std::uint32_t;

// A prefix, all paths to it, and what selection made of them: a copy, to look at.
struct Entry {
    Prefix prefix;
    std::vector<Path> paths;  // by peer
    // Of the learned paths in use, or one that is unspecified where an aggregate is the best: what
    // has no more specific route is discarded. Unset: there are none.
    NextHopSet next_hops;
    Attributes best_attributes;
    PeerId best_peer;
    Reason reason = Reason::none;
    bool stale = false;  // the best path is, and so all in use are

    [[nodiscard]] const Path* best() const;
};

// What selection changed about one prefix.
struct Change {
    EntryId id = 0;
    bool best = false;       // another best path, or other attributes or another audience of it
    bool next_hops = false;  // another set of next hops, or its staleness
};

// The best paths of a prefix, as Table::best_paths() finds them, and its working memory.
struct BestPaths {
    struct Item {
        PathKey key;
        AttributesId attributes = 0;
    };

    std::vector<Item> paths;  // by key
    Selector selector;
    std::vector<Candidate> candidates;
    std::vector<std::uint32_t> positions;
};

// A peer's part of a table.
struct PathCounts {
    std::size_t received = 0;
    std::size_t accepted = 0;
    friend bool operator==(const PathCounts&, const PathCounts&) = default;
};

// One family's Adj-RIB-In of all peers and the Loc-RIB, in one structure: the Adj-RIB-In is the
// list of paths. Input only marks prefixes; select() works them off, once per turn of the loop.
// What concerns all paths of a peer, or all prefixes, is begun at once and carried out by select()
// too, in portions, so that a full table does not keep the loop from its sockets.
class Table {
public:
    using NextHopCheck = std::function<bool(const IpAddress&)>;
    // Decides again about a path as it was received: sets `rejected`, and by policy `attributes`,
    // `received`, `weight` and `share`.
    using Import = std::function<void(const Prefix&, Path&)>;
    using Visit = std::function<void(const Prefix&, const Path&)>;

    static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

    explicit Table(Stores& stores) : stores_(stores), records_(stores.prefixes) {}
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;
    ~Table();

    void set_rules(const DecisionRules& rules);
    // Before a peer's first path, and when one of its facts changes.
    void set_peer(PeerId peer, const PeerFacts& facts);
    [[nodiscard]] const PeerFacts& peer(PeerId peer) const { return peers_[peer.value()].facts; }
    // Paths whose next hop fails the check are not valid. The answers are kept until a recheck.
    void set_next_hop_check(NextHopCheck check);
    void recheck_next_hops();

    void announce(const Prefix& prefix, const Path& path) { announce({&prefix, 1}, path); }
    // They will be announced soon: a table of millions is not in the processor's cache.
    void prefetch(std::span<const Prefix> prefixes) const {
        for (const Prefix& prefix : prefixes) records_.prefetch(prefix);
    }
    // The same path to all of them.
    void announce(std::span<const Prefix> prefixes, const Path& path);
    void withdraw(PeerId peer, const Prefix& prefix, PathId path = 0);
    // Who is told of a prefix while our own path to it is the best.
    void set_audience(const Prefix& prefix, Audience audience);
    [[nodiscard]] Audience audience(const Prefix& prefix) const;
    // RFC 4724 section 4.2: the session is gone, its paths are kept.
    // `silent`: so silent that it may not be there at all.
    void mark_stale(PeerId peer, bool silent = false);
    void sweep_stale(PeerId peer);
    // RFC 9494 section 4.2: stale paths become a last resort, those with NO_LLGR go.
    void mark_long_lived(PeerId peer);
    // RFC 7313 section 4.2: what is not announced between the two is gone.
    void begin_refresh(PeerId peer);
    void end_refresh(PeerId peer);
    // Nothing that was announced until now counts any more.
    void flush(PeerId peer);
    // The import rules of a peer have changed: asks again for each of its paths.
    void reimport(PeerId peer, Import import);
    // It is under way.
    [[nodiscard]] bool importing(PeerId peer) const {
        return peer.value() < peers_.size() && (peers_[peer.value()].job.work & Job::kImport) != 0;
    }
    [[nodiscard]] PathCounts counts(PeerId peer) const;
    // What a peer has announced in its present session, to copy it: calls visit(prefix, path) for
    // the paths of `limit` of its prefixes, from number `next` on, which it moves behind them.
    // False: those were the last.
    bool read(PeerId peer, EntryId& next, std::size_t limit, const Visit& visit) const;
    // Right behind end_refresh(): what has not come again.
    void read_dropped(PeerId peer, const Visit& visit) const;

    // select() has something to do.
    [[nodiscard]] bool dirty() const { return !dirty_.empty() || all_.active || !busy_.empty(); }
    // At most `limit` prefixes. Entries left without paths stay until release(), so that the
    // changes can be looked up. `every`: also prefixes of which another path than the best has
    // changed.
    [[nodiscard]] std::vector<Change> select(std::size_t limit = kAll, bool every = false);
    void release(std::span<const Change> changes);

    [[nodiscard]] Prefix prefix(EntryId id) const { return records_.prefix(id); }
    // As selected last; 0 and unset without a best path.
    [[nodiscard]] AttributesId best_attributes(EntryId id) const {
        return records_[id].best_attributes;
    }
    [[nodiscard]] PeerId best_peer(EntryId id) const { return PeerId{records_[id].best_peer()}; }
    [[nodiscard]] NextHopSet next_hops(EntryId id) const {
        return stores_.next_hops.handle(records_[id].next_hops);
    }
    // Equal for two prefixes of a batch whose next hops are; 0: there are none.
    [[nodiscard]] std::uint32_t next_hops_number(EntryId id) const {
        return records_[id].next_hops;
    }
    [[nodiscard]] bool stale(EntryId id) const { return records_[id].is(Record::kStale); }
    // Stays until the prefix goes, or it is said anew. Returns whether that changes it.
    bool set_suppressed(EntryId id, bool suppressed);
    // An aggregate stands for it, and it is told to nobody who does not ask for it.
    [[nodiscard]] bool suppressed(EntryId id) const { return records_[id].is(Record::kSuppressed); }
    [[nodiscard]] bool has_paths(EntryId id) const { return !records_[id].paths.empty(); }
    // Nothing about it has changed since it was selected last.
    [[nodiscard]] bool settled(EntryId id) const { return !records_[id].is(Record::kDirty); }
    // Of a prefix that is settled, the `most` best paths: the best one, the best of the others, and
    // so on. Those of peers that fell silent are not beside paths of others, here neither.
    void best_paths(EntryId id, std::size_t most, BestPaths& out) const;
    [[nodiscard]] Entry entry(EntryId id) const;
    [[nodiscard]] std::optional<EntryId> id_of(const Prefix& prefix) const {
        return records_.find(prefix);
    }
    [[nodiscard]] std::optional<Entry> find(const Prefix& prefix) const;
    // The most specific prefix with a best path that holds the address.
    [[nodiscard]] std::optional<Prefix> longest_match(const IpAddress& address) const;
    // All prefixes have numbers below end().
    [[nodiscard]] EntryId end() const { return records_.end(); }
    [[nodiscard]] bool used(EntryId id) const { return records_.used(id); }
    [[nodiscard]] std::size_t size() const { return records_.size(); }
    [[nodiscard]] std::uint64_t version() const { return version_; }

private:
    struct Record : PrefixItem {
        static constexpr std::uint8_t kDirty = 1;
        static constexpr std::uint8_t kRetell = 2;  // its audience has changed
        static constexpr std::uint8_t kStale = 4;
        static constexpr std::uint8_t kSuppressed = 8;

        [[nodiscard]] std::uint16_t& best_peer() { return extra; }
        [[nodiscard]] std::uint16_t best_peer() const { return extra; }

        PathList paths;
        AttributesId best_attributes = 0;
        std::uint32_t next_hops = 0;  // the number of the set
    };
    // What is to be done to all paths of a peer; bits of `work`.
    struct Job {
        static constexpr unsigned kSelect = 1;  // its facts have changed
        static constexpr unsigned kImport = 2;
        static constexpr unsigned kStale = 4;  // paths of the epoch before
        static constexpr unsigned kSweep = 8;
        static constexpr unsigned kFlush = 16;  // paths of the epoch before
        static constexpr unsigned kLongLived = 32;
        static constexpr unsigned kAwait = 64;  // paths of the epoch before
        static constexpr unsigned kEndRefresh = 128;
        static constexpr unsigned kSilent = 256;  // with kStale

        unsigned work = 0;
        EntryId next = 0;
        Import import;
    };
    struct Peer {
        PeerFacts facts;
        PathCounts counts;
        IdSet entries;  // that have a path of this peer
        std::uint16_t epoch = 0;
        Job job;
    };
    // What is to be done to all prefixes.
    struct Sweep {
        bool active = false;
        bool rules = false;  // else only those whose next hop has changed
        EntryId next = 0;
    };
    struct KnownHop {
        std::uint32_t serial = 0;
        bool reachable = true;
        bool changed = false;  // since the sweep that is under way began
    };
    struct HopKey {
        std::uint32_t serial = 0;
        std::uint32_t share = 0;
        bool external = false;
        friend bool operator==(const HopKey&, const HopKey&) = default;
    };

    // A single path that is valid and led to the last next hops: prefixes that were announced
    // together share its attributes, and nothing about them has to be looked at again.
    struct LastPath {
        AttributesId attributes = 0;
        std::uint16_t peer = 0;

        [[nodiscard]] bool is(const PathSlot& slot) const {
            return slot.attributes == attributes && slot.peer == peer &&
                   !slot.is(PathSlot::kRejected);
        }
    };

    Peer& peer_at(PeerId peer);
    void mark(EntryId id);
    bool reachable(NextHopId id);
    [[nodiscard]] bool known_unreachable(NextHopId id) const;
    [[nodiscard]] bool valid(const PathSlot& slot);
    [[nodiscard]] Candidate candidate_of(const PathSlot& slot) const;
    // Belongs to what was announced before a flush that is under way.
    [[nodiscard]] static bool doomed(const Peer& peer, const PathSlot& slot);
    // Is not in a refresh that has ended.
    [[nodiscard]] static bool dropped(const Peer& peer, const PathSlot& slot);
    // Either of them, or of an earlier session.
    [[nodiscard]] static bool outdated(const Peer& peer, const PathSlot& slot);
    template <class Wanted>
    bool walk(PeerId peer, EntryId& next, std::size_t limit, const Visit& visit,
              const Wanted& wanted) const;

    [[nodiscard]] Attributes stored(const Path& path);
    [[nodiscard]] PathSlot slot_of(const Path& path, AttributesId attributes) const;
    [[nodiscard]] Path path_of(const PathSlot& slot) const;
    void put(EntryId id, const PathSlot& slot);
    void replace(Peer& peer, PathSlot& known, PathSlot slot);
    void erase(EntryId id, std::size_t position);

    void begin(PeerId peer, unsigned work);
    void work(std::size_t limit);
    // Returns how many paths it was.
    std::size_t work_peer(PeerId peer, std::size_t limit);
    std::size_t work_all(std::size_t limit);
    void visit(PeerId peer, EntryId id);
    // False: the path is gone.
    bool visit(Peer& peer, EntryId id, std::size_t position);
    void import(Peer& peer, EntryId id, PathSlot& slot);
    // False: the path must not be kept, and is gone.
    bool make_long_lived(EntryId id, std::size_t position);
    [[nodiscard]] Attributes with_stale_community(const Attributes& attributes);

    [[nodiscard]] Change select_one(EntryId id);
    void collect(Record& record);
    [[nodiscard]] const NextHopSet& next_hops_of(EntryId id, const Record& record);
    // Is the best path, and leads nowhere.
    [[nodiscard]] static bool aggregates(const PathSlot& slot);
    [[nodiscard]] HopKey hop_key(const PathSlot& slot) const;

    Stores& stores_;
    DecisionRules rules_;
    NextHopCheck check_;
    std::vector<KnownHop> hops_;  // by NextHopId
    std::vector<Peer> peers_;
    std::vector<PeerId> busy_;  // with a job
    Sweep all_;
    PrefixMap<Record> records_;
    boost::unordered_flat_map<Prefix, Audience, PrefixHash> audiences_;  // none: all
    IdQueue dirty_;
    std::uint64_t version_ = 0;
    // Of the selection in work.
    Selector selector_;
    std::vector<Candidate> candidates_;
    std::vector<std::uint32_t> positions_;
    std::vector<HopKey> hop_keys_;
    std::vector<AttributesId> replaced_;  // held by prefixes of the batch in work
    // What the last prefix came to: the next one is often the same.
    std::vector<HopKey> last_hop_keys_;
    NextHopSet last_next_hops_;
    LastPath last_path_;
    const NextHopSet no_next_hops_;
};

}  // namespace torii::rib

#pragma once

#include "controlplane/rib/bandwidth.h"
#include "controlplane/rib/path.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace torii::rib {

// The step of the decision process that left one path only.
enum class Reason : std::uint8_t {
    none,
    first_path,
    weight,
    local_preference,
    local_route,
    as_path,
    origin,
    med,
    peer_type,
    staleness,
    older,
    router_id,
    neighbor_address,
};

// As operators know it: "Router ID", "First path received".
[[nodiscard]] std::string_view to_string(Reason reason);

struct DecisionRules {
    bool multipath_relax = false;     // equal AS_PATH lengths are enough for multipath
    bool compare_router_id = false;   // do not favour the path that is best already
    bool always_compare_med = false;  // also between neighbouring AS
    std::uint32_t maximum_paths_ebgp = 1;
    std::uint32_t maximum_paths_ibgp = 1;
    BandwidthUse bandwidth = BandwidthUse::all;
    friend bool operator==(const DecisionRules&, const DecisionRules&) = default;
};

// A valid path and its peer.
struct Candidate {
    const StoredAttributes* attributes = nullptr;
    const PeerFacts* peer = nullptr;
    std::uint32_t weight = 0;
    bool local = false;  // we originate it
    bool stale = false;
    bool suspect = false;  // stale, and the peer may not be there at all
    bool best = false;     // it is the best one so far
};

[[nodiscard]] inline Candidate candidate(const Path& path, const PeerFacts& peer) {
    return {&*path.attributes, &peer,        path.weight, path.local(),
            path.stale,        path.suspect, path.best};
}

struct Selection {
    std::size_t best = 0;                // index into the candidates
    std::vector<std::size_t> multipath;  // the best one first; more than one only with multipath
    Reason reason = Reason::none;        // only from explain()
};

// RFC 4271 section 9.1.2.2, with weight first and multipath. At least one candidate. MED is
// compared by elimination among paths of one neighbouring AS, so the order of candidates does not
// matter; history does, unless compare_router_id is set: among equal external paths the one that is
// best already stays. Keeps its working memory from call to call.
class Selector {
public:
    // Valid until the next call.
    [[nodiscard]] const Selection& select(std::span<const Candidate> candidates,
                                          const DecisionRules& rules);
    // The same outcome, and the step that was decisive.
    [[nodiscard]] const Selection& explain(std::span<const Candidate> candidates,
                                           const DecisionRules& rules);

    // The `count` best ones, the best first: the winner, the winner among the others, and so on.
    // All of them, where there are no more, in any order.
    [[nodiscard]] std::span<const std::size_t> rank(std::span<const Candidate> candidates,
                                                    const DecisionRules& rules, std::size_t count);

private:
    class Race;

    void finish(Race& race, const DecisionRules& rules);
    void choose_multipath(std::span<const Candidate> candidates, const DecisionRules& rules);

    Selection selection_;
    std::vector<std::size_t> alive_;
    std::vector<std::size_t> equals_;
    std::vector<std::size_t> ranking_;
    std::vector<std::size_t> rest_;
    std::vector<std::uint32_t> seen_;  // by next hop: the call that used it last
    std::uint32_t call_ = 0;
};

}  // namespace torii::rib

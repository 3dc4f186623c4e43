#pragma once

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
    bool multipath_relax = false;    // equal AS_PATH lengths are enough for multipath
    bool compare_router_id = false;  // do not favour the path that is best already
    std::uint32_t maximum_paths_ebgp = 1;
    std::uint32_t maximum_paths_ibgp = 1;
    friend bool operator==(const DecisionRules&, const DecisionRules&) = default;
};

// A valid path and its peer.
struct Candidate {
    const Path* path = nullptr;
    const PeerFacts* peer = nullptr;
};

struct Selection {
    std::size_t best = 0;                // index into the candidates
    std::vector<std::size_t> multipath;  // the best one first; more than one only with multipath
    Reason reason = Reason::none;
};

// RFC 4271 section 9.1.2.2, with weight first and multipath. At least one candidate. MED is
// compared by elimination among paths of one neighbouring AS, so the order of candidates does not
// matter; history does, unless compare_router_id is set: among equal external paths the one that is
// best already stays.
[[nodiscard]] Selection select(std::span<const Candidate> candidates, const DecisionRules& rules);

}  // namespace torii::rib

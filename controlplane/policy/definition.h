#pragma once

#include "controlplane/bgp/attribute.h"
#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace torii::policy {

// Policies and the sets they name, as they were configured. Entries of sets and statements have a
// number: the lowest is tried first.

struct PrefixRule {
    std::uint32_t sequence = 0;
    bool permit = true;
    Prefix prefix;
    std::optional<std::uint8_t> ge;  // lengths, as in FRR's prefix lists
    std::optional<std::uint8_t> le;
    friend bool operator==(const PrefixRule&, const PrefixRule&) = default;
};

struct AsPathRule {
    std::uint32_t sequence = 0;
    bool permit = true;
    std::string pattern;
    friend bool operator==(const AsPathRule&, const AsPathRule&) = default;
};

enum class CommunityKind : std::uint8_t { standard, extended, large };
inline constexpr CommunityKind kCommunityKinds[] = {CommunityKind::standard,
                                                    CommunityKind::extended, CommunityKind::large};
inline constexpr std::size_t kCommunityKindCount = 3;

// Either members, all of which a route must have, or a pattern over the text of all it has.
struct CommunityRule {
    std::uint32_t sequence = 0;
    bool permit = true;
    std::vector<std::string> members{};  // "65001:100", "no-export", "65001:*"
    std::string pattern{};
    friend bool operator==(const CommunityRule&, const CommunityRule&) = default;
};

template <class Rule>
struct SetDefinition {
    std::string name;
    std::vector<Rule> rules;
    friend bool operator==(const SetDefinition&, const SetDefinition&) = default;
};

enum class RouteSource : std::uint8_t {
    connected,
    static_route,
    network,
    aggregate,
    internal,
    external,
};

// All conditions that are there must hold. Names are those of sets.
struct Match {
    std::optional<std::string> prefix_set{};
    std::optional<std::string> next_hop_set{};  // a prefix set
    std::optional<std::string> as_path_set{};
    std::array<std::optional<std::string>, kCommunityKindCount> communities{};
    bool exact_communities = false;      // no others than those of the standard set's entry
    std::vector<IpAddress> neighbors{};  // one of these sent the route
    std::vector<RouteSource> sources{};  // one of these
    std::optional<bgp::Origin> origin{};
    std::optional<std::uint32_t> med{};
    std::optional<std::uint32_t> local_preference{};
    std::optional<std::uint32_t> tag{};
    friend bool operator==(const Match&, const Match&) = default;
};

struct MedChange {
    enum class Kind : std::uint8_t { set, add, subtract };
    Kind kind = Kind::set;
    std::uint32_t value = 0;
    friend bool operator==(const MedChange&, const MedChange&) = default;
};

struct NextHopChange {
    enum class Kind : std::uint8_t { address, self, peer, unchanged };
    Kind kind = Kind::address;
    IpAddress address{};
    friend bool operator==(const NextHopChange&, const NextHopChange&) = default;
};

// In this order: all that a set names go, or all go; then those listed are added.
struct CommunityChange {
    std::optional<std::string> remove{};  // a community set
    bool clear = false;
    std::vector<std::string> add{};
    friend bool operator==(const CommunityChange&, const CommunityChange&) = default;
};

struct Change {
    std::optional<std::uint32_t> local_preference{};
    std::optional<std::uint32_t> weight{};
    std::optional<MedChange> med{};
    std::optional<bgp::Origin> origin{};
    std::optional<NextHopChange> next_hop{};
    std::vector<bgp::Asn> prepend{};
    std::uint32_t prepend_last_as = 0;  // times
    std::array<CommunityChange, kCommunityKindCount> communities{};
    friend bool operator==(const Change&, const Change&) = default;
};

enum class Action : std::uint8_t { accept, reject, next };

struct Statement {
    std::uint32_t sequence = 0;
    std::string description{};
    Match match{};
    Change change{};
    Action action = Action::accept;
    friend bool operator==(const Statement&, const Statement&) = default;
};

struct PolicyDefinition {
    std::string name;
    std::vector<Statement> statements{};
    // For routes that no statement accepts or rejects. Without it the next policy of the chain
    // decides; behind the last one a route is rejected unless a statement with `next` matched it,
    // as with FRR's `continue`.
    std::optional<Action> otherwise{};
    friend bool operator==(const PolicyDefinition&, const PolicyDefinition&) = default;
};

struct Definitions {
    std::vector<SetDefinition<PrefixRule>> prefix_sets{};
    std::vector<SetDefinition<AsPathRule>> as_path_sets{};
    std::array<std::vector<SetDefinition<CommunityRule>>, kCommunityKindCount> communities{};
    std::vector<PolicyDefinition> policies{};
    friend bool operator==(const Definitions&, const Definitions&) = default;
};

}  // namespace torii::policy

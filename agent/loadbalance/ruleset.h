#pragma once

#include "agent/loadbalance/frontends.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace torii::loadbalance {

// The one nftables table (family inet) that is ours; no other is ever touched.
inline constexpr std::string_view kTable = "torii";

struct TableSettings {
    std::size_t maglev_size = 251;  // a prime above a hundred backends' worth of evenness
    std::uint64_t maglev_seed = 0;  // the same on all nodes of the cluster
};

// What our table contains beside its frame, as text of nft(8). The name of a chain contains a hash
// of its rules, so a chain never changes: another takes its place. This is why it is enough to read
// the names of chains from the kernel to know all of it.
struct Ruleset {
    std::map<std::string, std::string> chains;         // name -> rules, a line each
    std::map<std::string, std::string> affinity_sets;  // name -> definition
    // Name of a map or set of the frame -> key -> value; values of sets are empty.
    std::map<std::string, std::map<std::string, std::string>> elements;
    friend bool operator==(const Ruleset&, const Ruleset&) = default;
};

[[nodiscard]] Ruleset ruleset(const NodeBalancing& wanted, const TableSettings& settings);

// The table with its maps, sets and base chains. Does no harm when they are there already.
[[nodiscard]] std::string frame_text();
// The maps and sets of the frame, and its chains: what names of the table are not of services.
[[nodiscard]] bool is_of_frame(std::string_view name);
// Sets of prefixes: what is in them changes as a whole.
[[nodiscard]] bool holds_prefixes(std::string_view set);

// Commands that bring in what `installed` lacks and change what differs; nothing goes. One
// transaction, or, of very much, several: only with the last one anything is different for packets.
[[nodiscard]] std::vector<std::string> additions(const Ruleset& installed, const Ruleset& wanted);
// Names and keys of what is installed and no longer wanted, once the additions are in.
[[nodiscard]] Ruleset rest(const Ruleset& installed, const Ruleset& wanted);
// What both have, by names and keys.
[[nodiscard]] Ruleset common(const Ruleset& left, const Ruleset& right);
[[nodiscard]] bool is_empty(const Ruleset& rules);
// Commands that take a rest away. Empty: none.
[[nodiscard]] std::string removals(const Ruleset& rest);

}  // namespace torii::loadbalance

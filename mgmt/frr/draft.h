#pragma once

#include "mgmt/frr/convert.h"
#include "mgmt/frr/pattern.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace torii::frr {

// What a rule says of a line.
struct Outcome {
    Fate fate = Fate::mapped;
    std::string note{};
};

[[nodiscard]] inline Outcome mapped(std::string note = {}) {
    return {Fate::mapped, std::move(note)};
}
[[nodiscard]] inline Outcome meaningless(std::string why) {
    return {Fate::meaningless, std::move(why)};
}
[[nodiscard]] inline Outcome unsupported(std::string what) {
    return {Fate::unsupported, std::move(what)};
}

// Where the lines of a block belong.
enum class Place : std::uint8_t {
    top,
    bgp,
    family,  // address-family ipv4|ipv6 unicast
    interface,
    route_map,
    bfd,
    bfd_profile,
    bmp,
    foreign,  // a block whose lines mean nothing here; indented ones belong to it
    vrf,      // all lines up to its end belong to it
};

enum class Family : std::uint8_t { v4, v6 };
[[nodiscard]] inline const char* family_name(Family family) {
    return family == Family::v4 ? "ipv4-unicast" : "ipv6-unicast";
}

// A list that is named by others, and the line that names it first.
struct Named {
    std::string name;
    std::size_t line = 0;
};

// FRR's filters of one direction. All must let a route pass.
struct Filters {
    std::optional<Named> distribute_list{};
    std::optional<Named> prefix_list{};
    std::optional<Named> filter_list{};
    std::optional<Named> route_map{};
};

struct PeerFamily {
    std::optional<bool> active{};
    std::size_t line = 0;
    Filters in{};
    Filters out{};
};

struct Peer {
    bool group = false;
    std::string member_of{};
    std::map<Family, PeerFamily> families{};
    std::set<std::string> communities_off{};
    std::size_t communities_line = 0;
};

enum class ListKind : std::uint8_t {
    prefix4,
    prefix6,
    access4,
    access6,
    as_path,
    community,
    extended_community,
    large_community,
};

struct ListEntry {
    std::uint32_t sequence = 0;
    bool permit = true;
    Words match{};  // after "entry SEQUENCE": {"prefix", "10.0.0.0/8"} and so on, a leaf per pair
};

// The state of a conversion: the place that lines are in, what was written, and what can only be
// decided when all was read.
class Draft {
public:
    std::size_t line = 0;  // being read
    Place place = Place::top;
    Conversion out;

    // --- the place -----------------------------------------------------------------------------
    std::string block;  // the line that began a foreign block
    std::string interface;
    Family family = Family::v4;
    std::string profile;
    std::string station;
    std::string route_map;
    std::string sequence;  // of the statement

    // --- for the end ---------------------------------------------------------------------------
    bool datacenter = false;  // frr defaults datacenter
    std::string version;      // of the file; empty: that of the newest defaults
    std::optional<std::size_t> bgp_line{};
    bool timers_given = false;
    bool policy_rule_given = false;
    bool ipv4_by_default = true;
    bool check_networks = true;
    std::optional<std::string> listen_limit{};
    std::vector<std::pair<std::size_t, std::string>> ranges;
    std::vector<std::pair<std::size_t, Words>> networks;
    std::map<Family, std::set<std::string>> paths_given;  // ebgp, ibgp
    std::set<Family> families_named;
    std::map<std::string, Peer> peers;
    std::map<std::string, std::string> interface_addresses;  // the first of each
    std::map<std::string, Words> static_routes;  // prefix: distance and tag, those it began with
    std::set<std::string> defined_policies;
    std::map<std::string, std::size_t> used_policies;
    std::set<std::string> defined_profiles;
    std::map<std::string, std::size_t> used_profiles;
    // Of all lists in the file, known before the first line is converted.
    std::map<ListKind, std::set<std::string>> list_names;
    std::map<std::pair<ListKind, std::string>, std::vector<ListEntry>> lists;
    std::map<std::pair<ListKind, std::string>, std::size_t> used_lists;
    std::set<std::string> conditions;  // of the statement being read, that are there already

    // Writes a set command for the line being read.
    void set(Words words, std::string note = {}) {
        set_at(line, std::move(words), std::move(note));
    }
    void set_at(std::size_t at, Words words, std::string note = {});
    // Changes the verdict on a line that was read before.
    void judge(std::size_t at, Fate fate, const std::string& note);
    // The set that a list becomes. Lists of several kinds may have one name in FRR.
    [[nodiscard]] std::string set_name(ListKind kind, const std::string& name) const;
    [[nodiscard]] std::string use_list(ListKind kind, const std::string& name);
    [[nodiscard]] std::string use_policy(const std::string& name);
};

// A line of FRR and what it becomes. The first rule that fits is taken.
struct Rule {
    std::string_view frr;
    std::function<Outcome(Draft&, const Words&)> take;
};

// The commands of a template, each after `before`: "enabled false; shutdown-message $1".
void set_all(Draft& draft, const Words& before, std::string_view ours, const Words& arguments);

// Rules that only translate words.
[[nodiscard]] std::function<Outcome(Draft&, const Words&)> ours(std::string_view words,
                                                                std::string_view note = {});
[[nodiscard]] std::function<Outcome(Draft&, const Words&)> nothing(std::string_view why);
[[nodiscard]] std::function<Outcome(Draft&, const Words&)> never(std::string_view what);

[[nodiscard]] std::optional<Outcome> apply(const std::vector<Rule>& rules, Draft& draft,
                                           const Words& words);

// The rules of each place.
[[nodiscard]] const std::vector<Rule>& top_rules();
[[nodiscard]] const std::vector<Rule>& interface_rules();
[[nodiscard]] const std::vector<Rule>& bfd_rules();
[[nodiscard]] const std::vector<Rule>& bfd_profile_rules();
[[nodiscard]] const std::vector<Rule>& bgp_rules();
[[nodiscard]] const std::vector<Rule>& family_rules();
[[nodiscard]] const std::vector<Rule>& bmp_rules();
[[nodiscard]] const std::vector<Rule>& list_rules();
[[nodiscard]] const std::vector<Rule>& route_map_rules();

// "neighbor PEER ...", with "no" before it or not.
[[nodiscard]] Outcome take_neighbor(Draft& draft, const Words& words);

// What all lines together ask for. Called once, after the last line.
void finish_bgp(Draft& draft);
void finish_policies(Draft& draft);

// A name as our model takes it.
[[nodiscard]] std::string plain_name(const std::string& name);

}  // namespace torii::frr

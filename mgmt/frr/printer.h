#pragma once

#include "mgmt/frr/pattern.h"

#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace torii::frr {

using Lines = std::vector<std::string>;

// The set commands that are still to be said. What is taken is said in FRR's words; what is left at
// the end is not.
class ToSay {
public:
    explicit ToSay(const std::vector<Words>& commands);

    // Commands are named by the words that they begin with and a pattern (pattern.h) for the rest.
    // The arguments of the first one; it stays.
    [[nodiscard]] std::optional<Words> find(const Words& path, std::string_view rest) const;
    [[nodiscard]] bool has(const Words& path, std::string_view rest) const {
        return find(path, rest).has_value();
    }
    // Those of all, in order.
    [[nodiscard]] std::vector<Words> all(const Words& path, std::string_view rest) const;
    // As find() and all(), and they are said with this.
    std::optional<Words> take(const Words& path, std::string_view rest);
    std::vector<Words> take_all(const Words& path, std::string_view rest);
    // The words that follow `path`, each once.
    [[nodiscard]] std::vector<std::string> names(const Words& path) const;
    // How many commands begin with it.
    [[nodiscard]] std::size_t count(const Words& path) const;

    [[nodiscard]] std::vector<Words> left() const;

private:
    [[nodiscard]] std::optional<Words> fits(std::size_t place, const Words& path,
                                            std::string_view rest) const;

    const std::vector<Words>* commands_;
    std::vector<bool> said_;
};

// The words of one rule: of ours in a pattern, of FRR in a template ("timers connect $1").
struct Saying {
    std::string_view ours;
    std::string_view frr;
};

// The first command that fits, as a line of FRR behind `before`.
void say(ToSay& commands, const Words& path, const Saying& saying, const std::string& before,
         Lines& out);

[[nodiscard]] Words with(Words path, const std::string& more);

// Whether FRR reads it back as one text.
[[nodiscard]] bool is_plain(const std::string& text);

// Policies that are route maps, and the sets that are lists: what they are named by may be said.
struct Printed {
    std::set<std::string> policies;
    std::set<std::string> prefixes4;
    std::set<std::string> prefixes6;
    std::set<std::string> as_paths;
    std::set<std::string> communities;
    std::set<std::string> extended;
    std::set<std::string> large;
    std::set<std::string> families;  // that BGP has
    std::set<std::string> members;   // neighbors that have a group
};

[[nodiscard]] Lines print_lists(ToSay& commands, Printed& printed);
[[nodiscard]] Lines print_route_maps(ToSay& commands, Printed& printed);
[[nodiscard]] Lines print_bgp(ToSay& commands, const Printed& printed);
// "neighbor ..." of one neighbor or group, outside of the families and in them.
struct PeerLines {
    Lines session;
    std::array<Lines, 2> families;  // ipv4, ipv6
};
[[nodiscard]] PeerLines print_peer(ToSay& commands, const Words& path, const Printed& printed);

}  // namespace torii::frr

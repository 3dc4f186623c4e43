#include "mgmt/frr/convert.h"

#include "mgmt/frr/draft.h"
#include "mgmt/frr/print.h"
#include "platform/base/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace torii::frr {
namespace {

constexpr std::string_view kSecret = "<secret>";
// No line of FRR is longer; what is says nothing that could be understood.
constexpr std::size_t kLineMax = 4096;

Place outer(Place place) {
    switch (place) {
        case Place::family:
        case Place::bmp: return Place::bgp;
        case Place::bfd_profile: return Place::bfd;
        default: return Place::top;
    }
}

std::optional<Outcome> apply_at(Place place, Draft& draft, const Words& words) {
    switch (place) {
        case Place::bgp: return apply(bgp_rules(), draft, words);
        case Place::family: return apply(family_rules(), draft, words);
        case Place::interface: return apply(interface_rules(), draft, words);
        case Place::route_map: return apply(route_map_rules(), draft, words);
        case Place::bfd: return apply(bfd_rules(), draft, words);
        case Place::bfd_profile: return apply(bfd_profile_rules(), draft, words);
        case Place::bmp: return apply(bmp_rules(), draft, words);
        case Place::foreign:
        case Place::vrf: return std::nullopt;
        case Place::top: break;
    }
    if (words[0] == "route-map" && words.size() > 2) return apply(route_map_rules(), draft, words);
    auto outcome = apply(top_rules(), draft, words);
    return outcome ? outcome : apply(list_rules(), draft, words);
}

bool ends_block(const Words& words) {
    return words.size() == 1 &&
           (words[0] == "end" || words[0] == "quit" || words[0].starts_with("exit"));
}

std::string where(Place place, const Draft& draft) {
    switch (place) {
        case Place::foreign:
        case Place::vrf: return draft.block;
        case Place::top: return "not known";
        default: return "not known in this block";
    }
}

// A line is of the innermost block that knows it, as in FRR.
Outcome take_line(Draft& draft, const Words& words, bool indented) {
    const Place inner = draft.place;
    const bool inside = (inner == Place::foreign && indented) || inner == Place::vrf;
    if (inside) return unsupported(draft.block);
    for (Place place = inner;; place = outer(place)) {
        draft.place = place;
        if (auto outcome = apply_at(place, draft, words)) return *outcome;
        if (place == Place::top) break;
    }
    draft.place = inner;
    return unsupported(where(inner, draft));
}

// A set command that print() had no words of FRR for.
Outcome take_ours(Draft& draft, std::string_view command) {
    const auto split = split_line(command);
    if (!split || split->words.size() < 2 || split->words[0].text != "set") {
        return unsupported("no set command");
    }
    Words words;
    for (const Word& word : split->words) words.push_back(word.text);
    words.erase(words.begin());
    draft.set(std::move(words));
    return mapped();
}

void leave(Draft& draft, const Words& words) {
    draft.place = words[0] == "end" ? Place::top : outer(draft.place);
}

template <class Take>
void each_line(std::string_view text, const Take& take) {
    std::size_t number = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const std::string_view line = text.substr(0, std::min(end, kLineMax));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        ++number;
        const Words words = split(line);
        const bool ours = line.starts_with(kOurs);
        if (ours || (!words.empty() && words[0][0] != '!' && words[0][0] != '#')) {
            take(number, line, words);
        }
    }
}

// The names of all prefix and access lists, of which some may be the same.
void note_list(Draft& draft, const Words& words) {
    static constexpr std::array<std::pair<std::string_view, ListKind>, 4> kLists{{
        {"ip prefix-list <name> <rest>...", ListKind::prefix4},
        {"ipv6 prefix-list <name> <rest>...", ListKind::prefix6},
        {"access-list <name> <rest>...", ListKind::access4},
        {"ipv6 access-list <name> <rest>...", ListKind::access6},
    }};
    for (const auto& [pattern, kind] : kLists) {
        if (const auto arguments = match(words, pattern)) {
            draft.list_names[kind].insert((*arguments)[0]);
        }
    }
}

std::string without_secret(Words words) {
    for (std::size_t index = 0; index + 1 < words.size(); ++index) {
        if (words[index] != "password") continue;
        words.resize(index + 1);
        words.emplace_back(kSecret);
    }
    return join(words);
}

}  // namespace

Conversion convert(std::string_view text) {
    Draft draft;
    each_line(text,
              [&](std::size_t, std::string_view, const Words& words) { note_list(draft, words); });
    each_line(text, [&](std::size_t number, std::string_view line_text, const Words& words) {
        if (ends_block(words)) return leave(draft, words);
        draft.line = number;
        // The line is there before its rule runs: a rule may judge it.
        draft.out.lines.push_back({number, without_secret(words), Fate::mapped, ""});
        const bool indented = line_text[0] == ' ' || line_text[0] == '\t';
        Outcome outcome = line_text.starts_with(kOurs)
                              ? take_ours(draft, line_text.substr(kOurs.size()))
                              : take_line(draft, words, indented);
        Line& line = draft.out.lines.back();
        line.fate = outcome.fate;
        line.note = std::move(outcome.note);
    });
    finish_bgp(draft);
    finish_policies(draft);
    return std::move(draft.out);
}

std::string shown(const std::vector<std::string>& words) {
    std::string out;
    for (std::size_t index = 0; index < words.size(); ++index) {
        const bool secret = index > 0 && words[index - 1] == "password";
        const std::string& word = words[index];
        const bool quoted = word.empty() || word.find_first_of(" \"|") != word.npos;
        out += index == 0 ? "" : " ";
        out += secret ? std::string(kSecret) : quoted ? fmt::format("\"{}\"", word) : word;
    }
    return out;
}

}  // namespace torii::frr

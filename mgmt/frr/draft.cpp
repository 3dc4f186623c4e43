#include "mgmt/frr/draft.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace torii::frr {

void Draft::set_at(std::size_t at, Words words, std::string note) {
    out.commands.push_back({at, std::move(words), std::move(note)});
}

void Draft::judge(std::size_t at, Fate fate, const std::string& note) {
    const auto found = std::ranges::find(out.lines, at, &Line::number);
    if (found == out.lines.end()) return;
    found->fate = fate;
    found->note += (found->note.empty() ? "" : "; ") + note;
}

std::string plain_name(const std::string& name) {
    constexpr std::size_t kNameMax = 63;
    std::string out = name.substr(0, kNameMax);
    for (char& character : out) {
        const bool good = std::isalnum(static_cast<unsigned char>(character)) != 0 ||
                          character == '.' || character == '_' || character == '-';
        if (!good) character = '-';
    }
    return out;
}

std::string Draft::set_name(ListKind kind, const std::string& name) const {
    static constexpr std::array<std::pair<ListKind, const char*>, 4> kOneSet{{
        {ListKind::prefix4, ""},
        {ListKind::prefix6, "-ipv6"},
        {ListKind::access4, "-access"},
        {ListKind::access6, "-access-ipv6"},
    }};
    for (const auto& [other, ending] : kOneSet) {
        if (other == kind) {
            // A suffix only where an earlier kind has taken the name.
            const bool taken = std::ranges::any_of(kOneSet, [&](const auto& one) {
                const auto found = list_names.find(one.first);
                return one.first < kind && found != list_names.end() &&
                       found->second.contains(name);
            });
            return plain_name(taken ? name + ending : name);
        }
    }
    return plain_name(name);
}

std::string Draft::use_list(ListKind kind, const std::string& name) {
    used_lists.try_emplace({kind, name}, line);
    return set_name(kind, name);
}

std::string Draft::use_policy(const std::string& name) {
    const std::string plain = plain_name(name);
    used_policies.try_emplace(plain, line);
    return plain;
}

void set_all(Draft& draft, const Words& before, std::string_view ours, const Words& arguments) {
    while (!ours.empty()) {
        const auto end = ours.find(';');
        Words words = before;
        for (std::string& word : fill(ours.substr(0, end), arguments)) {
            words.push_back(std::move(word));
        }
        draft.set(std::move(words));
        ours.remove_prefix(end == ours.npos ? ours.size() : end + 1);
    }
}

std::function<Outcome(Draft&, const Words&)> ours(std::string_view words, std::string_view note) {
    return [words, note](Draft& draft, const Words& arguments) {
        set_all(draft, {}, words, arguments);
        return mapped(std::string(note));
    };
}

std::function<Outcome(Draft&, const Words&)> nothing(std::string_view why) {
    return [why](Draft&, const Words&) { return meaningless(std::string(why)); };
}

std::function<Outcome(Draft&, const Words&)> never(std::string_view what) {
    return [what](Draft&, const Words&) { return unsupported(std::string(what)); };
}

std::optional<Outcome> apply(const std::vector<Rule>& rules, Draft& draft, const Words& words) {
    for (const Rule& rule : rules) {
        if (const auto arguments = match(words, rule.frr)) return rule.take(draft, *arguments);
    }
    return std::nullopt;
}

}  // namespace torii::frr

#include "mgmt/server/grammar.h"

#include "mgmt/server/access.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

namespace torii::mgmt {
namespace {

bool is_parameter(std::string_view token) {
    return token.starts_with('<');
}
bool is_rest(std::string_view token) {
    return token.ends_with("...");
}

// Only values that cannot be taken for a word of the command fit some parameters.
bool fits_parameter(std::string_view token, std::string_view word) {
    if (word.empty()) return false;
    if (token == "<number>") return word.find_first_not_of("0123456789") == word.npos;
    if (token == "<prefix>" || token == "<address>") {
        return word.find_first_of(".:") != word.npos;
    }
    return true;
}

std::vector<std::string> split(std::string_view pattern) {
    std::vector<std::string> out;
    while (!pattern.empty()) {
        const auto space = pattern.find(' ');
        out.emplace_back(pattern.substr(0, space));
        pattern.remove_prefix(space == pattern.npos ? pattern.size() : space + 1);
    }
    return out;
}

}  // namespace

void Grammar::add(std::string_view pattern, std::string help, Run run, Values values) {
    commands_.push_back(
        {split(pattern), std::move(help), std::move(run), std::move(values), least_role(pattern)});
}

void Grammar::add_configuration(std::string_view pattern, std::string help, Run run,
                                Values values) {
    add(pattern, std::move(help), std::move(run), std::move(values));
    commands_.back().shows_configuration = true;
}

void Grammar::add_routes(std::string_view pattern, std::string help, Run run) {
    add(pattern, std::move(help), std::move(run));
    commands_.back().shows_routes = true;
}

std::optional<Grammar::Fit> Grammar::fit(const Command& command,
                                         const std::vector<std::string>& words) {
    Fit out{&command, 0, {}};
    for (std::size_t index = 0; index < words.size(); ++index) {
        const std::size_t last = command.tokens.size() - 1;
        if (index > last && !is_rest(command.tokens[last])) return std::nullopt;
        const std::string& token = command.tokens[std::min(index, last)];
        if (is_parameter(token)) {
            if (!fits_parameter(token, words[index])) return std::nullopt;
            out.arguments.push_back(words[index]);
        } else if (token == words[index]) {
            ++out.exact;
        } else if (words[index].empty() || !token.starts_with(words[index])) {
            return std::nullopt;
        }
    }
    return out;
}

std::vector<Grammar::Fit> Grammar::fitting(const std::vector<std::string>& words) const {
    std::vector<Fit> out;
    for (const Command& command : commands_) {
        if (auto one = fit(command, words)) out.push_back(std::move(*one));
    }
    return out;
}

Result<Grammar::Match, Grammar::Mismatch> Grammar::match(
    const std::vector<std::string>& words) const {
    auto fits = fitting(words);
    std::erase_if(fits, [&](const Fit& one) {
        const auto& tokens = one.command->tokens;
        const std::size_t needed = is_rest(tokens.back()) ? tokens.size() - 1 : tokens.size();
        return words.size() < needed;
    });
    if (fits.empty()) return unexpected(explain(words));
    std::ranges::stable_sort(fits, [](const Fit& left, const Fit& right) {
        // A word of the command is meant rather than a value that looks like it.
        if (left.exact != right.exact) return left.exact > right.exact;
        return left.arguments.size() < right.arguments.size();
    });
    if (fits.size() > 1 && fits[1].exact == fits[0].exact &&
        fits[1].arguments.size() == fits[0].arguments.size()) {
        const auto& one = fits[0].command->tokens;
        const auto& other = fits[1].command->tokens;
        const auto apart = std::ranges::mismatch(one, other).in1 - one.begin();
        return unexpected(
            Mismatch{fmt::format("\"{}\" could be \"{}\" or \"{}\": write more of it",
                                 fmt::join(words, " "), fmt::join(one, " "), fmt::join(other, " ")),
                     std::min(static_cast<std::size_t>(apart), words.size() - 1)});
    }
    const Command& command = *fits[0].command;
    const auto first = std::ranges::find_if(command.tokens, is_parameter);
    return Match{&command.run,
                 std::move(fits[0].arguments),
                 command.role,
                 fmt::format("{}", fmt::join(command.tokens, " ")),
                 static_cast<std::size_t>(first - command.tokens.begin()),
                 command.shows_configuration,
                 command.shows_routes};
}

Grammar::Mismatch Grammar::explain(const std::vector<std::string>& words) const {
    const auto names_after = [this](const std::vector<std::string>& before) {
        std::vector<std::string> names;
        for (const yang::Choice& choice : choices(before)) names.push_back(choice.word);
        return names;
    };
    std::vector<std::string> known;
    for (const std::string& word : words) {
        known.push_back(word);
        if (!fitting(known).empty()) continue;
        known.pop_back();
        const auto names = names_after(known);
        const std::string after =
            known.empty() ? "" : fmt::format(" after \"{}\"", fmt::join(known, " "));
        if (names.empty()) return {fmt::format("\"{}\" is too much{}", word, after), known.size()};
        return {
            fmt::format("\"{}\" is not known{}; there are {}", word, after, fmt::join(names, ", ")),
            known.size()};
    }
    return {fmt::format("\"{}\" is not complete; next comes one of {}", fmt::join(words, " "),
                        fmt::join(names_after(words), ", ")),
            words.size()};
}

std::vector<yang::Choice> Grammar::choices(const std::vector<std::string>& before,
                                           Role role) const {
    std::vector<yang::Choice> out;
    std::set<std::string> seen;
    for (const Fit& one : fitting(before)) {
        if (one.command->role > role) continue;
        const auto& tokens = one.command->tokens;
        const bool rest = is_rest(tokens.back()) && before.size() + 1 >= tokens.size();
        if (before.size() >= tokens.size() && !rest) continue;
        const std::string& token = rest ? tokens.back() : tokens[before.size()];
        if (is_parameter(token) && one.command->values) {
            for (yang::Choice& choice : one.command->values(one.arguments)) {
                if (seen.insert(choice.word).second) out.push_back(std::move(choice));
            }
            continue;
        }
        const bool last = before.size() + 1 == tokens.size();
        if (seen.insert(token).second) out.push_back({token, last ? one.command->help : ""});
    }
    return out;
}

std::string Grammar::help(Role role) const {
    std::size_t width = 0;
    for (const Command& command : commands_) {
        width = std::max(width, fmt::format("{}", fmt::join(command.tokens, " ")).size());
    }
    std::string out;
    for (const Command& command : commands_) {
        if (command.role > role) continue;
        out += fmt::format("  {:<{}}  {}\n", fmt::format("{}", fmt::join(command.tokens, " ")),
                           width, command.help);
    }
    return out;
}

}  // namespace torii::mgmt

#include "mgmt/server/commit_commands.h"

#include <fmt/ranges.h>

#include <charconv>
#include <string_view>

namespace torii::mgmt {
namespace {

constexpr std::uint32_t kSecondsMax = 7 * 24 * 3600;

struct Option {
    const char* word;
    const char* help;
    bool alone;  // no other goes with it
};
constexpr Option kOptions[] = {
    {"check", "Only say whether a commit would work.", true},
    {"confirmed", "Undo the commit unless it is confirmed in time.", false},
    {"strict", "Refuse when a daemon does not run.", false},
    {"comment", "A note for the history.", false},
    {"and-quit", "Leave configure mode afterwards.", false},
    {"abort", "Undo the commit that waits to be confirmed.", true},
};

Result<const Option*> option_of(const std::string& word) {
    std::vector<const Option*> fitting;
    std::vector<std::string_view> names;
    for (const Option& option : kOptions) {
        names.emplace_back(option.word);
        if (word == option.word) return &option;
        if (!word.empty() && std::string_view(option.word).starts_with(word)) {
            fitting.push_back(&option);
        }
    }
    if (fitting.size() == 1) return fitting.front();
    if (fitting.empty()) {
        return fail("\"{}\" is not known after \"commit\"; there are {}", word,
                    fmt::join(names, ", "));
    }
    return fail("\"{}\" could be {} or {}: write more of it", word, fitting[0]->word,
                fitting[1]->word);
}

bool is_number(const std::string& word) {
    return !word.empty() && word.find_first_not_of("0123456789") == word.npos;
}

Result<std::chrono::seconds> seconds_of(const std::string& word) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || value == 0 || value > kSecondsMax) {
        return fail("{}: commit confirmed takes 1 to {} seconds", word, kSecondsMax);
    }
    return std::chrono::seconds(value);
}

}  // namespace

Result<CommitOptions> parse_commit_options(const std::vector<std::string>& words,
                                           std::chrono::seconds within) {
    CommitOptions out;
    out.request.confirms_any = true;
    for (std::size_t index = 0; index < words.size(); ++index) {
        const auto option = option_of(words[index]);
        if (!option) return unexpected(option.error());
        const std::string_view name = (*option)->word;
        if ((*option)->alone && words.size() > 1) {
            return fail("commit {} takes nothing else", name);
        }
        const bool more = index + 1 < words.size();
        if (name == "check") out.request.check_only = true;
        if (name == "strict") out.request.strict = true;
        if (name == "and-quit") out.quit = true;
        if (name == "abort") out.abort = true;
        if (name == "confirmed") {
            out.request.confirmed = ConfirmTerms{within, "", false};
            if (!more || !is_number(words[index + 1])) continue;
            const auto seconds = seconds_of(words[++index]);
            if (!seconds) return unexpected(seconds.error());
            out.request.confirmed->within = *seconds;
        }
        if (name == "comment") {
            if (!more)
                return fail(
                    "comment needs a text, between quotation marks when it has "
                    "spaces");
            out.request.comment = words[++index];
        }
    }
    return out;
}

std::vector<yang::Choice> commit_choices(const std::vector<std::string>& words) {
    if (!words.empty() && words.back() == "comment") return {{"<text>", "A note."}};
    std::vector<yang::Choice> out;
    if (!words.empty() && words.back() == "confirmed") {
        out.push_back({"<seconds>", "How long it may take to confirm it."});
    }
    for (const Option& option : kOptions) {
        if (option.alone && !words.empty()) continue;
        if (std::ranges::find(words, option.word) == words.end()) {
            out.push_back({option.word, option.help});
        }
    }
    return out;
}

}  // namespace torii::mgmt

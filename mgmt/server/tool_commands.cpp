#include "mgmt/server/tool_commands.h"

#include "mgmt/server/log_files.h"
#include "mgmt/server/support_text.h"
#include "platform/base/ip_address.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

namespace torii::mgmt {
namespace {

constexpr std::size_t kLogLines = 100;
constexpr std::size_t kLogLinesMax = 100'000;

// What an option takes: a number in a range, or a name.
struct Option {
    std::string_view name;
    std::string_view flag;  // of the program
    std::uint32_t least = 0;
    std::uint32_t most = 0;  // 0: a name or an address
    std::string_view help;
};

constexpr std::array kPing{
    Option{"count", "-c", 1, 1'000'000, "How many packets. [5]"},
    Option{"source", "-I", 0, 0, "Own address."},
    Option{"interface", "-I", 0, 0, "Interface to send from."},
    Option{"size", "-s", 0, 65'507, "Octets of each."},
    Option{"ttl", "-t", 1, 255, "Hops at most."},
    Option{"interval", "-i", 1, 3'600, "Seconds between them."},
};

constexpr std::array kTraceroute{
    Option{"source", "-s", 0, 0, "Own address."},
    Option{"interface", "-i", 0, 0, "Interface to send from."},
    Option{"ttl", "-m", 1, 255, "Hops at most. [30]"},
    Option{"wait", "-w", 1, 60, "Seconds to wait for each answer. [5]"},
};

bool is_name(std::string_view text) {
    constexpr std::string_view kGood =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%";
    return !text.empty() && text.front() != '-' && text.find_first_not_of(kGood) == text.npos;
}

std::optional<std::uint32_t> number_in(const std::string& text, const Option& option) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good = error == std::errc{} && end == text.data() + text.size();
    return good && value >= option.least && value <= option.most ? std::optional(value)
                                                                 : std::nullopt;
}

std::string names(std::span<const Option> options) {
    std::vector<std::string_view> out;
    for (const Option& option : options) out.push_back(option.name);
    return fmt::format("{}", fmt::join(out, ", "));
}

// TARGET, then pairs of an option and its value, of which each may be there once.
Result<std::vector<std::string>, BadOption> program(std::vector<std::string> out,
                                                    std::string_view name,
                                                    std::span<const Option> options,
                                                    const std::vector<std::string>& words) {
    if (words.empty()) return unexpected(BadOption{"say where to: an address or a name", 0});
    if (!is_name(words[0])) {
        return unexpected(BadOption{fmt::format("\"{}\" is no address or name", words[0]), 0});
    }
    for (std::size_t index = 1; index < words.size(); index += 2) {
        const auto option = std::ranges::find(options, words[index], &Option::name);
        if (option == options.end()) {
            return unexpected(BadOption{fmt::format("\"{}\" is no option of {}; there are {}",
                                                    words[index], name, names(options)),
                                        index});
        }
        if (index + 1 == words.size()) {
            return unexpected(BadOption{fmt::format("{} needs a value", option->name), index + 1});
        }
        const std::string& value = words[index + 1];
        if (option->most != 0 && !number_in(value, *option)) {
            return unexpected(BadOption{
                fmt::format("{} must be {} to {}", option->name, option->least, option->most),
                index + 1});
        }
        if (option->most == 0 && !is_name(value)) {
            return unexpected(
                BadOption{fmt::format("\"{}\" is no address or name", value), index + 1});
        }
        out.emplace_back(option->flag);
        out.push_back(value);
    }
    out.push_back(words[0]);
    return out;
}

using Program = Result<std::vector<std::string>, BadOption> (*)(const std::vector<std::string>&);

void add_program(Grammar& grammar, const std::string& pattern, const std::string& help,
                 Program program, std::span<const Option> options) {
    grammar.add(
        pattern, help,
        [program](const Invocation& asked, const Done& done) {
            auto words = program(asked.arguments);
            if (!words) {
                Output output = failure(words.error().message);
                output.word = asked.first_argument + words.error().word;
                return done(std::move(output));
            }
            Output output;
            output.program = std::move(*words);
            done(std::move(output));
        },
        [options](const std::vector<std::string>& before) -> std::vector<yang::Choice> {
            if (before.empty()) return {{"<target>", "An address or a name."}};
            if (before.size() % 2 == 0) return {{"<value>", "Of the option."}};
            std::vector<yang::Choice> out;
            for (const Option& option : options) {
                out.push_back({std::string(option.name), std::string(option.help)});
            }
            return out;
        });
}

}  // namespace

Result<std::vector<std::string>, BadOption> ping_program(const std::vector<std::string>& words) {
    std::vector<std::string> start{"ping", "-n"};
    const bool counted = std::ranges::find(words, "count") != words.end();
    if (!counted) start.insert(start.end(), {"-c", "5"});
    return program(std::move(start), "ping", kPing, words);
}

Result<std::vector<std::string>, BadOption> traceroute_program(
    const std::vector<std::string>& words) {
    return program({"traceroute", "-n"}, "traceroute", kTraceroute, words);
}

void ToolCommands::add_to(Grammar& grammar) {
    add_program(grammar, "ping <target>...", "Whether a host answers.", ping_program, kPing);
    add_program(grammar, "traceroute <target>...", "The routers on the way to a host.",
                traceroute_program, kTraceroute);
    grammar.add(
        "show log", "What the daemons said last.",
        [this](const Invocation& asked, const Done& done) { show_log(asked, kLogLines, done); });
    grammar.add("show log <number>", "So many of the last lines.",
                [this](const Invocation& asked, const Done& done) {
                    std::size_t lines = 0;
                    const std::string& text = asked.arguments[0];
                    std::from_chars(text.data(), text.data() + text.size(), lines);
                    show_log(asked, std::clamp<std::size_t>(lines, 1, kLogLinesMax), done);
                });
    grammar.add("show log follow", "What the daemons say, as it comes, until Ctrl-C.",
                [this](const Invocation&, const Done& done) { follow_log(done); });
    grammar.add("show tech-support", "All there is to see, without secrets: for | save FILE.",
                [this](const Invocation& asked, const Done& done) {
                    support_text(operational_, asked, done);
                });
}

void ToolCommands::show_log(const Invocation& /*asked*/, std::size_t lines,
                            const Done& done) const {
    const auto files = log_files(run_dir_);
    if (!files.empty()) return done({last_lines(files, lines)});
    Output output;
    output.program = {"journalctl", "--no-pager", "-u", "torii-*", "-n", std::to_string(lines)};
    done(std::move(output));
}

void ToolCommands::follow_log(const Done& done) const {
    const auto files = log_files(run_dir_);
    Output output;
    if (files.empty()) {
        output.program = {"journalctl", "-u", "torii-*", "-n", "20", "-f"};
    } else {
        output.program = {"tail", "-q", "-n", "5", "-F"};
        output.program.insert(output.program.end(), files.begin(), files.end());
    }
    done(std::move(output));
}

}  // namespace torii::mgmt

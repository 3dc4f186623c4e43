// Configurations of ours in FRR's words: the machine, interfaces, static routes, BFD, and what is
// left.
#include "mgmt/frr/print.h"

#include "mgmt/frr/printer.h"
#include "platform/base/words.h"

#include <fmt/format.h>

#include <algorithm>

namespace torii::frr {
namespace {

void add(Lines& to, const Lines& more) {
    to.insert(to.end(), more.begin(), more.end());
}

bool begins_with(const Words& words, const Words& path) {
    return words.size() >= path.size() && std::equal(path.begin(), path.end(), words.begin());
}

// lo and its like are loopbacks to FRR, whatever is said of them.
bool is_loopback_name(const std::string& name) {
    return name.starts_with("loop") || name.starts_with("dummy");
}

Lines print_interface(ToSay& commands, const std::string& name) {
    const Words path{"interface", name};
    const bool loopback = commands.has(path, "loopback");
    if (name == "lo" || (is_loopback_name(name) && !loopback)) return {};
    Lines out{"interface " + name};
    if (is_loopback_name(name)) (void)commands.take(path, "loopback");
    (void)commands.take(path, "");
    for (const Saying& saying :
         {Saying{"description <text>", "description $1"}, Saying{"enabled false", "shutdown"}}) {
        say(commands, path, saying, " ", out);
    }
    for (const char* family : {"ipv4", "ipv6"}) {
        for (const Words& found : commands.take_all(with(path, family), "address <address>")) {
            out.push_back(
                fmt::format(" {} address {}", family[3] == '4' ? "ip" : "ipv6", found[0]));
        }
    }
    out.emplace_back("exit");
    return out;
}

Lines print_static_route(ToSay& commands, const std::string& prefix) {
    const Words path{"routing", "static-route", prefix};
    const bool discard = commands.has(path, "discard");
    const auto gateways = commands.names(with(path, "next-hop"));
    // FRR has one or the other.
    if (discard != gateways.empty()) return {};
    std::string after;
    if (const auto distance = commands.take(path, "distance <d>"); distance) {
        if (distance->at(0) != "1") after += " " + distance->at(0);
    }
    if (const auto tag = commands.take(path, "tag <t>"); tag && tag->at(0) != "0") {
        after += " tag " + tag->at(0);
    }
    const std::string start =
        (prefix.find(':') == prefix.npos ? "ip route " : "ipv6 route ") + prefix + " ";
    Lines out;
    if (commands.take(path, "discard")) out.push_back(start + "blackhole" + after);
    for (const std::string& gateway : gateways) {
        const Words next_hop = with(with(path, "next-hop"), gateway);
        (void)commands.take(next_hop, "");
        const auto interface = commands.take(next_hop, "interface <name>");
        out.push_back(start + gateway + (interface ? " " + interface->at(0) : "") + after);
    }
    return out;
}

Lines print_bfd_profile(ToSay& commands, const std::string& name) {
    const Words path{"bfd", "profile", name};
    Lines out{" profile " + name};
    (void)commands.take(path, "");
    for (const Saying& saying :
         {Saying{"detect-multiplier <n>", "detect-multiplier $1"},
          Saying{"transmit-interval <n>", "transmit-interval $1"},
          Saying{"receive-interval <n>", "receive-interval $1"},
          Saying{"passive true", "passive-mode"}, Saying{"passive false", "no passive-mode"}}) {
        say(commands, path, saying, "  ", out);
    }
    out.emplace_back(" exit");
    return out;
}

}  // namespace

bool is_plain(const std::string& text) {
    return !text.empty() && join(split(text)) == text;
}

Words with(Words path, const std::string& more) {
    path.push_back(more);
    return path;
}

void say(ToSay& commands, const Words& path, const Saying& saying, const std::string& before,
         Lines& out) {
    const auto found = commands.find(path, saying.ours);
    if (!found || !std::ranges::all_of(*found, is_plain)) return;
    (void)commands.take(path, saying.ours);
    out.push_back(before + join(fill(saying.frr, *found)));
}

ToSay::ToSay(const std::vector<Words>& commands)
    : commands_(&commands), said_(commands.size(), false) {}

std::optional<Words> ToSay::fits(std::size_t place, const Words& path,
                                 std::string_view rest) const {
    const Words& words = (*commands_)[place];
    if (said_[place] || !begins_with(words, path)) return std::nullopt;
    return match({words.begin() + static_cast<std::ptrdiff_t>(path.size()), words.end()}, rest);
}

std::optional<Words> ToSay::find(const Words& path, std::string_view rest) const {
    for (std::size_t place = 0; place < commands_->size(); ++place) {
        if (auto arguments = fits(place, path, rest)) return arguments;
    }
    return std::nullopt;
}

std::vector<Words> ToSay::all(const Words& path, std::string_view rest) const {
    std::vector<Words> out;
    for (std::size_t place = 0; place < commands_->size(); ++place) {
        if (auto arguments = fits(place, path, rest)) out.push_back(std::move(*arguments));
    }
    return out;
}

std::vector<Words> ToSay::take_all(const Words& path, std::string_view rest) {
    std::vector<Words> out;
    for (std::size_t place = 0; place < commands_->size(); ++place) {
        auto arguments = fits(place, path, rest);
        if (!arguments) continue;
        out.push_back(std::move(*arguments));
        said_[place] = true;
    }
    return out;
}

std::optional<Words> ToSay::take(const Words& path, std::string_view rest) {
    auto found = take_all(path, rest);
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<std::string> ToSay::names(const Words& path) const {
    std::vector<std::string> out;
    std::set<std::string> seen;
    for (std::size_t place = 0; place < commands_->size(); ++place) {
        const Words& words = (*commands_)[place];
        if (said_[place] || words.size() <= path.size() || !begins_with(words, path)) continue;
        if (seen.insert(words[path.size()]).second) out.push_back(words[path.size()]);
    }
    return out;
}

std::size_t ToSay::count(const Words& path) const {
    std::size_t out = 0;
    for (std::size_t place = 0; place < commands_->size(); ++place) {
        if (!said_[place] && begins_with((*commands_)[place], path)) ++out;
    }
    return out;
}

std::vector<Words> ToSay::left() const {
    std::vector<Words> out;
    for (std::size_t place = 0; place < commands_->size(); ++place) {
        if (!said_[place]) out.push_back((*commands_)[place]);
    }
    return out;
}

std::string print(const std::vector<Words>& all) {
    ToSay commands(all);
    Lines out{"frr version 8.4.4", "frr defaults traditional"};
    say(commands, {"system"}, {"hostname <name>", "hostname $1"}, "", out);
    say(commands, {"routing"}, {"router-id <id>", "ip router-id $1"}, "", out);
    for (const std::string& name : commands.names({"interface"})) {
        add(out, print_interface(commands, name));
    }
    for (const std::string& prefix : commands.names({"routing", "static-route"})) {
        add(out, print_static_route(commands, prefix));
    }
    if (const auto profiles = commands.names({"bfd", "profile"}); !profiles.empty()) {
        out.emplace_back("bfd");
        for (const std::string& name : profiles) add(out, print_bfd_profile(commands, name));
        out.emplace_back("exit");
    }
    Printed printed;
    const bool bgp = commands.has({"bgp"}, "as <as>");
    add(out, print_lists(commands, printed));
    add(out, print_route_maps(commands, printed));
    add(out, print_bgp(commands, printed));
    // FRR dials every two minutes, and has no line for that of all neighbors.
    const Words retry{"bgp", "timers", "connect-retry"};
    const bool dials = commands.has(retry, "<s>");
    (void)commands.take(retry, "120");
    auto left = commands.left();
    if (bgp && !dials) left.push_back({"bgp", "timers", "connect-retry", "10"});
    for (const Words& words : left) {
        std::string line = std::string(kOurs) + "set";
        for (const std::string& word : words) line += " " + quoted_word(word);
        out.push_back(std::move(line));
    }
    std::string text;
    for (const std::string& line : out) text += line + "\n";
    return text;
}

}  // namespace torii::frr

#include "mgmt/frr/report.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace torii::frr {
namespace {

namespace json = boost::json;

constexpr std::size_t kLineWidth = 44;

using CommandsOfLines = std::map<std::size_t, std::vector<std::string>>;

CommandsOfLines commands_of_lines(const Conversion& conversion) {
    CommandsOfLines out;
    for (const Command& command : conversion.commands) {
        out[command.line].push_back(fmt::format("set {}", shown(command.words)));
    }
    return out;
}

const char* fate_name(Fate fate) {
    switch (fate) {
        case Fate::mapped: return "mapped";
        case Fate::meaningless: return "meaningless";
        case Fate::unsupported: break;
    }
    return "unsupported";
}

// What the right column says of a line, a line of text each.
std::vector<std::string> right_column(const Line& line, const CommandsOfLines& commands) {
    std::vector<std::string> out;
    if (const auto found = commands.find(line.number); found != commands.end()) {
        out = found->second;
    }
    if (line.fate == Fate::unsupported) {
        out.insert(out.begin(), fmt::format("! not supported: {}", line.note));
    } else if (line.fate == Fate::meaningless) {
        out.push_back(fmt::format("- nothing to set: {}", line.note));
    } else if (!line.note.empty()) {
        out.push_back(fmt::format("  ({})", line.note));
    }
    if (out.empty()) out.emplace_back();
    return out;
}

std::string row(const std::string& number, const std::string& left, const std::string& right) {
    std::string out = fmt::format("{:>4}  {:<{}}  {}", number, left, kLineWidth, right);
    out.erase(out.find_last_not_of(' ') + 1);
    return out + "\n";
}

std::string rows_of(const Line& line, const CommandsOfLines& commands) {
    std::string out;
    std::string number = std::to_string(line.number);
    std::string left = line.text;
    if (left.size() > kLineWidth) {
        out += row(number, left, "");
        number.clear();
        left.clear();
    }
    for (const std::string& right : right_column(line, commands)) {
        if (right.empty() && number.empty()) continue;
        out += row(number, left, right);
        number.clear();
        left.clear();
    }
    return out;
}

std::size_t count(const Conversion& conversion, Fate fate) {
    return static_cast<std::size_t>(std::ranges::count(conversion.lines, fate, &Line::fate));
}

}  // namespace

std::string report(const Conversion& conversion, const std::vector<Remaining>& remaining) {
    const CommandsOfLines commands = commands_of_lines(conversion);
    std::string out = row("Line", "FRR", "Here");
    for (const Line& line : conversion.lines) out += rows_of(line, commands);
    if (const auto defaults = commands.find(0); defaults != commands.end()) {
        std::string left = "FRR's defaults that are not ours";
        for (const std::string& command : defaults->second) {
            out += row("", left, command);
            left.clear();
        }
    }
    if (!remaining.empty()) {
        out += "\nBefore this can be committed:\n";
        for (const Remaining& one : remaining) {
            const std::string where = one.line == 0 ? "" : fmt::format("line {}: ", one.line);
            out += fmt::format("  {}{}\n", where, one.text);
        }
    }
    return out + fmt::format("\n{} lines: {} mapped, {} with nothing to set, {} not supported.\n",
                             conversion.lines.size(), count(conversion, Fate::mapped),
                             count(conversion, Fate::meaningless),
                             count(conversion, Fate::unsupported));
}

json::value report_json(const Conversion& conversion, const std::vector<Remaining>& remaining) {
    const CommandsOfLines commands = commands_of_lines(conversion);
    const auto commands_json = [&](std::size_t line) {
        json::array out;
        if (const auto found = commands.find(line); found != commands.end()) {
            for (const std::string& command : found->second) out.emplace_back(command);
        }
        return out;
    };
    json::array lines;
    for (const Line& line : conversion.lines) {
        lines.push_back(json::object{{"line", line.number},
                                     {"text", line.text},
                                     {"fate", fate_name(line.fate)},
                                     {"note", line.note},
                                     {"commands", commands_json(line.number)}});
    }
    json::array rest;
    for (const Remaining& one : remaining) {
        rest.push_back(json::object{{"line", one.line}, {"problem", one.text}});
    }
    return json::object{{"lines", std::move(lines)},
                        {"defaults", commands_json(0)},
                        {"remaining", std::move(rest)}};
}

}  // namespace torii::frr

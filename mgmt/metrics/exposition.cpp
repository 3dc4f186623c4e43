#include "mgmt/metrics/exposition.h"

#include <fmt/format.h>

#include <iterator>

namespace torii::metrics {
namespace {

// In a label's value; help has no quotation marks of its own.
void append_escaped(std::string& to, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\\': to += "\\\\"; break;
            case '"': to += "\\\""; break;
            case '\n': to += "\\n"; break;
            default: to += c;
        }
    }
}

}  // namespace

void Exposition::family(std::string_view name, Kind kind, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                   kind == Kind::counter ? "counter" : "gauge");
}

void Exposition::sample(const Labels& labels, std::uint64_t value) {
    text_ += name_;
    char before = '{';
    for (const auto& [label, content] : labels) {
        text_ += before;
        text_ += label;
        text_ += "=\"";
        append_escaped(text_, content);
        text_ += '"';
        before = ',';
    }
    if (!labels.empty()) text_ += '}';
    fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

void Exposition::single(std::string_view name, Kind kind, std::string_view help,
                        std::uint64_t value) {
    family(name, kind, help);
    sample({}, value);
}

}  // namespace torii::metrics

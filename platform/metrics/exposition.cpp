#include "platform/metrics/exposition.h"

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

void Exposition::begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                   type);
}

void Exposition::family(std::string_view name, Kind kind, std::string_view help) {
    begin(name, kind == Kind::counter ? "counter" : "gauge", help);
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

void Exposition::histogram(std::string_view name, std::string_view help,
                           const Histogram& histogram) {
    begin(name, "histogram", help);
    const auto out = std::back_inserter(text_);
    for (std::size_t at = 0; at < Histogram::kBounds.size(); ++at) {
        fmt::format_to(out, "{}_bucket{{le=\"{}\"}} {}\n", name, Histogram::kBounds[at],
                       histogram.counts()[at]);
    }
    fmt::format_to(out, "{}_bucket{{le=\"+Inf\"}} {}\n{}_sum {}\n{}_count {}\n", name,
                   histogram.count(), name, histogram.sum(), name, histogram.count());
}

void Exposition::single(std::string_view name, Kind kind, std::string_view help,
                        std::uint64_t value) {
    family(name, kind, help);
    sample({}, value);
}

}  // namespace torii::metrics

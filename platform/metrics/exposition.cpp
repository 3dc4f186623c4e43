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

std::string_view type_of(Kind kind) {
    switch (kind) {
        case Kind::counter: return "counter";
        case Kind::histogram: return "histogram";
        case Kind::gauge: break;
    }
    return "gauge";
}

}  // namespace

void Exposition::family(std::string_view name, Kind kind, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                   type_of(kind));
}

void Exposition::sample(const Labels& labels, std::uint64_t value) {
    write("", labels, fmt::to_string(value));
}

void Exposition::histogram(const Labels& labels, const Steps& steps, double sum,
                           std::uint64_t samples) {
    const auto step = [&](std::string_view upper, std::uint64_t count) {
        Labels with_upper = labels;
        with_upper.emplace_back("le", upper);
        write("_bucket", with_upper, fmt::to_string(count));
    };
    for (const auto& [upper, count] : steps) step(fmt::format("{:g}", upper), count);
    step("+Inf", samples);
    write("_sum", labels, fmt::format("{:.9f}", sum));
    write("_count", labels, fmt::to_string(samples));
}

void Exposition::write(std::string_view suffix, const Labels& labels, std::string_view value) {
    text_ += name_;
    text_ += suffix;
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
    text_ += ' ';
    text_ += value;
    text_ += '\n';
}

void Exposition::histogram(std::string_view name, std::string_view help,
                           const Histogram& histogram) {
    Steps steps;
    for (std::size_t at = 0; at < Histogram::kBounds.size(); ++at) {
        steps.emplace_back(Histogram::kBounds[at], histogram.counts()[at]);
    }
    family(name, Kind::histogram, help);
    this->histogram({}, steps, histogram.sum(), histogram.count());
}

void Exposition::single(std::string_view name, Kind kind, std::string_view help,
                        std::uint64_t value) {
    family(name, kind, help);
    sample({}, value);
}

}  // namespace torii::metrics

#pragma once

#include "platform/metrics/histogram.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torii::metrics {

enum class Kind { counter, gauge, histogram };

// Writes the text format of Prometheus, version 0.0.4: families of samples, each family once and in
// one piece.
class Exposition {
public:
    using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

    // Begins a family: all samples up to the next are of it. `name` in base units (seconds, bytes),
    // counters end in _total.
    void family(std::string_view name, Kind kind, std::string_view help);
    void sample(const Labels& labels, std::uint64_t value);
    // Of a histogram: (upper bound, samples up to it) from the smallest on, and the sum of all.
    using Steps = std::vector<std::pair<double, std::uint64_t>>;
    void histogram(const Labels& labels, const Steps& steps, double sum, std::uint64_t samples);
    // A family of one sample without labels.
    void single(std::string_view name, Kind kind, std::string_view help, std::uint64_t value);
    // A family of one histogram.
    void histogram(std::string_view name, std::string_view help, const Histogram& histogram);

    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    void write(std::string_view suffix, const Labels& labels, std::string_view value);

    std::string text_;
    std::string name_;
};

}  // namespace torii::metrics

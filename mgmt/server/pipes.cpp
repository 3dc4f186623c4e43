#include "mgmt/server/pipes.h"

#include "platform/base/expression.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <utility>

namespace torii::mgmt {
namespace {

enum class Argument { none, expression, number, file, form };

struct Known {
    std::string_view name;
    Argument argument;
    std::string_view help;
};

constexpr std::array kPipes{
    Known{"compare", Argument::none, "What differs from the running configuration."},
    Known{"count", Argument::none, "Only how many lines there are."},
    Known{"display", Argument::form, "In another form."},
    Known{"except", Argument::expression, "Only lines that do not match."},
    Known{"find", Argument::expression, "From the first line that matches."},
    Known{"include", Argument::expression, "As match."},
    Known{"json", Argument::none, "As JSON."},
    Known{"last", Argument::number, "Only the last lines."},
    Known{"match", Argument::expression, "Only lines that match."},
    Known{"no-more", Argument::none, "All at once, not page by page."},
    Known{"save", Argument::file, "Into a file."},
};

constexpr std::array kForms{
    std::pair{"frr", "As FRR has it, for load frr."},
    std::pair{"json", "JSON (RFC 7951)."},
    std::pair{"linux", "Routes as ip route prints them."},
    std::pair{"set", "Set commands."},
    std::pair{"tree", "Words in braces."},
    std::pair{"xml", "XML."},
};

constexpr std::size_t kLastMax = 100'000;
constexpr std::string_view kLastDefault = "10";

std::string names() {
    std::vector<std::string_view> out;
    for (const Known& known : kPipes) out.push_back(known.name);
    return fmt::format("{}", fmt::join(out, ", "));
}

// By its name, or a beginning that fits one only.
const Known* find_known(std::string_view word) {
    const Known* found = nullptr;
    for (const Known& known : kPipes) {
        if (known.name == word) return &known;
        if (word.empty() || !known.name.starts_with(word)) continue;
        if (found != nullptr) return nullptr;
        found = &known;
    }
    return found;
}

std::optional<std::size_t> parse_count(const std::string& text) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good = error == std::errc{} && end == text.data() + text.size() && value > 0;
    return good && value <= kLastMax ? std::optional(value) : std::nullopt;
}

Result<void> check_argument(const Known& known, const std::string& argument) {
    switch (known.argument) {
        case Argument::none:
            if (argument.empty()) return {};
            return fail("| {} takes nothing: remove \"{}\"", known.name, argument);
        case Argument::expression:
            if (!argument.empty()) return {};
            return fail("| {} needs a regular expression", known.name);
        case Argument::file:
            if (!argument.empty()) return {};
            return fail("| {} needs the name of a file", known.name);
        case Argument::number:
            if (parse_count(argument)) return {};
            return fail("| {} needs a number of lines, 1 to {}", known.name, kLastMax);
        case Argument::form: break;
    }
    std::vector<std::string_view> forms;
    for (const auto& [name, help] : kForms) {
        if (argument == name) return {};
        forms.emplace_back(name);
    }
    return fail("| display needs one of {}", fmt::join(forms, ", "));
}

}  // namespace

class PipeChain::Stage {
public:
    Stage() = default;
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    virtual ~Stage() = default;

    // Appends what comes out for one line (without its end) to `out`.
    virtual void line(std::string text, std::string& out) = 0;
    virtual void finish(std::string& /*out*/) {}
};

namespace {

void pass(std::string text, std::string& out) {
    out += text;
    out += '\n';
}

class Matching final : public PipeChain::Stage {
public:
    Matching(Expression expression, bool wanted)
        : expression_(std::move(expression)), wanted_(wanted) {}
    void line(std::string text, std::string& out) override {
        if (expression_.found_in(text) == wanted_) pass(std::move(text), out);
    }

private:
    Expression expression_;
    bool wanted_;
};

class Finding final : public PipeChain::Stage {
public:
    explicit Finding(Expression expression) : expression_(std::move(expression)) {}
    void line(std::string text, std::string& out) override {
        found_ = found_ || expression_.found_in(text);
        if (found_) pass(std::move(text), out);
    }

private:
    Expression expression_;
    bool found_ = false;
};

class Counting final : public PipeChain::Stage {
public:
    void line(std::string /*text*/, std::string& /*out*/) override { ++count_; }
    void finish(std::string& out) override { out += fmt::format("Count: {} lines\n", count_); }

private:
    std::size_t count_ = 0;
};

class Last final : public PipeChain::Stage {
public:
    explicit Last(std::size_t most) : most_(most) {}
    void line(std::string text, std::string& /*out*/) override {
        lines_.push_back(std::move(text));
        if (lines_.size() > most_) lines_.pop_front();
    }
    void finish(std::string& out) override {
        for (std::string& text : lines_) pass(std::move(text), out);
    }

private:
    std::size_t most_;
    std::deque<std::string> lines_;
};

template <class Take>
void each_line(const std::string& text, const Take& take) {
    std::size_t start = 0;
    while (start < text.size()) {
        const std::size_t end = text.find('\n', start);
        take(text.substr(start, end - start));
        if (end == text.npos) break;
        start = end + 1;
    }
}

std::string through(PipeChain::Stage& stage, const std::string& text) {
    std::string out;
    each_line(text, [&](std::string line) { stage.line(std::move(line), out); });
    return out;
}

using StagePtr = std::unique_ptr<PipeChain::Stage>;

Result<StagePtr> searching_stage(const Pipe& pipe) {
    auto expression = Expression::compile(pipe.argument);
    if (!expression) {
        return fail("| {} {}: {}", pipe.name, pipe.argument, expression.error().message);
    }
    if (pipe.name == "find") return std::make_unique<Finding>(std::move(*expression));
    return std::make_unique<Matching>(std::move(*expression), pipe.name == "match");
}

// Null for pipes that do not work on lines.
Result<StagePtr> stage_of(const Pipe& pipe) {
    const Known* known = find_known(pipe.name);
    if (known != nullptr && known->argument == Argument::expression) return searching_stage(pipe);
    if (pipe.name == "count") return std::make_unique<Counting>();
    if (pipe.name == "last") return std::make_unique<Last>(*parse_count(pipe.argument));
    return nullptr;
}

}  // namespace

Result<Pipe> known_pipe(const std::vector<std::string>& words) {
    if (words.empty()) return fail("nothing after |; there are {}", names());
    const Known* known = find_known(words.front());
    if (known == nullptr) {
        return fail("| {} is not known; there are {}", words.front(), names());
    }
    Pipe pipe{std::string(known->name == "include" ? "match" : known->name), ""};
    for (std::size_t index = 1; index < words.size(); ++index) {
        pipe.argument += (index == 1 ? "" : " ") + words[index];
    }
    if (known->argument == Argument::number && pipe.argument.empty()) {
        pipe.argument = kLastDefault;
    }
    if (auto good = check_argument(*known, pipe.argument); !good) return unexpected(good.error());
    return pipe;
}

std::vector<yang::Choice> pipe_choices(const std::vector<std::string>& words) {
    std::vector<yang::Choice> out;
    if (words.empty()) {
        for (const Known& known : kPipes) {
            out.push_back({std::string(known.name), std::string(known.help)});
        }
        return out;
    }
    const Known* known = find_known(words.front());
    if (known == nullptr || words.size() > 1) return out;
    switch (known->argument) {
        case Argument::form:
            for (const auto& [name, help] : kForms) out.push_back({name, help});
            break;
        case Argument::expression: out.push_back({"<expression>", "A regular expression."}); break;
        case Argument::number: out.push_back({"<lines>", "How many. [10]"}); break;
        case Argument::file: out.push_back({"<file>", "Name of the file."}); break;
        case Argument::none: break;
    }
    return out;
}

PipeChain::PipeChain() = default;
PipeChain::~PipeChain() = default;
PipeChain::PipeChain(PipeChain&& other) noexcept = default;
PipeChain& PipeChain::operator=(PipeChain&& other) noexcept = default;

Result<PipeChain> PipeChain::make(const std::vector<Pipe>& pipes) {
    PipeChain out;
    for (const Pipe& pipe : pipes) {
        auto stage = stage_of(pipe);
        if (!stage) return unexpected(stage.error());
        if (*stage) out.stages_.push_back(std::move(*stage));
    }
    return out;
}

std::string PipeChain::feed(std::string text) {
    for (const auto& stage : stages_) text = through(*stage, text);
    return text;
}

std::string PipeChain::finish() {
    std::string text;
    for (const auto& stage : stages_) {
        text = through(*stage, text);
        stage->finish(text);
    }
    return text;
}

}  // namespace torii::mgmt

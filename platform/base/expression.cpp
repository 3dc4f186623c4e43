#include "platform/base/expression.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace torii {
namespace {

// Where sums and products stop, far from the end of their type.
constexpr std::size_t kEndless = 1'000'000'000;

std::size_t limited(std::size_t size) {
    return std::min(size, kEndless);
}

// What takes memory and time.
struct Cost {
    std::size_t size = 0;      // written out
    std::size_t repeated = 0;  // of that what is in repetitions, once for each that it is in
    std::size_t anchors = 0;
    bool repeats_anchors = false;
    bool back_reference = false;
};

// Adds up what stands in an expression, group by group.
class CostReader {
public:
    explicit CostReader(std::string_view text) : rest_(text) {}

    Cost read() {
        while (!rest_.empty()) step();
        // Groups without their end are read one inside the other, too.
        while (levels_.size() > 1) close();
        cost_.size = levels_.front().size();
        return cost_;
    }

private:
    struct Level {
        std::size_t before = 0;  // of what no repetition can reach any more
        std::size_t last = 0;    // of what the next repetition repeats
        bool anchors = false;    // somewhere in it
        bool last_anchors = false;
        [[nodiscard]] std::size_t size() const { return limited(before + last); }
    };

    void step() {
        const char character = rest_.front();
        rest_.remove_prefix(1);
        switch (character) {
            case '(': levels_.emplace_back(); return;
            case ')': return levels_.size() > 1 ? close() : add(1);
            case '[': skip_bracket(); return add(1);
            case '\\': return skip_escaped();
            case '^':
            case '$': return add_anchor();
            // glibc reads x+ as xx*, so that a row of + doubles with each.
            case '+': return repeat(2);
            case '*':
            case '?': return repeat(1);
            case '{':
                if (const auto times = take_bounds()) return repeat(*times);
                return add(1);
            default: return add(1);
        }
    }

    void add(std::size_t size, bool anchors = false) {
        Level& level = levels_.back();
        level = {level.size(), size, level.anchors || anchors, anchors};
    }
    void add_anchor() {
        ++cost_.anchors;
        add(1, true);
    }
    void repeat(std::size_t times) {
        Level& level = levels_.back();
        level.last = limited(level.last * std::max<std::size_t>(times, 1));
        cost_.repeated = limited(cost_.repeated + level.last);
        cost_.repeats_anchors = cost_.repeats_anchors || level.last_anchors;
    }
    void close() {
        const Level inside = levels_.back();
        levels_.pop_back();
        add(inside.size() + 1, inside.anchors);
    }

    void skip_escaped() {
        if (rest_.empty()) return add(1);
        const char character = rest_.front();
        rest_.remove_prefix(1);
        cost_.back_reference = cost_.back_reference || (character >= '1' && character <= '9');
        // Borders of words and of the text, as the C library has them beside POSIX.
        if (std::string_view("bB<>`'").find(character) != std::string_view::npos) {
            return add_anchor();
        }
        add(1);
    }

    // What [ began; a ] that comes first, or in [:name:], does not end it.
    void skip_bracket() {
        if (rest_.starts_with('^')) rest_.remove_prefix(1);
        for (bool first = true; !rest_.empty(); first = false) {
            const char character = rest_.front();
            rest_.remove_prefix(1);
            if (character == ']' && !first) return;
            if (character != '[' || rest_.empty()) continue;
            const char kind = rest_.front();
            if (kind != ':' && kind != '.' && kind != '=') continue;
            const std::array<char, 2> closing{kind, ']'};
            const auto end = rest_.find(std::string_view(closing.data(), closing.size()), 1);
            rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + closing.size());
        }
    }

    std::size_t take_number() {
        std::size_t value = 0;
        const char* const end = rest_.data() + rest_.size();
        const auto [stopped, error] = std::from_chars(rest_.data(), end, value);
        rest_.remove_prefix(static_cast<std::size_t>(stopped - rest_.data()));
        return error == std::errc::result_out_of_range ? kEndless : limited(value);
    }

    // {3}, {3,}, {,5} or {3,5}, without the brace that began it. Nothing: it is none of these.
    std::optional<std::size_t> take_bounds() {
        const std::string_view start = rest_;
        std::size_t times = take_number();
        if (rest_.starts_with(',')) {
            rest_.remove_prefix(1);
            // x{3,} is xxxx*.
            times = rest_.starts_with('}') ? limited(times + 1) : std::max(times, take_number());
        }
        if (rest_.starts_with('}') && rest_.size() < start.size()) {
            rest_.remove_prefix(1);
            return times;
        }
        rest_ = start;
        return std::nullopt;
    }

    std::string_view rest_;
    std::vector<Level> levels_{1};
    Cost cost_;
};

}  // namespace

std::size_t expression_size(std::string_view text) {
    return CostReader(text).read().size;
}

void Expression::Free::operator()(regex_t* compiled) const {
    const std::unique_ptr<regex_t> owner(compiled);
    regfree(compiled);
}

Result<Expression> Expression::compile(const std::string& text) {
    const Cost cost = CostReader(text).read();
    if (cost.size > kSizeMax) {
        return fail(
            "the regular expression has more than {} characters when its repetitions are "
            "written out: repeat less",
            kSizeMax);
    }
    if (cost.repeated > kRepeatedMax) {
        return fail("the regular expression repeats more than {} characters: repeat less",
                    kRepeatedMax);
    }
    // The C library copies what follows an anchor for each way that leads there.
    if (cost.repeats_anchors || cost.anchors > kAnchorsMax) {
        return fail(
            "the regular expression repeats ^, $ or a border of words, or has more than {} of "
            "them: write them once",
            kAnchorsMax);
    }
    // Nothing bounds the time that matching with them takes.
    if (cost.back_reference) {
        return fail("regular expressions have no back references: write what is meant again");
    }
    auto fresh = std::make_unique<regex_t>();
    if (const int error = regcomp(fresh.get(), text.c_str(), REG_EXTENDED | REG_NOSUB);
        error != 0) {
        std::array<char, 128> reason{};
        regerror(error, fresh.get(), reason.data(), reason.size());
        return fail("not a regular expression: {}", reason.data());
    }
    return Expression(Compiled(fresh.release()));
}

bool Expression::found_in(const std::string& line) const {
    return regexec(compiled_.get(), line.c_str(), 0, nullptr, 0) == 0;
}

}  // namespace torii

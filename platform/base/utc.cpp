#include "platform/base/utc.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

namespace torii {
namespace {

using namespace std::chrono;

// Takes exactly `digits` digits.
std::optional<unsigned> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
    if (error != std::errc() || end != text.data() + digits) return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == any_of.npos) return false;
    text.remove_prefix(1);
    return true;
}

// Numbers with what stands between them: "4-2-2T2:2:2".
template <std::size_t Count>
std::optional<std::array<unsigned, Count>> take_numbers(
    std::string_view& text, const std::array<std::size_t, Count>& digits,
    const std::array<std::string_view, Count>& before) {
    std::array<unsigned, Count> out{};
    for (std::size_t index = 0; index < Count; ++index) {
        if (!before[index].empty() && !take(text, before[index])) return std::nullopt;
        const auto number = take_number(text, digits[index]);
        if (!number) return std::nullopt;
        out[index] = *number;
    }
    return out;
}

// Z, +09:00 or -03:30.
std::optional<seconds> take_offset(std::string_view& text) {
    if (take(text, "Zz")) return seconds(0);
    const bool minus = text.starts_with('-');
    if (!take(text, "+-")) return std::nullopt;
    const auto parts = take_numbers<2>(text, {2, 2}, {"", ":"});
    if (!parts || (*parts)[0] > 23 || (*parts)[1] > 59) return std::nullopt;
    const seconds offset = hours((*parts)[0]) + minutes((*parts)[1]);
    return minus ? -offset : offset;
}

}  // namespace

std::int64_t unix_seconds() {
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

std::string utc_text(std::int64_t unix_seconds) {
    const sys_seconds time{seconds(unix_seconds)};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

Result<std::int64_t> parse_utc(std::string_view text) {
    const std::string_view all = text;
    const auto wrong = [all] {
        return fail("\"{}\" is no time such as 2026-01-02T10:14:55Z", all);
    };
    const auto parts = take_numbers<6>(text, {4, 2, 2, 2, 2, 2}, {"", "-", "-", "Tt ", ":", ":"});
    if (!parts) return wrong();
    if (take(text, ".")) {
        text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
    }
    const auto offset = take_offset(text);
    const auto& [year_number, month_number, day_number, hour, minute, second] = *parts;
    const year_month_day date{year(static_cast<int>(year_number)), month(month_number),
                              day(day_number)};
    if (!offset || !text.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
        return wrong();
    }
    const sys_seconds time =
        sys_days(date) + hours(hour) + minutes(minute) + seconds(second) - *offset;
    return time.time_since_epoch().count();
}

}  // namespace torii

#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace torii {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

// Lines below this level are not written. Default: info.
void set_log_level(LogLevel level);
[[nodiscard]] bool log_enabled(LogLevel level);
void write_log(LogLevel level, std::string_view category, std::string_view text);

// Key=value, one line per event, none per packet: kLog.info("session peer={} state={}", peer,
// state)
class Log {
public:
    constexpr explicit Log(std::string_view category) : category_(category) {}

    template <class... Args>
    void debug(fmt::format_string<Args...> format, Args&&... args) const {
        write(LogLevel::debug, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void info(fmt::format_string<Args...> format, Args&&... args) const {
        write(LogLevel::info, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void warning(fmt::format_string<Args...> format, Args&&... args) const {
        write(LogLevel::warning, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void error(fmt::format_string<Args...> format, Args&&... args) const {
        write(LogLevel::error, format, std::forward<Args>(args)...);
    }

private:
    template <class... Args>
    void write(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
        if (!log_enabled(level)) return;
        write_log(level, category_, fmt::format(format, std::forward<Args>(args)...));
    }

    std::string_view category_;
};

}  // namespace torii

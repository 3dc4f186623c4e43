#pragma once

#include "mgmt/shell/terminal.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace torii::shell {

// The part of a text that fits: so many lines, each cut at so many cells. Each line ends with what
// erases the rest of it.
[[nodiscard]] std::string fitting(std::string_view text, std::size_t rows, std::size_t columns);

// A screen of its own that is drawn over and over; what was there before comes back at its end.
class MonitorScreen {
public:
    explicit MonitorScreen(std::string title);
    MonitorScreen(const MonitorScreen&) = delete;
    MonitorScreen& operator=(const MonitorScreen&) = delete;
    ~MonitorScreen();

    void draw(const std::string& text, std::chrono::milliseconds interval);
    // True when q or Ctrl-C was typed; false when the time is over or the window changed.
    [[nodiscard]] bool wait(std::chrono::milliseconds interval);

private:
    std::string title_;
    KeyByKey keys_;
};

// Without a terminal. True when Ctrl-C came.
[[nodiscard]] bool sleep_until_interrupt(std::chrono::milliseconds interval);

}  // namespace torii::shell

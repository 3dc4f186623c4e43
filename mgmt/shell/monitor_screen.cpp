#include "mgmt/shell/monitor_screen.h"

#include "mgmt/shell/interrupt.h"
#include "mgmt/shell/pager.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <poll.h>
#include <utility>

namespace torii::shell {
namespace {

constexpr const char* kOwnScreen = "\033[?1049h";
constexpr const char* kFormerScreen = "\033[?1049l";
constexpr std::size_t kTitleRows = 2;

// As many whole characters as fit.
std::string cut(std::string_view line, std::size_t columns) {
    std::string out(line);
    while (cells_of(out) > columns) {
        while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80U) {
            out.pop_back();
        }
        if (!out.empty()) out.pop_back();
    }
    return out;
}

}  // namespace

std::string fitting(std::string_view text, std::size_t rows, std::size_t columns) {
    std::string out;
    for (std::size_t row = 0; row < rows && !text.empty(); ++row) {
        const auto end = text.find('\n');
        out += fmt::format("{}{}\033[K", row == 0 ? "" : "\r\n", cut(text.substr(0, end), columns));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return out;
}

MonitorScreen::MonitorScreen(std::string title) : title_(std::move(title)) {
    print(kOwnScreen);
}

MonitorScreen::~MonitorScreen() {
    print(kFormerScreen);
}

void MonitorScreen::draw(const std::string& text, std::chrono::milliseconds interval) {
    const WindowSize size = window_size();
    const std::string title =
        fmt::format("{}   every {} s, {:%H:%M:%S}, q ends", title_, interval.count() / 1000,
                    fmt::localtime(std::time(nullptr)));
    const std::size_t rows = size.rows > kTitleRows ? size.rows - kTitleRows : 1;
    print("\033[H" + fitting(title, 1, size.columns) + "\r\n\033[K\r\n" +
          fitting(text, rows, size.columns) + "\033[J");
}

bool MonitorScreen::wait(std::chrono::milliseconds interval) {
    const auto deadline = std::chrono::steady_clock::now() + interval;
    while (true) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= deadline) return false;
        const auto key =
            keys_.read(std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now));
        if (take_interrupt() || keys_.input_ended()) return true;
        if (key && (*key == "q" || *key == "interrupt")) return true;
        if (take_resize()) return false;
    }
}

bool sleep_until_interrupt(std::chrono::milliseconds interval) {
    (void)::poll(nullptr, 0, static_cast<int>(interval.count()));
    return take_interrupt();
}

}  // namespace torii::shell

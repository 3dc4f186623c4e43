#include "mgmt/shell/terminal.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <poll.h>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace torii::shell {
namespace {

// The rest of an escape sequence comes at once.
constexpr std::chrono::milliseconds kSequenceWait{25};

constexpr std::array<std::pair<std::string_view, const char*>, 12> kSequences{{
    {"[A", "up"},
    {"[B", "down"},
    {"OA", "up"},
    {"OB", "down"},
    {"[5~", "page-up"},
    {"[6~", "page-down"},
    {"[H", "home"},
    {"[F", "end"},
    {"[1~", "home"},
    {"[4~", "end"},
    {"OH", "home"},
    {"OF", "end"},
}};

std::size_t octets_of_character(char first) {
    const auto octet = static_cast<unsigned char>(first);
    if (octet >= 0xF0U) return 4;
    if (octet >= 0xE0U) return 3;
    return octet >= 0xC0U ? 2 : 1;
}

}  // namespace

bool is_terminal() {
    return isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
}

WindowSize window_size() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
        return {};
    }
    return {size.ws_row, size.ws_col};
}

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

KeyByKey::KeyByKey() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios now = before_;
    now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    changed_ = tcsetattr(STDIN_FILENO, TCSADRAIN, &now) == 0;
}

KeyByKey::~KeyByKey() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

std::optional<char> KeyByKey::octet(std::optional<std::chrono::milliseconds> within) {
    pollfd ready{STDIN_FILENO, POLLIN, 0};
    const int wait = within ? static_cast<int>(within->count()) : -1;
    if (::poll(&ready, 1, wait) <= 0) return std::nullopt;
    char out = 0;
    const ssize_t count = ::read(STDIN_FILENO, &out, 1);
    if (count == 1) return out;
    if (count == 0 || errno != EINTR) ended_ = true;
    return std::nullopt;
}

std::optional<std::string> KeyByKey::read(std::optional<std::chrono::milliseconds> within) {
    const auto first = octet(within);
    if (!first) return std::nullopt;
    switch (*first) {
        case '\003': return "interrupt";
        case '\r':
        case '\n': return "enter";
        case '\b':
        case '\177': return "backspace";
        case '\033': break;
        default: {
            std::string character(1, *first);
            while (character.size() < octets_of_character(*first)) {
                const auto next = octet(kSequenceWait);
                if (!next) break;
                character += *next;
            }
            return character;
        }
    }
    std::string sequence;
    while (const auto next = octet(kSequenceWait)) {
        sequence += *next;
        for (const auto& [text, name] : kSequences) {
            if (sequence == text) return name;
        }
        constexpr std::size_t kLongest = 3;
        if (sequence.size() >= kLongest) break;
    }
    return "escape";
}

}  // namespace torii::shell

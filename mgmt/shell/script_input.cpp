#include "mgmt/shell/script_input.h"

#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace torii::shell {
namespace {

// Who writes many lines at once is not slower than this.
constexpr int kAtOnceMs = 5;

}  // namespace

bool ScriptInput::read_some() {
    std::array<char, 65536> buffer{};
    ssize_t count = 0;
    do {
        count = ::read(descriptor_, buffer.data(), buffer.size());
    } while (count < 0 && errno == EINTR);
    if (count > 0) {
        unread_.append(buffer.data(), static_cast<std::size_t>(count));
    } else {
        ended_ = true;
        if (!unread_.empty()) unread_ += '\n';
    }
    split();
    return !ended_;
}

void ScriptInput::split() {
    std::size_t start = 0;
    for (auto end = unread_.find('\n'); end != unread_.npos; end = unread_.find('\n', start)) {
        lines_.push_back(unread_.substr(start, end - start));
        start = end + 1;
    }
    unread_.erase(0, start);
}

bool ScriptInput::more_is_there() const {
    pollfd ready{descriptor_, POLLIN, 0};
    return !ended_ && ::poll(&ready, 1, kAtOnceMs) > 0;
}

std::optional<Batch> ScriptInput::next() {
    while (lines_.empty() && read_some()) {
    }
    if (lines_.empty()) return std::nullopt;
    while (is_edit(lines_.back()) && more_is_there() && read_some()) {
    }
    Batch batch = take_batch(lines_, next_line_);
    next_line_ += batch.lines.size();
    return batch;
}

std::string ScriptInput::rest() {
    while (read_some()) {
    }
    std::string out;
    for (const std::string& line : std::exchange(lines_, {})) out += line + "\n";
    return out;
}

}  // namespace torii::shell

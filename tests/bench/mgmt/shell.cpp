#include "tests/bench/mgmt/shell.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace torii::bench {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// A shell on a terminal. What it writes is read while it is written to, as a terminal does.
class Terminal {
public:
    explicit Terminal(const std::string& run_dir) {
        winsize size{50, 120, 0, 0};
        process_ = ::forkpty(&descriptor_, nullptr, nullptr, &size);
        if (process_ < 0) throw std::runtime_error("there is no terminal");
        if (process_ == 0) {
            ::setenv("TERM", "xterm", 1);
            ::setenv("LC_ALL", "C.UTF-8", 1);
            ::execl(TORII_SHELL, TORII_SHELL, "--run-dir", run_dir.c_str(), nullptr);
            ::_exit(127);
        }
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal() {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        ::close(descriptor_);
    }

    void type(std::string_view text) {
        while (!text.empty()) {
            pollfd wait{descriptor_, POLLIN | POLLOUT, 0};
            ::poll(&wait, 1, 1000);
            if ((wait.revents & POLLIN) != 0) read();
            if ((wait.revents & POLLOUT) == 0) continue;
            // A line discipline takes in so much at a time.
            const ssize_t wrote =
                ::write(descriptor_, text.data(), std::min<std::size_t>(text.size(), 512));
            if (wrote < 0) throw std::runtime_error("the shell has ended");
            text.remove_prefix(static_cast<std::size_t>(wrote));
        }
    }
    void wait_for(const std::string& text) {
        const auto deadline = Clock::now() + 60s;
        while (screen_.find(text, seen_) == std::string::npos) {
            if (Clock::now() > deadline) {
                throw std::runtime_error(fmt::format("\"{}\" does not come: {}", text, screen_));
            }
            pollfd wait{descriptor_, POLLIN, 0};
            if (::poll(&wait, 1, 100) > 0) read();
        }
        seen_ = screen_.find(text, seen_) + text.size();
    }
    [[nodiscard]] const std::string& screen() const { return screen_; }

private:
    void read() {
        std::array<char, 65536> buffer{};
        const ssize_t got = ::read(descriptor_, buffer.data(), buffer.size());
        if (got <= 0) throw std::runtime_error("the shell has ended: " + screen_);
        screen_.append(buffer.data(), static_cast<std::size_t>(got));
    }

    int descriptor_ = -1;
    pid_t process_ = -1;
    std::string screen_;  // all there was, with the codes of the terminal
    std::size_t seen_ = 0;
};

}  // namespace

std::chrono::duration<double, std::milli> one_shot(const std::string& run_dir,
                                                   const std::string& line) {
    std::array<std::string, 5> words{TORII_SHELL, "--run-dir", run_dir, "-c", line};
    std::array<char*, 6> arguments{};
    for (std::size_t index = 0; index < words.size(); ++index) {
        arguments.at(index) = words.at(index).data();
    }
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    const auto start = Clock::now();
    pid_t process = -1;
    const int error =
        posix_spawn(&process, TORII_SHELL, &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 1;
    if (error != 0 || ::waitpid(process, &status, 0) != process || status != 0) {
        throw std::runtime_error(fmt::format("torii -c '{}' fails", line));
    }
    return Clock::now() - start;
}

Pasted paste(const std::string& run_dir, const std::string& text, const std::string& end) {
    Terminal terminal(run_dir);
    terminal.wait_for("> ");
    terminal.type("configure\r");
    terminal.wait_for("[edit]# ");
    const auto start = Clock::now();
    terminal.type("\x1b[200~" + text + "\x1b[201~");
    terminal.wait_for(end);
    const auto took = Clock::now() - start;
    terminal.type("compare | count\r");
    terminal.wait_for("Count: ");
    terminal.wait_for(" lines");
    terminal.type("discard\r");
    terminal.wait_for("[edit]# ");
    return {took, terminal.screen()};
}

}  // namespace torii::bench

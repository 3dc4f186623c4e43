#include "mgmt/shell/system_program.h"

#include "mgmt/shell/interrupt.h"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <vector>

extern char** environ;

namespace torii::shell {
namespace {

constexpr int kNotFound = 127;
constexpr int kStopped = 130;

}  // namespace

int run_program(const ipc::SystemProgram& program) {
    std::vector<std::string> words(program.words().begin(), program.words().end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    posix_spawnattr_t attributes{};
    posix_spawnattr_init(&attributes);
    sigset_t defaults{};
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    pid_t child = 0;
    std::fflush(stdout);
    const int error = posix_spawnp(&child, words.front().c_str(), nullptr, &attributes,
                                   arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        const std::string text =
            fmt::format("% cannot run {}: {}\n", words.front(), std::strerror(error));
        std::fputs(text.c_str(), stderr);
        return kNotFound;
    }
    int status = 0;
    // Ctrl-C goes to the program as well; it is waited for all the same.
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    (void)take_interrupt();
    return WIFEXITED(status) ? WEXITSTATUS(status) : kStopped;
}

}  // namespace torii::shell

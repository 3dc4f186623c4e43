#include "platform/linux/program.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <linux/close_range.h>
#include <spawn.h>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace torii {
namespace {

// As the kernel keeps them: each ends with a zero.
std::vector<std::string> arguments() {
    std::ifstream in("/proc/self/cmdline", std::ios::binary);
    std::vector<std::string> words;
    for (std::string word; std::getline(in, word, '\0');) words.push_back(std::move(word));
    return words;
}

// As exec(3) wants them; they point into the words.
std::vector<char*> as_argv(std::vector<std::string>& words) {
    std::vector<char*> argv;
    std::ranges::transform(words, std::back_inserter(argv),
                           [](std::string& word) { return word.data(); });
    argv.push_back(nullptr);
    return argv;
}

}  // namespace

Error start_program_anew() {
    std::vector<std::string> words = arguments();
    const std::vector<char*> argv = as_argv(words);
    // Libraries do not all mark their descriptors: a lock or a port kept would stop the next one.
    ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execv("/proc/self/exe", argv.data());
    return Error{fmt::format("cannot start {} anew: {}", words.front(), std::strerror(errno))};
}

Result<void> run_program(const std::vector<std::string>& words) {
    std::vector<std::string> own = words;
    const std::vector<char*> argv = as_argv(own);
    pid_t child = 0;
    const int refused =
        ::posix_spawnp(&child, argv.front(), nullptr, nullptr, argv.data(), environ);
    if (refused != 0) return fail("cannot start {}: {}", words.front(), std::strerror(refused));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return fail("{}: {}", words.front(), std::strerror(errno));
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return fail("{} ended with status {}", fmt::join(words, " "),
                WIFEXITED(status) ? WEXITSTATUS(status) : status);
}

std::uint64_t resident_memory() {
    // In pages: the whole size, then what is resident. proc(5)
    std::ifstream in("/proc/self/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    in >> size >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::chrono::milliseconds cpu_time() {
    rusage use{};
    ::getrusage(RUSAGE_SELF, &use);
    const auto total = [](const timeval& time) {
        return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
    };
    return std::chrono::duration_cast<std::chrono::milliseconds>(total(use.ru_utime) +
                                                                 total(use.ru_stime));
}

}  // namespace torii

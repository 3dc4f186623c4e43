#include "platform/linux/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <linux/close_range.h>
#include <string>
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

}  // namespace

Error start_program_anew() {
    std::vector<std::string> words = arguments();
    std::vector<char*> argv;
    std::ranges::transform(words, std::back_inserter(argv),
                           [](std::string& word) { return word.data(); });
    argv.push_back(nullptr);
    // Libraries do not all mark their descriptors: a lock or a port kept would stop the next one.
    ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execv("/proc/self/exe", argv.data());
    return Error{fmt::format("cannot start {} anew: {}", words.front(), std::strerror(errno))};
}

std::uint64_t resident_memory() {
    // In pages: the whole size, then what is resident. proc(5)
    std::ifstream in("/proc/self/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    in >> size >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace torii

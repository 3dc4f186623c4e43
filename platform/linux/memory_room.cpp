#include "platform/linux/memory_room.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <malloc.h>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace torii {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

std::uint64_t difference(std::uint64_t limit, std::uint64_t used) {
    return limit > used ? limit - used : 0;
}

struct Used {
    std::uint64_t resident = 0;
    std::uint64_t data = 0;  // as RLIMIT_DATA counts it
};

Used read_used() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t shared = 0;
    std::uint64_t text = 0;
    std::uint64_t unused = 0;
    Used used;
    file >> total >> used.resident >> shared >> text >> unused >> used.data;
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    used.resident *= page;
    used.data *= page;
    return used;
}

std::uint64_t room_of_resource_limit(const Used& used) {
    rlimit limit{};
    if (getrlimit(RLIMIT_DATA, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kNoLimit;
    // What the allocator holds lies in pieces: of no use to tables that grow.
    return difference(limit.rlim_cur, used.data) + mallinfo2().fordblks / 2;
}

// Of the unified hierarchy; each folder above has a say.
std::uint64_t room_of_cgroups(const Used& used) {
    std::ifstream file("/proc/self/cgroup");
    std::string line;
    if (!std::getline(file, line) || !line.starts_with("0::/")) return kNoLimit;
    std::uint64_t room = kNoLimit;
    for (std::filesystem::path folder = line.substr(3); folder != "/";
         folder = folder.parent_path()) {
        std::ifstream maximum("/sys/fs/cgroup" + folder.string() + "/memory.max");
        std::uint64_t limit = 0;
        if (maximum >> limit) room = std::min(room, difference(limit, used.resident));
    }
    return room;
}

std::uint64_t room_of_machine() {
    std::ifstream file("/proc/meminfo");
    std::string line;
    const std::string name = "MemAvailable:";
    while (std::getline(file, line)) {
        if (line.starts_with(name)) return std::stoull(line.substr(name.size())) * 1024;
    }
    return kNoLimit;
}

}  // namespace

MemoryRoom memory_room() {
    const Used used = read_used();
    return {used.resident,
            std::min({room_of_resource_limit(used), room_of_cgroups(used), room_of_machine()})};
}

}  // namespace torii

// Preloaded into a program (LD_PRELOAD) it makes one of the steps by which the program changes
// files or talks to others the last one, or makes files unwritable from a step on. The program
// itself knows nothing of it.
//
//   TORII_FAULT=kill:7      dies as by kill -9 instead of the 7th step; half of a write was done
//   TORII_FAULT=power:7     the same, and the machine: what was not synced is lost
//   TORII_FAULT=full:7      from the 7th step on no file can be made, written or synced
//   TORII_FAULT_SWITCH=FILE steps count as long as this file exists
//
// Steps are: making or emptying a file, writing to one, syncing, renaming, linking and unlinking
// it, and sending to a socket.

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <mutex>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace {

template <class Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

enum class Fault { none, kill, power, full };

struct Plan {
    Fault fault = Fault::none;
    int step = 0;
    const char* counts_while = std::getenv("TORII_FAULT_SWITCH");

    Plan() {
        const char* text = std::getenv("TORII_FAULT");
        std::array<char, 16> name{};
        if (text == nullptr || std::sscanf(text, "%15[a-z]:%d", name.data(), &step) != 2) return;
        const std::string kind = name.data();
        fault = kind == "kill" ? Fault::kill : kind == "power" ? Fault::power : Fault::full;
    }
};

const Plan& plan() {
    static const Plan known;
    return known;
}

std::atomic<int> steps_done{0};

// What a power failure takes with it: the content of files that were not synced, and renames of
// which the folder was not.
std::mutex unsynced;  // guards both
std::vector<std::string> unsynced_files;
struct Rename {
    std::string path;
    std::string before;  // a link to what was there; empty: nothing
};
std::vector<Rename> unsynced_renames;

std::string path_of(int descriptor) {
    std::array<char, 4096> buffer{};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t size = ::readlink(link.c_str(), buffer.data(), buffer.size());
    return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
}

bool is_file(int descriptor) {
    struct stat known {};
    return ::fstat(descriptor, &known) == 0 && S_ISREG(known.st_mode);
}

void lose_power() {
    const std::lock_guard lock(unsynced);
    for (const std::string& path : unsynced_files) {
        if (::truncate(path.c_str(), 0) != 0) continue;
    }
    for (auto one = unsynced_renames.rbegin(); one != unsynced_renames.rend(); ++one) {
        if (one->before.empty()) {
            real<int(const char*)>("unlink")(one->path.c_str());
        } else {
            real<int(const char*, const char*)>("rename")(one->before.c_str(), one->path.c_str());
        }
    }
}

[[noreturn]] void die() {
    if (plan().fault == Fault::power) lose_power();
    ::raise(SIGKILL);
    std::abort();
}

// Counts a step. True when it is the fatal one.
bool fatal_step() {
    const Plan& known = plan();
    if (known.fault == Fault::none || known.counts_while == nullptr) return false;
    if (::access(known.counts_while, F_OK) != 0) return false;
    const int step = ++steps_done;
    return known.fault == Fault::full ? step >= known.step : step == known.step;
}

// False when a file operation is to fail for lack of room.
bool file_step() {
    if (!fatal_step()) return true;
    if (plan().fault != Fault::full) die();
    errno = ENOSPC;
    return false;
}

// Operations that need no room.
void other_step() {
    if (fatal_step() && plan().fault != Fault::full) die();
}

int open_file(const char* name, const char* path, int flags, mode_t mode) {
    if ((flags & (O_CREAT | O_TRUNC)) != 0 && !file_step()) return -1;
    return real<int(const char*, int, mode_t)>(name)(path, flags, mode);
}

int sync_file(const char* name, int descriptor) {
    if (!file_step()) return -1;
    const int result = real<int(int)>(name)(descriptor);
    if (result != 0) return result;
    const std::string path = path_of(descriptor);
    const std::lock_guard lock(unsynced);
    std::erase(unsynced_files, path);
    std::erase_if(unsynced_renames, [&](const Rename& one) {
        if (one.path.substr(0, one.path.rfind('/')) != path) return false;
        if (!one.before.empty()) real<int(const char*)>("unlink")(one.before.c_str());
        return true;
    });
    return result;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_file("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_file("open64", path, flags, mode);
}

ssize_t write(int descriptor, const void* data, size_t size) {
    const auto write_on = real<ssize_t(int, const void*, size_t)>("write");
    if (descriptor <= STDERR_FILENO || !is_file(descriptor)) {
        return write_on(descriptor, data, size);
    }
    {
        const std::lock_guard lock(unsynced);
        unsynced_files.push_back(path_of(descriptor));
    }
    if (fatal_step()) {
        const ssize_t half = write_on(descriptor, data, size / 2);
        if (plan().fault != Fault::full) die();
        if (half > 0) return half;
        errno = ENOSPC;
        return -1;
    }
    return write_on(descriptor, data, size);
}

int fsync(int descriptor) {
    return sync_file("fsync", descriptor);
}

int fdatasync(int descriptor) {
    return sync_file("fdatasync", descriptor);
}

int rename(const char* from, const char* to) noexcept {
    other_step();
    if (plan().fault == Fault::power) {
        const std::lock_guard lock(unsynced);
        std::string before = std::string(to) + ".before-power-failure";
        real<int(const char*)>("unlink")(before.c_str());
        if (real<int(const char*, const char*)>("link")(to, before.c_str()) != 0) before.clear();
        unsynced_renames.push_back({to, before});
        std::ranges::replace(unsynced_files, std::string(from), std::string(to));
    }
    return real<int(const char*, const char*)>("rename")(from, to);
}

int unlink(const char* path) noexcept {
    other_step();
    return real<int(const char*)>("unlink")(path);
}

int link(const char* from, const char* to) noexcept {
    other_step();
    return real<int(const char*, const char*)>("link")(from, to);
}

ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
    other_step();
    return real<ssize_t(int, const msghdr*, int)>("sendmsg")(descriptor, message, flags);
}
}

// Preloaded into a program (LD_PRELOAD) it moves the wall clock that the program sees, and no other
// clock: what happens when NTP steps a machine's time. TORII_WALL_CLOCK names a file of eight
// octets, the seconds to add as a number in the machine's own order. They may change at any time.
//
// Waits that the kernel does are not moved, so none may be for a moment of the wall clock: a timer
// of that kind ends the program.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace {

template <class Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

std::int64_t* map_offset() {
    const char* path = std::getenv("TORII_WALL_CLOCK");
    const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return nullptr;
    void* where = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
    ::close(file);
    return where == MAP_FAILED ? nullptr : static_cast<std::int64_t*>(where);
}

// Read before the program gives up its rights.
std::int64_t* const offset = map_offset();

std::int64_t seconds_to_add() {
    return offset == nullptr ? 0 : __atomic_load_n(offset, __ATOMIC_RELAXED);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
    static const auto ask = real<int(clockid_t, timespec*)>("clock_gettime");
    const int result = ask(clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        time->tv_sec += seconds_to_add();
    }
    return result;
}

int gettimeofday(timeval* time, void* zone) noexcept {
    static const auto ask = real<int(timeval*, void*)>("gettimeofday");
    const int result = ask(time, zone);
    if (result == 0) time->tv_sec += seconds_to_add();
    return result;
}

std::time_t time(std::time_t* result) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != nullptr) *result = now.tv_sec;
    return now.tv_sec;
}

int timerfd_create(clockid_t clock, int flags) noexcept {
    static const auto create = real<int(clockid_t, int)>("timerfd_create");
    if (clock == CLOCK_REALTIME) {
        std::fputs("clock_shim: a timer of the wall clock\n", stderr);
        std::abort();
    }
    return create(clock, flags);
}
}

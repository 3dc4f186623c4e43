#include "platform/linux/service_manager.h"

#include "platform/base/log.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace torii {
namespace {

constexpr Log kLog("service");

std::string variable(const char* name) {
    const char* const text = std::getenv(name);
    return text == nullptr ? "" : text;
}

std::uint64_t number(const std::string& text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// The variables are meant for one process, and inherited by those it starts.
std::optional<Duration> watchdog_of_environment() {
    const std::uint64_t microseconds = number(variable("WATCHDOG_USEC"));
    const std::string process = variable("WATCHDOG_PID");
    const bool ours = process.empty() || number(process) == static_cast<std::uint64_t>(getpid());
    if (microseconds == 0 || !ours) return std::nullopt;
    return std::chrono::microseconds(microseconds);
}

}  // namespace

ServiceManager ServiceManager::of_environment(Scheduler& scheduler) {
    return {scheduler, variable("NOTIFY_SOCKET"), watchdog_of_environment()};
}

void ServiceManager::ready(std::function<bool()> healthy) {
    healthy_ = std::move(healthy);
    tell("READY=1");
    if (watchdog_ && !socket_.empty()) feed();
}

void ServiceManager::stopping() {
    timer_.reset();
    tell("STOPPING=1");
}

void ServiceManager::feed() {
    if (!healthy_ || healthy_()) tell("WATCHDOG=1");
    timer_ = scheduler_.after(*watchdog_ / 2, [this] { feed(); });
}

void ServiceManager::tell(std::string_view words) const {
    if (socket_.empty()) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_.size() >= sizeof address.sun_path) {
        return kLog.warning("NOTIFY_SOCKET is too long: {}", socket_);
    }
    std::ranges::copy(socket_, std::begin(address.sun_path));
    // A name that is in no file system starts with a zero, which is written as @.
    if (socket_.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    const int to = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (to < 0 || ::sendto(to, words.data(), words.size(), MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&address), size) < 0) {
        kLog.warning("the service manager at {} does not hear {}: {}", socket_, words,
                     std::strerror(errno));
    }
    if (to >= 0) ::close(to);
}

}  // namespace torii

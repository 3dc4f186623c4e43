#pragma once

#include "platform/base/clock.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace torii {

// Tells the service manager that started this process how it stands: a datagram for each word, to
// the socket that the environment names (sd_notify(3)). Under none, as in a lab, it does nothing.
class ServiceManager {
public:
    // NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment.
    static ServiceManager of_environment(Scheduler& scheduler);
    ServiceManager(Scheduler& scheduler, std::string socket, std::optional<Duration> watchdog)
        : scheduler_(scheduler), socket_(std::move(socket)), watchdog_(watchdog) {}
    ServiceManager(const ServiceManager&) = delete;
    ServiceManager& operator=(const ServiceManager&) = delete;

    // The process serves. From now on it is said twice per watchdog time that the loop turns, as
    // long as `healthy` agrees: a loop that hangs, or parts beside it, end with the process.
    void ready(std::function<bool()> healthy = nullptr);
    void stopping();

private:
    void feed();
    void tell(std::string_view words) const;

    Scheduler& scheduler_;
    std::string socket_;                // empty: nobody to tell
    std::optional<Duration> watchdog_;  // how long it waits for a sign of life
    std::function<bool()> healthy_;
    Timer timer_;
};

}  // namespace torii

#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace torii::datastore {

// The times of this machine that outlive a process. Tests have their own.
class Moment {
public:
    Moment() = default;
    Moment(const Moment&) = delete;
    Moment& operator=(const Moment&) = delete;
    virtual ~Moment() = default;

    [[nodiscard]] virtual std::int64_t unix_seconds() const = 0;
    // Since the machine was started; goes on while it sleeps and does not jump with the clock.
    [[nodiscard]] virtual std::chrono::milliseconds since_boot() const = 0;
    // Another one after each start of the machine.
    [[nodiscard]] virtual std::string boot_id() const = 0;
};

// Linux's.
[[nodiscard]] const Moment& machine_moment();

}  // namespace torii::datastore

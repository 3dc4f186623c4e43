#pragma once

#include "mgmt/datastore/moment.h"

#include <chrono>
#include <string>

namespace torii::test {

// A machine whose time the test moves, and which it may start again.
class ManualMoment final : public datastore::Moment {
public:
    [[nodiscard]] std::int64_t unix_seconds() const override {
        return 1795399504 + std::chrono::duration_cast<std::chrono::seconds>(since_boot_).count();
    }
    [[nodiscard]] std::chrono::milliseconds since_boot() const override { return since_boot_; }
    [[nodiscard]] std::string boot_id() const override { return std::to_string(boots_); }

    void advance(std::chrono::milliseconds time) { since_boot_ += time; }
    void start_machine_again() {
        ++boots_;
        since_boot_ = {};
    }

private:
    std::chrono::milliseconds since_boot_{};
    int boots_ = 1;
};

}  // namespace torii::test

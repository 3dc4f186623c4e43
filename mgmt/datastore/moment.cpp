#include "mgmt/datastore/moment.h"

#include "platform/base/utc.h"

#include <ctime>
#include <fstream>

namespace torii::datastore {
namespace {

class MachineMoment final : public Moment {
public:
    [[nodiscard]] std::int64_t unix_seconds() const override { return torii::unix_seconds(); }
    [[nodiscard]] std::chrono::milliseconds since_boot() const override {
        timespec time{};
        clock_gettime(CLOCK_BOOTTIME, &time);
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
    }
    [[nodiscard]] std::string boot_id() const override {
        std::string id;
        std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
        return id;
    }
};

}  // namespace

const Moment& machine_moment() {
    static const MachineMoment moment;
    return moment;
}

}  // namespace torii::datastore

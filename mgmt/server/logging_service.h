#pragma once

#include "mgmt/server/daemon_link.h"

#include <string>

namespace torii::mgmt {

// system logging of this process. A file that cannot be written refuses the commit: the daemons
// write the same one.
class LoggingService final : public Daemon {
public:
    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] bool connected() const override { return true; }
    [[nodiscard]] bool own_process() const override { return false; }
    void configure(const yang::TypedConfig& config, std::uint64_t version, bool check_only,
                   Configured done) override;

private:
    std::string name_ = "logging";
};

}  // namespace torii::mgmt

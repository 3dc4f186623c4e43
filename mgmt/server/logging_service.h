#pragma once

#include "mgmt/server/daemon_link.h"

namespace torii::mgmt {

// system logging of this process. A file that cannot be written refuses the commit: the daemons
// write the same one.
class LoggingService final : public OwnPart {
public:
    LoggingService() : OwnPart("logging") {}
    void configure(const yang::TypedConfig& config, std::uint64_t version, bool check_only,
                   Configured done) override;
};

}  // namespace torii::mgmt

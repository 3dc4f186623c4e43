#pragma once

#include "mgmt/host/ssh_server.h"
#include "mgmt/server/daemon_link.h"
#include "platform/runtime/background.h"

#include <memory>
#include <string>

namespace torii::mgmt {

// services ssh, services netconf and system user, as an SSH server. Takes the configuration as the
// daemons do, so that a port which is taken refuses the commit.
class SshService final : public OwnPart {
public:
    SshService(Scheduler& scheduler, Background& background, host::SshPaths paths);

    void configure(const yang::TypedConfig& config, std::uint64_t version, bool check_only,
                   Configured done) override;

private:
    void look_after();

    Scheduler& scheduler_;
    Background& background_;
    // Only pieces of work in the background touch it.
    std::shared_ptr<host::SshServer> server_;
    Timer timer_;
};

}  // namespace torii::mgmt

#pragma once

#include "mgmt/server/daemon_link.h"
#include "mgmt/server/grammar.h"

namespace torii::mgmt {

// The machine below the packet engine.
class PlatformCommands {
public:
    explicit PlatformCommands(PlatformLink& platform) : platform_(platform) {}

    void add_to(Grammar& grammar);

private:
    PlatformLink& platform_;
};

}  // namespace torii::mgmt

#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/daemon_link.h"
#include "mgmt/server/grammar.h"

#include <functional>
#include <string>

namespace torii::mgmt {

// Asks the control plane for it. `done` hears what was against it.
void clear_bgp(ControlplaneLink& controlplane, const ipc::ClearBgp& clear,
               std::function<void(Result<void>)> done);

// The commands that set something going again without changing the configuration.
class ClearCommands {
public:
    ClearCommands(const datastore::Datastore& store, ControlplaneLink& controlplane)
        : store_(store), controlplane_(controlplane) {}

    void add_to(Grammar& grammar);

private:
    void add_bgp(Grammar& grammar, const std::string& start);

    const datastore::Datastore& store_;
    ControlplaneLink& controlplane_;
};

}  // namespace torii::mgmt

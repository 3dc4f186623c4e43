#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/daemon_link.h"
#include "mgmt/server/grammar.h"

#include <string>

namespace torii::mgmt {

// The commands that set something going again without changing the configuration.
class ClearCommands {
public:
    ClearCommands(const datastore::Datastore& store, ControlplaneLink& controlplane)
        : store_(store), controlplane_(controlplane) {}

    void add_to(Grammar& grammar);

private:
    void add_bgp(Grammar& grammar, const std::string& start);
    void clear_bgp(const ipc::ClearBgp& clear, const Done& done);

    const datastore::Datastore& store_;
    ControlplaneLink& controlplane_;
};

}  // namespace torii::mgmt

#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/grammar.h"
#include "mgmt/server/state_report.h"
#include "platform/runtime/background.h"

namespace torii::mgmt {

// show state: what the model has beside configuration, whole or what words lead to.
class StateCommands {
public:
    StateCommands(const datastore::Datastore& store, StateReport& state, Background& background)
        : store_(store), state_(state), background_(background) {}

    void add_to(Grammar& grammar);

private:
    void show(const Invocation& asked, const Done& done);

    const datastore::Datastore& store_;
    StateReport& state_;
    Background& background_;
};

}  // namespace torii::mgmt

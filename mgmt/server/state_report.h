#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/alarms.h"
#include "mgmt/server/config_push.h"
#include "mgmt/server/gatherer.h"
#include "mgmt/show/state_data.h"

#include <boost/json/object.hpp>

#include <functional>

namespace torii::mgmt {

// The state of the router as a document of the model, from what both daemons say now.
class StateReport {
public:
    StateReport(const datastore::Datastore& store, const Daemon& controlplane,
                const Daemon& dataplane, Gatherer& gatherer, ConfigPush& push, const Alarms& alarms)
        : store_(store),
          controlplane_(controlplane),
          dataplane_(dataplane),
          gatherer_(gatherer),
          push_(push),
          alarms_(alarms) {}

    // What a daemon does not answer is left out.
    void gather(std::function<void(boost::json::object)> done);

private:
    [[nodiscard]] show::RouterState state_of(const DaemonAnswers& answers);

    const datastore::Datastore& store_;
    const Daemon& controlplane_;
    const Daemon& dataplane_;
    Gatherer& gatherer_;
    ConfigPush& push_;
    const Alarms& alarms_;
};

}  // namespace torii::mgmt

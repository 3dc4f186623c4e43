#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/config_push.h"
#include "mgmt/server/daemon_link.h"

#include <boost/json/object.hpp>

#include <functional>

namespace torii::mgmt {

// The state of the router as a document of the model, from what both daemons say now.
class StateReport {
public:
    StateReport(const datastore::Datastore& store, ControlplaneLink& controlplane,
                DataplaneLink& dataplane, ConfigPush& push)
        : store_(store), controlplane_(controlplane), dataplane_(dataplane), push_(push) {}

    // What a daemon does not answer is left out.
    void gather(std::function<void(boost::json::object)> done);

private:
    const datastore::Datastore& store_;
    ControlplaneLink& controlplane_;
    DataplaneLink& dataplane_;
    ConfigPush& push_;
};

}  // namespace torii::mgmt

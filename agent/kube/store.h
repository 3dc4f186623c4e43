#pragma once

#include "agent/kube/object.h"
#include "agent/model/snapshot.h"
#include "platform/base/result.h"

#include <boost/json/object.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace torii::kube {

// What the resources are at one moment.
struct Reading {
    model::Snapshot snapshot;
    std::vector<Error> problems;       // of resources or of the store, each with its place
    std::vector<std::string> changes;  // since the reading before: "changed CiliumBGPPeerConfig x"
    // Whether all of it was there once. Before that nothing may be concluded from an absence.
    bool complete = true;
};

// The `status` of resources.
using Statuses = std::map<ObjectKey, boost::json::object>;
// Resources that a controller makes or changes; nothing: there is to be none any more.
using Made = std::map<ObjectKey, std::optional<boost::json::object>>;

// Where the cluster's resources are kept: a folder of manifests or the Kubernetes API.
class Store {
public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    virtual ~Store() = default;

    // From now on `changed` is called, in turns of the loop, when read() or lead() has something
    // new to say. An error when it cannot work as it is set.
    [[nodiscard]] virtual Result<void> start(std::function<void()> changed) = 0;
    // Everything there is now; services with what their statuses say. An error: there is no reading
    // now, the last one stays in force.
    [[nodiscard]] virtual Result<Reading> read() = 0;
    // The statuses that write() and report() are about, as they are kept now.
    [[nodiscard]] virtual const Statuses& statuses() const = 0;
    // Tries to become, of all controllers, the one that decides and writes; whether it is.
    [[nodiscard]] virtual bool lead() = 0;
    // As the one who leads: makes the statuses what is wanted, now or soon; those of absent
    // resources go.
    [[nodiscard]] virtual Result<void> write(const Statuses& wanted) = 0;
    // As the one who leads: everything that is to be another than it is.
    [[nodiscard]] virtual Result<void> make(const Made& changes) = 0;
    // Whoever leads: the status of the one resource that this node alone writes; nothing: there is
    // no such resource.
    [[nodiscard]] virtual Result<void> report(const ObjectKey& key,
                                              const std::optional<boost::json::object>& status) = 0;
    // Whoever leads: what this node tells the others of itself; nothing: it is in service. Readings
    // have it as soon as the others can.
    [[nodiscard]] virtual Result<void> tell(const std::optional<model::Absence>& absence) = 0;
};

}  // namespace torii::kube

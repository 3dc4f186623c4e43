#pragma once

#include "mgmt/server/daemon_link.h"

#include <functional>
#include <map>
#include <string>

namespace torii::mgmt {

// Hears from the packet engine whether its ports have a link, and tells of those that change.
class LinkWatch {
public:
    using Changed = std::function<void(const std::string& port, bool up)>;
    LinkWatch(DataplaneLink& dataplane, Changed changed)
        : dataplane_(dataplane), changed_(std::move(changed)) {}

    // When the packet engine runs, again after each of its starts.
    void begin();
    // All ports as they are now. A port is not told of the first time it is seen.
    void take(const ipc::PortStatusList& ports);

private:
    DataplaneLink& dataplane_;
    Changed changed_;
    std::map<std::string, bool> links_;
};

}  // namespace torii::mgmt

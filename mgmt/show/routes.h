#pragma once

#include "mgmt/show/message_json.h"

#include <cstdint>
#include <map>
#include <platform/ipc/proto/controlplane.pb.h>
#include <string>

namespace torii::show {

// show ip route, in FRR's layout, from the portions that the table comes in.
class RoutesText {
public:
    [[nodiscard]] std::string portion(const ipc::Routes& routes);
    [[nodiscard]] static std::string end() { return {}; }

private:
    bool begun_ = false;
};

// The routes in use as `ip route` prints them.
class RoutesLinux {
public:
    [[nodiscard]] static std::string portion(const ipc::Routes& routes);
    [[nodiscard]] static std::string end() { return {}; }
};

// show ip route summary, in FRR's layout: how many routes of each protocol are known and how many
// of them the packet engine has.
class RoutesSummary {
public:
    [[nodiscard]] std::string portion(const ipc::Routes& routes);
    [[nodiscard]] std::string end() const;

protected:
    struct Count {
        std::uint64_t routes = 0;
        std::uint64_t installed = 0;
    };
    std::map<std::string, Count> counts_;  // by protocol
};
class RoutesSummaryJson : public RoutesSummary {
public:
    [[nodiscard]] std::string end() const;
};

class RoutesJson {
public:
    [[nodiscard]] std::string portion(const ipc::Routes& routes);
    [[nodiscard]] std::string end() const { return object_.end(); }

private:
    bool begun_ = false;
    StreamedObject object_;
};

// show ip route PREFIX
[[nodiscard]] std::string route_detail(const ipc::Routes& routes);
// What show status remarks on the control plane; mostly nothing.
[[nodiscard]] std::string status_remark(const ipc::ControlplaneStatus& status);

}  // namespace torii::show

#pragma once

#include <boost/json/value.hpp>

#include <platform/ipc/proto/controlplane.pb.h>
#include <string>

namespace torii::show {

// show ip route, in FRR's layout.
[[nodiscard]] std::string routes(const ipc::Routes& routes);
// show ip route PREFIX
[[nodiscard]] std::string route_detail(const ipc::Routes& routes);
[[nodiscard]] boost::json::value routes_json(const ipc::Routes& routes);
// What show status remarks on the control plane; mostly nothing.
[[nodiscard]] std::string status_remark(const ipc::ControlplaneStatus& status);

}  // namespace torii::show

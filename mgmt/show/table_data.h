#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <platform/ipc/proto/controlplane.pb.h>
#include <string>

namespace torii::show {

// Portions of tables as documents of the model (RFC 7951): the lists that it marks on-demand.
// `now`: unix seconds.
[[nodiscard]] boost::json::object routes_data(const ipc::Routes& routes, std::int64_t now);
// The Loc-RIB.
[[nodiscard]] boost::json::object paths_data(const ipc::BgpTable& table, std::int64_t now);
// Of one neighbor: what it says, before policy, or what it was sent.
[[nodiscard]] boost::json::object received_paths_data(const std::string& neighbor,
                                                      const ipc::BgpTable& table, std::int64_t now);
[[nodiscard]] boost::json::object advertised_paths_data(const std::string& neighbor,
                                                        const ipc::BgpTable& table,
                                                        std::int64_t now);

}  // namespace torii::show

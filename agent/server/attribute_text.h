#pragma once

#include <platform/ipc/proto/controlplane.pb.h>
#include <string>

namespace torii::agent {

// The attributes of a path as Cilium prints them: "[{Origin: i} {Nexthop: 0.0.0.0}]". A path of the
// local RIB has no AS path yet, one that is sent has, be it empty.
[[nodiscard]] std::string attribute_text(const ipc::BgpPath& path, const std::string& prefix,
                                         bool sent);

}  // namespace torii::agent

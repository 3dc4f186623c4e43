#pragma once

#include <platform/ipc/proto/controlplane.pb.h>
#include <string>

namespace torii::show {

// As FRR's `show route-map`, in the words of the configuration. `name`: empty for all.
[[nodiscard]] std::string policies(const ipc::Policies& policies, const std::string& name);

// As FRR's `show ip prefix-list`.
[[nodiscard]] std::string prefix_sets(const ipc::Policies& policies, const std::string& name);

// The other sets, in the same layout.
[[nodiscard]] std::string other_sets(const ipc::Policies& policies);

}  // namespace torii::show

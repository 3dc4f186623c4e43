#pragma once

#include "platform/base/prefix.h"
#include "platform/base/result.h"

#include <platform/ipc/proto/fib.pb.h>
#include <string>

namespace torii::ipc {

// Our types to and from their protobuf forms. From the wire everything is checked.
[[nodiscard]] std::string to_octets(const IpAddress& address);
[[nodiscard]] Result<IpAddress> to_address(const std::string& octets);
[[nodiscard]] IpPrefix to_proto(const Prefix& prefix);
[[nodiscard]] Result<Prefix> to_prefix(const IpPrefix& prefix);

}  // namespace torii::ipc

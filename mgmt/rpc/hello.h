#pragma once

#include "mgmt/rpc/rpc_error.h"
#include "mgmt/xml/xml.h"
#include "mgmt/yang/schema.h"
#include "platform/base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace torii::rpc {

// What we can, the modules among it: also those that others only take types from, as clients ask
// for the text of these, too.
[[nodiscard]] std::vector<std::string> capabilities(const yang::Schema& schema);

[[nodiscard]] std::string hello(const yang::Schema& schema, std::uint64_t session);

// From the client's <hello>: whether base:1.1 is spoken from here on. An error when there is no
// version in common.
[[nodiscard]] Result<bool> speaks_1_1(const xml::Element& hello);

}  // namespace torii::rpc

#pragma once

#include <boost/json/object.hpp>

namespace torii::rpc {

class NetconfSession;

// ietf-netconf-monitoring (RFC 6022) and the streams (RFC 5277 section 3.2.5.1) as JSON, as
// `session` sees it.
[[nodiscard]] boost::json::object netconf_state(NetconfSession& session);

}  // namespace torii::rpc

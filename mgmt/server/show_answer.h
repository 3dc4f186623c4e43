#pragma once

#include "mgmt/server/grammar.h"
#include "mgmt/show/message_json.h"

namespace torii::mgmt {

[[nodiscard]] inline Output json_output(const boost::json::value& value) {
    return {show::pretty(value)};
}

[[nodiscard]] inline Output message_output(const google::protobuf::Message& message) {
    return json_output(show::message_json(message));
}

[[nodiscard]] inline Output bgp_is_off() {
    return failure("BGP is not configured: configure, set bgp as NUMBER, commit");
}

}  // namespace torii::mgmt

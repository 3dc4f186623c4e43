#pragma once

#include <boost/json/value.hpp>
#include <google/protobuf/message.h>

#include <string>

namespace torii::show {

// Any state message, for programs: names as in the message, addresses and MAC addresses readable.
[[nodiscard]] boost::json::value message_json(const google::protobuf::Message& message);

// Indented by two, one member a line.
[[nodiscard]] std::string pretty(const boost::json::value& value);

}  // namespace torii::show

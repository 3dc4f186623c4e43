#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <google/protobuf/message.h>

#include <cstddef>
#include <string>

namespace torii::show {

// Any state message, for programs: names as in the message, addresses and MAC addresses readable.
[[nodiscard]] boost::json::value message_json(const google::protobuf::Message& message);

// Indented by two, one member a line.
[[nodiscard]] std::string pretty(const boost::json::value& value);

// An object whose last member, an object itself, comes in portions: `head` with the other members,
// then a member at a time, then the end. Together they are what pretty() would print.
class StreamedObject {
public:
    // With an empty `member` the object has nothing but the members that come.
    [[nodiscard]] std::string begin(const boost::json::object& head, const std::string& member);
    [[nodiscard]] std::string add(const std::string& name, const boost::json::value& value);
    [[nodiscard]] std::string end() const;

private:
    std::size_t depth_ = 0;  // of the object that members go into
    bool empty_ = true;
};

}  // namespace torii::show

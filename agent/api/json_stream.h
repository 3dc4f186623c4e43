#pragma once

#include "platform/base/result.h"

#include <boost/json/stream_parser.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <string_view>

namespace torii::api {

// JSON values one after the other, in pieces as they come: a list is one value, a watch many.
class JsonStream {
public:
    // `value_size_max`: octets of one value, so that no server can fill the memory.
    explicit JsonStream(std::size_t value_size_max);

    // Calls `value` for each that is complete. An error: too large or no JSON; nothing more can be
    // read then.
    [[nodiscard]] Result<void> feed(std::string_view octets,
                                    const std::function<Result<void>(boost::json::value)>& value);
    // Whether no value is under way.
    [[nodiscard]] bool between_values() const { return size_ == 0; }

private:
    std::size_t value_size_max_;
    std::size_t size_ = 0;  // of the value under way
    boost::json::stream_parser parser_;
};

}  // namespace torii::api

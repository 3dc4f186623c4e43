#include "agent/api/json_stream.h"

#include <boost/json/parse_options.hpp>

namespace torii::api {
namespace json = boost::json;
namespace {

constexpr std::size_t kDepthMax = 64;

json::parse_options options() {
    json::parse_options options;
    options.max_depth = kDepthMax;
    return options;
}

bool is_space(char character) {
    return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

}  // namespace

JsonStream::JsonStream(std::size_t value_size_max)
    : value_size_max_(value_size_max), parser_({}, options()) {}

Result<void> JsonStream::feed(std::string_view octets,
                              const std::function<Result<void>(json::value)>& value) {
    while (!octets.empty()) {
        if (size_ == 0 && is_space(octets.front())) {
            octets.remove_prefix(1);
            continue;
        }
        boost::system::error_code error;
        const std::size_t used = parser_.write_some(octets.data(), octets.size(), error);
        if (error) return fail("not JSON: {}", error.message());
        size_ += used;
        if (size_ > value_size_max_) {
            return fail("a JSON value larger than {} octets", value_size_max_);
        }
        octets.remove_prefix(used);
        if (!parser_.done()) continue;
        json::value complete = parser_.release();
        parser_.reset();
        size_ = 0;
        if (auto taken = value(std::move(complete)); !taken) return taken;
    }
    return {};
}

}  // namespace torii::api

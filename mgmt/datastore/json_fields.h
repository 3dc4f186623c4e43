#pragma once

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace torii::datastore {

// For our own files: what is missing or of another type reads as T{}.
template <class T>
T field(const boost::json::object& entry, std::string_view name) {
    const boost::json::value* value = entry.if_contains(name);
    if (value == nullptr) return T{};
    auto converted = boost::json::try_value_to<T>(*value);
    return converted ? std::move(*converted) : T{};
}

[[nodiscard]] inline std::optional<boost::json::object> parse_object(std::string_view text) {
    boost::json::error_code error;
    boost::json::value value = boost::json::parse(text, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

}  // namespace torii::datastore

#include "mgmt/yang/json_text.h"

#include <boost/json/stream_parser.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace torii::yang {

namespace json = boost::json;

Result<json::object, LineProblem> parse_json(std::string_view text) {
    json::stream_parser parser;
    json::error_code error;
    const std::size_t used = parser.write_some(text.data(), text.size(), error);
    if (!error && !parser.done()) parser.finish(error);
    const std::string_view rest = text.substr(std::min(used, text.size()));
    if (!error && rest.find_first_not_of(" \t\r\n") != rest.npos) error = json::error::extra_data;
    if (error) {
        const auto line =
            1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, used), '\n'));
        return unexpected(LineProblem{line, {"", fmt::format("not JSON: {}", error.message())}});
    }
    json::value value = parser.release();
    if (!value.is_object()) {
        return unexpected(LineProblem{0, {"", "must be a JSON object in braces"}});
    }
    return std::move(value.get_object());
}

}  // namespace torii::yang

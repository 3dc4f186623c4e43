#include "mgmt/datastore/migration.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <utility>

namespace torii::datastore {
namespace {

namespace json = boost::json;

constexpr std::string_view kHeader = "torii:document";
constexpr std::string_view kRelease = "release";

Result<std::uint64_t> release_in(const json::value& header) {
    const json::value* release =
        header.is_object() ? header.get_object().if_contains(kRelease) : nullptr;
    const auto number =
        release != nullptr ? json::try_value_to<std::uint64_t>(*release) : json::error::not_number;
    if (!number || *number == 0) {
        return fail("{} must be {{\"{}\": NUMBER}}", kHeader, kRelease);
    }
    return *number;
}

}  // namespace

std::span<const Migration> migrations() {
    return {};
}

std::uint64_t current_release(std::span<const Migration> steps) {
    return steps.size() + 1;
}

std::string stored_text(const std::string& document, std::span<const Migration> steps) {
    const auto brace = document.find('{');
    const auto next = document.find_first_not_of(" \t\r\n", brace + 1);
    const bool empty = next == document.npos || document[next] == '}';
    return fmt::format("{{\n  \"{}\": {{\"{}\": {}}}{}{}", kHeader, kRelease,
                       current_release(steps), empty ? "\n" : ",",
                       empty ? "}\n" : document.substr(brace + 1));
}

Result<std::string> document_of(std::string_view text, std::span<const Migration> steps) {
    json::error_code error;
    json::value value = json::parse(text, error);
    if (error || !value.is_object()) return std::string(text);
    json::object document = std::move(value.get_object());
    std::uint64_t release = 1;
    const json::value* header = document.if_contains(kHeader);
    if (header != nullptr) {
        const auto found = release_in(*header);
        if (!found) return unexpected(found.error());
        release = *found;
        document.erase(kHeader);
    }
    if (release > current_release(steps)) {
        return fail("was written by a later release (model {}, this one knows 1 to {})", release,
                    current_release(steps));
    }
    // As it is, so that what is said about it has the lines that people see.
    if (header == nullptr && release == current_release(steps)) return std::string(text);
    for (const Migration step : steps.subspan(release - 1)) document = step(std::move(document));
    return json::serialize(document);
}

}  // namespace torii::datastore

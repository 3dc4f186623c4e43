#include "mgmt/datastore/image.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <string_view>
#include <unordered_set>
#include <utility>

namespace torii::datastore {

namespace json = boost::json;

Lines::Lines(const yang::Configuration& configuration)
    : lines_(configuration.set_commands()), shown_(configuration.redacted().set_commands()) {}

std::vector<Difference> Lines::differences_to(const Lines& to) const {
    const std::unordered_set<std::string_view> before(lines_.begin(), lines_.end());
    const std::unordered_set<std::string_view> after(to.lines_.begin(), to.lines_.end());
    std::vector<Difference> out;
    for (std::size_t index = 0; index < lines_.size(); ++index) {
        if (!after.contains(lines_[index])) out.push_back({false, shown_[index]});
    }
    for (std::size_t index = 0; index < to.lines_.size(); ++index) {
        if (!before.contains(to.lines_[index])) out.push_back({true, to.shown_[index]});
    }
    return out;
}

Image::Image(yang::Configuration valid)
    : configuration(std::move(valid)),
      json(configuration.json()),
      document(std::make_shared<const json::object>(json::parse(json).as_object())),
      lines(configuration),
      typed(yang::typed_config(configuration)) {}

Result<ImagePtr, yang::Problems> make_image(const yang::Schema& schema,
                                            const json::object& document) {
    auto valid = yang::Configuration::parse(schema, json::serialize(document));
    if (!valid) return unexpected(valid.error());
    return std::make_shared<const Image>(std::move(*valid));
}

std::vector<Difference> compare(const yang::Configuration& from, const yang::Configuration& to) {
    return Lines(from).differences_to(Lines(to));
}

}  // namespace torii::datastore

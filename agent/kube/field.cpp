#include "agent/kube/field.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <set>

namespace torii::kube {
namespace json = boost::json;
namespace {

constexpr std::size_t kNameLengthMax = 255;

}  // namespace

Field Field::operator[](std::string_view name) const {
    std::string path = path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
    const json::object* object = value_ != nullptr ? value_->if_object() : nullptr;
    const json::value* member = object != nullptr ? object->if_contains(name) : nullptr;
    if (member != nullptr && member->is_null()) member = nullptr;
    return {member, std::move(path), *problems_};
}

const Field& Field::required() const {
    if (!present()) wrong("Required value");
    return *this;
}

std::optional<std::int64_t> Field::integer(Range range) const {
    if (!present()) return std::nullopt;
    const std::int64_t* number = value_->if_int64();
    if (number == nullptr) {
        invalid("must be an integer");
    } else if (*number < range.minimum) {
        invalid(fmt::format("should be greater than or equal to {}", range.minimum));
    } else if (*number > range.maximum) {
        invalid(fmt::format("should be less than or equal to {}", range.maximum));
    } else {
        return *number;
    }
    return std::nullopt;
}

std::optional<bool> Field::boolean() const {
    if (!present()) return std::nullopt;
    if (const bool* value = value_->if_bool()) return *value;
    invalid("must be a boolean");
    return std::nullopt;
}

std::optional<std::string> Field::text() const {
    if (!present()) return std::nullopt;
    if (const json::string* value = value_->if_string()) return std::string(*value);
    invalid("must be a string");
    return std::nullopt;
}

std::string Field::name() const {
    const std::optional<std::string> value = required().text();
    if (!value) return {};
    if (value->empty()) invalid("should be at least 1 character long");
    if (value->size() > kNameLengthMax) {
        wrong(fmt::format("Too long: may not be more than {} characters", kNameLengthMax));
    }
    return *value;
}

std::optional<std::string> Field::one_of(std::initializer_list<std::string_view> values) const {
    std::optional<std::string> value = text();
    if (!value || std::ranges::find(values, *value) != values.end()) return value;
    wrong(fmt::format("Unsupported value: \"{}\": supported values: \"{}\"", *value,
                      fmt::join(values, "\", \"")));
    return std::nullopt;
}

std::vector<Field> Field::items() const {
    std::vector<Field> items;
    if (!present()) return items;
    const json::array* array = value_->if_array();
    if (array == nullptr) {
        invalid("must be a list");
        return items;
    }
    items.reserve(array->size());
    for (const json::value& item : *array) {
        items.emplace_back(&item, fmt::format("{}[{}]", path_, items.size()), *problems_);
    }
    return items;
}

std::vector<Field> Field::items_by(std::string_view key) const {
    std::vector<Field> all = items();
    std::set<std::string> seen;
    for (const Field& item : all) {
        const json::object* object = item.value_->if_object();
        const json::value* value = object != nullptr ? object->if_contains(key) : nullptr;
        if (value != nullptr && !seen.insert(json::serialize(*value)).second) {
            item.wrong(fmt::format("Duplicate value: {{\"{}\":{}}}", key, json::serialize(*value)));
        }
    }
    return all;
}

std::vector<std::pair<std::string, std::string>> Field::strings() const {
    std::vector<std::pair<std::string, std::string>> all;
    if (!present()) return all;
    const json::object* object = value_->if_object();
    if (object == nullptr) {
        invalid("must be a map of strings");
        return all;
    }
    for (const auto& member : *object) {
        const Field field{&member.value(), fmt::format("{}.{}", path_, std::string(member.key())),
                          *problems_};
        if (auto value = field.text()) all.emplace_back(member.key(), std::move(*value));
    }
    return all;
}

void Field::invalid(std::string_view rule) const {
    const std::string shown = present() ? json::serialize(*value_) : "null";
    wrong(fmt::format("Invalid value: {}: {}", shown, rule));
}

void Field::wrong(std::string_view rule) const {
    problems_->push_back({fmt::format("{}: {}", path_, rule)});
}

}  // namespace torii::kube

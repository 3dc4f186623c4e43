#pragma once

#include "platform/base/result.h"

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torii::kube {

struct Range {
    std::int64_t minimum = 0;
    std::int64_t maximum = 0;
};

// One place of a resource while it is decoded: reads a value and checks it by the rules of the
// resource's schema. What is wrong is added to a list under the name of the field, so that a whole
// resource is checked in one go; a wrong value reads as absent. The wording follows the API
// server's.
class Field {
public:
    Field(const boost::json::value* value, std::string path, std::vector<Error>& problems)
        : value_(value), path_(std::move(path)), problems_(&problems) {}

    // A member of this object; absent when this is absent or the member is null.
    [[nodiscard]] Field operator[](std::string_view name) const;
    [[nodiscard]] bool present() const { return value_ != nullptr; }
    [[nodiscard]] bool is_text() const { return present() && value_->is_string(); }
    [[nodiscard]] const std::string& path() const { return path_; }
    // Also in lists: reports the absence.
    const Field& required() const;

    [[nodiscard]] std::optional<std::int64_t> integer(Range range) const;
    [[nodiscard]] std::optional<bool> boolean() const;
    [[nodiscard]] std::optional<std::string> text() const;
    // A name: 1..255 characters, required.
    [[nodiscard]] std::string name() const;
    // The text, one of the values.
    [[nodiscard]] std::optional<std::string> one_of(
        std::initializer_list<std::string_view> values) const;
    [[nodiscard]] std::vector<Field> items() const;
    // Items of a list whose `key` members must differ.
    [[nodiscard]] std::vector<Field> items_by(std::string_view key) const;
    // The members of a map of strings.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> strings() const;

    template <class Number>
    [[nodiscard]] Number number_or(Number otherwise, Range range) const {
        const auto number = integer(range);
        return number ? static_cast<Number>(*number) : otherwise;
    }

    // Whether nothing is wrong so far with the whole resource.
    [[nodiscard]] bool valid() const { return problems_->empty(); }
    // Adds "path: Invalid value: ...: rule".
    void invalid(std::string_view rule) const;
    // Adds "path: rule".
    void wrong(std::string_view rule) const;

private:
    const boost::json::value* value_;
    std::string path_;
    std::vector<Error>* problems_;
};

}  // namespace torii::kube

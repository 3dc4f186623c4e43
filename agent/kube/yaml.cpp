#include "agent/kube/yaml.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace torii::kube {
namespace json = boost::json;
namespace {

// Aliases may make a small file stand for a huge tree: it is measured while it is unfolded.
constexpr std::size_t kNodesMax = 1'000'000;
constexpr int kDepthMax = 100;

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

// The rules of YAML 1.1 that the Kubernetes tools follow: `yes` and `off` are booleans, too.
json::value plain_scalar(const std::string& text) {
    if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
    if (is_one_of(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) {
        return true;
    }
    if (is_one_of(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) {
        return false;
    }
    if (const auto number = whole_number<std::int64_t>(text)) return *number;
    // from_chars would also take "inf" and "nan", which JSON does not know.
    const bool may_be_decimal = text.find_first_not_of("0123456789+-.eE") == std::string::npos &&
                                text.find_first_of("0123456789") != std::string::npos;
    if (may_be_decimal) {
        if (const auto number = whole_number<double>(text)) return *number;
    }
    return json::string(text);
}

class Converter {
public:
    Result<json::value> convert(const YAML::Node& node, int depth) {
        if (++count_ > kNodesMax || depth > kDepthMax) return fail("the document is too large");
        switch (node.Type()) {
            case YAML::NodeType::Scalar: return scalar(node);
            case YAML::NodeType::Sequence: return sequence(node, depth);
            case YAML::NodeType::Map: return map(node, depth);
            case YAML::NodeType::Undefined:
            case YAML::NodeType::Null: break;
        }
        return json::value(nullptr);
    }

private:
    static json::value scalar(const YAML::Node& node) {
        const std::string& tag = node.Tag();
        const bool plain = tag == "?" || tag.empty();
        return plain ? plain_scalar(node.Scalar()) : json::value(json::string(node.Scalar()));
    }

    Result<json::value> sequence(const YAML::Node& node, int depth) {
        json::array items;
        for (const YAML::Node& item : node) {
            Result<json::value> value = convert(item, depth + 1);
            if (!value) return value;
            items.push_back(std::move(*value));
        }
        return json::value(std::move(items));
    }

    Result<json::value> map(const YAML::Node& node, int depth) {
        json::object members;
        for (const auto& member : node) {
            if (!member.first.IsScalar()) {
                return fail("line {}: a key must be a word", member.first.Mark().line + 1);
            }
            Result<json::value> value = convert(member.second, depth + 1);
            if (!value) return value;
            const std::string& key = member.first.Scalar();
            if (!members.emplace(key, std::move(*value)).second) {
                return fail("line {}: key \"{}\" comes twice", member.first.Mark().line + 1, key);
            }
        }
        return json::value(std::move(members));
    }

    std::size_t count_ = 0;
};

void emit(const json::value& value, YAML::Emitter& out) {
    if (const json::object* object = value.if_object()) {
        if (object->empty()) out << YAML::Flow;
        out << YAML::BeginMap;
        for (const auto& member : *object) {
            out << YAML::Key;
            emit(json::value(member.key()), out);
            out << YAML::Value;
            emit(member.value(), out);
        }
        out << YAML::EndMap;
    } else if (const json::array* array = value.if_array()) {
        if (array->empty()) out << YAML::Flow;
        out << YAML::BeginSeq;
        for (const json::value& item : *array) emit(item, out);
        out << YAML::EndSeq;
    } else if (const json::string* string = value.if_string()) {
        const std::string text(*string);
        // What would be read as something else than text is quoted.
        if (!plain_scalar(text).is_string()) out << YAML::DoubleQuoted;
        out << text;
    } else if (value.is_null()) {
        out << YAML::Null;
    } else {
        out << json::serialize(value);
    }
}

}  // namespace

std::string to_yaml(const json::value& value) {
    YAML::Emitter out;
    emit(value, out);
    return std::string(out.c_str()) + '\n';
}

Result<std::vector<json::value>> parse_yaml(std::string_view text) {
    // yaml-cpp reports by exception; none leaves this function.
    try {
        std::vector<json::value> documents;
        for (const YAML::Node& node : YAML::LoadAll(std::string(text))) {
            Result<json::value> value = Converter().convert(node, 0);
            if (!value) {
                return fail("document {}: {}", documents.size() + 1, value.error().message);
            }
            documents.push_back(std::move(*value));
        }
        return documents;
    } catch (const YAML::Exception& problem) {
        return fail("line {}: {}", problem.mark.line + 1, problem.msg);
    }
}

}  // namespace torii::kube

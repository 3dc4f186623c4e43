#include "mgmt/yang/value_check.h"

#include "mgmt/yang/schema_walk.h"
#include "platform/base/pattern.h"
#include "platform/base/prefix.h"

#include <boost/json/serialize.hpp>
#include <fmt/ranges.h>
#include <libyang/libyang.h>

#include <charconv>
#include <string_view>
#include <vector>

namespace torii::yang {
namespace {

namespace json = boost::json;

const lysc_type* resolve(const lysc_type* type) {
    while (type->basetype == LY_TYPE_LEAFREF) {
        type = reinterpret_cast<const lysc_type_leafref*>(type)->realtype;
    }
    return type;
}

// The typedef of the leaf without its prefix: "ip-prefix".
std::string_view typedef_of(const lysc_node* node) {
    const auto* parsed = static_cast<const lysp_node*>(node->priv);
    if (parsed == nullptr) return {};
    const char* name = parsed->nodetype == LYS_LEAF
                           ? reinterpret_cast<const lysp_node_leaf*>(parsed)->type.name
                           : reinterpret_cast<const lysp_node_leaflist*>(parsed)->type.name;
    std::string_view text = name;
    if (const auto colon = text.find(':'); colon != text.npos) text.remove_prefix(colon + 1);
    return text;
}

std::string enum_names(const lysc_type* type) {
    const auto* enumeration = reinterpret_cast<const lysc_type_enum*>(type);
    std::vector<std::string> names;
    LY_ARRAY_COUNT_TYPE index = 0;
    LY_ARRAY_FOR(enumeration->enums, index) {
        names.emplace_back(enumeration->enums[index].name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

// "must be ..." for a type; the text of the model where it has one.
std::string expectation(const lysc_type* type) {
    type = resolve(type);
    switch (type->basetype) {
        case LY_TYPE_BOOL: return "must be true or false";
        case LY_TYPE_EMPTY: return "has no value: write [null]";
        case LY_TYPE_ENUM: return "must be one of " + enum_names(type);
        case LY_TYPE_STRING: return "must be text in quotes";
        case LY_TYPE_UNION: {
            const auto* members = reinterpret_cast<const lysc_type_union*>(type);
            std::string text;
            LY_ARRAY_COUNT_TYPE index = 0;
            LY_ARRAY_FOR(members->types, index) {
                text += (index == 0 ? "" : "; or ") + expectation(members->types[index]);
            }
            return text;
        }
        default: {
            const auto* range = reinterpret_cast<const lysc_type_num*>(type)->range;
            return range != nullptr && range->emsg != nullptr ? range->emsg
                                                              : "must be a whole number";
        }
    }
}

bool right_kind(const lysc_type* type, const json::value& value) {
    type = resolve(type);
    switch (type->basetype) {
        case LY_TYPE_BOOL: return value.is_bool();
        case LY_TYPE_EMPTY:
            return value.is_array() && value.get_array().size() == 1 &&
                   value.get_array()[0].is_null();
        case LY_TYPE_ENUM:
        case LY_TYPE_STRING: return value.is_string();
        case LY_TYPE_UNION: {
            const auto* members = reinterpret_cast<const lysc_type_union*>(type);
            LY_ARRAY_COUNT_TYPE index = 0;
            LY_ARRAY_FOR(members->types, index) {
                if (right_kind(members->types[index], value)) return true;
            }
            return false;
        }
        default: return value.is_int64() || value.is_uint64();
    }
}

template <class T>
std::optional<std::string> check_written(const Result<T>& parsed, const std::string& text) {
    if (!parsed) return parsed.error().message;
    // Two forms of one address would be two list entries; and nothing is changed silently.
    if (parsed->to_string() == text) return std::nullopt;
    return fmt::format("\"{}\" must be written {}", text, parsed->to_string());
}

// What the model cannot say, by the name of the type.
std::optional<std::string> check_meaning(std::string_view type, const std::string& text) {
    if (type == "regular-expression") {
        const auto pattern = Pattern::compile(text);
        return pattern ? std::nullopt : std::optional(pattern.error().message);
    }
    if (type == "ip-prefix") return check_written(Prefix::parse(text), text);
    if (type == "ip-address" || type == "ipv6-address") {
        return check_written(IpAddress::parse(text), text);
    }
    if (type == "ipv4-interface-address" || type == "ipv6-interface-address") {
        return check_written(InterfaceAddress::parse(text), text);
    }
    return std::nullopt;
}

bool has_numbers(const lysc_type* type) {
    type = resolve(type);
    if (type->basetype != LY_TYPE_UNION) {
        return type->basetype >= LY_TYPE_UINT8 && type->basetype <= LY_TYPE_UINT64;
    }
    const auto* members = reinterpret_cast<const lysc_type_union*>(type);
    LY_ARRAY_COUNT_TYPE index = 0;
    LY_ARRAY_FOR(members->types, index) {
        if (has_numbers(members->types[index])) return true;
    }
    return false;
}

std::optional<std::int64_t> whole_number(const std::string& word) {
    std::int64_t number = 0;
    const char* end = word.data() + word.size();
    const auto [rest, error] = std::from_chars(word.data(), end, number);
    if (error != std::errc() || rest != end) return std::nullopt;
    return number;
}

void add_choices(const lysc_type* type, std::string_view hint, const char* help,
                 std::vector<Choice>& out) {
    type = resolve(type);
    switch (type->basetype) {
        case LY_TYPE_BOOL:
            out.push_back({"true", ""});
            out.push_back({"false", ""});
            return;
        case LY_TYPE_EMPTY: return;
        case LY_TYPE_ENUM: {
            const auto* enumeration = reinterpret_cast<const lysc_type_enum*>(type);
            LY_ARRAY_COUNT_TYPE index = 0;
            LY_ARRAY_FOR(enumeration->enums, index) {
                const auto& item = enumeration->enums[index];
                out.push_back({item.name, item.dsc != nullptr ? item.dsc : ""});
            }
            return;
        }
        case LY_TYPE_UNION: {
            const auto* members = reinterpret_cast<const lysc_type_union*>(type);
            LY_ARRAY_COUNT_TYPE index = 0;
            LY_ARRAY_FOR(members->types, index) {
                add_choices(members->types[index], hint, help, out);
            }
            return;
        }
        default: out.push_back({fmt::format("<{}>", hint), help != nullptr ? help : ""});
    }
}

}  // namespace

json::value word_value(const lysc_node* node, const std::string& word) {
    const lysc_type* type = resolve(type_of(node));
    if (type->basetype == LY_TYPE_EMPTY && word.empty()) return json::array{nullptr};
    if (type->basetype == LY_TYPE_BOOL) {
        if (word.empty() || word == "true") return true;
        if (word == "false") return false;
    }
    const auto number = has_numbers(type) ? whole_number(word) : std::nullopt;
    if (number) return *number;
    return json::string(word);
}

bool takes_no_word(const lysc_node* node) {
    const auto basetype = resolve(type_of(node))->basetype;
    return basetype == LY_TYPE_EMPTY || basetype == LY_TYPE_BOOL;
}

bool is_empty_type(const lysc_node* leaf) {
    return resolve(type_of(leaf))->basetype == LY_TYPE_EMPTY;
}

bool is_text(const lysc_node* leaf) {
    return resolve(type_of(leaf))->basetype == LY_TYPE_STRING;
}

bool is_secret(const lysc_node* node) {
    return (node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0 && typedef_of(node) == "secret";
}

std::vector<Choice> value_choices(const lysc_node* node) {
    std::vector<Choice> out;
    add_choices(type_of(node), node->name, node->dsc, out);
    return out;
}

std::string scalar_text(const json::value& value) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_array()) return {};
    return json::serialize(value);
}

std::optional<std::string> check_value(const Schema& schema, const lysc_node* node,
                                       const json::value& value) {
    const lysc_type* type = type_of(node);
    const std::string shown = is_secret(node) ? kSecretShown : json::serialize(value);
    if (!right_kind(type, value)) return fmt::format("{} {}", shown, expectation(type));
    const std::string text = scalar_text(value);
    const LY_ERR error = lyd_value_validate(schema.context(), node, text.c_str(), text.size(),
                                            nullptr, nullptr, nullptr);
    if (error == LY_SUCCESS || error == LY_EINCOMPLETE) {
        return check_meaning(typedef_of(node), text);
    }
    const LibraryError library = take_error(schema);
    // Patterns and lengths carry their own sentence; for the other types ours is better.
    const bool own = resolve(type)->basetype == LY_TYPE_STRING;
    return fmt::format("{} {}", shown, own ? library.message : expectation(type));
}

}  // namespace torii::yang

#include "mgmt/rpc/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace torii::rpc {

const xml::Element* find_parameter(const xml::Element& operation, std::string_view name) {
    const xml::Element* own = operation.child(name);
    if (own != nullptr) return own;
    const auto found = std::ranges::find_if(
        operation.children, [name](const xml::Element& child) { return child.is("", name); });
    return found == operation.children.end() ? nullptr : &*found;
}

std::optional<RpcError> unknown_parameter(const xml::Element& operation,
                                          std::initializer_list<std::string_view> known) {
    for (const xml::Element& child : operation.children) {
        const bool own = child.space == operation.space || child.space.empty() ||
                         child.space == kWithDefaultsSpace;
        if (!own || std::ranges::find(known, child.name) == known.end()) {
            return unknown_element(child.name, operation.name);
        }
    }
    return std::nullopt;
}

Result<Target, RpcError> target_of(const xml::Element& operation, std::string_view parameter) {
    const xml::Element* element = find_parameter(operation, parameter);
    if (element == nullptr) return unexpected(missing_element(parameter, operation.name));
    if (element->children.size() != 1) {
        return unexpected(
            invalid_value(parameter, fmt::format("<{}> names one configuration", parameter)));
    }
    const xml::Element& named = element->children.front();
    if (named.is(kNetconfSpace, "running")) return Target::running;
    if (named.is(kNetconfSpace, "candidate")) return Target::candidate;
    if (named.is(kNetconfSpace, "startup")) {
        return unexpected(not_supported("there is no startup: commits are saved"));
    }
    if (named.is(kNetconfSpace, "url")) {
        return unexpected(not_supported("there are no configurations at other places"));
    }
    return unexpected(unknown_element(named.name, parameter));
}

Result<yang::WithDefaults, RpcError> with_defaults_of(const xml::Element& operation) {
    const auto found = std::ranges::find_if(operation.children, [](const xml::Element& child) {
        return child.is(kWithDefaultsSpace, "with-defaults");
    });
    if (found == operation.children.end()) return yang::WithDefaults::explicitly;
    const std::string mode = found->trimmed();
    if (mode == "explicit") return yang::WithDefaults::explicitly;
    if (mode == "report-all") return yang::WithDefaults::all;
    if (mode == "report-all-tagged") return yang::WithDefaults::all_tagged;
    if (mode == "trim") return yang::WithDefaults::trim;
    return unexpected(invalid_value(
        "with-defaults",
        fmt::format("\"{}\" is none of explicit, report-all, report-all-tagged and trim", mode)));
}

Result<std::optional<std::uint32_t>, RpcError> number_of(const xml::Element& operation,
                                                         std::string_view parameter) {
    const xml::Element* element = find_parameter(operation, parameter);
    if (element == nullptr) return std::nullopt;
    const std::string text = element->trimmed();
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number == 0) {
        return unexpected(invalid_value(
            parameter, fmt::format("\"{}\" is no number from 1 to 4294967295", text)));
    }
    return number;
}

std::string text_of(const xml::Element& operation, std::string_view parameter) {
    const xml::Element* element = find_parameter(operation, parameter);
    return element != nullptr ? element->trimmed() : std::string();
}

namespace {

// RFC 6241 section 7.1: type and select have no namespace. Some clients give them NETCONF's.
const std::string* filter_attribute(const xml::Element& filter, std::string_view name) {
    const std::string* plain = filter.attribute("", name);
    return plain != nullptr ? plain : filter.attribute(kNetconfSpace, name);
}

}  // namespace

yang::TableWishes tables_wanted(const yang::Schema& schema, const xml::Element& operation) {
    const xml::Element* filter = find_parameter(operation, "filter");
    if (filter == nullptr) return {};
    const std::string* type = filter_attribute(*filter, "type");
    if (type == nullptr || *type == "subtree") return yang::tables_of_subtree(schema, *filter);
    const std::string* select = filter_attribute(*filter, "select");
    if (*type != "xpath" || select == nullptr) return {};
    return yang::tables_of_xpath(schema, *select, *filter->prefixes);
}

Result<void, RpcError> apply_filter(const xml::Element& operation, yang::DataTree& tree) {
    const xml::Element* filter = find_parameter(operation, "filter");
    if (filter == nullptr) return {};
    const std::string* type = filter_attribute(*filter, "type");
    if (type == nullptr || *type == "subtree") {
        tree.keep_subtree(*filter);
        return {};
    }
    if (*type != "xpath") {
        RpcError error{
            "protocol", "bad-attribute",
            fmt::format("\"{}\" is no type of filter: there are subtree and xpath", *type)};
        error.info = {{"bad-attribute", "type"}, {"bad-element", "filter"}};
        return unexpected(std::move(error));
    }
    const std::string* select = filter_attribute(*filter, "select");
    if (select == nullptr) return unexpected(missing_attribute("select", "filter"));
    const auto done = tree.keep_xpath(*select, *filter->prefixes);
    if (!done) return unexpected(invalid_value("filter", done.error().message));
    return {};
}

}  // namespace torii::rpc

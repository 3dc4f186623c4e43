#include "mgmt/yang/config_node.h"

#include <libyang/libyang.h>

#include <charconv>

namespace torii::yang {

std::string ConfigNode::path_to(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "/" + std::string(name);
}

void ConfigNode::note(std::string_view leaf) const {
    if (reads_ != nullptr) reads_->insert(path_to(leaf));
}

const lyd_node* ConfigNode::find(std::string_view name) const {
    for (const lyd_node* node = first_child_; node != nullptr; node = node->next) {
        if (name == node->schema->name) return node;
    }
    return nullptr;
}

std::optional<std::string> ConfigNode::text(std::string_view leaf) const {
    note(leaf);
    const lyd_node* node = find(leaf);
    if (node == nullptr) return std::nullopt;
    return lyd_get_value(node);
}

std::optional<std::uint32_t> ConfigNode::number(std::string_view leaf) const {
    const auto value = text(leaf);
    if (!value) return std::nullopt;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
    if (error != std::errc() || end != value->data() + value->size()) return std::nullopt;
    return number;
}

std::optional<bool> ConfigNode::boolean(std::string_view leaf) const {
    const auto value = text(leaf);
    if (!value) return std::nullopt;
    return *value == "true";
}

bool ConfigNode::flag(std::string_view leaf) const {
    return text(leaf).has_value();
}

std::vector<std::string> ConfigNode::leaf_list(std::string_view name) const {
    note(name);
    std::vector<std::string> values;
    for (const lyd_node* node = first_child_; node != nullptr; node = node->next) {
        if (name == node->schema->name) values.emplace_back(lyd_get_value(node));
    }
    return values;
}

ConfigNode ConfigNode::container(std::string_view name) const {
    const lyd_node* node = find(name);
    return {node, node != nullptr ? lyd_child(node) : nullptr, path_to(name), reads_};
}

std::vector<ConfigNode> ConfigNode::list(std::string_view name) const {
    std::vector<ConfigNode> entries;
    for (const lyd_node* node = first_child_; node != nullptr; node = node->next) {
        if (name != node->schema->name) continue;
        entries.emplace_back(node, lyd_child(node), path_to(name), reads_);
    }
    return entries;
}

}  // namespace torii::yang

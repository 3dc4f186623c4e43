#include "mgmt/yang/schema_walk.h"

#include <fmt/ranges.h>
#include <libyang/libyang.h>

namespace torii::yang {

std::vector<const lysc_node*> children_of(const Schema& schema, const lysc_node* parent,
                                          Nodes nodes) {
    std::vector<const lysc_node*> out;
    if (parent == nullptr) {
        for (const std::string& name : schema.top_level_names()) {
            out.push_back(schema.top_level(name));
        }
        return out;
    }
    const lysc_node* node = nullptr;
    while ((node = lys_getnext(node, parent, nullptr, 0)) != nullptr) {
        if (nodes == Nodes::all || !is_state(node)) out.push_back(node);
    }
    return out;
}

std::string schema_path(const lysc_node* node) {
    std::string path = node->name;
    for (const lysc_node* above = node->parent; above != nullptr; above = above->parent) {
        if ((above->nodetype & (LYS_CHOICE | LYS_CASE)) != 0) continue;
        path = fmt::format("{}/{}", above->name, path);
    }
    return path;
}

const lysc_type* type_of(const lysc_node* node) {
    if (node->nodetype == LYS_LEAF) return reinterpret_cast<const lysc_node_leaf*>(node)->type;
    return reinterpret_cast<const lysc_node_leaflist*>(node)->type;
}

bool is_state(const lysc_node* node) {
    return (node->flags & LYS_CONFIG_R) != 0;
}

bool has_mark(const lysc_node* node, std::string_view extension) {
    LY_ARRAY_COUNT_TYPE index = 0;
    LY_ARRAY_FOR(node->exts, index) {
        if (extension == node->exts[index].def->name) return true;
    }
    return false;
}

Result<const lysc_node*> child_by_word(const Schema& schema, const lysc_node* parent,
                                       std::string_view word, Nodes nodes) {
    std::vector<std::string_view> names;
    std::vector<const lysc_node*> fitting;
    for (const lysc_node* child : children_of(schema, parent, nodes)) {
        if (word == child->name) return child;
        if (std::string_view(child->name).starts_with(word)) fitting.push_back(child);
        names.emplace_back(child->name);
    }
    if (fitting.size() == 1 && !word.empty()) return fitting.front();
    if (fitting.empty() || word.empty()) {
        return fail("\"{}\" is not known here; there are {}", word, fmt::join(names, ", "));
    }
    names.clear();
    for (const lysc_node* child : fitting) names.emplace_back(child->name);
    return fail("\"{}\" could be {}: write more of it", word, fmt::join(names, " or "));
}

std::vector<const lysc_node*> keys_of(const lysc_node* list) {
    std::vector<const lysc_node*> keys;
    for (const lysc_node* child = lysc_node_child(list); child != nullptr && lysc_is_key(child);
         child = child->next) {
        keys.push_back(child);
    }
    return keys;
}

std::string member_name(const lysc_node* node) {
    if (node->parent != nullptr) return node->name;
    return fmt::format("{}:{}", node->module->name, node->name);
}

}  // namespace torii::yang

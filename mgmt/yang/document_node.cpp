#include "mgmt/yang/document_node.h"

#include "mgmt/yang/value_check.h"

#include <fmt/format.h>
#include <libyang/libyang.h>

#include <algorithm>

namespace torii::yang {

namespace json = boost::json;

std::string join_path(const std::string& path, std::string_view word) {
    return path.empty() ? std::string(word) : fmt::format("{} {}", path, word);
}

bool is_leaf(const lysc_node* node) {
    return (node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0;
}

bool has_presence(const lysc_node* node) {
    return (node->flags & LYS_PRESENCE) != 0;
}

json::array::iterator find_entry(json::array& entries, const std::vector<const lysc_node*>& keys,
                                 std::span<const std::string> values) {
    return std::ranges::find_if(entries, [&](const json::value& entry) {
        for (std::size_t index = 0; index < keys.size(); ++index) {
            const json::value* part = entry.get_object().if_contains(keys[index]->name);
            if (part == nullptr || scalar_text(*part) != values[index]) return false;
        }
        return true;
    });
}

json::array::iterator find_value(json::array& values, const std::string& word) {
    return std::ranges::find_if(
        values, [&](const json::value& value) { return scalar_text(value) == word; });
}

void remove_other_cases(const lysc_node* node, json::object& object) {
    const lysc_node* own = node->parent;
    if (own == nullptr || own->nodetype != LYS_CASE) return;
    const lysc_node* sibling = nullptr;
    while ((sibling = lys_getnext(sibling, own->parent, nullptr, 0)) != nullptr) {
        if (sibling->parent != own) object.erase(sibling->name);
    }
}

}  // namespace torii::yang

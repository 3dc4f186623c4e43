#include "mgmt/yang/references.h"

#include "mgmt/yang/document_node.h"
#include "mgmt/yang/value_check.h"

#include <libyang/libyang.h>

#include <span>
#include <vector>

namespace torii::yang {
namespace {

namespace json = boost::json;

// Names of members on the way to a node; in a list they go on in each entry.
using Way = std::vector<std::string>;

void collect_ways(const Schema& schema, const lysc_node* parent, const lysc_node* target, Way& way,
                  std::vector<Way>& out) {
    for (const lysc_node* child : children_of(schema, parent)) {
        way.push_back(member_name(child));
        if (!is_leaf(child)) {
            collect_ways(schema, child, target, way, out);
        } else if (reference_target(child) == target) {
            out.push_back(way);
        }
        way.pop_back();
    }
}

// A leaf-list may name the new one already, from when there was none: it has a value once.
std::size_t rename_in_list(json::array& values, const std::string& before,
                           const json::value& after) {
    const auto found = find_value(values, before);
    if (found == values.end()) return 0;
    if (find_value(values, scalar_text(after)) != values.end()) {
        values.erase(found);
    } else {
        *found = after;
    }
    return 1;
}

std::size_t rename_along(json::value& value, std::span<const std::string> way,
                         const std::string& before, const json::value& after) {
    if (way.empty()) {
        if (value.is_array()) return rename_in_list(value.get_array(), before, after);
        if (scalar_text(value) != before) return 0;
        value = after;
        return 1;
    }
    if (value.is_array()) {
        std::size_t renamed = 0;
        for (json::value& entry : value.get_array()) {
            renamed += rename_along(entry, way, before, after);
        }
        return renamed;
    }
    json::value* next = value.get_object().if_contains(way.front());
    return next != nullptr ? rename_along(*next, way.subspan(1), before, after) : 0;
}

}  // namespace

const lysc_node* reference_target(const lysc_node* node) {
    if (!is_leaf(node)) return nullptr;
    const lysc_type* type = type_of(node);
    if (type->basetype != LY_TYPE_LEAFREF) return nullptr;
    const auto* reference = reinterpret_cast<const lysc_type_leafref*>(type);
    ly_set* atoms = nullptr;
    if (lys_find_expr_atoms(node, node->module, reference->path, reference->prefixes, 0, &atoms) !=
        LY_SUCCESS) {
        return nullptr;
    }
    // The way there is in the set too; of leaves only the target is.
    const lysc_node* target = nullptr;
    for (std::uint32_t index = 0; index < atoms->count; ++index) {
        const lysc_node* atom = atoms->snodes[index];
        if (atom != node && atom->nodetype == LYS_LEAF) target = atom;
    }
    ly_set_free(atoms, nullptr);
    return target;
}

std::size_t rename_references(const Schema& schema, json::object& document, const lysc_node* target,
                              const std::string& before, const json::value& after) {
    std::vector<Way> ways;
    Way way;
    collect_ways(schema, nullptr, target, way, ways);
    std::size_t renamed = 0;
    for (const Way& found : ways) {
        json::value* first = document.if_contains(found.front());
        if (first == nullptr) continue;
        renamed += rename_along(*first, std::span(found).subspan(1), before, after);
    }
    return renamed;
}

}  // namespace torii::yang

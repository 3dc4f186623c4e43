#include "mgmt/yang/edit.h"
#include "mgmt/yang/references.h"
#include "mgmt/yang/schema_walk.h"
#include "mgmt/yang/value_check.h"

#include <libyang/libyang.h>

#include <algorithm>
#include <string_view>

namespace torii::yang {
namespace {

namespace json = boost::json;

void append(std::string& text, const std::string& more) {
    text += (text.empty() ? "" : " ") + more;
}

// Nothing without one.
std::string default_of(const lysc_node* node) {
    if (node->nodetype != LYS_LEAF) return {};
    const lyd_value* value = reinterpret_cast<const lysc_node_leaf*>(node)->dflt;
    return value != nullptr ? lyd_value_get_canonical(node->module->ctx, value) : "";
}

// "Time between attempts. [10]", "Our AS. (required)"
std::string help_of(const lysc_node* node) {
    std::string text = node->dsc != nullptr ? node->dsc : "";
    if (const std::string value = default_of(node); !value.empty()) {
        append(text, fmt::format("[{}]", value));
    }
    const bool leaf = node->nodetype == LYS_LEAF && !lysc_is_key(node);
    if (leaf && (node->flags & LYS_MAND_TRUE) != 0) append(text, "(required)");
    if (has_mark(node, "restart-required")) append(text, "(with the next start)");
    return text;
}

// "0 or 3 to 65535 seconds"; nothing where the type says nothing of it.
std::string limits_of(const lysc_node* node) {
    if (node->nodetype != LYS_LEAF) return {};
    const auto* leaf = reinterpret_cast<const lysc_node_leaf*>(node);
    std::string text;
    // The numbers of the model are all without a sign.
    if (leaf->type->basetype >= LY_TYPE_UINT8 && leaf->type->basetype <= LY_TYPE_UINT64) {
        const lysc_range* range = reinterpret_cast<const lysc_type_num*>(leaf->type)->range;
        const auto* parts = range != nullptr ? range->parts : nullptr;
        LY_ARRAY_COUNT_TYPE index = 0;
        LY_ARRAY_FOR(parts, index) {
            const auto& part = parts[index];
            text += index == 0 ? "" : " or ";
            text += part.min_u64 == part.max_u64
                        ? std::to_string(part.min_u64)
                        : fmt::format("{} to {}", part.min_u64, part.max_u64);
        }
    }
    if (leaf->units != nullptr) append(text, leaf->units);
    return text;
}

// The values of a leaf, with what is known of them.
std::vector<Choice> leaf_choices(const lysc_node* node) {
    auto out = value_choices(node);
    const std::string usual = default_of(node);
    for (Choice& choice : out) {
        if (choice.word.starts_with('<')) {
            if (const auto limits = limits_of(node); !limits.empty()) append(choice.help, limits);
            if (!usual.empty()) append(choice.help, fmt::format("[{}]", usual));
        } else if (choice.word == usual) {
            append(choice.help, "[default]");
        }
    }
    return out;
}

const json::value* member(const json::object* object, const lysc_node* node) {
    return object != nullptr ? object->if_contains(member_name(node)) : nullptr;
}

// All values of a leaf anywhere in the document: what a reference may name.
void collect_values(const json::object& object, const std::vector<const lysc_node*>& path,
                    std::size_t depth, std::vector<Choice>& out) {
    const json::value* value = member(&object, path[depth]);
    if (value == nullptr) return;
    if (depth + 1 == path.size()) {
        out.push_back({scalar_text(*value), "configured"});
    } else if (value->is_object()) {
        collect_values(value->get_object(), path, depth + 1, out);
    } else {
        for (const json::value& entry : value->get_array()) {
            collect_values(entry.get_object(), path, depth + 1, out);
        }
    }
}

std::vector<Choice> referenced(const json::object& document, const lysc_node* leaf) {
    std::vector<const lysc_node*> path;
    for (const lysc_node* node = reference_target(leaf); node != nullptr; node = node->parent) {
        if ((node->nodetype & (LYS_CHOICE | LYS_CASE)) == 0) path.insert(path.begin(), node);
    }
    std::vector<Choice> out;
    if (!path.empty()) collect_values(document, path, 0, out);
    return out;
}

// The place that words lead to: an object of the document, if it is there already.
struct Place {
    const lysc_node* node = nullptr;  // null: the top
    const json::object* object = nullptr;
};

const json::object* entry_of(const json::value* list, const std::vector<const lysc_node*>& keys,
                             Words values) {
    if (list == nullptr) return nullptr;
    for (const json::value& entry : list->get_array()) {
        bool same = true;
        for (std::size_t index = 0; index < keys.size(); ++index) {
            const json::value* part = entry.get_object().if_contains(keys[index]->name);
            same = same && part != nullptr && scalar_text(*part) == values[index];
        }
        if (same) return &entry.get_object();
    }
    return nullptr;
}

std::vector<Choice> key_choices(const json::value* list, const lysc_node* key) {
    std::vector<Choice> out;
    if (list != nullptr) {
        for (const json::value& entry : list->get_array()) {
            const json::value* part = entry.get_object().if_contains(key->name);
            if (part != nullptr) out.push_back({scalar_text(*part), "configured"});
        }
    }
    for (const Choice& fixed : value_choices(key)) {
        if (std::ranges::find(out, fixed.word, &Choice::word) == out.end()) out.push_back(fixed);
    }
    return out;
}

std::vector<Choice> child_choices(const Schema& schema, const Place& place, Nodes nodes) {
    std::vector<Choice> out;
    for (const lysc_node* child : children_of(schema, place.node, nodes)) {
        if (!lysc_is_key(child)) out.push_back({child->name, help_of(child)});
    }
    return out;
}

}  // namespace

std::vector<Choice> choices(const Schema& schema, const json::object& document, Words before,
                            Nodes nodes) {
    Place place{nullptr, &document};
    while (!before.empty()) {
        const auto child = child_by_word(schema, place.node, before.front(), nodes);
        if (!child) return {};
        before = before.subspan(1);
        const lysc_node* node = *child;
        const json::value* value = member(place.object, node);
        if ((node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0) {
            if (!before.empty()) return {};
            auto out = referenced(document, node);
            for (Choice& choice : leaf_choices(node)) out.push_back(std::move(choice));
            return out;
        }
        place.node = node;
        if (node->nodetype == LYS_LIST) {
            const auto keys = keys_of(node);
            if (before.size() < keys.size()) return key_choices(value, keys[before.size()]);
            place.object = entry_of(value, keys, before.first(keys.size()));
            before = before.subspan(keys.size());
        } else {
            place.object = value != nullptr ? &value->get_object() : nullptr;
        }
    }
    return child_choices(schema, place, nodes);
}

}  // namespace torii::yang

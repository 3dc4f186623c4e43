#include "mgmt/yang/document_check.h"

#include "mgmt/yang/document_node.h"
#include "mgmt/yang/schema_walk.h"
#include "mgmt/yang/value_check.h"

#include <fmt/ranges.h>
#include <libyang/libyang.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torii::yang {
namespace {

namespace json = boost::json;

// The reading of one document. Functions return false when their part is to be taken out.
class Checker {
public:
    explicit Checker(const Schema& schema) : schema_(schema) {}

    void check_top(json::object& document);
    Problems take() { return std::move(problems_); }

private:
    void report(const std::string& path, std::string message, Fault fault = Fault::value) {
        problems_.push_back({path, std::move(message), {}, fault});
    }
    bool check_node(const lysc_node* node, json::value& value, const std::string& path);
    bool check_members(const lysc_node* parent, json::object& object, const std::string& path);
    bool check_mandatory(const lysc_node* parent, const json::object& object,
                         const std::string& path);
    bool check_choices(const lysc_node* parent, const json::object& object,
                       const std::string& path);
    bool check_list(const lysc_node* list, json::value& value, const std::string& path);
    bool check_leaf_list(const lysc_node* list, json::value& value, const std::string& path);
    bool check_leaf(const lysc_node* leaf, const json::value& value, const std::string& path);
    void report_unknown(const lysc_node* parent, const std::string& name, const std::string& path);

    const Schema& schema_;
    Problems problems_;
};

const lysc_node* find_child(const Schema& schema, const lysc_node* parent, std::string_view name) {
    for (const lysc_node* child : children_of(schema, parent)) {
        if (name == child->name) return child;
        if (name == std::string(child->module->name) + ":" + child->name) return child;
    }
    return nullptr;
}

std::vector<std::string> names_in(const Schema& schema, const lysc_node* parent) {
    std::vector<std::string> names;
    for (const lysc_node* child : children_of(schema, parent)) names.emplace_back(child->name);
    return names;
}

void Checker::report_unknown(const lysc_node* parent, const std::string& name,
                             const std::string& path) {
    report(path, fmt::format("\"{}\" is not known here; there are {}", name,
                             fmt::join(names_in(schema_, parent), ", ")));
}

void Checker::check_top(json::object& document) {
    std::vector<std::string> bad;
    for (auto& member : document) {
        const std::string name(member.key());
        const auto colon = name.find(':');
        const std::string bare = colon == name.npos ? name : name.substr(colon + 1);
        const lysc_node* node = schema_.top_level(bare);
        if (node == nullptr) {
            report("", fmt::format("\"{}\" is not known here; there are {}", name,
                                   fmt::join(schema_.top_level_names(), ", ")));
            bad.push_back(name);
        } else if (const auto full = fmt::format("{}:{}", node->module->name, bare); name != full) {
            report(bare, fmt::format("\"{}\" must be written \"{}\"", name, full));
            bad.push_back(name);
        } else if (!check_node(node, member.value(), bare)) {
            bad.push_back(name);
        }
    }
    for (const std::string& name : bad) document.erase(name);
}

bool Checker::check_node(const lysc_node* node, json::value& value, const std::string& path) {
    switch (node->nodetype) {
        case LYS_CONTAINER:
            if (!value.is_object()) {
                report(path, "must be an object in braces");
                return false;
            }
            return check_members(node, value.get_object(), path);
        case LYS_LIST: return check_list(node, value, path);
        case LYS_LEAFLIST: return check_leaf_list(node, value, path);
        default: return check_leaf(node, value, path);
    }
}

bool Checker::check_members(const lysc_node* parent, json::object& object,
                            const std::string& path) {
    bool good = check_mandatory(parent, object, path);
    good = check_choices(parent, object, path) && good;
    std::vector<std::string> bad;
    for (auto& member : object) {
        const std::string name(member.key());
        const lysc_node* child = find_child(schema_, parent, name);
        if (child == nullptr) {
            report_unknown(parent, name, path);
            bad.push_back(name);
        } else if (!check_node(child, member.value(), join_path(path, child->name))) {
            bad.push_back(name);
            // Without a mandatory part the rest cannot stand.
            if (lysc_is_key(child) || (child->flags & LYS_MAND_TRUE) != 0) good = false;
            const lysc_node* above = child->parent;
            if (above != nullptr && above->nodetype == LYS_CASE &&
                (above->parent->flags & LYS_MAND_TRUE) != 0) {
                good = false;
            }
        }
    }
    for (const std::string& name : bad) object.erase(name);
    return good;
}

bool Checker::check_mandatory(const lysc_node* parent, const json::object& object,
                              const std::string& path) {
    bool good = true;
    const lysc_node* node = nullptr;
    while ((node = lys_getnext(node, parent, nullptr, LYS_GETNEXT_WITHCHOICE)) != nullptr) {
        if ((node->flags & LYS_MAND_TRUE) == 0 || lysc_is_key(node) || is_state(node)) continue;
        if (node->nodetype == LYS_CHOICE) {
            std::vector<std::string> names;
            const lysc_node* option = nullptr;
            while ((option = lys_getnext(option, node, nullptr, 0)) != nullptr) {
                names.emplace_back(option->name);
            }
            if (std::ranges::any_of(names, [&](const auto& n) { return object.contains(n); })) {
                continue;
            }
            report(path, fmt::format("needs one of {}", fmt::join(names, ", ")),
                   Fault::missing_choice);
            good = false;
        } else if (!object.contains(node->name)) {
            report(path, fmt::format("needs {}", node->name), Fault::missing);
            good = false;
        }
    }
    return good;
}

bool Checker::check_choices(const lysc_node* parent, const json::object& object,
                            const std::string& path) {
    std::map<const lysc_node*, std::map<const lysc_node*, std::string>> cases;
    for (const auto& member : object) {
        const lysc_node* child = find_child(schema_, parent, std::string_view(member.key()));
        if (child == nullptr || child->parent == nullptr) continue;
        if (child->parent->nodetype != LYS_CASE) continue;
        cases[child->parent->parent][child->parent] = child->name;
    }
    bool good = true;
    for (const auto& [choice, chosen] : cases) {
        if (chosen.size() < 2) continue;
        std::vector<std::string> names;
        for (const auto& [option, name] : chosen) names.push_back(name);
        std::ranges::sort(names);
        report(path, fmt::format("has {}: keep one", fmt::join(names, " and ")));
        good = false;
    }
    return good;
}

bool Checker::check_list(const lysc_node* list, json::value& value, const std::string& path) {
    if (!value.is_array()) {
        report(path, "must be a list in square brackets");
        return false;
    }
    const auto keys = keys_of(list);
    std::set<std::string> seen;
    auto& entries = value.get_array();
    for (auto entry = entries.begin(); entry != entries.end();) {
        bool good = entry->is_object();
        std::string entry_path = path;
        if (!good) report(path, "each entry must be an object in braces");
        for (const lysc_node* key : keys) {
            const json::value* part = good ? entry->get_object().if_contains(key->name) : nullptr;
            if (part != nullptr) {
                entry_path = join_path(entry_path, scalar_text(*part));
            } else if (entry->is_object()) {
                report(path, fmt::format("an entry has no {}", key->name));
                good = false;
            }
        }
        if (good && !seen.insert(entry_path).second) {
            report(entry_path, "is there twice");
            good = false;
        }
        good = good && check_members(list, entry->get_object(), entry_path);
        entry = good ? std::next(entry) : entries.erase(entry);
    }
    return true;
}

bool Checker::check_leaf_list(const lysc_node* list, json::value& value, const std::string& path) {
    if (!value.is_array()) {
        report(path, "must be a list in square brackets");
        return false;
    }
    std::set<std::string> seen;
    auto& entries = value.get_array();
    for (auto entry = entries.begin(); entry != entries.end();) {
        bool good = check_leaf(list, *entry, path);
        if (good && !seen.insert(scalar_text(*entry)).second) {
            report(path, fmt::format("\"{}\" is there twice", scalar_text(*entry)));
            good = false;
        }
        entry = good ? std::next(entry) : entries.erase(entry);
    }
    return true;
}

bool Checker::check_leaf(const lysc_node* leaf, const json::value& value, const std::string& path) {
    const auto problem = check_value(schema_, leaf, value);
    if (problem) report(path, *problem);
    return !problem;
}

}  // namespace

Problems check_document(const Schema& schema, json::object& document) {
    Checker checker(schema);
    checker.check_top(document);
    return checker.take();
}

}  // namespace torii::yang

#include "mgmt/yang/merge.h"

#include "mgmt/yang/document_node.h"
#include "mgmt/yang/schema_walk.h"
#include "mgmt/yang/value_check.h"

#include <libyang/libyang.h>

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace torii::yang {
namespace {

namespace json = boost::json;

// What the three say about one place; null: there is nothing.
struct Three {
    const json::value* base;
    const json::value* mine;
    const json::value* theirs;
};

bool same(const json::value* left, const json::value* right) {
    if (left == nullptr || right == nullptr) return left == right;
    return *left == *right;
}

std::string shown(const lysc_node* node, const json::value* value) {
    if (value == nullptr) return "nothing";
    if (is_secret(node)) return kSecretShown;
    return value->is_structured() ? "something" : scalar_text(*value);
}

// The entries of a list by the text of their keys, or the values of a leaf-list, in order.
class Entries {
public:
    Entries(const lysc_node* node, const json::value* list) {
        if (list == nullptr) return;
        const bool leaf_list = node->nodetype == LYS_LEAFLIST;
        const auto keys = leaf_list ? std::vector<const lysc_node*>() : keys_of(node);
        for (const json::value& entry : list->get_array()) {
            std::string name = leaf_list ? scalar_text(entry) : "";
            for (const lysc_node* key : keys) {
                name = join_path(name, scalar_text(entry.get_object().at(key->name)));
            }
            by_name_.emplace(name, &entry);
            names_.push_back(std::move(name));
        }
    }
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    [[nodiscard]] const json::value* find(const std::string& name) const {
        const auto found = by_name_.find(name);
        return found == by_name_.end() ? nullptr : found->second;
    }

private:
    std::vector<std::string> names_;
    std::unordered_map<std::string, const json::value*> by_name_;
};

class Merger {
public:
    explicit Merger(const Schema& schema) : schema_(schema) {}

    json::object members(const lysc_node* parent, const json::object* base,
                         const json::object& mine, const json::object& theirs,
                         const std::string& path) {
        json::object out;
        for (const lysc_node* child : children_of(schema_, parent)) {
            const std::string name = member_name(child);
            const Three three{base != nullptr ? base->if_contains(name) : nullptr,
                              mine.if_contains(name), theirs.if_contains(name)};
            json::value merged;
            if (node(child, three, join_path(path, child->name), merged)) {
                out[name] = std::move(merged);
            }
        }
        return out;
    }

    Problems take() { return std::move(problems_); }

private:
    // False when nothing remains at this place.
    bool node(const lysc_node* node, const Three& three, const std::string& path,
              json::value& out) {
        const json::value* chosen = nullptr;
        if (same(three.mine, three.base) || same(three.mine, three.theirs)) {
            chosen = three.theirs;
        } else if (same(three.theirs, three.base)) {
            chosen = three.mine;
        } else if (three.mine != nullptr && three.theirs != nullptr && !is_leaf(node)) {
            return both(node, three, path, out);
        } else {
            problems_.push_back(
                {path, fmt::format("was changed to {} meanwhile, here to {}",
                                   shown(node, three.theirs), shown(node, three.mine))});
        }
        if (chosen != nullptr) out = *chosen;
        return chosen != nullptr;
    }

    static bool is_leaf(const lysc_node* node) { return node->nodetype == LYS_LEAF; }

    // Both changed what is below here.
    bool both(const lysc_node* node, const Three& three, const std::string& path,
              json::value& out) {
        if (node->nodetype == LYS_CONTAINER) {
            auto merged = members(node, three.base != nullptr ? &three.base->get_object() : nullptr,
                                  three.mine->get_object(), three.theirs->get_object(), path);
            const bool stays = !merged.empty() || (node->flags & LYS_PRESENCE) != 0;
            out = std::move(merged);
            return stays;
        }
        json::array merged = entries(node, three, path);
        const bool stays = !merged.empty();
        out = std::move(merged);
        return stays;
    }

    json::array entries(const lysc_node* list, const Three& three, const std::string& path) {
        const Entries base(list, three.base);
        const Entries mine(list, three.mine);
        const Entries theirs(list, three.theirs);
        json::array out;
        for (const std::string& name : order(list, base, mine, theirs, path)) {
            const Three one{base.find(name), mine.find(name), theirs.find(name)};
            json::value merged;
            if (entry(list, one, join_path(path, name), merged)) {
                out.push_back(std::move(merged));
            }
        }
        return out;
    }

    bool entry(const lysc_node* list, const Three& three, const std::string& path,
               json::value& out) {
        const bool two = three.mine != nullptr && three.theirs != nullptr;
        if (!two || list->nodetype == LYS_LEAFLIST || *three.mine == *three.theirs) {
            return node(list, three, path, out);
        }
        out = members(list, three.base != nullptr ? &three.base->get_object() : nullptr,
                      three.mine->get_object(), three.theirs->get_object(), path);
        return true;
    }

    // Where the order has a meaning only one of the two may have changed it.
    std::vector<std::string> order(const lysc_node* list, const Entries& base, const Entries& mine,
                                   const Entries& theirs, const std::string& path) {
        if ((list->flags & LYS_ORDBY_USER) != 0) {
            if (mine.names() == theirs.names() || theirs.names() == base.names()) {
                return mine.names();
            }
            if (mine.names() != base.names()) {
                problems_.push_back({path,
                                     "entries were added, removed or moved meanwhile, and "
                                     "here too"});
            }
            return theirs.names();
        }
        std::vector<std::string> out = theirs.names();
        for (const std::string& name : mine.names()) {
            if (theirs.find(name) == nullptr) out.push_back(name);
        }
        return out;
    }

    const Schema& schema_;
    Problems problems_;
};

}  // namespace

Result<json::object, Problems> merge(const Schema& schema, const json::object& base,
                                     const json::object& mine, const json::object& theirs) {
    Merger merger(schema);
    json::object merged = merger.members(nullptr, &base, mine, theirs, "");
    Problems problems = merger.take();
    if (!problems.empty()) return unexpected(std::move(problems));
    return merged;
}

}  // namespace torii::yang

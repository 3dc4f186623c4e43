#include "mgmt/yang/table_wish.h"

#include "mgmt/yang/data_filter.h"
#include "mgmt/yang/schema_walk.h"

#include <libyang/libyang.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace torii::yang {
namespace {

using Values = std::map<std::string, std::string>;

void add(TableWishes& wishes, TableWish wish) {
    if (std::ranges::find(wishes, wish) == wishes.end()) wishes.push_back(std::move(wish));
}

// --- subtree filters ---------------------------------------------------------------------------

void collect(const Schema& schema, const lysc_node* parent, const xml::Element& filter,
             const Values& above, TableWishes& out) {
    for (const xml::Element& child : filter.children) {
        for (const lysc_node* node : children_of(schema, parent, Nodes::all)) {
            const bool here = child.name == node->name &&
                              (child.space.empty() || child.space == node->module->ns);
            if (!here || (node->nodetype & (LYS_LIST | LYS_CONTAINER)) == 0) continue;
            const bool table = is_on_demand(node);
            Values with = above;
            for (const xml::Element& leaf : child.children) {
                const bool matches = leaf.children.empty() && !leaf.trimmed().empty();
                if (matches && node->nodetype == LYS_LIST) with[leaf.name] = leaf.trimmed();
            }
            if (table) {
                add(out, {schema_path(node), std::move(with)});
            } else {
                collect(schema, node, child, with, out);
            }
        }
    }
}

// --- XPath -------------------------------------------------------------------------------------

bool in_name(char character) {
    return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_' ||
           character == '-' || character == '.';
}

// Reads a location path, in names of modules, step by step.
class PathReader {
public:
    explicit PathReader(std::string_view rest) : rest_(rest) {}

    // By the name of a step what its predicates say: [leaf = 'value'], also joined by "and".
    // Nothing for a path that has more than steps: whatever it means, all is read.
    std::optional<std::map<std::string, Values>> read() {
        std::map<std::string, Values> out;
        skip_spaces();
        while (!rest_.empty()) {
            if (!take('/')) return std::nullopt;
            (void)take('/');
            const std::string name = take_name();
            if (name.empty()) return std::nullopt;
            // A number counts the entries that are left: what follows it must not be known before.
            bool exact = true;
            while (take('[')) {
                const std::string_view inside = xpath_up_to(rest_, ']');
                rest_.remove_prefix(std::min(rest_.size(), inside.size() + 1));
                exact = exact && read_conditions(inside, out[name]);
            }
        }
        return out;
    }

private:
    void skip_spaces() {
        while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    }
    bool take(char wanted) {
        skip_spaces();
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::string take_word() {
        skip_spaces();
        const auto end = std::ranges::find_if_not(rest_, in_name);
        std::string word(rest_.begin(), end);
        rest_.remove_prefix(word.size());
        return word;
    }
    // Without its module.
    std::string take_name() {
        std::string word = take_word();
        if (rest_.starts_with("::") || !rest_.starts_with(':')) return word;
        rest_.remove_prefix(1);
        return take_word();
    }
    std::optional<std::string> take_text() {
        skip_spaces();
        if (!rest_.starts_with('\'') && !rest_.starts_with('"')) return std::nullopt;
        const auto end = rest_.find(rest_.front(), 1);
        if (end == rest_.npos) return std::nullopt;
        std::string text(rest_.substr(1, end - 1));
        rest_.remove_prefix(end + 1);
        return text;
    }
    // True when all of it was conditions of that kind.
    static bool read_conditions(std::string_view inside, Values& out) {
        PathReader reader(inside);
        Values found;
        do {
            const std::string leaf = reader.take_name();
            if (leaf.empty() || !reader.take('=')) return false;
            auto text = reader.take_text();
            if (!text) return false;
            found[leaf] = std::move(*text);
        } while (reader.take_word() == "and");
        reader.skip_spaces();
        if (!reader.rest_.empty()) return false;
        out.merge(found);
        return true;
    }

    std::string_view rest_;
};

// The table that a node is, or is in; null: none.
const lysc_node* table_around(const lysc_node* node) {
    while (node != nullptr && !is_on_demand(node)) node = node->parent;
    return node;
}

void collect_branch(const Schema& schema, std::string_view branch, TableWishes& out) {
    ly_set* found = nullptr;
    const LY_ERR error =
        lys_find_xpath(schema.context(), nullptr, std::string(branch).c_str(), 0, &found);
    ly_err_clean(schema.context(), nullptr);
    const auto release = [](ly_set* set) { ly_set_free(set, nullptr); };
    const std::unique_ptr<ly_set, decltype(release)> owner(found, release);
    if (error != LY_SUCCESS) return;
    const auto conditions = PathReader(branch).read();
    for (std::uint32_t index = 0; index < found->count; ++index) {
        const lysc_node* table = table_around(found->snodes[index]);
        if (table == nullptr) continue;
        TableWish wish{schema_path(table)};
        for (const lysc_node* node = table; node != nullptr && conditions; node = node->parent) {
            const auto known = conditions->find(node->name);
            if (known == conditions->end() || node->nodetype != LYS_LIST) continue;
            wish.with.insert(known->second.begin(), known->second.end());
        }
        add(out, std::move(wish));
    }
}

}  // namespace

bool is_on_demand(const lysc_node* node) {
    return has_mark(node, "on-demand");
}

TableWishes tables_of_subtree(const Schema& schema, const xml::Element& filter) {
    TableWishes out;
    collect(schema, nullptr, filter, {}, out);
    return out;
}

TableWishes tables_of_xpath(const Schema& schema, const std::string& xpath,
                            const xml::Prefixes& prefixes) {
    const auto translated = translated_xpath(schema, xpath, prefixes);
    if (!translated) return {};
    TableWishes out;
    for (const std::string_view branch : xpath_branches(*translated)) {
        collect_branch(schema, branch, out);
    }
    return out;
}

}  // namespace torii::yang

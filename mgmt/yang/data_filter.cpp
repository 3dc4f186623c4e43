#include "mgmt/yang/data_filter.h"

#include <libyang/libyang.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace torii::yang {
namespace {

bool matches_name(const lyd_node* node, const xml::Element& filter) {
    // No data has attributes, so a filter by one matches nothing.
    return filter.name == node->schema->name && filter.attributes.empty() &&
           (filter.space.empty() || filter.space == node->schema->module->ns);
}

bool is_leaf(const lyd_node* node) {
    return (node->schema->nodetype & LYD_NODE_TERM) != 0;
}

bool is_content_match(const xml::Element& filter) {
    return filter.children.empty() && !filter.trimmed().empty();
}

bool matches_value(const lyd_node* node, const xml::Element& filter) {
    return matches_name(node, filter) && is_leaf(node) && filter.trimmed() == lyd_get_value(node);
}

class SubtreeFilter {
public:
    bool select(const lyd_node* node, const xml::Element& filter) {
        if (is_content_match(filter)) {
            if (!matches_value(node, filter)) return false;
            selection_.whole.insert(node);
            return true;
        }
        if (!matches_name(node, filter)) return false;
        if (filter.children.empty()) {
            selection_.whole.insert(node);
            return true;
        }
        return !is_leaf(node) && select_inside(node, filter);
    }
    Selection take() { return std::move(selection_); }

private:
    // Section 6.2.5: all content match nodes have to match; alone they select the whole.
    bool select_inside(const lyd_node* node, const xml::Element& filter) {
        std::vector<const lyd_node*> matched;
        bool only_content = true;
        for (const xml::Element& child : filter.children) {
            if (!is_content_match(child)) {
                only_content = false;
                continue;
            }
            const std::size_t before = matched.size();
            for (const lyd_node* data = lyd_child(node); data != nullptr; data = data->next) {
                if (matches_value(data, child)) matched.push_back(data);
            }
            if (matched.size() == before) return false;
        }
        if (only_content) {
            selection_.whole.insert(node);
            return true;
        }
        bool found = !matched.empty();
        selection_.whole.insert(matched.begin(), matched.end());
        for (const xml::Element& child : filter.children) {
            if (is_content_match(child)) continue;
            for (const lyd_node* data = lyd_child(node); data != nullptr; data = data->next) {
                found = select(data, child) || found;
            }
        }
        if (found) selection_.part.insert(node);
        return found;
    }

    Selection selection_;
};

bool in_name(char character) {
    return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_' ||
           character == '-' || character == '.';
}

// Prefixes of XML become names of modules, as libyang reads them. Texts in quotes stay.
class PrefixTranslator {
public:
    PrefixTranslator(const Schema& schema, const xml::Prefixes& prefixes)
        : schema_(schema), prefixes_(prefixes) {}

    Result<std::string> translate(std::string_view rest) {
        std::string out;
        while (!rest.empty()) {
            const char first = rest.front();
            if (first == '"' || first == '\'') {
                const auto end = rest.find(first, 1);
                const std::string_view text = rest.substr(0, end == rest.npos ? end : end + 1);
                out += text;
                rest.remove_prefix(text.size());
                continue;
            }
            if (!in_name(first)) {
                out += first;
                rest.remove_prefix(1);
                continue;
            }
            const auto end = std::ranges::find_if_not(rest, in_name);
            const std::string word(rest.begin(), end);
            rest.remove_prefix(word.size());
            const bool is_prefix = rest.starts_with(':') && !rest.starts_with("::");
            if (!is_prefix) {
                out += word;
                continue;
            }
            const auto module = module_of(word);
            if (!module) return module;
            out += *module;
        }
        return out;
    }

private:
    Result<std::string> module_of(const std::string& prefix) const {
        const auto space = prefixes_.find(prefix);
        if (space == prefixes_.end()) return fail("the prefix {} is not declared", prefix);
        const lys_module* module =
            ly_ctx_get_module_implemented_ns(schema_.context(), space->second.c_str());
        if (module == nullptr)
            return fail("there is no module with the namespace {}", space->second);
        return std::string(module->name);
    }

    const Schema& schema_;
    const xml::Prefixes& prefixes_;
};

}  // namespace

Selection select_subtree(const lyd_node* tree, const xml::Element& filter) {
    SubtreeFilter selecting;
    for (const lyd_node* node = tree; node != nullptr; node = node->next) {
        for (const xml::Element& child : filter.children) selecting.select(node, child);
    }
    return selecting.take();
}

Result<std::string> translated_xpath(const Schema& schema, const std::string& xpath,
                                     const xml::Prefixes& prefixes) {
    return PrefixTranslator(schema, prefixes).translate(xpath);
}

std::string_view xpath_up_to(std::string_view text, char end) {
    std::size_t depth = 0;
    char quote = 0;
    for (std::size_t index = 0; index < text.size(); ++index) {
        const char character = text[index];
        if (quote != 0) {
            if (character == quote) quote = 0;
        } else if (character == '\'' || character == '"') {
            quote = character;
        } else if (character == end && depth == 0) {
            return text.substr(0, index);
        } else if (character == '[' || character == '(') {
            ++depth;
        } else if ((character == ']' || character == ')') && depth > 0) {
            --depth;
        }
    }
    return text;
}

std::vector<std::string_view> xpath_branches(std::string_view xpath) {
    std::vector<std::string_view> out;
    while (true) {
        out.push_back(xpath_up_to(xpath, '|'));
        if (out.back().size() == xpath.size()) return out;
        xpath.remove_prefix(out.back().size() + 1);
    }
}

namespace {

struct FreeSet {
    void operator()(ly_set* set) const { ly_set_free(set, nullptr); }
};
using Set = std::unique_ptr<ly_set, FreeSet>;

// libyang (2.1.30) takes "and" and "or" in a predicate for the result where there is nothing that
// the predicate could be about. What selects nodes of the model selects no data then.
bool selects_nodes(const Schema& schema, const std::string& xpath) {
    ly_set* found = nullptr;
    const LY_ERR error = lys_find_xpath(schema.context(), nullptr, xpath.c_str(), 0, &found);
    const Set owner(found);
    return error == LY_SUCCESS && found->count != 0;
}

// What is wrong with it as libyang says it; empty: nothing.
std::string select_branch(const Schema& schema, const lyd_node* tree, const std::string& xpath,
                          Selection& out) {
    ly_err_clean(schema.context(), nullptr);
    ly_set* found = nullptr;
    const LY_ERR error = lyd_find_xpath3(nullptr, tree, xpath.c_str(), nullptr, &found);
    const Set owner(found);
    if (error != LY_SUCCESS) {
        std::string message = take_error(schema).message;
        const bool none = message.ends_with("is not a node set.") && selects_nodes(schema, xpath);
        ly_err_clean(schema.context(), nullptr);
        return none ? std::string() : message;
    }
    for (std::uint32_t index = 0; index < found->count; ++index) {
        const lyd_node* node = found->dnodes[index];
        out.whole.insert(node);
        for (const lyd_node* above = lyd_parent(node); above != nullptr;
             above = lyd_parent(above)) {
            out.part.insert(above);
        }
    }
    return {};
}

}  // namespace

Result<Selection> select_xpath(const Schema& schema, const lyd_node* tree, const std::string& xpath,
                               const xml::Prefixes& prefixes) {
    const auto translated = translated_xpath(schema, xpath, prefixes);
    if (!translated) return unexpected(translated.error());
    Selection selection;
    for (const std::string_view branch : xpath_branches(*translated)) {
        const std::string wrong = select_branch(schema, tree, std::string(branch), selection);
        if (!wrong.empty()) return fail("{}: {}", xpath, wrong);
    }
    return selection;
}

lyd_node* prune(lyd_node* tree, const Selection& selection) {
    lyd_node* first = tree;
    lyd_node* next = nullptr;
    for (lyd_node* node = tree; node != nullptr; node = next) {
        next = node->next;
        if (selection.whole.contains(node) || lysc_is_key(node->schema)) continue;
        if (selection.part.contains(node)) {
            (void)prune(lyd_child(node), selection);
            continue;
        }
        if (node == first) first = next;
        lyd_free_tree(node);
    }
    return first;
}

}  // namespace torii::yang

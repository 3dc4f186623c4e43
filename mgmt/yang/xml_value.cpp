#include "mgmt/yang/xml_value.h"

#include "mgmt/yang/schema_walk.h"
#include "mgmt/yang/value_check.h"

#include <fmt/format.h>
#include <libyang/libyang.h>

#include <algorithm>
#include <utility>

namespace torii::yang {
namespace {

namespace json = boost::json;

// Takes the next word.
std::string_view take_word(std::string_view& words) {
    const auto end = std::min(words.find(' '), words.size());
    const std::string_view word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    return word;
}

// XPath 1.0 has no escapes; no value of ours has both.
std::string literal(std::string_view text) {
    const char quote = text.find('\'') == text.npos ? '\'' : '"';
    return fmt::format("{}{}{}", quote, text, quote);
}

}  // namespace

json::value xml_value(const lysc_node* leaf, const xml::Element& element) {
    const std::string text = is_text(leaf) ? element.text : element.trimmed();
    // An empty element is no boolean, though an empty word of the shell is.
    if (text.empty() && !is_empty_type(leaf)) return json::string();
    return word_value(leaf, text);
}

std::string default_text(const lysc_node* leaf) {
    const lyd_value* value = reinterpret_cast<const lysc_node_leaf*>(leaf)->dflt;
    if (value == nullptr) return {};
    return lyd_value_get_canonical(leaf->module->ctx, value);
}

InstancePath instance_path(const Schema& schema, std::string_view words) {
    InstancePath out;
    const lysc_node* parent = nullptr;
    while (!words.empty()) {
        const std::string_view word = take_word(words);
        const auto children = children_of(schema, parent);
        const auto found = std::ranges::find(children, word, &lysc_node::name);
        if (found == children.end()) break;
        const lysc_node* node = *found;
        const char* prefix = node->module->prefix;
        out.prefixes[prefix] = node->module->ns;
        out.text += fmt::format("/{}:{}", prefix, node->name);
        if (node->nodetype == LYS_LIST) {
            for (const lysc_node* key : keys_of(node)) {
                if (words.empty()) break;
                out.text += fmt::format("[{}:{}={}]", prefix, key->name, literal(take_word(words)));
            }
        } else if (node->nodetype == LYS_LEAFLIST && !words.empty()) {
            out.text += fmt::format("[.={}]", literal(std::exchange(words, {})));
        }
        parent = node;
    }
    return out;
}

}  // namespace torii::yang

#include "mgmt/yang/tree_text.h"

#include "mgmt/yang/schema.h"
#include "platform/base/words.h"

#include <fmt/format.h>
#include <libyang/libyang.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace torii::yang {
namespace {

bool is_written(const lyd_node* node) {
    return (node->flags & LYD_DEFAULT) == 0;
}

// "neighbor 192.0.2.1" of a list entry, "as 65000" of a leaf, "bgp" of a container.
std::string heading(const lyd_node* node) {
    std::string text = node->schema->name;
    if ((node->schema->nodetype & LYD_NODE_TERM) != 0) {
        const char* value = lyd_get_value(node);
        return *value == '\0' ? text : fmt::format("{} {}", text, quoted_word(value));
    }
    if (node->schema->nodetype != LYS_LIST) return text;
    for (const lyd_node* child = lyd_child(node); child != nullptr && lysc_is_key(child->schema);
         child = child->next) {
        text += fmt::format(" {}", quoted_word(lyd_get_value(child)));
    }
    return text;
}

std::vector<const lyd_node*> written_children(const lyd_node* node) {
    std::vector<const lyd_node*> out;
    for (const lyd_node* child = lyd_child_no_keys(node); child != nullptr; child = child->next) {
        if (is_written(child)) out.push_back(child);
    }
    return out;
}

void write_braces(const lyd_node* node, std::size_t depth, std::string& out) {
    const std::string indent(depth * 4, ' ');
    const auto below = written_children(node);
    out += indent + heading(node);
    if (below.empty()) {
        out += ";\n";
        return;
    }
    out += " {\n";
    for (const lyd_node* child : below) write_braces(child, depth + 1, out);
    out += indent + "}\n";
}

}  // namespace

void write_set(const lyd_node* node, const std::string& before, std::vector<std::string>& out) {
    const std::string line = fmt::format("{} {}", before, heading(node));
    const auto below = written_children(node);
    if (below.empty()) out.push_back(line);
    for (const lyd_node* child : below) write_set(child, line, out);
}

std::vector<const lyd_node*> sections(const lyd_node* tree) {
    std::vector<const lyd_node*> out;
    for (const lyd_node* node = tree; node != nullptr; node = node->next) {
        if (is_written(node)) out.push_back(node);
    }
    std::ranges::stable_sort(
        out, {}, [](const lyd_node* node) { return module_position(node->schema->module->name); });
    return out;
}

std::string braces_of(const lyd_node* tree) {
    std::string out;
    for (const lyd_node* node : sections(tree)) write_braces(node, 0, out);
    return out;
}

std::string xml_of(const lyd_node* tree) {
    std::string out;
    for (const lyd_node* node : sections(tree)) {
        char* text = nullptr;
        lyd_print_mem(&text, node, LYD_XML, LYD_PRINT_WD_EXPLICIT);
        const std::unique_ptr<char, decltype(&std::free)> owner(text, &std::free);
        if (text != nullptr) out += text;
    }
    return out;
}

std::string json_of(const lyd_node* tree) {
    char* text = nullptr;
    lyd_print_mem(&text, tree, LYD_JSON, LYD_PRINT_WITHSIBLINGS | LYD_PRINT_WD_EXPLICIT);
    const std::unique_ptr<char, decltype(&std::free)> owner(text, &std::free);
    return text != nullptr ? text : "{}\n";
}

}  // namespace torii::yang

#include "mgmt/yang/configuration.h"

#include "mgmt/yang/document_check.h"
#include "mgmt/yang/json_text.h"
#include "mgmt/yang/tree_text.h"
#include "mgmt/yang/value_check.h"
#include "mgmt/yang/word_path.h"

#include <boost/json/serialize.hpp>
#include <libyang/libyang.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace torii::yang {
namespace {

namespace json = boost::json;

// More than this many errors of one kind help nobody.
constexpr int kProblemsMax = 100;
constexpr std::uint32_t kParse = LYD_PARSE_ONLY | LYD_PARSE_STRICT | LYD_PARSE_NO_STATE;

// "bgp neighbor 192.0.2.1 peer-group"
std::string readable_path(const lyd_node* node) {
    std::string path = node->schema->name;
    if (const lyd_node* parent = lyd_parent(node)) {
        path = fmt::format("{} {}", readable_path(parent), path);
    }
    if (node->schema->nodetype != LYS_LIST) return path;
    for (const lyd_node* child = lyd_child(node); child != nullptr && lysc_is_key(child->schema);
         child = child->next) {
        path += fmt::format(" {}", lyd_get_value(child));
    }
    return path;
}

// The list a reference points into: "peer-group" of "../../bgp:peer-group/bgp:name".
std::string referenced_list(const lysc_type_leafref* type) {
    std::string_view path = lyxp_get_expr(type->path);
    path = path.substr(0, path.rfind('/'));
    path = path.substr(path.find_last_of("/:") + 1);
    return std::string(path);
}

// libyang prints the whole XPath of a reference to nothing; a must has its own sentence.
Problem problem_of(const lyd_node* node, const std::string& path, const std::string& message) {
    const lysc_type* type = nullptr;
    if (node->schema->nodetype == LYS_LEAF) {
        type = reinterpret_cast<const lysc_node_leaf*>(node->schema)->type;
    } else if (node->schema->nodetype == LYS_LEAFLIST) {
        type = reinterpret_cast<const lysc_node_leaflist*>(node->schema)->type;
    }
    if (type == nullptr || type->basetype != LY_TYPE_LEAFREF ||
        !message.starts_with("Invalid leafref")) {
        return {path, message, {}, Fault::must};
    }
    return {path,
            fmt::format("there is no {} {}: create it or correct the name",
                        referenced_list(reinterpret_cast<const lysc_type_leafref*>(type)),
                        lyd_get_value(node)),
            {},
            Fault::reference};
}

// Takes a node that was reported out of the tree. Containers that always exist lose their content.
void prune(lyd_node*& tree, lyd_node* node) {
    const bool empty_it =
        node->schema->nodetype == LYS_CONTAINER && (node->schema->flags & LYS_PRESENCE) == 0;
    if (empty_it) {
        lyd_free_siblings(lyd_child(node));
        return;
    }
    if (tree == node) tree = node->next;
    lyd_free_tree(node);
}

bool holds_one_of(const std::string& path, const Problems& problems) {
    return std::ranges::any_of(problems, [&](const Problem& problem) {
        return problem.path.starts_with(fmt::format("{} ", path));
    });
}

// References and musts. libyang reports one error and stops, so what was reported is taken out and
// the rest is validated again.
void validate(const Schema& schema, lyd_node*& tree, Problems& problems) {
    for (int round = 0; round < kProblemsMax; ++round) {
        ly_err_clean(schema.context(), nullptr);
        if (lyd_validate_all(&tree, schema.context(), LYD_VALIDATE_NO_STATE, nullptr) == LY_SUCCESS)
            return;
        const LibraryError error = take_error(schema);
        lyd_node* node = nullptr;
        if (!error.data_path.empty() && tree != nullptr) {
            lyd_find_path(tree, error.data_path.c_str(), 0, &node);
        }
        if (node == nullptr) {
            problems.push_back({error.data_path, error.message});
            return;
        }
        // A part of it was reported and taken out before; this is the consequence.
        const std::string path = readable_path(node);
        if (!holds_one_of(path, problems))
            problems.push_back(problem_of(node, path, error.message));
        prune(tree, node);
    }
}

}  // namespace

void Configuration::Free::operator()(lyd_node* tree) const {
    lyd_free_all(tree);
}

Result<Configuration, Problems> Configuration::parse(const Schema& schema, std::string_view text) {
    auto document = parse_json(text);
    if (!document) return unexpected(Problems{{"", document.error().text()}});
    Problems problems = check_document(schema, *document);
    const std::string checked = json::serialize(*document);
    lyd_node* tree = nullptr;
    ly_err_clean(schema.context(), nullptr);
    if (lyd_parse_data_mem(schema.context(), checked.c_str(), LYD_JSON, kParse, 0, &tree) !=
        LY_SUCCESS) {
        problems.push_back({"", take_error(schema).message});
        return unexpected(std::move(problems));
    }
    validate(schema, tree, problems);
    Configuration configuration{Tree(tree)};
    if (!problems.empty()) return unexpected(std::move(problems));
    return configuration;
}

Result<Configuration, Problems> Configuration::draft(const Schema& schema, std::string_view text) {
    lyd_node* tree = nullptr;
    ly_err_clean(schema.context(), nullptr);
    if (lyd_parse_data_mem(schema.context(), std::string(text).c_str(), LYD_JSON, kParse, 0,
                           &tree) != LY_SUCCESS) {
        return unexpected(Problems{{"", take_error(schema).message}});
    }
    return Configuration{Tree(tree)};
}

ConfigNode Configuration::root(ConfigNode::Reads* reads) const {
    return {tree_.get(), tree_.get(), "", reads};
}

Configuration::Tree Configuration::copy() const {
    lyd_node* copy = nullptr;
    lyd_dup_siblings(tree_.get(), nullptr, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &copy);
    return Tree(copy);
}

Configuration Configuration::redacted() const {
    Tree tree = copy();
    for (lyd_node* root = tree.get(); root != nullptr; root = root->next) {
        lyd_node* node = nullptr;
        LYD_TREE_DFS_BEGIN(root, node) {
            if (is_secret(node->schema)) lyd_change_term(node, kSecretShown);
            LYD_TREE_DFS_END(root, node);
        }
    }
    return Configuration{std::move(tree)};
}

Result<Configuration, Problem> Configuration::part(const Schema& schema, Words words) const {
    Tree tree = copy();
    if (words.empty()) return Configuration{std::move(tree)};
    const auto selection = select_words(schema, tree.get(), words);
    if (!selection) return unexpected(selection.error());
    return Configuration{Tree(prune(tree.release(), *selection))};
}

std::string Configuration::json() const {
    return json_of(tree_.get());
}

std::string Configuration::xml() const {
    return xml_of(tree_.get());
}

std::string Configuration::braces() const {
    return braces_of(tree_.get());
}

std::vector<std::string> Configuration::set_commands() const {
    std::vector<std::string> out;
    for (const lyd_node* node : sections(tree_.get())) write_set(node, "set", out);
    return out;
}

}  // namespace torii::yang

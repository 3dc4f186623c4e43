#include "mgmt/yang/data_tree.h"

#include "mgmt/yang/data_filter.h"
#include "mgmt/yang/tree_text.h"
#include "mgmt/yang/value_check.h"
#include "mgmt/yang/word_path.h"

#include <libyang/libyang.h>

#include <cstdlib>
#include <utility>

namespace torii::yang {
namespace {

// Not as "<secret>": what a client reads it may send back.
void free_secrets(lyd_node* sibling) {
    lyd_node* next = nullptr;
    for (lyd_node* node = sibling; node != nullptr; node = next) {
        next = node->next;
        if (is_secret(node->schema)) {
            lyd_free_tree(node);
        } else {
            free_secrets(lyd_child(node));
        }
    }
}

std::uint32_t print_option(WithDefaults mode) {
    switch (mode) {
        case WithDefaults::all: return LYD_PRINT_WD_ALL;
        case WithDefaults::all_tagged: return LYD_PRINT_WD_ALL_TAG;
        case WithDefaults::trim: return LYD_PRINT_WD_TRIM;
        default: return LYD_PRINT_WD_EXPLICIT;
    }
}

// libyang tags with the namespace of the module; RFC 6243 section 6 has one of its own for it.
void use_tag_namespace(std::string& xml) {
    constexpr std::string_view kModules =
        "xmlns:ncwd=\"urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults\"";
    constexpr std::string_view kOwn = "xmlns:ncwd=\"urn:ietf:params:xml:ns:netconf:default:1.0\"";
    for (auto at = xml.find(kModules); at != xml.npos; at = xml.find(kModules, at)) {
        xml.replace(at, kModules.size(), kOwn);
        at += kOwn.size();
    }
}

}  // namespace

void DataTree::Free::operator()(lyd_node* tree) const {
    lyd_free_all(tree);
}

DataTree::DataTree(const Schema& schema, const Configuration& configuration) : schema_(&schema) {
    lyd_node* copy = nullptr;
    lyd_dup_siblings(configuration.tree(), nullptr, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &copy);
    // A draft has no defaults yet.
    lyd_new_implicit_all(&copy, schema.context(), LYD_IMPLICIT_NO_STATE, nullptr);
    free_secrets(copy);
    tree_.reset(copy);
}

Result<DataTree> DataTree::notification(const Schema& schema, const std::string& json) {
    ly_in* input = nullptr;
    ly_in_new_memory(json.c_str(), &input);
    const auto close = [](ly_in* in) { ly_in_free(in, 0); };
    const std::unique_ptr<ly_in, decltype(close)> owner(input, close);
    DataTree out(schema);
    lyd_node* tree = nullptr;
    ly_err_clean(schema.context(), nullptr);
    if (lyd_parse_op(schema.context(), nullptr, input, LYD_JSON, LYD_TYPE_NOTIF_YANG, &tree,
                     nullptr) != LY_SUCCESS) {
        return fail("no notification of the model: {}", take_error(schema).message);
    }
    out.tree_.reset(tree);
    return out;
}

Result<void> DataTree::add(std::string_view json) {
    lyd_node* more = nullptr;
    ly_err_clean(schema_->context(), nullptr);
    if (lyd_parse_data_mem(schema_->context(), std::string(json).c_str(), LYD_JSON,
                           LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &more) != LY_SUCCESS) {
        const LibraryError error = take_error(*schema_);
        return fail("state that is not of the model: {} {}", error.data_path, error.message);
    }
    lyd_node* tree = tree_.release();
    lyd_merge_siblings(&tree, more, LYD_MERGE_DESTRUCT);
    tree_.reset(tree);
    return {};
}

Result<void> DataTree::add_library() {
    lyd_node* library = nullptr;
    ly_err_clean(schema_->context(), nullptr);
    if (ly_ctx_get_yanglib_data(schema_->context(), &library, "%s",
                                schema_->content_id().c_str()) != LY_SUCCESS) {
        return fail("{}", take_error(*schema_).message);
    }
    lyd_node* tree = tree_.release();
    lyd_merge_siblings(&tree, library, LYD_MERGE_DESTRUCT);
    tree_.reset(tree);
    return {};
}

void DataTree::keep_subtree(const xml::Element& filter) {
    const Selection selection = select_subtree(tree_.get(), filter);
    tree_.reset(prune(tree_.release(), selection));
}

Result<void> DataTree::keep_xpath(const std::string& xpath, const xml::Prefixes& prefixes) {
    if (!tree_) return {};
    const auto selection = select_xpath(*schema_, tree_.get(), xpath, prefixes);
    if (!selection) return unexpected(selection.error());
    tree_.reset(prune(tree_.release(), *selection));
    return {};
}

Result<void, Problem> DataTree::keep_words(Words words) {
    if (words.empty()) return {};
    const auto selection = select_words(*schema_, tree_.get(), words, Nodes::all);
    if (!selection) return unexpected(selection.error());
    tree_.reset(prune(tree_.release(), *selection));
    return {};
}

std::string DataTree::braces() const {
    return braces_of(tree_.get());
}

std::string DataTree::json() const {
    return json_of(tree_.get());
}

std::string DataTree::pretty_xml() const {
    return xml_of(tree_.get());
}

std::string DataTree::xml(WithDefaults mode) const {
    char* text = nullptr;
    lyd_print_mem(&text, tree_.get(), LYD_XML,
                  LYD_PRINT_WITHSIBLINGS | LYD_PRINT_SHRINK | print_option(mode));
    const std::unique_ptr<char, decltype(&std::free)> owner(text, &std::free);
    std::string out = text != nullptr ? text : "";
    if (mode == WithDefaults::all_tagged) use_tag_namespace(out);
    return out;
}

}  // namespace torii::yang

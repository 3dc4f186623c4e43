#include "mgmt/yang/xml_edit.h"

#include "mgmt/yang/document_node.h"
#include "mgmt/yang/schema_walk.h"
#include "mgmt/yang/value_check.h"
#include "mgmt/yang/xml_value.h"

#include <boost/json/array.hpp>
#include <libyang/libyang.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace torii::yang {
namespace {

namespace json = boost::json;
using Kind = EditProblem::Kind;
using Op = EditOperation;

constexpr std::string_view kNetconf = "urn:ietf:params:xml:ns:netconf:base:1.0";
constexpr std::string_view kYang = "urn:ietf:params:xml:ns:yang:1";
constexpr std::string_view kDefault = "urn:ietf:params:xml:ns:netconf:default:1.0";

bool takes_away(Op operation) {
    return operation == Op::remove || operation == Op::remove_existing;
}

// Where the entries of a list are, by their keys: an edit may name thousands.
class EntryIndex {
public:
    EntryIndex(const std::vector<const lysc_node*>& keys, const json::array& entries) {
        for (std::size_t position = 0; position < entries.size(); ++position) {
            std::vector<std::string> texts;
            for (const lysc_node* key : keys) {
                texts.push_back(scalar_text(entries[position].get_object().at(key->name)));
            }
            positions_[joined(texts)] = position;
        }
    }
    [[nodiscard]] std::size_t size() const { return positions_.size(); }
    [[nodiscard]] json::array::iterator find(json::array& entries,
                                             const std::vector<std::string>& keys) const {
        const auto found = positions_.find(joined(keys));
        if (found == positions_.end()) return entries.end();
        return entries.begin() + static_cast<std::ptrdiff_t>(found->second);
    }
    json::array::iterator add(json::array& entries, json::object entry,
                              const std::vector<std::string>& keys) {
        positions_[joined(keys)] = entries.size();
        return entries.insert(entries.end(), std::move(entry));
    }
    void erase(json::array& entries, json::array::iterator entry,
               const std::vector<std::string>& keys) {
        const auto gone = static_cast<std::size_t>(entry - entries.begin());
        entries.erase(entry);
        positions_.erase(joined(keys));
        for (auto& [name, position] : positions_) position -= position > gone ? 1U : 0U;
    }

private:
    // No key has a zero octet.
    static std::string joined(const std::vector<std::string>& keys) {
        std::string out;
        for (const std::string& key : keys) (out += key) += '\0';
        return out;
    }

    std::unordered_map<std::string, std::size_t> positions_;
};

// One edit on its way through the document.
class Editor {
public:
    explicit Editor(const Schema& schema) : schema_(schema) {}

    void edit_children(const lysc_node* parent, json::object& object, const xml::Element& element,
                       Op operation, const std::string& path) {
        for (const xml::Element& child : element.children) {
            const lysc_node* node = find(parent, child, path);
            if (node == nullptr) continue;
            if (lysc_is_key(node)) {
                // Looked at with its entry.
                if (!child.attributes.empty()) {
                    report(Kind::bad_attribute, join_path(path, node->name),
                           "is the name of the entry: operations go there", child.name,
                           child.attributes.front().name);
                }
                continue;
            }
            const std::string below = join_path(path, node->name);
            const auto own = operation_of(node, child, operation, below);
            if (own) edit_node(node, object, child, *own, below);
        }
    }
    std::vector<EditProblem> take() { return std::move(problems_); }

private:
    void report(Kind kind, std::string path, std::string message, std::string element = {},
                std::string attribute = {}) {
        problems_.push_back({kind,
                             std::move(path),
                             std::move(message),
                             std::move(element),
                             std::move(attribute),
                             {}});
    }

    const lysc_node* find(const lysc_node* parent, const xml::Element& element,
                          const std::string& path) {
        for (const lysc_node* child : children_of(schema_, parent)) {
            if (element.is(child->module->ns, child->name)) return child;
        }
        const auto known = schema_.modules();
        const bool known_space = std::ranges::any_of(
            known, [&](const ModuleInfo& module) { return module.space == element.space; });
        if (known_space) {
            report(Kind::unknown_element, path,
                   fmt::format("\"{}\" is not known here", element.name), element.name);
        } else {
            problems_.push_back({Kind::unknown_namespace,
                                 path,
                                 fmt::format("no module has the namespace \"{}\" of \"{}\"",
                                             element.space, element.name),
                                 element.name,
                                 {},
                                 element.space});
        }
        return nullptr;
    }

    // What the attributes say; nothing when they are wrong.
    std::optional<Op> operation_of(const lysc_node* node, const xml::Element& element, Op inherited,
                                   const std::string& path) {
        Op operation = inherited;
        for (const xml::Attribute& attribute : element.attributes) {
            if (attribute.space == kNetconf && attribute.name == "operation") {
                const auto named = edit_operation(attribute.value);
                if (!named || *named == Op::none) {
                    report(Kind::bad_attribute, path,
                           fmt::format("\"{}\" is no operation: there are merge, replace, create, "
                                       "delete and remove",
                                       attribute.value),
                           element.name, attribute.name);
                    return std::nullopt;
                }
                operation = *named;
            } else if (!is_other_attribute(node, attribute)) {
                report(Kind::unknown_attribute, path,
                       fmt::format("the attribute {} is not known here", attribute.name),
                       element.name, attribute.name);
                return std::nullopt;
            }
        }
        return operation;
    }

    static bool is_other_attribute(const lysc_node* node, const xml::Attribute& attribute) {
        if (attribute.space == kDefault) {
            return attribute.name == "default" && node->nodetype == LYS_LEAF;
        }
        // No list of the model is ordered by the user, only leaf-lists are.
        return attribute.space == kYang && node->nodetype == LYS_LEAFLIST &&
               lysc_is_userordered(node) &&
               (attribute.name == "insert" || attribute.name == "value");
    }

    void edit_node(const lysc_node* node, json::object& object, const xml::Element& element,
                   Op operation, const std::string& path) {
        switch (node->nodetype) {
            case LYS_CONTAINER: return edit_container(node, object, element, operation, path);
            case LYS_LIST: return edit_list(node, object, element, operation, path);
            case LYS_LEAFLIST: return edit_leaf_list(node, object, element, operation, path);
            default: return edit_leaf(node, object, element, operation, path);
        }
    }

    // Whether the operation goes on with a node that exists or not, after the complaint.
    bool fits(Op operation, bool exists, const std::string& path) {
        if (operation == Op::create && exists) {
            report(Kind::exists, path, "exists already");
            return false;
        }
        if ((operation == Op::remove_existing || operation == Op::none) && !exists) {
            report(Kind::missing, path, "is not configured");
            return false;
        }
        return true;
    }

    void edit_container(const lysc_node* node, json::object& object, const xml::Element& element,
                        Op operation, const std::string& path) {
        const std::string member = member_name(node);
        const bool exists = object.contains(member);
        // One without presence is there as soon as something in it is.
        const bool counts = has_presence(node) || takes_away(operation);
        if (counts && !fits(operation, exists, path)) return;
        if (takes_away(operation) || operation == Op::replace) {
            forget_below(path);
            object.erase(member);
        }
        if (takes_away(operation)) return;
        if (operation != Op::none) remove_other_cases(node, object);
        json::value& below = object[member];
        if (!below.is_object()) below = json::object{};
        edit_children(node, below.get_object(), element, operation, path);
        if (below.get_object().empty() && !has_presence(node)) object.erase(member);
    }

    EntryIndex& index_of(const lysc_node* list, const json::array& entries,
                         const std::string& path) {
        const auto found = indexes_.find(path);
        if (found != indexes_.end() && found->second.size() == entries.size()) return found->second;
        return indexes_.insert_or_assign(path, EntryIndex(keys_of(list), entries)).first->second;
    }
    void forget_below(const std::string& path) {
        const std::string beginning = path + " ";
        const auto first = indexes_.lower_bound(beginning);
        auto last = first;
        while (last != indexes_.end() && last->first.starts_with(beginning)) ++last;
        indexes_.erase(first, last);
    }

    // The keys of an entry as text, and as they are stored.
    std::optional<json::object> keys_in(const lysc_node* list, const xml::Element& element,
                                        std::vector<std::string>& texts, std::string& path) {
        json::object stored;
        for (const lysc_node* key : keys_of(list)) {
            const xml::Element* given = element.child(key->name);
            if (given == nullptr) {
                report(Kind::missing_element, path, fmt::format("needs its {}", key->name),
                       key->name);
                return std::nullopt;
            }
            json::value value = xml_value(key, *given);
            texts.push_back(scalar_text(value));
            path = join_path(path, texts.back());
            if (const auto wrong = check_value(schema_, key, value)) {
                report(Kind::invalid_value, path, *wrong, key->name);
                return std::nullopt;
            }
            stored[key->name] = std::move(value);
        }
        return stored;
    }

    void edit_list(const lysc_node* list, json::object& object, const xml::Element& element,
                   Op operation, std::string path) {
        const std::string list_path = path;
        std::vector<std::string> texts;
        auto created = keys_in(list, element, texts, path);
        if (!created) return;
        const std::string member = member_name(list);
        json::value& place = object[member];
        if (!place.is_array()) place = json::array{};
        auto& entries = place.get_array();
        EntryIndex& index = index_of(list, entries, list_path);
        auto entry = index.find(entries, texts);
        if (fits(operation, entry != entries.end(), path)) {
            if (takes_away(operation)) {
                forget_below(path);
                if (entry != entries.end()) index.erase(entries, entry, texts);
            } else {
                if (operation == Op::replace && entry != entries.end()) {
                    forget_below(path);
                    *entry = *created;
                }
                if (entry == entries.end()) entry = index.add(entries, std::move(*created), texts);
                edit_children(list, entry->get_object(), element, operation, path);
            }
        }
        if (entries.empty()) object.erase(member);
    }

    void edit_leaf_list(const lysc_node* list, json::object& object, const xml::Element& element,
                        Op operation, const std::string& path) {
        json::value value = xml_value(list, element);
        if (const auto wrong = check_value(schema_, list, value)) {
            return report(Kind::invalid_value, path, *wrong, element.name);
        }
        const std::string member = member_name(list);
        json::value& place = object[member];
        if (!place.is_array()) place = json::array{};
        auto& values = place.get_array();
        auto found = find_value(values, scalar_text(value));
        const std::string shown = is_secret(list) ? path : join_path(path, scalar_text(value));
        if (fits(operation, found != values.end(), shown)) {
            if (takes_away(operation)) {
                if (found != values.end()) values.erase(found);
            } else {
                if (found == values.end()) found = values.insert(found, std::move(value));
                move(values, found, element, shown);
            }
        }
        if (values.empty()) object.erase(member);
    }

    void edit_leaf(const lysc_node* leaf, json::object& object, const xml::Element& element,
                   Op operation, const std::string& path) {
        const std::string member = member_name(leaf);
        const bool exists = object.contains(member);
        if (takes_away(operation) || operation == Op::none) {
            if (fits(operation, exists, path) && operation != Op::none) object.erase(member);
            return;
        }
        json::value value = xml_value(leaf, element);
        if (const auto wrong = check_value(schema_, leaf, value)) {
            return report(Kind::invalid_value, path, *wrong, element.name);
        }
        if (!fits(operation, exists, path)) return;
        // RFC 6243 section 4.5.2: as if the model had said it.
        if (const std::string* tag = element.attribute(kDefault, "default")) {
            const bool is_default = scalar_text(value) == default_text(leaf);
            if ((*tag == "true" || *tag == "1") && !is_default) {
                return report(Kind::invalid_value, path, "is tagged as default but is not",
                              element.name);
            }
            if (*tag == "true" || *tag == "1") {
                object.erase(member);
                return;
            }
        }
        remove_other_cases(leaf, object);
        object[member] = std::move(value);
    }

    // RFC 7950 section 7.7.9: puts a value where the attributes want it.
    void move(json::array& values, json::array::iterator value, const xml::Element& element,
              const std::string& path) {
        const std::string* insert = element.attribute(kYang, "insert");
        if (insert == nullptr) return;
        auto place = values.end();
        if (*insert == "first") {
            place = values.begin();
        } else if (*insert == "before" || *insert == "after") {
            const std::string* beside = element.attribute(kYang, "value");
            place = beside != nullptr ? find_value(values, *beside) : values.end();
            if (place == values.end()) {
                return report(Kind::bad_attribute, path, "there is no such value to put it beside",
                              element.name, "value");
            }
            if (*insert == "after") ++place;
        } else if (*insert != "last") {
            return report(Kind::bad_attribute, path, "insert is first, last, before or after",
                          element.name, "insert");
        }
        if (place <= value) {
            std::rotate(place, value, value + 1);
        } else {
            std::rotate(value, value + 1, place);
        }
    }

    const Schema& schema_;
    std::map<std::string, EntryIndex> indexes_;  // by the path of the list
    std::vector<EditProblem> problems_;
};

}  // namespace

Result<EditOperation> edit_operation(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, Op>, 6> kNames{
        {{"merge", Op::merge},
         {"replace", Op::replace},
         {"create", Op::create},
         {"remove", Op::remove},
         {"delete", Op::remove_existing},
         {"none", Op::none}}};
    for (const auto& [known, operation] : kNames) {
        if (name == known) return operation;
    }
    return fail("\"{}\" is no operation", name);
}

std::vector<EditProblem> edit_document(const Schema& schema, json::object& document,
                                       const xml::Element& config,
                                       EditOperation default_operation) {
    Editor editor(schema);
    editor.edit_children(nullptr, document, config, default_operation, "");
    return editor.take();
}

}  // namespace torii::yang

#include "mgmt/yang/edit.h"

#include "mgmt/yang/document_node.h"
#include "mgmt/yang/schema_walk.h"
#include "mgmt/yang/value_check.h"

#include <fmt/ranges.h>
#include <libyang/libyang.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace torii::yang {
namespace {

namespace json = boost::json;

// One set command on its way down.
class Setter {
public:
    Setter(const Schema& schema, json::object& document, Words words)
        : schema_(schema), object_(&document), words_(words), all_words_(words.size()) {}

    Result<void, Problem> run() {
        if (words_.empty()) return problem("", "set needs the path of what to set");
        while (!words_.empty()) {
            const auto child = child_by_word(schema_, parent_, take());
            if (!child) return problem(path_, child.error().message);
            path_ = join_path(path_, (*child)->name);
            remove_other_cases(*child, *object_);
            if (auto done = enter(*child); !done) return done;
        }
        return {};
    }

private:
    const std::string& take() {
        const std::string& word = words_.front();
        words_ = words_.subspan(1);
        return word;
    }
    // At the word that was taken last.
    tl::unexpected<Problem> problem(std::string path, std::string message) const {
        const std::size_t taken = all_words_ - words_.size();
        return unexpected(Problem{std::move(path), std::move(message), taken == 0 ? 0 : taken - 1});
    }
    // Where the next word would have to stand.
    tl::unexpected<Problem> missing(std::string message) const {
        return unexpected(Problem{path_, std::move(message), all_words_ - words_.size()});
    }

    Result<void, Problem> enter(const lysc_node* node) {
        if (is_leaf(node)) return set_leaf(node);
        if (node->nodetype == LYS_LIST) return enter_list(node);
        if (words_.empty() && !has_presence(node)) return missing(missing_word(node));
        parent_ = node;
        json::value& below = (*object_)[member_name(node)];
        if (!below.is_object()) below = json::object{};
        object_ = &below.get_object();
        return {};
    }

    std::string missing_word(const lysc_node* node) const {
        std::vector<std::string_view> names;
        for (const lysc_node* child : children_of(schema_, node)) names.emplace_back(child->name);
        return fmt::format("say what to set: {}", fmt::join(names, ", "));
    }

    Result<void, Problem> enter_list(const lysc_node* node) {
        const auto keys = keys_of(node);
        if (words_.size() < keys.size()) {
            const char* key = keys[words_.size()]->name;
            words_ = {};
            return missing(fmt::format("needs its {} next", key));
        }
        const Words values = words_.first(keys.size());
        json::object created;
        for (const lysc_node* key : keys) {
            const std::string& word = take();
            json::value value = word_value(key, word);
            path_ = join_path(path_, word);
            if (const auto wrong = check_value(schema_, key, value)) return problem(path_, *wrong);
            created[key->name] = std::move(value);
        }
        parent_ = node;
        json::value& list = (*object_)[member_name(node)];
        if (!list.is_array()) list = json::array{};
        auto& entries = list.get_array();
        auto entry = find_entry(entries, keys, values);
        if (entry == entries.end()) entry = entries.insert(entry, std::move(created));
        object_ = &entry->get_object();
        return {};
    }

    Result<void, Problem> set_leaf(const lysc_node* leaf) {
        if (lysc_is_key(leaf)) return problem(path_, "is the name of the entry: make a new entry");
        const bool bare = words_.empty();
        if (bare && !takes_no_word(leaf)) return missing("needs a value");
        json::value value = word_value(leaf, bare ? std::string() : take());
        if (!words_.empty()) {
            if (is_secret(leaf)) return missing("takes one word without spaces");
            return missing(
                fmt::format("\"{}\" is one word too many; text with spaces goes between "
                            "quotation marks",
                            words_.front()));
        }
        if (const auto wrong = check_value(schema_, leaf, value)) return problem(path_, *wrong);
        json::value& place = (*object_)[member_name(leaf)];
        if (leaf->nodetype == LYS_LEAF) {
            place = std::move(value);
            return {};
        }
        if (!place.is_array()) place = json::array{};
        auto& values = place.get_array();
        if (find_value(values, scalar_text(value)) == values.end()) values.push_back(value);
        return {};
    }

    const Schema& schema_;
    json::object* object_;
    const lysc_node* parent_ = nullptr;
    Words words_;
    std::size_t all_words_;
    std::string path_;
};

// Takes away below one object. Containers and lists that become empty go too. Looks for all of the
// path before it touches anything.
class Deleter {
public:
    Deleter(const Schema& schema, Words words) : schema_(schema), all_words_(words.size()) {}

    Result<void, Problem> run(const lysc_node* parent, json::object& object, Words words,
                              const std::string& above) {
        const auto child = child_by_word(schema_, parent, words.front());
        if (!child) return problem(words, above, child.error().message);
        const lysc_node* node = *child;
        const std::string path = join_path(above, node->name);
        const std::string member = member_name(node);
        json::value* value = object.if_contains(member);
        if (value == nullptr) return problem(words, path, "is not configured");
        if (is_leaf(node) && lysc_is_key(node)) {
            return problem(words, path, "is the name of the entry: delete the entry");
        }
        words = words.subspan(1);
        if (!words.empty()) {
            if (auto done = below(node, *value, words, path); !done) return done;
            if (!became_empty(node, *value)) return {};
        }
        object.erase(member);
        return {};
    }

private:
    // At the first of the words that are left.
    [[nodiscard]] tl::unexpected<Problem> problem(Words left, std::string path,
                                                  std::string message) const {
        return unexpected(Problem{std::move(path), std::move(message), all_words_ - left.size()});
    }
    static bool became_empty(const lysc_node* node, const json::value& value) {
        if (value.is_array()) return value.get_array().empty();
        return value.is_object() ? value.get_object().empty() && !has_presence(node)
                                 : node->nodetype == LYS_LEAF;
    }

    Result<void, Problem> below(const lysc_node* node, json::value& value, Words words,
                                const std::string& path) {
        switch (node->nodetype) {
            case LYS_CONTAINER: return run(node, value.get_object(), words, path);
            case LYS_LIST: return below_list(node, value.get_array(), words, path);
            case LYS_LEAFLIST: {
                auto& values = value.get_array();
                const auto found = find_value(values, words.front());
                if (found == values.end()) {
                    return problem(words, join_path(path, words.front()), "is not configured");
                }
                values.erase(found);
                return {};
            }
            default:
                if (scalar_text(value) == words.front()) return {};
                if (is_secret(node))
                    return problem(words, path, "is another: delete it without its value");
                return problem(words, path,
                               fmt::format("is {}, not {}", scalar_text(value), words.front()));
        }
    }

    Result<void, Problem> below_list(const lysc_node* node, json::array& entries, Words words,
                                     const std::string& above) {
        const auto keys = keys_of(node);
        if (words.size() < keys.size()) {
            return problem(words.subspan(words.size()), above,
                           fmt::format("needs its {} next", keys[words.size()]->name));
        }
        const Words values = words.first(keys.size());
        const std::string path = fmt::format("{} {}", above, fmt::join(values, " "));
        const auto entry = find_entry(entries, keys, values);
        if (entry == entries.end()) return problem(words, path, "is not configured");
        words = words.subspan(keys.size());
        if (!words.empty()) return run(node, entry->get_object(), words, path);
        entries.erase(entry);
        return {};
    }

    const Schema& schema_;
    std::size_t all_words_;
};

}  // namespace

Result<void, Problem> set_words(const Schema& schema, json::object& document, Words words) {
    // Whether words are right depends on the model alone: what works on an empty document works.
    json::object scratch;
    if (auto done = Setter(schema, scratch, words).run(); !done) return done;
    return Setter(schema, document, words).run();
}

Result<void, Problem> delete_words(const Schema& schema, json::object& document, Words words) {
    if (words.empty()) {
        return unexpected(Problem{"", "delete needs the path of what to delete", 0});
    }
    return Deleter(schema, words).run(nullptr, document, words, "");
}

}  // namespace torii::yang

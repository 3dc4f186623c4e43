#include "mgmt/yang/rearrange.h"

#include "mgmt/yang/document_node.h"
#include "mgmt/yang/references.h"
#include "mgmt/yang/schema_walk.h"
#include "mgmt/yang/value_check.h"

#include <boost/json/array.hpp>
#include <fmt/ranges.h>
#include <libyang/libyang.h>

#include <algorithm>
#include <array>
#include <utility>

namespace torii::yang {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> kVerbs{"copy", "rename", "insert"};

// What stands between the entry and the other name.
std::vector<std::string> middle_words(Rearrangement kind) {
    if (kind == Rearrangement::insert) return {"before", "after"};
    return {"to"};
}

std::optional<std::size_t> index_of(const lysc_node* node, const json::array& entries,
                                    Words wanted) {
    const bool values = node->nodetype == LYS_LEAFLIST;
    const auto keys = values ? std::vector<const lysc_node*>() : keys_of(node);
    const auto found = std::ranges::find_if(entries, [&](const json::value& entry) {
        if (values) return scalar_text(entry) == wanted.front();
        for (std::size_t index = 0; index < keys.size(); ++index) {
            const json::value* part = entry.get_object().if_contains(keys[index]->name);
            if (part == nullptr || scalar_text(*part) != wanted[index]) return false;
        }
        return true;
    });
    if (found == entries.end()) return std::nullopt;
    return static_cast<std::size_t>(found - entries.begin());
}

// Where words lead to among lists.
struct Place {
    // How a document is walked to it.
    struct Step {
        std::string member;
        std::optional<std::size_t> entry;
    };

    const lysc_node* node = nullptr;       // null: the top
    const json::value* value = nullptr;    // of the node; null: not there
    const json::object* object = nullptr;  // what children are in; null: not there, or a leaf
    std::size_t name = 0;                  // of the words: the node's
    Words keys;                            // of the entry, or the value of a leaf-list
    std::string path;
    std::vector<Step> way;

    [[nodiscard]] bool is_list() const {
        return node != nullptr && (node->nodetype & (LYS_LIST | LYS_LEAFLIST)) != 0;
    }
    [[nodiscard]] std::size_t keys_wanted() const {
        if (!is_list()) return 0;
        return node->nodetype == LYS_LIST ? keys_of(node).size() : 1;
    }
    [[nodiscard]] bool names_entry() const { return is_list() && keys.size() == keys_wanted(); }
    [[nodiscard]] std::optional<std::size_t> find(Words wanted) const {
        return value != nullptr ? index_of(node, value->get_array(), wanted) : std::nullopt;
    }
};

// The list at the end of the way.
json::array& entries_at(json::object& document, const Place& place) {
    json::object* object = &document;
    json::value* value = nullptr;
    for (const Place::Step& step : place.way) {
        value = &object->at(step.member);
        if (value->is_object()) object = &value->get_object();
        if (step.entry && value->get_array()[*step.entry].is_object()) {
            object = &value->get_array()[*step.entry].get_object();
        }
    }
    return value->get_array();
}

tl::unexpected<Problem> problem(std::string path, std::string message, std::size_t word) {
    return unexpected(Problem{std::move(path), std::move(message), word});
}

bool is_one_of(const std::vector<std::string>& words, const std::string& word) {
    return std::ranges::find(words, word) != words.end();
}

// Follows the words as far as they are a path: to their end, or to one of `middle` behind an entry.
// The number of words that were taken.
Result<std::size_t, Problem> follow(const Schema& schema, Words words,
                                    const std::vector<std::string>& middle, Place& at) {
    std::size_t taken = 0;
    while (taken < words.size()) {
        if (at.names_entry() && is_one_of(middle, words[taken])) break;
        if (at.node != nullptr && is_leaf(at.node)) break;
        const auto child = child_by_word(schema, at.node, words[taken]);
        if (!child) return problem(at.path, child.error().message, taken);
        at.node = *child;
        at.name = taken++;
        at.path = join_path(at.path, at.node->name);
        at.value = at.object != nullptr ? at.object->if_contains(member_name(at.node)) : nullptr;
        at.keys = words.subspan(taken, std::min(words.size() - taken, at.keys_wanted()));
        taken += at.keys.size();
        for (const std::string& key : at.keys) at.path = join_path(at.path, key);
        at.object = nullptr;
        const auto entry = at.names_entry() ? at.find(at.keys) : std::nullopt;
        at.way.push_back({member_name(at.node), entry});
        if (at.value == nullptr || is_leaf(at.node)) continue;
        if (at.node->nodetype != LYS_LIST) {
            at.object = &at.value->get_object();
        } else if (entry) {
            at.object = &at.value->get_array()[*entry].get_object();
        }
    }
    return taken;
}

class Rearranging {
public:
    Rearranging(const Schema& schema, Rearrangement kind) : schema_(schema), kind_(kind) {}

    Result<std::size_t, Problem> run(json::object& document, Words words) {
        Place at;
        at.object = &document;
        const auto middle = middle_words(kind_);
        const auto taken = follow(schema_, words, middle, at);
        if (!taken) return unexpected(taken.error());
        if (auto right = is_right_kind(at); !right) return unexpected(right.error());
        if (!at.find(at.keys)) return problem(at.path, "is not configured", at.name + 1);
        if (*taken == words.size() || !is_one_of(middle, words[*taken])) {
            return problem(at.path, fmt::format("needs {} next", fmt::join(middle, " or ")),
                           *taken);
        }
        const Words others = words.subspan(*taken + 1);
        if (others.size() != at.keys.size()) {
            const bool more = others.size() > at.keys.size();
            return problem(at.path, more ? "one word is too many" : "needs the other name next",
                           more ? *taken + 1 + at.keys.size() : words.size());
        }
        json::array& entries = entries_at(document, at);
        const bool after = words[*taken] == "after";
        const auto done = kind_ == Rearrangement::insert
                              ? insert(at, others, after, *taken + 1, entries)
                              : name_another(at, others, *taken + 1, entries);
        if (!done) return unexpected(done.error());
        return kind_ == Rearrangement::rename ? take_along(document, at, others) : 0;
    }

private:
    // An entry that can be meant.
    [[nodiscard]] Result<void, Problem> is_right_kind(const Place& at) const {
        const std::string verb(kVerbs[static_cast<std::size_t>(kind_)]);
        if (at.node == nullptr) return problem("", verb + " needs the path of an entry", 0);
        const bool ordered = (at.node->flags & LYS_ORDBY_USER) != 0;
        if (kind_ == Rearrangement::insert && at.is_list() && !ordered) {
            return problem(at.path, "has no order that matters", at.name);
        }
        if (!at.is_list() || (kind_ != Rearrangement::insert && is_leaf(at.node))) {
            return problem(at.path, fmt::format("is no entry of a list: {} takes one", verb),
                           at.name);
        }
        if (!at.names_entry()) {
            return problem(at.path, "needs the name of an entry next",
                           at.name + 1 + at.keys.size());
        }
        return {};
    }

    // `word`: where the others begin.
    [[nodiscard]] Result<void, Problem> name_another(const Place& at, Words others,
                                                     std::size_t word, json::array& entries) const {
        const auto keys = keys_of(at.node);
        const std::size_t own = *at.find(at.keys);
        json::object entry = entries[own].get_object();
        for (std::size_t index = 0; index < keys.size(); ++index) {
            json::value value = word_value(keys[index], others[index]);
            if (const auto wrong = check_value(schema_, keys[index], value)) {
                return problem(at.path, *wrong, word + index);
            }
            entry[keys[index]->name] = std::move(value);
        }
        if (at.find(others)) {
            return problem(fmt::format("{} {}", at.node->name, fmt::join(others, " ")),
                           "is there already: delete it before", word);
        }
        if (kind_ == Rearrangement::rename) {
            entries[own] = std::move(entry);
        } else {
            entries.push_back(std::move(entry));
        }
        return {};
    }

    // The references to the entry, of which each key may have some.
    [[nodiscard]] std::size_t take_along(json::object& document, const Place& at,
                                         Words others) const {
        const auto keys = keys_of(at.node);
        std::size_t renamed = 0;
        for (std::size_t index = 0; index < keys.size(); ++index) {
            renamed += rename_references(schema_, document, keys[index], at.keys[index],
                                         word_value(keys[index], others[index]));
        }
        return renamed;
    }

    [[nodiscard]] static Result<void, Problem> insert(const Place& at, Words others, bool after,
                                                      std::size_t word, json::array& entries) {
        const auto other = at.find(others);
        if (!other) {
            return problem(fmt::format("{} {}", at.node->name, fmt::join(others, " ")),
                           "is not configured", word);
        }
        const std::size_t own = *at.find(at.keys);
        if (own == *other) return problem(at.path, "cannot be before or after itself", word);
        json::value moved = std::move(entries[own]);
        entries.erase(entries.begin() + own);
        const std::size_t place = *other - (own < *other ? 1 : 0) + (after ? 1 : 0);
        entries.insert(entries.begin() + place, std::move(moved));
        return {};
    }

    const Schema& schema_;
    Rearrangement kind_;
};

// Whether entries can be found at the child, or below it.
bool leads_to_entries(Rearrangement kind, const lysc_node* node) {
    if ((node->nodetype & (LYS_CONTAINER | LYS_LIST)) != 0) return true;
    return kind == Rearrangement::insert && node->nodetype == LYS_LEAFLIST &&
           (node->flags & LYS_ORDBY_USER) != 0;
}

std::vector<Choice> entries_of(const Place& at) {
    std::vector<Choice> out;
    if (at.value == nullptr || !at.is_list()) return out;
    const auto keys =
        at.node->nodetype == LYS_LIST ? keys_of(at.node) : std::vector<const lysc_node*>();
    for (const json::value& entry : at.value->get_array()) {
        out.push_back({keys.empty() ? scalar_text(entry)
                                    : scalar_text(entry.get_object().at(
                                          keys[std::min(at.keys.size(), keys.size() - 1)]->name)),
                       "configured"});
    }
    return out;
}

// The name that comes after the word in the middle.
std::vector<Choice> other_names(Rearrangement kind, const Place& at, std::size_t given) {
    if (given >= at.keys.size()) return {};
    if (kind != Rearrangement::insert) return value_choices(keys_of(at.node)[given]);
    auto out = entries_of(at);
    std::erase_if(out, [&](const Choice& choice) { return choice.word == at.keys.front(); });
    return out;
}

}  // namespace

std::optional<Rearrangement> rearrangement_of(std::string_view verb) {
    const auto found = std::ranges::find(kVerbs, verb);
    if (found == kVerbs.end()) return std::nullopt;
    return static_cast<Rearrangement>(found - kVerbs.begin());
}

Result<std::size_t, Problem> rearrange(const Schema& schema, json::object& document,
                                       Rearrangement kind, Words words) {
    return Rearranging(schema, kind).run(document, words);
}

std::vector<Choice> rearrange_choices(const Schema& schema, const json::object& document,
                                      Rearrangement kind, Words before) {
    Place at;
    at.object = &document;
    const auto middle = middle_words(kind);
    const auto taken = follow(schema, before, middle, at);
    if (!taken) return {};
    if (*taken < before.size()) {
        if (!at.names_entry() || !is_one_of(middle, before[*taken])) return {};
        return other_names(kind, at, before.size() - *taken - 1);
    }
    if (at.is_list() && !at.names_entry()) return entries_of(at);
    std::vector<Choice> out;
    const bool ordered = at.node != nullptr && (at.node->flags & LYS_ORDBY_USER) != 0;
    if (at.names_entry() && at.find(at.keys) && (kind != Rearrangement::insert || ordered)) {
        for (const std::string& word : middle) out.push_back({word, "The other name follows."});
    }
    if (at.node != nullptr && is_leaf(at.node)) return out;
    for (const lysc_node* child : children_of(schema, at.node)) {
        const bool there =
            at.object != nullptr && at.object->if_contains(member_name(child)) != nullptr;
        if (!there || !leads_to_entries(kind, child)) continue;
        out.push_back({child->name, child->dsc != nullptr ? child->dsc : ""});
    }
    return out;
}

}  // namespace torii::yang

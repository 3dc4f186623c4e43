#include "mgmt/yang/word_path.h"

#include "mgmt/yang/schema_walk.h"

#include <fmt/ranges.h>
#include <libyang/libyang.h>

#include <algorithm>
#include <vector>

namespace torii::yang {
namespace {

bool is_value(const lysc_node* node) {
    return (node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0;
}

// Words as steps of the model.
struct Step {
    const lysc_node* node = nullptr;
    std::size_t begin = 0;  // its name among the words
    Words keys;             // those that were given
};

Result<std::vector<Step>, Problem> steps_of(const Schema& schema, Words words,
                                            Nodes nodes = Nodes::configuration) {
    std::vector<Step> out;
    const auto wrong = [&](std::size_t at, const std::string& message) {
        Problem problem{fmt::format("{}", fmt::join(words.first(at), " ")), message};
        problem.word = at;
        return unexpected(std::move(problem));
    };
    const lysc_node* node = nullptr;
    for (std::size_t at = 0; at < words.size();) {
        if (node != nullptr && is_value(node)) {
            return wrong(at, fmt::format("\"{}\" is too much: this is a value", words[at]));
        }
        const auto child = child_by_word(schema, node, words[at], nodes);
        if (!child) return wrong(at, child.error().message);
        node = *child;
        Step step{node, at, {}};
        ++at;
        if (node->nodetype == LYS_LIST) {
            step.keys = words.subspan(at, std::min(words.size() - at, keys_of(node).size()));
            at += step.keys.size();
        }
        out.push_back(step);
    }
    return out;
}

bool has_keys(const lyd_node* entry, Words keys) {
    const lyd_node* key = lyd_child(entry);
    for (const std::string& wanted : keys) {
        if (key == nullptr || wanted != lyd_get_value(key)) return false;
        key = key->next;
    }
    return true;
}

void select(const lyd_node* siblings, std::span<const Step> steps, Selection& out) {
    for (const lyd_node* node = siblings; node != nullptr; node = node->next) {
        if (node->schema != steps.front().node || !has_keys(node, steps.front().keys)) continue;
        if (steps.size() == 1) {
            out.whole.insert(node);
            continue;
        }
        const std::size_t before = out.whole.size();
        select(lyd_child(node), steps.subspan(1), out);
        if (out.whole.size() > before) out.part.insert(node);
    }
}

}  // namespace

Result<Selection, Problem> select_words(const Schema& schema, const lyd_node* tree, Words words,
                                        Nodes nodes) {
    const auto steps = steps_of(schema, words, nodes);
    if (!steps) return unexpected(steps.error());
    Selection out;
    if (!steps->empty()) select(tree, *steps, out);
    return out;
}

TableWishes tables_of_words(const Schema& schema, Words words) {
    const auto steps = steps_of(schema, words, Nodes::all);
    if (!steps) return {};
    TableWish wish;
    for (const Step& step : *steps) {
        const auto names = keys_of(step.node);
        for (std::size_t index = 0; index < step.keys.size(); ++index) {
            wish.with[names[index]->name] = step.keys[index];
        }
        wish.table += (wish.table.empty() ? "" : "/") + std::string(step.node->name);
        if (is_on_demand(step.node)) return {wish};
    }
    return {};
}

Result<void, Problem> leads_to_part(const Schema& schema, Words words) {
    const auto steps = steps_of(schema, words);
    if (!steps) return unexpected(steps.error());
    if (steps->empty() || !is_value(steps->back().node)) return {};
    Problem problem{fmt::format("{}", fmt::join(words, " ")), "is a value: set gives it"};
    problem.word = steps->back().begin;
    return unexpected(std::move(problem));
}

std::size_t words_above(const Schema& schema, Words words) {
    const auto steps = steps_of(schema, words);
    return steps && !steps->empty() ? steps->back().begin : 0;
}

}  // namespace torii::yang

#include "mgmt/yang/difference.h"

#include "mgmt/yang/schema_walk.h"
#include "mgmt/yang/value_check.h"
#include "platform/base/words.h"

#include <libyang/libyang.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace torii::yang {
namespace {

namespace json = boost::json;

bool is_leaf(const lysc_node* node) {
    return (node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0;
}

// "as 65000" of a leaf, "neighbor 192.0.2.1" of an entry, "timers" of a container.
std::string heading(const lysc_node* node, const json::value& value) {
    std::string out = node->name;
    if (is_leaf(node)) {
        if (is_secret(node)) return fmt::format("{} {}", out, kSecretShown);
        // Of type empty: [null].
        if (value.is_array()) return out;
        return fmt::format("{} {}", out, quoted_word(scalar_text(value)));
    }
    if (node->nodetype != LYS_LIST) return out;
    for (const lysc_node* key : keys_of(node)) {
        out += fmt::format(" {}", quoted_word(scalar_text(value.get_object().at(key->name))));
    }
    return out;
}

class Differ {
public:
    explicit Differ(const Schema& schema) : schema_(schema) {}

    void members(const lysc_node* parent, const json::object& from, const json::object& to,
                 const std::string& path, std::size_t depth) {
        for (const lysc_node* child : children_of(schema_, parent)) {
            const std::string name = member_name(child);
            const json::value* before = from.if_contains(name);
            const json::value* after = to.if_contains(name);
            if (before == nullptr && after == nullptr) continue;
            if (before != nullptr && after != nullptr && *before == *after) continue;
            changed(child, before, after, path, depth);
        }
    }
    DocumentDifference take() { return std::move(out_); }

private:
    void line(char mark, std::size_t depth, const std::string& text) {
        out_.tree += fmt::format("{} {:{}}{}\n", mark, "", depth * 4, text);
    }

    void changed(const lysc_node* node, const json::value* before, const json::value* after,
                 const std::string& path, std::size_t depth) {
        if (node->nodetype == LYS_LIST || node->nodetype == LYS_LEAFLIST) {
            return entries(node, before, after, path, depth);
        }
        if (node->nodetype == LYS_LEAF || before == nullptr || after == nullptr) {
            return replaced(node, before, after, path, depth);
        }
        inside(node, *before, *after, path, depth);
    }

    // The one goes, the other comes, as wholes.
    void replaced(const lysc_node* node, const json::value* before, const json::value* after,
                  const std::string& path, std::size_t depth) {
        if (before != nullptr) {
            shown('-', node, *before, depth);
            // A leaf is named without its value: a secret's is not known here.
            const std::string what =
                node->nodetype == LYS_LEAF ? node->name : heading(node, *before);
            if (after == nullptr || !is_leaf(node)) {
                out_.commands.push_back(fmt::format("delete{} {}", path, what));
            }
        }
        if (after == nullptr) return;
        shown('+', node, *after, depth);
        commands_for(node, *after, path);
    }

    void inside(const lysc_node* node, const json::value& before, const json::value& after,
                const std::string& path, std::size_t depth) {
        const std::string head = heading(node, after);
        const std::size_t start = out_.tree.size();
        line(' ', depth, head + " {");
        const std::size_t opened = out_.tree.size();
        members(node, before.get_object(), after.get_object(), fmt::format("{} {}", path, head),
                depth + 1);
        // Nothing but an order without a meaning.
        if (out_.tree.size() == opened) return out_.tree.resize(start);
        line(' ', depth, "}");
    }

    using Named = std::vector<std::pair<std::string, const json::value*>>;
    static Named named(const lysc_node* node, const json::value* list) {
        Named out;
        if (list == nullptr) return out;
        for (const json::value& entry : list->get_array()) {
            // A secret is told apart by itself, not by what is shown.
            out.emplace_back(is_leaf(node) ? scalar_text(entry) : heading(node, entry), &entry);
        }
        return out;
    }

    void entries(const lysc_node* node, const json::value* before, const json::value* after,
                 const std::string& path, std::size_t depth) {
        const Named from = named(node, before);
        const Named to = named(node, after);
        const std::unordered_map<std::string, const json::value*> old(from.begin(), from.end());
        const std::unordered_map<std::string, const json::value*> now(to.begin(), to.end());
        const bool reordered =
            (node->flags & LYS_ORDBY_USER) != 0 && common(from, now) != common(to, old);
        for (const auto& [name, entry] : from) {
            const auto found = now.find(name);
            if (found == now.end() || reordered) {
                replaced(node, entry, nullptr, path, depth);
            } else if (!is_leaf(node) && *entry != *found->second) {
                inside(node, *entry, *found->second, path, depth);
            }
        }
        for (const auto& [name, entry] : to) {
            if (reordered || !old.contains(name)) replaced(node, nullptr, entry, path, depth);
        }
    }

    static std::vector<std::string> common(
        const Named& some, const std::unordered_map<std::string, const json::value*>& others) {
        std::vector<std::string> out;
        for (const auto& [name, entry] : some) {
            if (others.contains(name)) out.push_back(name);
        }
        return out;
    }

    // The parts of a container or an entry, entries of lists one by one, keys left out.
    template <class Call>
    void each_part(const lysc_node* node, const json::object& object, const Call& call) {
        for (const lysc_node* child : children_of(schema_, node)) {
            const json::value* value = object.if_contains(member_name(child));
            if (value == nullptr || lysc_is_key(child)) continue;
            if (child->nodetype != LYS_LIST && child->nodetype != LYS_LEAFLIST) {
                call(child, *value);
                continue;
            }
            for (const json::value& entry : value->get_array()) call(child, entry);
        }
    }

    void shown(char mark, const lysc_node* node, const json::value& value, std::size_t depth) {
        std::size_t parts = 0;
        if (!is_leaf(node)) {
            each_part(node, value.get_object(), [&](const auto*, const auto&) { ++parts; });
        }
        if (parts == 0) return line(mark, depth, heading(node, value) + ";");
        line(mark, depth, heading(node, value) + " {");
        each_part(node, value.get_object(), [&](const lysc_node* child, const json::value& part) {
            shown(mark, child, part, depth + 1);
        });
        line(mark, depth, "}");
    }

    void commands_for(const lysc_node* node, const json::value& value, const std::string& path) {
        const std::string here = fmt::format("{} {}", path, heading(node, value));
        std::size_t parts = 0;
        if (!is_leaf(node)) {
            each_part(node, value.get_object(),
                      [&](const lysc_node* child, const json::value& part) {
                          ++parts;
                          commands_for(child, part, here);
                      });
        }
        if (parts == 0) out_.commands.push_back(fmt::format("set{}", here));
    }

    const Schema& schema_;
    DocumentDifference out_;
};

}  // namespace

DocumentDifference difference(const Schema& schema, const json::object& from,
                              const json::object& to) {
    Differ differ(schema);
    differ.members(nullptr, from, to, "", 0);
    return differ.take();
}

}  // namespace torii::yang

#include "platform/base/pattern.h"

#include "platform/base/pattern_syntax.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace torii {
namespace {

// A table of this many states has at most half a megabyte.
constexpr std::size_t kStatesMax = 4096;

}  // namespace

// Thompson's construction, then the subset construction with everything decided beforehand.
class PatternCompiler {
public:
    explicit PatternCompiler(const Syntax& syntax) : syntax_(syntax) {
        match_ = add({match});
        start_ = build(syntax.root, match_);
    }

    Result<Pattern> run(std::string_view text) {
        pattern_.text_ = text;
        divide_characters();
        static_cast<void>(number_of(closure({start_}, {.at_begin = true}), true));
        for (std::size_t state = 0; state < sets_.size(); ++state) {
            if (sets_.size() > kStatesMax) return fail("is too complex: divide it into several");
            expand(state);
        }
        return std::move(pattern_);
    }

private:
    enum Kind : std::uint8_t { split, characters, begin, end, match };
    using NodeId = std::uint32_t;
    using NodeSet = std::vector<NodeId>;  // sorted
    struct Node {
        Kind kind = split;
        NodeId out = 0;
        NodeId other = 0;
        CharacterSet set{};
    };
    struct Place {
        bool at_begin = false;
        bool at_end = false;
    };

    NodeId add(const Node& node) {
        nodes_.push_back(node);
        return static_cast<NodeId>(nodes_.size() - 1);
    }

    // The node where the part of the tree begins that goes on with `next`.
    NodeId build(std::uint32_t part, NodeId next) {
        const SyntaxNode& syntax = syntax_.nodes[part];
        switch (syntax.kind) {
            case SyntaxNode::Kind::empty: return next;
            case SyntaxNode::Kind::characters:
                return add({characters, next, next, syntax.characters});
            case SyntaxNode::Kind::begin: return add({begin, next});
            case SyntaxNode::Kind::end: return add({end, next});
            case SyntaxNode::Kind::sequence: return build(syntax.left, build(syntax.right, next));
            case SyntaxNode::Kind::alternative: {
                const NodeId left = build(syntax.left, next);
                return add({split, left, build(syntax.right, next)});
            }
            case SyntaxNode::Kind::optional: return add({split, build(syntax.left, next), next});
            case SyntaxNode::Kind::star:
            case SyntaxNode::Kind::plus: break;
        }
        const NodeId again = add({split, next, next});
        const NodeId body = build(syntax.left, again);
        nodes_[again].out = body;
        return syntax.kind == SyntaxNode::Kind::star ? again : body;
    }

    void divide_characters() {
        std::map<std::vector<bool>, std::uint8_t> known;
        for (std::size_t octet = 0; octet < pattern_.classes_.size(); ++octet) {
            std::vector<bool> members;
            for (const Node& node : nodes_) {
                if (node.kind == characters) members.push_back(node.set.test(octet));
            }
            const auto [found, is_new] =
                known.try_emplace(members, static_cast<std::uint8_t>(known.size()));
            if (is_new) representatives_.push_back(octet);
            pattern_.classes_[octet] = found->second;
        }
        pattern_.class_count_ = representatives_.size();
    }

    // What can be reached without a character. End marks stay in it for later.
    [[nodiscard]] NodeSet closure(NodeSet pending, Place place) const {
        NodeSet out;
        std::vector<bool> seen(nodes_.size());
        while (!pending.empty()) {
            const NodeId id = pending.back();
            pending.pop_back();
            if (seen[id]) continue;
            seen[id] = true;
            const Node& node = nodes_[id];
            if (node.kind == split) {
                pending.push_back(node.out);
                pending.push_back(node.other);
                continue;
            }
            if (node.kind == begin && !place.at_begin) continue;
            if (node.kind == begin || (node.kind == end && place.at_end)) {
                pending.push_back(node.out);
            }
            if (node.kind != begin) out.push_back(id);
        }
        std::ranges::sort(out);
        return out;
    }

    [[nodiscard]] bool has_match(const NodeSet& set) const {
        return std::ranges::binary_search(set, match_);
    }

    // A text may be empty, so that the first state is at its beginning and at its end.
    Pattern::State number_of(NodeSet set, bool first) {
        const auto [found, is_new] =
            numbers_.try_emplace(std::pair(first, set), static_cast<Pattern::State>(sets_.size()));
        if (is_new) {
            const NodeSet at_end = closure(set, {.at_begin = first, .at_end = true});
            pattern_.outcomes_.push_back({has_match(set), has_match(at_end)});
            sets_.push_back(std::move(set));
        }
        return found->second;
    }

    void expand(std::size_t state) {
        for (const std::size_t octet : representatives_) {
            NodeSet reached{start_};  // a match may begin at any character
            for (const NodeId id : sets_[state]) {
                const Node& node = nodes_[id];
                if (node.kind == characters && node.set.test(octet)) reached.push_back(node.out);
            }
            pattern_.next_.push_back(number_of(closure(std::move(reached), {}), false));
        }
    }

    const Syntax& syntax_;
    Pattern pattern_;
    std::vector<Node> nodes_;
    NodeId start_ = 0;
    NodeId match_ = 0;
    std::vector<std::size_t> representatives_;  // a character of each class
    std::map<std::pair<bool, NodeSet>, Pattern::State> numbers_;
    std::vector<NodeSet> sets_;
};

Result<Pattern> Pattern::compile(std::string_view text) {
    const auto syntax = parse_pattern(text);
    if (!syntax) return fail("\"{}\" {}", text, syntax.error().message);
    auto pattern = PatternCompiler(*syntax).run(text);
    if (!pattern) return fail("\"{}\" {}", text, pattern.error().message);
    return pattern;
}

bool Pattern::matches(std::string_view subject) const {
    std::size_t state = 0;
    for (const char character : subject) {
        if (outcomes_[state].matched) return true;
        state = next_[state * class_count_ + classes_[static_cast<unsigned char>(character)]];
    }
    return outcomes_[state].matched_at_end;
}

}  // namespace torii

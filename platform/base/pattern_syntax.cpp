#include "platform/base/pattern_syntax.h"

#include <cstddef>
#include <string>

namespace torii {
namespace {

using Kind = SyntaxNode::Kind;

constexpr std::size_t kLengthMax = 512;
constexpr std::size_t kDepthMax = 64;

std::size_t octet(char character) {
    return static_cast<unsigned char>(character);
}

// Recursive descent over: alternative = sequence { "|" sequence }, sequence = { repeated },
// repeated = atom { "*" | "+" | "?" }.
class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<Syntax> parse() {
        if (text_.size() > kLengthMax) return fail("is longer than {} characters", kLengthMax);
        auto root = alternative();
        if (!root) return unexpected(root.error());
        if (!at_end()) return fail("has a ) without its (: write \\) for the character");
        syntax_.root = *root;
        return std::move(syntax_);
    }

private:
    using Node = Result<std::uint32_t>;

    [[nodiscard]] bool at_end() const { return position_ == text_.size(); }
    [[nodiscard]] char peek() const { return text_[position_]; }

    std::uint32_t add(SyntaxNode node) {
        syntax_.nodes.push_back(node);
        return static_cast<std::uint32_t>(syntax_.nodes.size() - 1);
    }
    std::uint32_t add_characters(const CharacterSet& characters) {
        return add({Kind::characters, 0, 0, characters});
    }

    Node alternative() {
        if (++depth_ > kDepthMax) return fail("is nested more than {} deep", kDepthMax);
        auto left = sequence();
        while (left && !at_end() && peek() == '|') {
            ++position_;
            const auto right = sequence();
            if (!right) return right;
            left = add({Kind::alternative, *left, *right});
        }
        --depth_;
        return left;
    }

    Node sequence() {
        std::uint32_t left = add({});
        while (!at_end() && peek() != '|' && peek() != ')') {
            const auto right = repeated();
            if (!right) return right;
            left = add({Kind::sequence, left, *right});
        }
        return left;
    }

    Node repeated() {
        auto node = atom();
        while (node && !at_end()) {
            Kind kind = Kind::empty;
            if (peek() == '*') kind = Kind::star;
            if (peek() == '+') kind = Kind::plus;
            if (peek() == '?') kind = Kind::optional;
            if (kind == Kind::empty) break;
            ++position_;
            node = add({kind, *node});
        }
        return node;
    }

    Node atom() {
        const char character = text_[position_++];
        switch (character) {
            case '(': return group();
            case '[': return bracket();
            case '.': return add_characters(CharacterSet().set());
            case '^': return add({Kind::begin});
            case '$': return add({Kind::end});
            case '_': return border();
            case '*':
            case '+':
            case '?':
                return fail("has a {0} with nothing before it: write \\{0} for the character",
                            character);
            case '{':
            case '}': return fail("has a {0}: write \\{0} for the character", character);
            case '\\':
                if (at_end()) return fail("ends with a \\: write \\\\ for the character");
                return add_characters(CharacterSet().set(octet(text_[position_++])));
            default: return add_characters(CharacterSet().set(octet(character)));
        }
    }

    Node group() {
        auto inner = alternative();
        if (!inner) return inner;
        if (at_end()) return fail("has a ( without its ): write \\( for the character");
        ++position_;
        return inner;
    }

    // As FRR has it: the ends of the text, a space, and what encloses or divides AS sets.
    std::uint32_t border() {
        CharacterSet characters;
        for (const char character : {',', '{', '}', '(', ')', ' '}) {
            characters.set(octet(character));
        }
        const std::uint32_t inside = add_characters(characters);
        const std::uint32_t ends = add({Kind::alternative, add({Kind::begin}), add({Kind::end})});
        return add({Kind::alternative, ends, inside});
    }

    Node bracket() {
        CharacterSet characters;
        const bool negated = !at_end() && peek() == '^';
        if (negated) ++position_;
        // A ] that comes first is a character.
        for (bool first = true; first || at_end() || peek() != ']'; first = false) {
            if (at_end()) return fail("has a [ without its ]: write \\[ for the character");
            const std::size_t from = octet(text_[position_++]);
            std::size_t to = from;
            if (position_ + 1 < text_.size() && peek() == '-' && text_[position_ + 1] != ']') {
                to = octet(text_[position_ + 1]);
                position_ += 2;
            }
            if (to < from)
                return fail("has a range that ends before it begins: write the lower first");
            for (std::size_t one = from; one <= to; ++one) characters.set(one);
        }
        ++position_;
        return add_characters(negated ? ~characters : characters);
    }

    std::string_view text_;
    std::size_t position_ = 0;
    std::size_t depth_ = 0;
    Syntax syntax_;
};

}  // namespace

Result<Syntax> parse_pattern(std::string_view text) {
    return Parser(text).parse();
}

}  // namespace torii

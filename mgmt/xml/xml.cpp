#include "mgmt/xml/xml.h"

#include "mgmt/xml/text.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace torii::xml {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kXmlNamespace = "http://www.w3.org/XML/1998/namespace";
constexpr std::string_view kXmlnsNamespace = "http://www.w3.org/2000/xmlns/";
// Longer ones are an attempt at something.
constexpr std::size_t kNameMax = 256;

// An attribute as it is written.
struct Written {
    std::string name;
    std::string value;
};

bool begins_name(char character) {
    const auto octet = static_cast<unsigned char>(character);
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') || octet == '_' ||
           octet >= 0x80;
}

bool goes_on_name(char character) {
    return begins_name(character) || (character >= '0' && character <= '9') || character == '-' ||
           character == '.' || character == ':';
}

// "p:name" in two; nothing when it has more than one colon, or one at an end.
std::optional<std::pair<std::string, std::string>> split_name(const std::string& name) {
    const auto colon = name.find(':');
    if (colon == name.npos) return std::pair{std::string(), name};
    std::pair parts{name.substr(0, colon), name.substr(colon + 1)};
    if (parts.first.empty() || parts.second.empty() || !begins_name(parts.second.front()) ||
        parts.second.find(':') != name.npos) {
        return std::nullopt;
    }
    return parts;
}

// Reads one document from its beginning to its end.
class Parser {
public:
    explicit Parser(std::string_view text) : all_(text), rest_(text) {}

    Result<Element> document() {
        if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
        if (auto done = around_root(); !done) return unexpected(done.error());
        Element root;
        const auto none = std::make_shared<const Prefixes>();
        if (auto done = element(root, none, 1); !done) return unexpected(done.error());
        if (auto done = around_root(); !done) return unexpected(done.error());
        if (!rest_.empty()) return wrong("there is something after the end of the document");
        return root;
    }

private:
    template <class... Args>
    tl::unexpected<Error> wrong(fmt::format_string<Args...> format, Args&&... args) const {
        const auto line = 1 + std::ranges::count(all_.substr(0, all_.size() - rest_.size()), '\n');
        return fail("not XML: {} in line {}", fmt::format(format, std::forward<Args>(args)...),
                    line);
    }

    bool take(std::string_view what) {
        if (!rest_.starts_with(what)) return false;
        rest_.remove_prefix(what.size());
        return true;
    }
    void skip_space() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpace), rest_.size()));
    }
    // Everything up to `end`, which goes, too.
    Result<std::string_view> until(std::string_view end) {
        const auto found = rest_.find(end);
        if (found == rest_.npos) return wrong("{} is missing", end);
        const std::string_view part = rest_.substr(0, found);
        rest_.remove_prefix(found + end.size());
        return part;
    }

    // Comments and instructions, white space, the XML declaration.
    Result<void> around_root() {
        while (true) {
            skip_space();
            Result<std::string_view> skipped;
            if (take("<!--")) {
                skipped = until("-->");
            } else if (take("<?")) {
                skipped = until("?>");
            } else if (rest_.starts_with("<!")) {
                return wrong("a document type is not allowed");
            } else {
                return {};
            }
            if (!skipped) return unexpected(skipped.error());
        }
    }

    Result<std::string> name() {
        if (rest_.empty() || !begins_name(rest_.front())) return wrong("a name is missing");
        const auto end = std::ranges::find_if_not(rest_, goes_on_name);
        std::string out(rest_.begin(), end);
        for (std::string_view left = out; !left.empty();) {
            const auto next = first_character(left);
            if (!next) return wrong("the text is not UTF-8");
            left.remove_prefix(next->size);
        }
        if (out.size() > kNameMax) return wrong("a name is too long");
        rest_.remove_prefix(out.size());
        return out;
    }

    Result<void> element(Element& out, const std::shared_ptr<const Prefixes>& outer,
                         std::size_t depth) {
        if (!take("<")) return wrong("an element is missing");
        if (depth > kDepthMax) return wrong("elements are more than {} deep", kDepthMax);
        if (++count_ > kElementsMax) return wrong("there are more than {} elements", kElementsMax);
        const auto written = name();
        if (!written) return unexpected(written.error());
        std::vector<Written> attributes;
        if (auto done = read_attributes(attributes); !done) return done;
        const bool empty = take("/");
        if (!take(">")) return wrong("<{} does not end with >", *written);
        out.prefixes = outer;
        if (auto done = resolve(*written, attributes, out); !done) return done;
        if (empty) return {};
        if (auto done = content(out, depth); !done) return done;
        const auto closing = name();
        if (!closing) return unexpected(closing.error());
        skip_space();
        if (*closing != *written || !take(">")) {
            return wrong("<{}> is not ended by </{}>", *written, *written);
        }
        return {};
    }

    Result<void> read_attributes(std::vector<Written>& out) {
        while (true) {
            const bool spaced = !rest_.empty() && kSpace.find(rest_.front()) != kSpace.npos;
            skip_space();
            if (rest_.empty() || rest_.front() == '>' || rest_.front() == '/') return {};
            if (!spaced) return wrong("a space is missing before an attribute");
            if (++count_ > kElementsMax)
                return wrong("there are more than {} attributes", kElementsMax);
            auto attribute = name();
            if (!attribute) return unexpected(attribute.error());
            skip_space();
            if (!take("=")) return wrong("{} has no value", *attribute);
            skip_space();
            const std::string_view quote = rest_.substr(0, 1);
            if (quote != "\"" && quote != "'")
                return wrong("the value of {} has no quotes", *attribute);
            rest_.remove_prefix(1);
            std::string value;
            if (auto done = characters(quote.front(), value); !done) return done;
            if (!take(quote)) return wrong("the value of {} has no end", *attribute);
            for (const Written& earlier : out) {
                if (earlier.name == *attribute) return wrong("{} is there twice", *attribute);
            }
            out.push_back({std::move(*attribute), std::move(value)});
        }
    }

    // Character data up to `end` or the next <, whichever is first.
    Result<void> characters(char end, std::string& out) {
        while (!rest_.empty() && rest_.front() != end && rest_.front() != '<') {
            if (take("&")) {
                const auto reference = until(";");
                if (!reference) return unexpected(reference.error());
                const auto code = referenced_character(*reference);
                if (!code) return wrong("{}", code.error().message);
                append_utf8(*code, out);
                continue;
            }
            const auto next = first_character(rest_);
            if (!next) return wrong("the text is not UTF-8");
            if (!is_allowed(next->code)) return wrong("there is a control character");
            out.append(rest_.substr(0, next->size));
            rest_.remove_prefix(next->size);
        }
        return {};
    }

    // Declarations, then the names that may use them.
    Result<void> resolve(const std::string& written, const std::vector<Written>& attributes,
                         Element& out) {
        if (auto done = declare(attributes, out); !done) return done;
        auto found = lookup(written, out, true);
        if (!found) return unexpected(found.error());
        std::tie(out.space, out.name) = std::move(*found);
        for (const Written& attribute : attributes) {
            if (attribute.name == "xmlns" || attribute.name.starts_with("xmlns:")) continue;
            auto resolved = lookup(attribute.name, out, false);
            if (!resolved) return unexpected(resolved.error());
            if (out.attribute(resolved->first, resolved->second) != nullptr) {
                return wrong("{} is there twice", attribute.name);
            }
            out.attributes.push_back(
                {std::move(resolved->first), std::move(resolved->second), attribute.value});
        }
        return {};
    }

    Result<void> declare(const std::vector<Written>& attributes, Element& out) {
        std::shared_ptr<Prefixes> own;
        for (const Written& attribute : attributes) {
            const bool is_default = attribute.name == "xmlns";
            if (!is_default && !attribute.name.starts_with("xmlns:")) continue;
            const std::string prefix = is_default ? "" : attribute.name.substr(6);
            if (!is_default &&
                (attribute.value.empty() || prefix == "xmlns" || prefix.find(':') != prefix.npos)) {
                return wrong("{}=\"{}\" declares nothing", attribute.name, attribute.value);
            }
            if (!own) own = std::make_shared<Prefixes>(*out.prefixes);
            (*own)[prefix] = attribute.value;
        }
        if (own) out.prefixes = std::move(own);
        return {};
    }

    // Namespace and name.
    Result<std::pair<std::string, std::string>> lookup(const std::string& written,
                                                       const Element& in, bool with_default) const {
        const auto parts = split_name(written);
        if (!parts) return wrong("{} is no name", written);
        const auto& [prefix, bare] = *parts;
        if (prefix.empty() && !with_default) return std::pair{std::string(), bare};
        const auto found = in.prefixes->find(prefix);
        if (found != in.prefixes->end()) return std::pair{found->second, bare};
        if (prefix.empty()) return std::pair{std::string(), bare};
        if (prefix == "xml") return std::pair{std::string(kXmlNamespace), bare};
        if (prefix == "xmlns") return std::pair{std::string(kXmlnsNamespace), bare};
        return wrong("the prefix {} is not declared", prefix);
    }

    // Up to the name in the closing tag.
    Result<void> content(Element& out, std::size_t depth) {
        while (true) {
            if (auto done = characters('<', out.text); !done) return done;
            if (rest_.empty()) return wrong("<{}> has no end", out.name);
            if (take("</")) return {};
            Result<std::string_view> skipped;
            if (take("<!--")) {
                skipped = until("-->");
            } else if (take("<?")) {
                skipped = until("?>");
            } else if (rest_.starts_with("<![CDATA[")) {
                if (auto done = literal(out.text); !done) return done;
            } else {
                if (auto done = element(out.children.emplace_back(), out.prefixes, depth + 1);
                    !done) {
                    return done;
                }
            }
            if (!skipped) return unexpected(skipped.error());
        }
    }

    Result<void> literal(std::string& out) {
        take("<![CDATA[");
        auto inside = until("]]>");
        if (!inside) return unexpected(inside.error());
        while (!inside->empty()) {
            const auto next = first_character(*inside);
            if (!next || !is_allowed(next->code)) return wrong("CDATA is not text in UTF-8");
            out.append(inside->substr(0, next->size));
            inside->remove_prefix(next->size);
        }
        return {};
    }

    std::string_view all_;
    std::string_view rest_;
    std::size_t count_ = 0;
};

}  // namespace

const Element* Element::child(std::string_view of_name) const {
    const auto found = std::ranges::find_if(
        children, [&](const Element& element) { return element.is(space, of_name); });
    return found == children.end() ? nullptr : &*found;
}

const std::string* Element::attribute(std::string_view of_space, std::string_view of_name) const {
    const auto found = std::ranges::find_if(attributes, [&](const Attribute& attribute) {
        return attribute.space == of_space && attribute.name == of_name;
    });
    return found == attributes.end() ? nullptr : &found->value;
}

std::string Element::trimmed() const {
    const auto begin = text.find_first_not_of(kSpace);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

Result<Element> parse(std::string_view text) {
    return Parser(text).document();
}

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto next = first_character(text);
        if (!next || !is_allowed(next->code)) {
            append_utf8(0xfffd, out);
            text.remove_prefix(next ? next->size : 1);
            continue;
        }
        switch (next->code) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            case '"': out += "&quot;"; break;
            case '\r': out += "&#13;"; break;
            default: out.append(text.substr(0, next->size));
        }
        text.remove_prefix(next->size);
    }
    return out;
}

}  // namespace torii::xml

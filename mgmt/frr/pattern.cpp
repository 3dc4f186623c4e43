#include "mgmt/frr/pattern.h"

#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"

#include <algorithm>
#include <cctype>

namespace torii::frr {

Words split(std::string_view text) {
    Words out;
    while (true) {
        const auto start = text.find_first_not_of(" \t\r");
        if (start == text.npos) return out;
        text.remove_prefix(start);
        const auto end = std::min(text.find_first_of(" \t\r"), text.size());
        out.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

std::string join(const Words& words, std::size_t from) {
    std::string out;
    for (std::size_t index = from; index < words.size(); ++index) {
        out += (index == from ? "" : " ") + words[index];
    }
    return out;
}

// Hundreds of patterns are tried for a line, and nearly all of them end at their first words:
// nothing is copied before one fits.
std::optional<Words> match(const Words& words, std::string_view pattern) {
    const auto each_token = [&words](std::string_view rest, const auto& take) {
        std::size_t index = 0;
        while (!rest.empty()) {
            const auto end = std::min(rest.find(' '), rest.size());
            const std::string_view token = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (index == words.size() || !take(token, index)) return false;
            if (token.ends_with("...")) return true;
            ++index;
        }
        return index == words.size();
    };
    const bool fits = each_token(pattern, [&](std::string_view token, std::size_t index) {
        return token.starts_with('<') || token == words[index];
    });
    if (!fits) return std::nullopt;
    Words arguments;
    each_token(pattern, [&](std::string_view token, std::size_t index) {
        if (token.ends_with("...")) {
            arguments.push_back(join(words, index));
        } else if (token.starts_with('<')) {
            arguments.push_back(words[index]);
        }
        return true;
    });
    return arguments;
}

Words fill(std::string_view ours, const Words& arguments) {
    Words out = split(ours);
    for (std::string& word : out) {
        if (word.size() != 2 || word[0] != '$') continue;
        const auto index = static_cast<std::size_t>(word[1] - '1');
        word = index < arguments.size() ? arguments[index] : "";
    }
    return out;
}

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 10 && text.find_first_not_of("0123456789") == text.npos;
}

bool is_address(std::string_view text) {
    return IpAddress::parse(text).has_value();
}

std::string network_of(std::string_view text) {
    const auto address = InterfaceAddress::parse(text);
    return address ? address->network().to_string() : "";
}

}  // namespace torii::frr

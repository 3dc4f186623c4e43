// Compiled sets say what the plain definition says.
#include "controlplane/policy/prefix_set.h"
#include "platform/base/pattern.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

namespace torii::policy {
namespace {

// Few different bits, so that prefixes often hold each other.
rc::Gen<Prefix> prefix_of(IpFamily family) {
    const int bits = address_bits(family);
    return rc::gen::map(
        rc::gen::pair(rc::gen::inRange<std::uint32_t>(0, 16), rc::gen::inRange(0, bits + 1)),
        [family](const auto& drawn) {
            const auto& [high, length] = drawn;
            const IpAddress address =
                family == IpFamily::v4
                    ? IpAddress::v4(high << 28U | high << 12U)
                    : IpAddress::parse(fmt::format("{:x}000::{:x}", high, high)).value();
            return Prefix::covering(address, static_cast<std::uint8_t>(length));
        });
}

rc::Gen<Prefix> any_prefix() {
    return rc::gen::oneOf(prefix_of(IpFamily::v4), prefix_of(IpFamily::v6));
}

rc::Gen<PrefixRule> any_rule() {
    return rc::gen::mapcat(any_prefix(), [](const Prefix& prefix) {
        const int bits = address_bits(prefix.family());
        return rc::gen::map(
            rc::gen::tuple(rc::gen::inRange<std::uint32_t>(1, 1000), rc::gen::arbitrary<bool>(),
                           rc::gen::inRange<int>(prefix.length(), bits + 1),
                           rc::gen::inRange<int>(prefix.length(), bits + 1),
                           rc::gen::inRange(0, 4)),
            [prefix](const auto& drawn) {
                const auto& [sequence, permit, one, other, form] = drawn;
                PrefixRule rule{sequence, permit, prefix, {}, {}};
                if (form & 1) rule.ge = static_cast<std::uint8_t>(std::min(one, other));
                if (form & 2) rule.le = static_cast<std::uint8_t>(std::max(one, other));
                return rule;
            });
    });
}

bool naive(const std::vector<PrefixRule>& rules, const Prefix& prefix) {
    std::vector<PrefixRule> ordered = rules;
    std::ranges::stable_sort(ordered, {}, &PrefixRule::sequence);
    for (const PrefixRule& rule : ordered) {
        if (rule.prefix.family() != prefix.family() || !rule.prefix.contains(prefix)) continue;
        const int bits = address_bits(prefix.family());
        const int shortest = rule.ge.value_or(rule.prefix.length());
        const int longest = rule.le ? *rule.le : rule.ge ? bits : rule.prefix.length();
        if (prefix.length() >= shortest && prefix.length() <= longest) return rule.permit;
    }
    return false;
}

RC_GTEST_PROP(PolicyPrefixSetProperty, TheCompiledSetIsTheList, ()) {
    auto rules = *rc::gen::container<std::vector<PrefixRule>>(any_rule());
    // Two entries of one list never have one number.
    std::ranges::sort(rules, {}, &PrefixRule::sequence);
    std::uint32_t sequence = 0;
    for (PrefixRule& rule : rules) rule.sequence = ++sequence;
    const auto set = PrefixSet::compile(rules);
    RC_ASSERT(set.has_value());
    for (const Prefix& prefix : *rc::gen::container<std::vector<Prefix>>(20, any_prefix())) {
        RC_ASSERT(set->matches(prefix) == naive(rules, prefix));
    }
}

rc::Gen<std::string> any_path() {
    const auto number =
        rc::gen::map(rc::gen::inRange(1, 130), [](int drawn) { return std::to_string(drawn); });
    return rc::gen::map(
        rc::gen::pair(rc::gen::resize(6, rc::gen::container<std::vector<std::string>>(number)),
                      rc::gen::inRange(0, 4)),
        [](const auto& drawn) {
            std::string text;
            for (const std::string& one : drawn.first) text += (text.empty() ? "" : " ") + one;
            if (drawn.second == 0) text += (text.empty() ? "{" : " {") + std::string("1,12}");
            return text;
        });
}

// A pattern from a grammar, so that all are well-formed.
rc::Gen<std::string> any_pattern(int depth) {
    const auto atom = rc::gen::element<std::string>("1", "2", "12", "_", ".", "[1-3]", "[^1]", " ",
                                                    "^", "$", "1*", "[0-9]+", "2?", ".*");
    if (depth == 0) return atom;
    const auto inner = any_pattern(depth - 1);
    return rc::gen::oneOf(
        atom,
        rc::gen::map(rc::gen::pair(inner, inner),
                     [](const auto& pair) { return pair.first + pair.second; }),
        rc::gen::map(rc::gen::pair(inner, inner),
                     [](const auto& pair) { return "(" + pair.first + "|" + pair.second + ")"; }),
        rc::gen::map(inner, [](const std::string& text) { return "(" + text + ")*"; }),
        rc::gen::map(inner, [](const std::string& text) { return "(" + text + ")?"; }));
}

std::string with_borders(const std::string& pattern) {
    std::string out;
    for (const char character : pattern) {
        if (character == '_') {
            out += "(^|[,{}() ]|$)";
        } else {
            out += character;
        }
    }
    return out;
}

RC_GTEST_PROP(PolicyPatternProperty, AgreesWithTheStandardLibrary, ()) {
    const std::string text = *any_pattern(2);
    const auto pattern = Pattern::compile(text);
    RC_PRE(pattern.has_value());
    // Backtracking would take hours for some of these patterns.
    const std::regex expected(with_borders(text),
                              std::regex::extended | std::regex_constants::__polynomial);
    for (const std::string& path : *rc::gen::container<std::vector<std::string>>(8, any_path())) {
        RC_ASSERT(pattern->matches(path) == std::regex_search(path, expected));
    }
}

RC_GTEST_PROP(PolicyPatternProperty, AnyTextIsAnswered, (const std::string& text)) {
    const auto pattern = Pattern::compile(text);
    if (pattern) static_cast<void>(pattern->matches("65001 {1,2}"));
}

}  // namespace
}  // namespace torii::policy

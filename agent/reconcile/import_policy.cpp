#include "agent/reconcile/import_policy.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

namespace torii::reconcile {
namespace {

constexpr std::string_view kName = "import";
constexpr std::uint32_t kPaths = 16;
// Nodes tell nobody what they have learned, so that it is there once: of the node that it is from.
constexpr std::uint32_t kOwnAs = 1;

std::uint8_t longest(IpFamily family) {
    return family == IpFamily::v4 ? 32 : 128;
}

policy::PrefixRule all_of(IpFamily family, bool longer) {
    policy::PrefixRule rule;
    rule.prefix = Prefix::covering(IpAddress::any(family), 0);
    if (longer) rule.le = longest(family);
    return rule;
}

Result<std::uint8_t> length_of(const std::string& text, const policy::PrefixRule& rule) {
    unsigned length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    const bool number = error == std::errc{} && end == text.data() + text.size() && !text.empty();
    if (number && length >= rule.prefix.length() && length <= longest(rule.prefix.family())) {
        return static_cast<std::uint8_t>(length);
    }
    return fail("\"{}\" is not a length of {} to {}", text, rule.prefix.length(),
                longest(rule.prefix.family()));
}

// "PREFIX [ge LENGTH] [le LENGTH]"
Result<policy::PrefixRule> prefix_rule(const std::string& words) {
    std::istringstream in(words);
    std::string word;
    in >> word;
    const auto prefix = Prefix::parse(word);
    if (!prefix) return fail("{}: neither default, all, nor a prefix", words);
    policy::PrefixRule rule;
    rule.prefix = *prefix;
    while (in >> word) {
        if (word != "ge" && word != "le") {
            return fail("{}: after the prefix there is ge or le, not {}", words, word);
        }
        auto& bound = word == "ge" ? rule.ge : rule.le;
        std::string number;
        in >> number;
        const auto length = length_of(number, rule);
        if (!length) return fail("{}: {}", words, length.error().message);
        bound = *length;
    }
    if (rule.ge && rule.le && *rule.ge > *rule.le) return fail("{}: ge is more than le", words);
    return rule;
}

}  // namespace

Result<std::vector<policy::PrefixRule>> import_rules(const std::vector<std::string>& words) {
    std::vector<policy::PrefixRule> rules;
    for (const std::string& word : words) {
        if (word == "default" || word == "all") {
            for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
                rules.push_back(all_of(family, word == "all"));
            }
            continue;
        }
        auto rule = prefix_rule(word);
        if (!rule) return unexpected(rule.error());
        rules.push_back(*rule);
    }
    for (std::size_t place = 0; place < rules.size(); ++place) {
        rules[place].sequence = static_cast<std::uint32_t>(place + 1);
    }
    return rules;
}

policy::Definitions import_routes(const std::vector<policy::PrefixRule>& rules,
                                  speaker::SpeakerConfig& config) {
    if (rules.empty()) return {};
    const std::string name(kName);
    policy::Definitions definitions;
    definitions.prefix_sets.push_back({name, rules});
    policy::PolicyDefinition wanted;
    wanted.name = name;
    wanted.otherwise = policy::Action::reject;
    policy::Statement statement;
    statement.sequence = 1;
    statement.match.prefix_set = name;
    wanted.statements.push_back(std::move(statement));
    definitions.policies.push_back(std::move(wanted));

    for (bgp::PeerConfig& peer : config.peers) {
        peer.allow_own_as = kOwnAs;
        for (bgp::FamilyPolicies& policies : peer.policies) policies.import_policies = {name};
    }
    for (speaker::FamilyConfig& family : config.families) {
        family.maximum_paths_ebgp = family.maximum_paths_ibgp = kPaths;
    }
    config.multipath_relax = true;  // the routers of a rack may have an AS each
    return definitions;
}

}  // namespace torii::reconcile

#include "controlplane/policy/community_set.h"

#include "controlplane/bgp/community.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace torii::policy {
namespace {

// Parts of extended communities that are neither targets, nor origins, nor bandwidths: their type
// cannot be one of the kinds.
constexpr std::uint32_t kOtherTypes = 0x80000000;

CommunityParts parts(std::uint32_t community) {
    return {community >> 16U, community & 0xffffU, 0};
}

CommunityParts parts(const bgp::LargeCommunity& community) {
    return {community.global, community.local_1, community.local_2};
}

CommunityParts parts(std::uint64_t community) {
    const bgp::ExtendedCommunityParts known = bgp::parts_of(community);
    if (known.kind == bgp::ExtendedCommunityParts::Kind::other) {
        return {kOtherTypes | static_cast<std::uint32_t>(community >> 48U),
                static_cast<std::uint32_t>(community >> 32U) & 0xffffU,
                static_cast<std::uint32_t>(community)};
    }
    return {static_cast<std::uint32_t>(known.kind), known.administrator, known.value};
}

std::string text(std::uint32_t community) {
    return bgp::community_text(community);
}
std::string text(const bgp::LargeCommunity& community) {
    return bgp::large_community_text(community);
}
std::string text(std::uint64_t community) {
    return bgp::extended_community_text(community);
}

template <class T>
std::vector<CommunityParts> all_parts(const std::vector<T>& communities) {
    std::vector<CommunityParts> out;
    out.reserve(communities.size());
    for (const T& community : communities) out.push_back(parts(community));
    return out;
}

template <class T>
std::string all_text(const std::vector<T>& communities) {
    std::string out;
    for (const T& community : communities) {
        if (!out.empty()) out += ' ';
        out += text(community);
    }
    return out;
}

// Calls use(list) with the communities of one kind.
template <class Attributes, class Use>
auto with_kind(CommunityKind kind, Attributes& attributes, const Use& use) {
    switch (kind) {
        case CommunityKind::standard: return use(attributes.communities);
        case CommunityKind::extended: return use(attributes.extended_communities);
        case CommunityKind::large: break;
    }
    return use(attributes.large_communities);
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out(1);
    for (const char character : text) {
        if (character == ':') {
            out.emplace_back();
        } else {
            out.back() += character;
        }
    }
    return out;
}

// The member with a 0 for each *, so that what is left can be parsed as any community.
template <class Parse>
Result<CommunityParts> parse_parts(std::string_view text, const Parse& parse) {
    std::string exact;
    const std::vector<std::string> pieces = split(text);
    for (const std::string& piece : pieces) {
        if (!exact.empty()) exact += ':';
        exact += piece == "*" ? "0" : piece;
    }
    const auto community = parse(exact);
    if (!community) return fail("{}: {}", text, community.error().message);
    return parts(*community);
}

}  // namespace

Result<CommunitySet::Member> CommunitySet::parse_member(CommunityKind kind, std::string_view text) {
    Result<CommunityParts> exact =
        kind == CommunityKind::standard ? parse_parts(text, bgp::parse_community)
        : kind == CommunityKind::large  ? parse_parts(text, bgp::parse_large_community)
                                        : parse_parts(text, bgp::parse_extended_community);
    if (!exact) return unexpected(exact.error());
    Member member;
    const std::vector<std::string> pieces = split(text);
    for (std::size_t index = 0; index < member.size(); ++index) {
        const bool any = index < pieces.size() && pieces[index] == "*";
        if (!any) member[index] = (*exact)[index];
    }
    return member;
}

Result<CommunitySet> CommunitySet::compile(CommunityKind kind, std::vector<CommunityRule> rules) {
    CommunitySet set;
    set.kind_ = kind;
    std::ranges::stable_sort(rules, {}, &CommunityRule::sequence);
    for (const CommunityRule& rule : rules) {
        if (rule.members.empty() == rule.pattern.empty()) {
            return fail("entry {}: needs members or a pattern, and not both", rule.sequence);
        }
        Compiled& compiled = set.compiled_.emplace_back();
        compiled.permit = rule.permit;
        for (const std::string& text : rule.members) {
            const auto member = parse_member(kind, text);
            if (!member) return fail("entry {}: {}", rule.sequence, member.error().message);
            compiled.members.push_back(*member);
        }
        if (rule.pattern.empty()) continue;
        auto pattern = Pattern::compile(rule.pattern);
        if (!pattern) return fail("entry {}: pattern {}", rule.sequence, pattern.error().message);
        compiled.pattern = std::move(*pattern);
    }
    set.rules_ = std::move(rules);
    return set;
}

bool CommunitySet::fits(const Member& member, const CommunityParts& community) {
    for (std::size_t index = 0; index < member.size(); ++index) {
        if (member[index] && *member[index] != community[index]) return false;
    }
    return true;
}

bool CommunitySet::fits(const Compiled& rule, const std::vector<CommunityParts>& all, bool exact) {
    const bool has_all = std::ranges::all_of(rule.members, [&](const Member& member) {
        return std::ranges::any_of(all, [&](const auto& one) { return fits(member, one); });
    });
    if (!has_all || !exact) return has_all;
    return std::ranges::all_of(all, [&](const CommunityParts& one) {
        return std::ranges::any_of(rule.members,
                                   [&](const Member& member) { return fits(member, one); });
    });
}

bool CommunitySet::matches(const bgp::PathAttributes& attributes, bool exact) const {
    return with_kind(kind_, attributes, [&](const auto& communities) {
        const std::vector<CommunityParts> all = all_parts(communities);
        std::string joined;
        for (const Compiled& rule : compiled_) {
            if (!rule.pattern) {
                if (fits(rule, all, exact)) return rule.permit;
                continue;
            }
            if (joined.empty()) joined = all_text(communities);
            if (rule.pattern->matches(joined)) return rule.permit;
        }
        return false;
    });
}

bool CommunitySet::permits(const CommunityParts& community, const std::string& text) const {
    for (const Compiled& rule : compiled_) {
        const bool named = rule.pattern
                               ? rule.pattern->matches(text)
                               : std::ranges::any_of(rule.members, [&](const Member& member) {
                                     return fits(member, community);
                                 });
        if (named) return rule.permit;
    }
    return false;
}

template <class T>
void CommunitySet::remove(std::vector<T>& communities) const {
    std::erase_if(communities, [this](const T& community) {
        return permits(parts(community), text(community));
    });
}

void CommunitySet::remove_from(bgp::PathAttributes& attributes) const {
    with_kind(kind_, attributes, [this](auto& communities) { remove(communities); });
}

}  // namespace torii::policy

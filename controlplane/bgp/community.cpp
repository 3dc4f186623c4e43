#include "controlplane/bgp/community.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <iterator>
#include <vector>

namespace torii::bgp {
namespace {

using Kind = ExtendedCommunityParts::Kind;

struct Name {
    std::uint32_t community;
    std::string_view name;
};
constexpr std::array kNames{
    Name{kGracefulShutdown, "graceful-shutdown"},
    Name{kBlackhole, "blackhole"},
    Name{kLlgrStale, "llgr-stale"},
    Name{kNoLlgr, "no-llgr"},
    Name{kNoExport, "no-export"},
    Name{kNoAdvertise, "no-advertise"},
    Name{kNoExportSubconfed, "local-AS"},
    Name{kNoPeer, "no-peer"},
};

// RFC 4360 section 3, RFC 5668, RFC 7153: who the first part is, by the type octet.
constexpr std::uint8_t kTwoOctetAs = 0x00;
constexpr std::uint8_t kAddress = 0x01;
constexpr std::uint8_t kFourOctetAs = 0x02;
constexpr std::uint8_t kNonTransitive = 0x40;
constexpr std::uint8_t kSubtypeTarget = 0x02;
constexpr std::uint8_t kSubtypeOrigin = 0x03;
constexpr std::uint8_t kSubtypeBandwidth = 0x04;

template <class T>
std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> out;
    while (true) {
        const auto colon = text.find(':');
        out.push_back(text.substr(0, colon));
        if (colon == std::string_view::npos) return out;
        text.remove_prefix(colon + 1);
    }
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& character : out) {
        if (character >= 'A' && character <= 'Z') character = static_cast<char>(character + 32);
    }
    return out;
}

std::uint64_t put(std::uint8_t type, std::uint8_t subtype, std::uint64_t rest) {
    return std::uint64_t{type} << 56U | std::uint64_t{subtype} << 48U | rest;
}

Result<std::uint64_t> parse_bandwidth(std::string_view as, std::string_view octets) {
    const auto administrator = number<std::uint16_t>(as);
    const auto bandwidth = number<float>(octets);
    if (!administrator || !bandwidth || !std::isfinite(*bandwidth) || *bandwidth < 0) {
        return fail("must be lb:AS:OCTETS-PER-SECOND with an AS up to 65535");
    }
    return put(kNonTransitive | kTwoOctetAs, kSubtypeBandwidth,
               std::uint64_t{*administrator} << 32U | std::bit_cast<std::uint32_t>(*bandwidth));
}

}  // namespace

std::string community_text(std::uint32_t community) {
    const auto* const found = std::ranges::find(kNames, community, &Name::community);
    if (found != std::end(kNames)) return std::string(found->name);
    return fmt::format("{}:{}", community >> 16U, community & 0xffffU);
}

Result<std::uint32_t> parse_community(std::string_view text) {
    const std::string name = lower(text);
    for (const Name& known : kNames) {
        if (lower(known.name) == name) return known.community;
    }
    const auto parts = split(text);
    if (parts.size() == 2) {
        const auto high = number<std::uint16_t>(parts[0]);
        const auto low = number<std::uint16_t>(parts[1]);
        if (high && low) return std::uint32_t{*high} << 16U | *low;
    }
    return fail("community {}: must be NUMBER:NUMBER up to 65535:65535, or a name as no-export",
                text);
}

std::string large_community_text(const LargeCommunity& community) {
    return fmt::format("{}:{}:{}", community.global, community.local_1, community.local_2);
}

Result<LargeCommunity> parse_large_community(std::string_view text) {
    const auto parts = split(text);
    if (parts.size() == 3) {
        const auto global = number<std::uint32_t>(parts[0]);
        const auto local_1 = number<std::uint32_t>(parts[1]);
        const auto local_2 = number<std::uint32_t>(parts[2]);
        if (global && local_1 && local_2) return LargeCommunity{*global, *local_1, *local_2};
    }
    return fail("large community {}: must be NUMBER:NUMBER:NUMBER", text);
}

ExtendedCommunityParts parts_of(std::uint64_t community) {
    const auto type = static_cast<std::uint8_t>(community >> 56U);
    const auto subtype = static_cast<std::uint8_t>(community >> 48U);
    ExtendedCommunityParts parts;
    const auto layout = static_cast<std::uint8_t>(type & ~unsigned{kNonTransitive});
    if (layout == kTwoOctetAs) {
        parts.administrator = static_cast<std::uint16_t>(community >> 32U);
        parts.value = static_cast<std::uint32_t>(community);
    } else {
        parts.administrator = static_cast<std::uint32_t>(community >> 16U);
        parts.value = static_cast<std::uint16_t>(community);
    }
    const bool known = layout == kTwoOctetAs || layout == kAddress || layout == kFourOctetAs;
    if (known && type == layout && subtype == kSubtypeTarget) parts.kind = Kind::route_target;
    if (known && type == layout && subtype == kSubtypeOrigin) parts.kind = Kind::site_of_origin;
    if (layout == kTwoOctetAs && subtype == kSubtypeBandwidth) parts.kind = Kind::link_bandwidth;
    return parts;
}

std::string extended_community_text(std::uint64_t community) {
    const ExtendedCommunityParts parts = parts_of(community);
    if (parts.kind == Kind::other) return fmt::format("0x{:016x}", community);
    if (parts.kind == Kind::link_bandwidth) {
        return fmt::format("LB:{}:{:.0f}", parts.administrator, *link_bandwidth(community));
    }
    const bool address = community >> 56U == kAddress;
    return fmt::format("{}:{}:{}", parts.kind == Kind::route_target ? "RT" : "SoO",
                       address ? IpAddress::v4(parts.administrator).to_string()
                               : std::to_string(parts.administrator),
                       parts.value);
}

Result<std::uint64_t> parse_extended_community(std::string_view text) {
    const auto wrong =
        fail("extended community {}: must be rt:, soo: or lb: and NUMBER:NUMBER", text);
    const auto parts = split(text);
    if (parts.size() != 3) return wrong;
    const std::string kind = lower(parts[0]);
    if (kind == "lb") {
        const auto bandwidth = parse_bandwidth(parts[1], parts[2]);
        if (!bandwidth) return fail("extended community {}: {}", text, bandwidth.error().message);
        return bandwidth;
    }
    if (kind != "rt" && kind != "soo") return wrong;
    const std::uint8_t subtype = kind == "rt" ? kSubtypeTarget : kSubtypeOrigin;
    const auto value = number<std::uint32_t>(parts[2]);
    if (!value) return wrong;
    if (const auto as = number<std::uint16_t>(parts[1])) {
        return put(kTwoOctetAs, subtype, std::uint64_t{*as} << 32U | *value);
    }
    const bool short_value = *value <= 0xffff;
    if (const auto as = number<std::uint32_t>(parts[1]); as && short_value) {
        return put(kFourOctetAs, subtype, std::uint64_t{*as} << 16U | *value);
    }
    const auto address = IpAddress::parse(parts[1]);
    if (!address || !address->is_v4() || !short_value) return wrong;
    return put(kAddress, subtype, std::uint64_t{address->v4_number()} << 16U | *value);
}

std::optional<float> link_bandwidth(std::uint64_t community) {
    const ExtendedCommunityParts parts = parts_of(community);
    if (parts.kind != Kind::link_bandwidth) return std::nullopt;
    const auto octets = std::bit_cast<float>(parts.value);
    if (!std::isfinite(octets) || octets < 0) return 0.0F;
    return octets;
}

}  // namespace torii::bgp

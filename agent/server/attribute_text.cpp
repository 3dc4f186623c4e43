#include "agent/server/attribute_text.h"

#include <fmt/format.h>

#include <vector>

namespace torii::agent {
namespace {

bool is_v6(const std::string& text) {
    return text.find(':') != std::string::npos;
}

std::string_view origin_code(const std::string& origin) {
    if (origin == "IGP") return "i";
    if (origin == "EGP") return "e";
    return "?";
}

// Other than IPv4 over IPv4 it travels in MP_REACH_NLRI (RFC 4760, RFC 8950).
bool in_mp_reach(const ipc::BgpPath& path, const std::string& prefix) {
    return is_v6(prefix) || is_v6(path.next_hop());
}

}  // namespace

std::string attribute_text(const ipc::BgpPath& path, const std::string& prefix, bool sent) {
    // By number of the attribute.
    std::vector<std::string> parts;
    parts.push_back(fmt::format("Origin: {}", origin_code(path.origin())));
    if (sent || !path.as_path().empty()) parts.push_back("AsPath: " + path.as_path());
    const bool mp_reach = in_mp_reach(path, prefix);
    if (!mp_reach) parts.push_back("Nexthop: " + path.next_hop());
    if (path.has_med()) parts.push_back(fmt::format("Med: {}", path.med()));
    if (path.has_local_preference() && (!sent || path.internal())) {
        parts.push_back(fmt::format("LocalPref: {}", path.local_preference()));
    }
    if (path.communities_size() > 0) {
        parts.push_back(fmt::format("Communities: {}", fmt::join(path.communities(), ", ")));
    }
    if (mp_reach) {
        parts.push_back(fmt::format("MpReach({}-unicast): {{Nexthop: {}, NLRIs: [{}]}}",
                                    is_v6(prefix) ? "ipv6" : "ipv4", path.next_hop(), prefix));
    }
    if (path.large_communities_size() > 0) {
        parts.push_back(
            fmt::format("LargeCommunity: [ {}]", fmt::join(path.large_communities(), ", ")));
    }
    return fmt::format("[{{{}}}]", fmt::join(parts, "} {"));
}

}  // namespace torii::agent

#include "agent/reconcile/virtual_router.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

namespace torii::reconcile {
namespace {

Result<void> take(std::string_view name, std::string_view value, VirtualRouter& router) {
    if (name == "router-id") {
        const Result<IpAddress> id = IpAddress::parse(value);
        if (!id || !id->is_v4() || id->is_unspecified()) {
            return fail("router-id={}: must be an IPv4 address other than 0.0.0.0", value);
        }
        router.router_id = bgp::RouterId(id->v4_number());
        return {};
    }
    if (name != "local-port") return fail("{}: must be router-id or local-port", name);
    std::uint16_t port = 0;
    const char* end = value.data() + value.size();
    const auto [after, error] = std::from_chars(value.data(), end, port);
    if (error != std::errc() || after != end || port == 0) {
        return fail("local-port={}: must be 1 to 65535", value);
    }
    router.local_port = port;
    return {};
}

}  // namespace

Result<VirtualRouter> virtual_router(const model::Node& node, bgp::Asn as) {
    VirtualRouter router;
    const std::string name = fmt::format("cilium.io/bgp-virtual-router.{}", as.value());
    const auto found = node.metadata.annotations.find(name);
    if (found == node.metadata.annotations.end()) return router;
    std::string_view rest = found->second;
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view word = rest.substr(0, comma);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        const std::size_t equals = std::min(word.find('='), word.size());
        const std::string_view value = word.substr(std::min(equals + 1, word.size()));
        if (auto taken = take(word.substr(0, equals), value, router); !taken) {
            return fail("annotation {}: {}", name, taken.error().message);
        }
    }
    return router;
}

std::optional<bgp::RouterId> default_router_id(const model::Node& node,
                                               const std::vector<model::Interface>& interfaces) {
    const auto first_v4 = std::ranges::find_if(node.internal_addresses, &IpAddress::is_v4);
    if (first_v4 != node.internal_addresses.end()) return bgp::RouterId(first_v4->v4_number());
    for (const IpAddress& address : node.internal_addresses) {
        for (const model::Interface& interface : interfaces) {
            if (std::ranges::find(interface.addresses, address) == interface.addresses.end()) {
                continue;
            }
            const auto& octets = interface.mac.octets;
            std::uint32_t number = 0;
            for (std::size_t at = 2; at < octets.size(); ++at) number = number << 8U | octets[at];
            if (number != 0) return bgp::RouterId(number);
        }
    }
    return std::nullopt;
}

}  // namespace torii::reconcile

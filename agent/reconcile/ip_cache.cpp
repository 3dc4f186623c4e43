#include "agent/reconcile/ip_cache.h"

#include "agent/model/stable_hash.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace torii::reconcile {
namespace {

constexpr std::uint32_t kHost = 1;
constexpr std::uint32_t kWorld = 2;
constexpr std::uint32_t kRemoteNode = 6;
// Of what is not reserved (Cilium: 256 to 65535).
constexpr std::uint32_t kFirst = 256;
constexpr std::uint32_t kCount = 65536 - kFirst;

std::uint32_t identity_of(std::string_view service) {
    return kFirst + static_cast<std::uint32_t>(model::stable_hash(service) % kCount);
}

std::string address_of(const model::Snapshot& snapshot, const std::string& node, IpFamily family) {
    const std::optional<model::Node> found = snapshot.node(node);
    if (!found || found->internal_addresses.empty()) return node;
    const auto& addresses = found->internal_addresses;
    const auto same = std::ranges::find(addresses, family, &IpAddress::family);
    return (same == addresses.end() ? addresses.front() : *same).to_string();
}

}  // namespace

std::vector<IpCacheEntry> ip_cache(const model::Snapshot& snapshot, const std::string& node) {
    std::map<Prefix, IpCacheEntry> entries;
    const auto add = [&](const Prefix& prefix, std::uint32_t identity, std::string at) {
        entries.emplace(prefix, IpCacheEntry{prefix, identity, std::move(at)});
    };
    for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
        add(Prefix::covering(IpAddress::any(family), 0), kWorld, "");
    }
    for (const std::string& name : snapshot.node_names()) {
        const std::optional<model::Node> found = snapshot.node(name);
        for (const IpAddress& address : found->internal_addresses) {
            add(Prefix::host(address), name == node ? kHost : kRemoteNode, "");
        }
    }
    for (const auto& [service, slices] : model::slices_by_service(snapshot)) {
        for (const model::EndpointSlice* slice : slices) {
            for (const model::Endpoint& endpoint : slice->endpoints) {
                if (endpoint.node_name.empty()) continue;
                for (const IpAddress& address : endpoint.addresses) {
                    const bool here = endpoint.node_name == node;
                    add(Prefix::host(address), identity_of(service),
                        here ? "" : address_of(snapshot, endpoint.node_name, address.family()));
                }
            }
        }
    }
    std::vector<IpCacheEntry> all;
    for (auto& [prefix, entry] : entries) all.push_back(std::move(entry));
    return all;
}

}  // namespace torii::reconcile

#include "agent/reconcile/pod_cidr.h"

#include "agent/reconcile/peer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace torii::reconcile {
namespace {

class Routes {
public:
    Routes(const model::Snapshot& snapshot, const std::vector<Prefix>& pod_cidrs,
           Conditions& conditions)
        : snapshot_(snapshot), pod_cidrs_(pod_cidrs), conditions_(conditions) {}

    void add(const AdvertisementTarget& target) {
        for (const model::BgpPeerFamily& family : target.settings->families) {
            const std::optional<bgp::Family> carried = unicast_family(family);
            if (!carried) continue;
            const IpFamily ip = *carried == bgp::Family::ipv4_unicast ? IpFamily::v4 : IpFamily::v6;
            for (const auto& [name, advertisement] : snapshot_.advertisements) {
                if (!model::matches_absent_is_none(family.advertisements,
                                                   advertisement.metadata.labels)) {
                    continue;
                }
                for (const auto& entry : advertisement.advertisements) {
                    add(target.address, ip, name, entry);
                }
            }
        }
    }

    // A speaker has one route for a prefix, whoever is told of it.
    std::vector<speaker::LocalRoute> take() {
        std::vector<speaker::LocalRoute> routes;
        for (const auto& [prefix, by_peer] : routes_) {
            speaker::LocalRoute route{prefix, {}};
            route.med.reset();
            bool alike = true;
            for (const auto& [peer, attributes] : by_peer) {
                alike = alike && attributes == by_peer.begin()->second;
                route.peers.push_back(peer);
                merge(attributes, route);
            }
            if (!alike) {
                tell("PodCIDR/" + prefix.to_string(),
                     "the advertisements of its peers differ in their attributes: that is not "
                     "supported yet, each peer gets those of all");
            }
            routes.push_back(std::move(route));
        }
        return routes;
    }

private:
    void add(const IpAddress& peer, IpFamily family, const std::string& name,
             const model::BgpAdvertisementEntry& entry) {
        if (entry.type == model::AdvertisementType::unknown) return;
        if (entry.type != model::AdvertisementType::pod_cidr) {
            return tell("CiliumBGPAdvertisement/" + name,
                        fmt::format("advertisementType {} is not supported yet", entry.type_name));
        }
        for (const Prefix& prefix : pod_cidrs_) {
            if (prefix.family() == family) add(entry.attributes, routes_[prefix][peer]);
        }
    }

    // Advertisements of one prefix add up: it carries the communities of all of them, and the
    // highest local preference.
    static void add(const model::BgpAttributes& from, model::BgpAttributes& to) {
        for (const std::uint32_t community : from.communities) add_once(to.communities, community);
        for (const model::LargeCommunity& community : from.large_communities) {
            add_once(to.large_communities, community);
        }
        to.local_preference = std::max(to.local_preference, from.local_preference);
    }

    static void merge(const model::BgpAttributes& from, speaker::LocalRoute& to) {
        for (const std::uint32_t community : from.communities) add_once(to.communities, community);
        for (const auto& [global, local_1, local_2] : from.large_communities) {
            add_once(to.large_communities, bgp::LargeCommunity{global, local_1, local_2});
        }
        to.local_preference = std::max(to.local_preference, from.local_preference);
    }

    template <class Value>
    static void add_once(std::vector<Value>& values, const Value& value) {
        const auto place = std::ranges::lower_bound(values, value);
        if (place == values.end() || *place != value) values.insert(place, value);
    }

    void tell(std::string object, std::string message) {
        Condition condition{std::move(object), "torii/Unsupported", std::move(message)};
        if (std::ranges::find(conditions_, condition) == conditions_.end()) {
            conditions_.push_back(std::move(condition));
        }
    }

    const model::Snapshot& snapshot_;
    const std::vector<Prefix>& pod_cidrs_;
    Conditions& conditions_;
    std::map<Prefix, std::map<IpAddress, model::BgpAttributes>> routes_;
};

}  // namespace

std::vector<speaker::LocalRoute> pod_cidr_routes(const model::Snapshot& snapshot,
                                                 const std::vector<Prefix>& pod_cidrs,
                                                 const std::vector<AdvertisementTarget>& targets,
                                                 Conditions& conditions) {
    Routes routes(snapshot, pod_cidrs, conditions);
    for (const AdvertisementTarget& target : targets) routes.add(target);
    return routes.take();
}

}  // namespace torii::reconcile

#pragma once

#include "agent/model/snapshot.h"
#include "controlplane/policy/definition.h"
#include "controlplane/speaker/speaker.h"

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

// What all kinds of advertisements have in common: who selects them, and how what they say of one
// prefix becomes one route.
namespace torii::reconcile {

// A peer and which advertisements it may get.
struct AdvertisementTarget {
    IpAddress address;
    const model::BgpPeerConfig* settings = nullptr;
};

// An entry of a CiliumBGPAdvertisement that a family of a peer selects.
struct SelectedEntry {
    IpAddress peer;
    IpFamily family = IpFamily::v4;
    std::string advertisement;
    const model::BgpAdvertisementEntry* entry = nullptr;
};

[[nodiscard]] std::vector<SelectedEntry> selected_entries(
    const model::Snapshot& snapshot, const std::vector<AdvertisementTarget>& targets);

// "ipv4", "ipv6"
[[nodiscard]] std::string_view family_name(IpFamily family);

// What a peer is told because of one object, as a statement of Cilium's export policies.
struct ExportStatement {
    IpAddress peer;
    std::string name;  // "PodCIDR-ipv4"
    std::vector<Prefix> prefixes;
    model::BgpAttributes attributes;
    bool load_balancer = false;  // of LoadBalancerIPs
    friend bool operator==(const ExportStatement&, const ExportStatement&) = default;
};

// Collects statements; several of the same name add up.
class ExportStatements {
public:
    enum class Kind : std::uint8_t { pod_cidr, service, pod_pool, interface };

    ExportStatement& add(const SelectedEntry& selected, Kind kind, const std::string& name,
                         const Prefix& prefix);
    // By peer and kind, of services the longer prefixes first, then by name.
    [[nodiscard]] std::vector<ExportStatement> take() &&;

private:
    std::map<std::tuple<IpAddress, Kind, int, std::string>, ExportStatement> statements_;
};

// The routes that the statements come to, without attributes; export policies of the sessions add
// what each peer is to see: they go into the configuration, with `definitions`, its other policies.
[[nodiscard]] std::vector<speaker::LocalRoute> routes_of(
    const std::vector<ExportStatement>& statements, speaker::SpeakerConfig& config,
    policy::Definitions definitions = {});

}  // namespace torii::reconcile

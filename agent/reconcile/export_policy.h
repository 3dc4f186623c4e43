#pragma once

#include "agent/model/bgp_resources.h"
#include "controlplane/speaker/speaker.h"

#include <compare>
#include <map>
#include <vector>

namespace torii::reconcile {

using AttributesByPeer = std::map<IpAddress, model::BgpAttributes>;

// Prefixes that different peers are told with different attributes: the speaker has one route for
// each of them without any, and the export policy of each session adds those of its peer.
class ExportPolicies {
public:
    void add(const Prefix& prefix, const AttributesByPeer& peers);
    void apply(speaker::SpeakerConfig& config) &&;

private:
    struct Group {
        model::BgpAttributes attributes;
        std::vector<Prefix> prefixes;
    };
    std::map<std::pair<IpAddress, IpFamily>, std::vector<Group>> groups_;
};

}  // namespace torii::reconcile

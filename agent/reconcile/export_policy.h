#pragma once

#include "agent/model/bgp_resources.h"
#include "controlplane/policy/definition.h"
#include "controlplane/speaker/speaker.h"

#include <compare>
#include <map>
#include <vector>

namespace torii::reconcile {

using AttributesByPeer = std::map<IpAddress, model::BgpAttributes>;

// A speaker has one route for a prefix, whoever is told of it. What peers see of it may differ, and
// communities such as no-export are for them to heed, not for us: so the export policy of each
// session adds the attributes.
class ExportPolicies {
public:
    void add(const Prefix& prefix, const AttributesByPeer& peers);
    // Together with `definitions`, other policies of the same speaker.
    void apply(speaker::SpeakerConfig& config, policy::Definitions definitions) &&;

private:
    struct Group {
        model::BgpAttributes attributes;
        std::vector<Prefix> prefixes;
    };
    std::map<std::pair<IpAddress, IpFamily>, std::vector<Group>> groups_;
};

}  // namespace torii::reconcile

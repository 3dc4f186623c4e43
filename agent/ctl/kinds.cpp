#include "agent/ctl/kinds.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace torii::agent {
namespace {

constexpr Kind kKinds[] = {
    {"Service", " svc service services ", true, ""},
    {"EndpointSlice", " endpointslice endpointslices ", true, "discovery.k8s.io"},
    {"Secret", " secret secrets ", true, ""},
    {"Node", " no node nodes ", false, ""},
    {"CiliumNode", " cn ciliumnode ciliumnodes ", false, "cilium.io"},
    {"CiliumLoadBalancerIPPool",
     " ippool ippools lbippool lbippools ciliumloadbalancerippool ciliumloadbalancerippools ",
     false, "cilium.io"},
    {"CiliumPodIPPool", " cpip ciliumpodippool ciliumpodippools ", false, "cilium.io"},
    {"CiliumBGPClusterConfig", " cbgpcluster ciliumbgpclusterconfig ciliumbgpclusterconfigs ",
     false, "cilium.io"},
    {"CiliumBGPPeerConfig", " cbgppeer ciliumbgppeerconfig ciliumbgppeerconfigs ", false,
     "cilium.io"},
    {"CiliumBGPAdvertisement", " cbgpadvert ciliumbgpadvertisement ciliumbgpadvertisements ", false,
     "cilium.io"},
    {"CiliumBGPNodeConfig", " cbgpnode ciliumbgpnodeconfig ciliumbgpnodeconfigs ", false,
     "cilium.io"},
    {"CiliumBGPNodeConfigOverride",
     " cbgpnodeoverride ciliumbgpnodeconfigoverride ciliumbgpnodeconfigoverrides ", false,
     "cilium.io"},
};

}  // namespace

Result<Kind> find_kind(std::string_view word) {
    std::string wanted = " ";
    for (const char character : word.substr(0, word.find('.'))) {
        wanted += static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    }
    wanted += ' ';
    const auto* found = std::ranges::find_if(kKinds, [&](const Kind& kind) {
        return kind.words.find(wanted) != std::string_view::npos;
    });
    if (found != std::end(kKinds)) return *found;
    return fail("there is no kind of resources {}", word);
}

}  // namespace torii::agent

#include "mgmt/show/bgp.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace torii::show {
namespace {

using testing::HasSubstr;
using testing::Not;

template <class Message>
Message parse(const std::string& text) {
    Message message;
    if (!google::protobuf::TextFormat::ParseFromString(text, &message)) {
        throw std::runtime_error("not the text of a message");
    }
    return message;
}

struct Groups {
    ipc::BgpConfig bgp = parse<ipc::BgpConfig>(R"(
        as: 65000 families { family: IPV4_UNICAST } families { family: IPV6_UNICAST }
        peer_groups { name: "CILIUM" session { remote_as_kind: REMOTE_AS_EXTERNAL
            families { family: IPV6_UNICAST enabled: false } } }
        peer_groups { name: "CORE" session { remote_as: 65000 } }
        dynamic_neighbors { prefix: "192.168.10.0/24" peer_group: "CILIUM" }
        dynamic_neighbors { prefix: "fd00::/64" peer_group: "CILIUM" })");
    ipc::BgpNeighbors neighbors = parse<ipc::BgpNeighbors>(R"(
        neighbors { address: "192.168.10.100" peer_group: "CILIUM" state: "Established" }
        neighbors { address: "192.168.10.101" peer_group: "CILIUM" state: "Active" dynamic: true }
        neighbors { address: "192.0.2.1" state: "Connect" })");
};

TEST(BgpPeerGroups, AreLaidOutAsFrrDoes) {
    const Groups lab;
    EXPECT_EQ(bgp_peer_groups(lab.bgp, lab.neighbors, ""), R"(
BGP peer-group CILIUM, remote AS external
  Peer-group type is external
  Configured address-families: IPv4 Unicast;
  1 IPv4 listen range(s)
    192.168.10.0/24
  1 IPv6 listen range(s)
    fd00::/64
  Peer-group members:
    192.168.10.100  Established
    192.168.10.101 (dynamic) Active

BGP peer-group CORE, remote AS 65000
  Peer-group type is internal
  Configured address-families: IPv4 Unicast; IPv6 Unicast;
)");
    EXPECT_THAT(bgp_peer_groups(lab.bgp, lab.neighbors, "CORE"), Not(HasSubstr("CILIUM")));
}

TEST(BgpPeerGroups, JsonHasTheNamesOfFrr) {
    const Groups lab;
    EXPECT_EQ(bgp_peer_groups_json(lab.bgp, lab.neighbors, ""), boost::json::parse(R"({
        "CILIUM": {"remoteAs": 0, "type": "external",
            "addressFamiliesConfigured": ["IPv4 Unicast"],
            "dynamicRanges": {"IPv4": {"count": 1, "ranges": ["192.168.10.0/24"]},
                              "IPv6": {"count": 1, "ranges": ["fd00::/64"]}},
            "members": {"192.168.10.100": {"status": "Established"},
                        "192.168.10.101": {"status": "Active", "dynamic": true}}},
        "CORE": {"remoteAs": 65000, "type": "internal",
            "addressFamiliesConfigured": ["IPv4 Unicast", "IPv6 Unicast"]}})"));
}

}  // namespace
}  // namespace torii::show

// Options of sessions that FRR and BIRD have too: a neighbor's own, else those of its group.
#include "controlplane/bgp/peer.h"
#include "settings_text.h"

#include <gmock/gmock.h>

#include <string>

namespace torii::controlplane {
namespace {

using testing::HasSubstr;

// A neighbor of a group, in the text form that settings are read from.
std::string in_group(const std::string& instance, const std::string& group,
                     const std::string& own) {
    return "bgp { as: 65000 router_id: '192.168.10.200' hold_time: 90 " + instance +
           " peer_groups { name: 'G' session { " + group +
           " } } neighbors { address: '10.0.0.1' peer_group: 'G' session { " + own + " } } }";
}

bgp::PeerConfig peer(const std::string& group, const std::string& own) {
    const auto settings = read(in_group("", "remote_as: 65001 " + group, own));
    EXPECT_TRUE(settings.has_value()) << settings.error().message;
    return settings ? settings->bgp->speaker.peers.at(0) : bgp::PeerConfig{};
}

TEST(SessionOptions, ARoleIsTheNeighborsOwnOrItsGroups) {
    EXPECT_EQ(peer("", "").local_role, std::nullopt);
    const bgp::PeerConfig inherited = peer("local_role: BGP_ROLE_CUSTOMER", "");
    EXPECT_EQ(inherited.local_role, bgp::Role::customer);
    EXPECT_FALSE(inherited.role_strict);
    const bgp::PeerConfig own =
        peer("local_role: BGP_ROLE_CUSTOMER local_role_strict: true", "local_role: BGP_ROLE_PEER");
    EXPECT_EQ(own.local_role, bgp::Role::peer);
    EXPECT_TRUE(own.role_strict);
    EXPECT_EQ(peer("", "local_role: BGP_ROLE_PROVIDER").local_role, bgp::Role::provider);
    EXPECT_EQ(peer("", "local_role: BGP_ROLE_RS_SERVER").local_role, bgp::Role::rs_server);
    EXPECT_EQ(peer("", "local_role: BGP_ROLE_RS_CLIENT").local_role, bgp::Role::rs_client);
}

TEST(SessionOptions, ARoleIsOfExternalPeers) {
    EXPECT_THAT(refusal(in_group("", "remote_as: 65000", "local_role: BGP_ROLE_PEER")),
                HasSubstr("local-role is for external peers"));
    EXPECT_THAT(
        refusal(in_group("", "remote_as_kind: REMOTE_AS_INTERNAL", "local_role: BGP_ROLE_PEER")),
        HasSubstr("local-role is for external peers"));
    EXPECT_THAT(
        refusal(in_group("", "remote_as_kind: REMOTE_AS_EXTERNAL", "local_role: BGP_ROLE_PEER")),
        "accepted");
    EXPECT_THAT(refusal(in_group("", "remote_as: 1", "local_role_strict: true")),
                HasSubstr("local-role-strict needs local-role"));
}

TEST(SessionOptions, AnIntervalIsTheNeighborsOwnOrItsGroups) {
    EXPECT_EQ(peer("", "").advertisement_interval, Seconds(0));
    EXPECT_EQ(peer("advertisement_interval: 30", "").advertisement_interval, Seconds(30));
    EXPECT_EQ(
        peer("advertisement_interval: 30", "advertisement_interval: 0").advertisement_interval,
        Seconds(0));
    EXPECT_FALSE(bgp::needs_reset(peer("", ""), peer("", "advertisement_interval: 5")));
}

TEST(SessionOptions, TheFirstAsIsEnforcedUnlessThePeerIsARouteServer) {
    EXPECT_TRUE(peer("", "").enforce_first_as);
    EXPECT_FALSE(peer("enforce_first_as: false", "").enforce_first_as);
    EXPECT_TRUE(peer("enforce_first_as: false", "enforce_first_as: true").enforce_first_as);
    EXPECT_FALSE(peer("local_role: BGP_ROLE_RS_CLIENT", "").enforce_first_as);
    EXPECT_TRUE(peer("local_role: BGP_ROLE_RS_CLIENT", "enforce_first_as: true").enforce_first_as);
    EXPECT_TRUE(peer("local_role: BGP_ROLE_RS_SERVER", "").enforce_first_as);
    EXPECT_FALSE(bgp::needs_reset(peer("", ""), peer("", "enforce_first_as: false")));
}

TEST(SessionOptions, OfTheInstance) {
    const auto of = [](const std::string& instance) {
        return read(in_group(instance, "remote_as: 1", ""))->bgp->speaker;
    };
    const speaker::SpeakerConfig plain = of("");
    EXPECT_TRUE(plain.log_neighbor_changes);
    EXPECT_EQ(plain.selection_deferral, Seconds(15));
    EXPECT_EQ(plain.update_delay, Seconds(0));
    const speaker::SpeakerConfig set =
        of("log_neighbor_changes: false selection_deferral_time: 0 update_delay: 60 "
           "update_delay_establish_wait: 20");
    EXPECT_FALSE(set.log_neighbor_changes);
    EXPECT_EQ(set.selection_deferral, Seconds(0));
    EXPECT_EQ(set.update_delay, Seconds(60));
    EXPECT_EQ(set.establish_wait, Seconds(20));
}

// What is said in an OPEN, or asked of one, needs a session anew.
TEST(SessionOptions, WhatNeedsAnotherSession) {
    const bgp::PeerConfig before = peer("", "");
    EXPECT_TRUE(bgp::needs_reset(before, peer("", "local_role: BGP_ROLE_PEER")));
    EXPECT_TRUE(bgp::needs_reset(peer("local_role: BGP_ROLE_PEER", ""),
                                 peer("local_role: BGP_ROLE_PEER", "local_role_strict: true")));
}

}  // namespace
}  // namespace torii::controlplane

// What the status of a CiliumBGPNodeConfig says, and the agent's metrics.
#include "agent/server/node_status.h"

#include "agent/server/metrics.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::agent {
namespace {

using testing::HasSubstr;
using testing::Not;

ipc::AgentPeers peers(std::uint64_t seconds, const std::string& state = "Established") {
    ipc::AgentPeers peers;
    ipc::AgentPeer& peer = *peers.add_peers();
    peer.set_instance("i");
    peer.set_peer_name("tor");
    ipc::BgpNeighborState& session = *peer.mutable_state();
    session.set_address("192.0.2.200");
    session.set_local_as(65001);
    session.set_remote_as(65000);
    session.set_state(state);
    session.set_state_seconds(seconds);
    session.set_hold_time(9);
    session.set_keepalive(3);
    ipc::BgpPrefixCounts& counts = *session.add_prefixes();
    counts.set_family(ipc::IPV4_UNICAST);
    counts.set_received(5);
    counts.set_sent(3);
    return peers;
}

TEST(NodeStatus, SaysHowTheSessionsAre) {
    NodeStatus status("n1");
    EXPECT_EQ(status.key().name, "n1");
    EXPECT_EQ(boost::json::serialize(status.status(peers(100), {}, {}, 1100)),
              R"({"bgpInstances":[{"name":"i","localASN":65001,"peers":[{"name":"tor",)"
              R"("peerAddress":"192.0.2.200","peerASN":65000,"peeringState":"established",)"
              R"("timers":{"appliedHoldTimeSeconds":9,"appliedKeepaliveSeconds":3},)"
              R"("establishedTime":"1970-01-01T00:16:40Z",)"
              R"("routeCount":[{"afi":"ipv4","safi":"unicast","received":5,"advertised":3}]}]}],)"
              R"("conditions":[{"type":"cilium.io/BGPReconcileError","status":"False",)"
              R"("lastTransitionTime":"1970-01-01T00:18:20Z","reason":"BGPReconcileError",)"
              R"("message":""}]})");
}

TEST(NodeStatus, IsTheSameAsLongAsNothingHappens) {
    NodeStatus status("n1");
    const kube::Statuses first{{status.key(), status.status(peers(100), {}, {}, 1100)}};
    // Seconds are rounded: the difference wavers.
    EXPECT_EQ(status.status(peers(105), {}, first, 1106), first.at(status.key()));
    EXPECT_NE(status.status(peers(2), {}, first, 1110), first.at(status.key()))
        << "another session";
    const auto down = boost::json::serialize(status.status(peers(5, "OpenSent"), {}, first, 1120));
    EXPECT_THAT(down, HasSubstr(R"("peeringState":"open_sent")"));
    EXPECT_THAT(down, Not(HasSubstr("establishedTime")));
    EXPECT_THAT(down, Not(HasSubstr("timers")));
}

TEST(NodeStatus, TellsErrorsAsFarAsThereIsRoom) {
    NodeStatus status("n1");
    const reconcile::Condition error{"x", "cilium.io/BGPReconcileError",
                                     "i: " + std::string(40000, 'e')};
    const auto told = status.status({}, {{"y", "other", "no"}, error}, {}, 0);
    const auto& condition = told.at("conditions").at(0);
    EXPECT_EQ(condition.at("status"), "True");
    EXPECT_EQ(condition.at("message").as_string().size(), 32768U);
    EXPECT_TRUE(condition.at("message").as_string().starts_with("i: e"));
}

TEST(Metrics, HaveCiliumsNames) {
    Measurements measured;
    measured.failures["65001"] = 2;
    measured.reconcile.observe(0.02);
    measured.conditions = 4;
    std::string text = metrics_text(peers(1), measured);
    for (const char* line :
         {"cilium_bgp_control_plane_session_state{vrouter=\"65001\",neighbor=\"192.0.2.200\","
          "neighbor_asn=\"65000\"} 1\n",
          "cilium_bgp_control_plane_advertised_routes{vrouter=\"65001\",neighbor=\"192.0.2.200\","
          "neighbor_asn=\"65000\",afi=\"ipv4\",safi=\"unicast\"} 3\n",
          "cilium_bgp_control_plane_received_routes{vrouter=\"65001\",neighbor=\"192.0.2.200\","
          "neighbor_asn=\"65000\",afi=\"ipv4\",safi=\"unicast\"} 5\n",
          "cilium_bgp_control_plane_reconcile_errors_total{vrouter=\"65001\"} 2\n",
          "cilium_bgp_control_plane_reconcile_run_duration_seconds_bucket{le=\"0.01\"} 0\n",
          "cilium_bgp_control_plane_reconcile_run_duration_seconds_bucket{le=\"0.025\"} 1\n",
          "cilium_bgp_control_plane_reconcile_run_duration_seconds_sum 0.020000000\n",
          "torii_agent_conditions 4\n"}) {
        EXPECT_THAT(text, HasSubstr(line));
    }
    EXPECT_THAT(text, Not(HasSubstr("lbipam"))) << "it is no controller";
    std::optional<ipam::Assignment> assignment;
    measured.ipam = &assignment;
    text = metrics_text({}, measured);
    EXPECT_THAT(text, HasSubstr("torii_controller_leads 0\n"));
    EXPECT_THAT(text, Not(HasSubstr("lbipam"))) << "another one leads";
    assignment.emplace();
    assignment->pools["p"] = {"overlaps", 256, 3};
    assignment->pools["large"] = {"", ~ipam::Number{0}, 0};
    assignment->services["n/a"].condition.status = "False";
    assignment->services["n/b"].condition.status = "True";
    text = metrics_text({}, measured);
    for (const char* line : {"cilium_operator_lbipam_conflicting_pools 1\n",
                             "cilium_operator_lbipam_ips_available{pool=\"p\"} 253\n",
                             "cilium_operator_lbipam_ips_available{pool=\"large\"} "
                             "18446744073709551615\n",
                             "cilium_operator_lbipam_ips_used{pool=\"p\"} 3\n",
                             "cilium_operator_lbipam_services_matching 2\n",
                             "cilium_operator_lbipam_services_unsatisfied 1\n"}) {
        EXPECT_THAT(text, HasSubstr(line));
    }
}

}  // namespace
}  // namespace torii::agent

// Options of BGP's sessions and what they do, as FRR shows them.
#include "mgmt/show/bgp.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <cstdint>
#include <string>

namespace torii::show {
namespace {

using testing::HasSubstr;
using testing::Not;

template <class Message>
Message parse(const std::string& text) {
    Message message;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
    return message;
}

ipc::BgpNeighbors neighbor(const std::string& more) {
    return parse<ipc::BgpNeighbors>("neighbors { address: '10.0.0.1' state: 'Established' " + more +
                                    " }");
}

boost::json::value json_of(const ipc::BgpNeighbors& neighbors) {
    return bgp_neighbors_json(neighbors, "10.0.0.9").at("10.0.0.1");
}

TEST(ShowSessionOptions, RolesOfBothSides) {
    const auto both = neighbor(
        "local_role_strict: true capabilities_sent { role: 'customer' } "
        "capabilities_received { role: 'provider' }");
    const std::string shown = bgp_neighbors(both, "10.0.0.9");
    EXPECT_THAT(shown, HasSubstr("  Local Role: customer (strict)\n  Remote Role: provider\n"));
    EXPECT_THAT(shown, HasSubstr("    Role: advertised and received\n"));
    const auto json = json_of(both);
    EXPECT_EQ(json.at("localRole").as_string(), "customer");
    EXPECT_TRUE(json.at("localRoleStrict").as_bool());
    EXPECT_EQ(json.at("remoteRole").as_string(), "provider");
    EXPECT_EQ(json.at("neighborCapabilities").at("role").as_string(), "advertisedAndReceived");

    const auto ours = neighbor("capabilities_sent { role: 'peer' } capabilities_received { }");
    EXPECT_THAT(bgp_neighbors(ours, "10.0.0.9"),
                HasSubstr("  Local Role: peer\n  Remote Role: undefined\n"));
    EXPECT_FALSE(json_of(ours).as_object().contains("localRoleStrict"));
    EXPECT_THAT(bgp_neighbors(neighbor(""), "10.0.0.9"), Not(HasSubstr("Role")));
}

TEST(ShowSessionOptions, TheIntervalBetweenAdvertisements) {
    const auto slow = neighbor("advertisement_interval: 30");
    EXPECT_THAT(bgp_neighbors(slow, "10.0.0.9"),
                HasSubstr("  Minimum time between advertisement runs is 30 seconds\n"));
    EXPECT_EQ(json_of(slow).at("minBtwnAdvertisementRunsTimerMsecs").to_number<int>(), 30000);
}

TEST(ShowSessionOptions, AFirstAsThatIsNotEnforced) {
    const auto open = neighbor("external: true any_first_as: true");
    EXPECT_THAT(bgp_neighbors(open, "10.0.0.9"),
                HasSubstr("  The first AS of its paths is not enforced\n"));
    EXPECT_FALSE(json_of(open).at("enforceFirstAs").as_bool());
    for (const char* plain : {"external: true", "external: false any_first_as: true"}) {
        EXPECT_THAT(bgp_neighbors(neighbor(plain), "10.0.0.9"), Not(HasSubstr("first AS")));
        EXPECT_FALSE(json_of(neighbor(plain)).as_object().contains("enforceFirstAs"));
    }
}

TEST(ShowSessionOptions, TheUpdateDelay) {
    const auto summary = parse<ipc::BgpSummary>(
        "router_id: '10.0.0.9' local_as: 65000 update_delay: 60 update_delay_establish_wait: 20 "
        "update_delay_in_progress: true");
    EXPECT_THAT(bgp_summary(summary, ipc::IPV4_UNICAST),
                HasSubstr("local AS number 65000 vrf-id 0\n"
                          "Read-only mode update-delay limit: 60 seconds\n"
                          "                   Establish wait: 20 seconds\n"
                          "    Delay in progress\n"
                          "BGP table version 0\n"));
    const auto json = bgp_summary_json(summary, ipc::IPV4_UNICAST).at("ipv4Unicast");
    EXPECT_EQ(json.at("updateDelayLimit").to_number<int>(), 60);
    EXPECT_EQ(json.at("updateDelayEstablishWait").to_number<int>(), 20);
    EXPECT_TRUE(json.at("updateDelayInProgress").as_bool());
    const ipc::BgpSummary none;
    EXPECT_THAT(bgp_summary(none, ipc::IPV4_UNICAST), Not(HasSubstr("Read-only")));
    EXPECT_FALSE(bgp_summary_json(none, ipc::IPV4_UNICAST)
                     .at("ipv4Unicast")
                     .as_object()
                     .contains("updateDelayLimit"));
}

TEST(ShowSessionOptions, APathThatIsForCustomersOnly) {
    const auto table = parse<ipc::BgpTable>(
        "entries { prefix: '10.0.0.0/8' paths { origin: 'IGP' valid: true as_path: '65001' "
        "peer_address: '10.0.0.1' only_to_customer: 4200000001 } }");
    EXPECT_THAT(bgp_route(table, 0), HasSubstr("Origin IGP, valid, external, otc 4200000001\n"));
    BgpTableJson writer;
    std::string text = writer.portion(table);
    text += writer.end();
    const auto json = boost::json::parse(text);
    const auto& path = json.at("routes").at("10.0.0.0/8").as_array().at(0);
    EXPECT_EQ(path.at("otc").to_number<std::uint32_t>(), 4200000001U);
}

}  // namespace
}  // namespace torii::show

// What BGP originates, as it is shown.
#include "mgmt/show/bgp.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace torii::show {
namespace {

using testing::HasSubstr;

template <class Message>
Message parse(const std::string& text) {
    Message message;
    if (!google::protobuf::TextFormat::ParseFromString(text, &message)) {
        throw std::runtime_error("not the text of a message");
    }
    return message;
}

// In one portion.
template <class Writer>
std::string written(const ipc::BgpTable& table) {
    Writer writer;
    std::string out = writer.portion(table);
    return out + writer.end();
}
std::string bgp_table(const ipc::BgpTable& table) {
    return written<BgpTableText>(table);
}
boost::json::value bgp_table_json(const ipc::BgpTable& table) {
    return boost::json::parse(written<BgpTableJson>(table));
}

// As FRR 8.4.4 prints them.
TEST(ShowOrigination, AggregatesAndWhatTheySuppress) {
    const auto table = parse<ipc::BgpTable>(R"(router_id: "10.0.0.9" local_as: 65000
        table_version: 3
        entries { prefix: "172.20.0.0/16"
            paths { weight: 32768 origin: "IGP" valid: true best: true aggregated: true path_id: 1
                    atomic_aggregate: true aggregator: "65000 10.0.0.9"
                    best_reason: "First path received" } }
        entries { prefix: "172.20.2.0/24"
            paths { next_hop: "10.0.0.2" peer_address: "10.0.0.2" peer_router_id: "10.0.0.2"
                    as_path: "65001" origin: "IGP" valid: true best: true suppressed: true } })");
    EXPECT_THAT(bgp_table(table), HasSubstr(R"(
*> 172.20.0.0/16    0.0.0.0                  0         32768 i
s> 172.20.2.0/24    10.0.0.2                               0 65001 i
)"));
    ipc::BgpTable one = table;
    one.mutable_entries()->DeleteSubrange(1, 1);
    EXPECT_THAT(bgp_route(one, 0),
                HasSubstr("  Local, (aggregated by 65000 10.0.0.9)\n"
                          "    0.0.0.0 from 0.0.0.0 (10.0.0.9)\n"
                          "      Origin IGP, metric 0, weight 32768, valid, aggregated, local, "
                          "atomic-aggregate, best (First path received)\n"));
    ipc::BgpTable other = table;
    other.mutable_entries()->DeleteSubrange(0, 1);
    EXPECT_THAT(bgp_route(other, 0), HasSubstr("Paths: (1 available, best #1, table default, "
                                               "Advertisements suppressed by an aggregate.)\n"));
    const auto routes = bgp_table_json(table).at("routes");
    const auto aggregate = routes.at("172.20.0.0/16").at(0);
    EXPECT_TRUE(aggregate.at("aggregated").as_bool());
    EXPECT_TRUE(aggregate.at("atomicAggregate").as_bool());
    EXPECT_EQ(aggregate.at("aggregatorAs").to_number<int>(), 65000);
    EXPECT_EQ(aggregate.at("aggregatorId").as_string(), "10.0.0.9");
    EXPECT_FALSE(aggregate.as_object().contains("addpathRxId"));
    EXPECT_TRUE(routes.at("172.20.2.0/24").at(0).at("suppressed").as_bool());
}

TEST(ShowOrigination, DefaultRoutesThatAreSent) {
    auto table = parse<ipc::BgpTable>(R"(entries { prefix: "10.10.1.0/24"
        paths { weight: 32768 origin: "IGP" valid: true best: true } })");
    table.set_originating_default("0.0.0.0/0");
    EXPECT_THAT(bgp_table(table), HasSubstr("\nOriginating default network 0.0.0.0/0\n\n   Net"));
    EXPECT_EQ(bgp_table_json(table).at("bgpOriginatingDefaultNetwork").as_string(), "0.0.0.0/0");
    table.clear_entries();
    EXPECT_THAT(bgp_table(table), HasSubstr("Originating default network 0.0.0.0/0"));

    const auto neighbors = parse<ipc::BgpNeighbors>(R"(neighbors { address: "10.0.0.1"
        prefixes { default_originate: true default_sent: true unsuppress_policies: "U" }
        prefixes { family: IPV6_UNICAST default_originate: true default_policies: "D" } })");
    const std::string shown = bgp_neighbors(neighbors, "10.0.0.9");
    EXPECT_THAT(shown, HasSubstr("  Default information originate, default sent\n"
                                 "  Route map for selective unsuppress is U\n"));
    EXPECT_THAT(shown, HasSubstr("  Default information originate, default route-map D, "
                                 "default not sent\n"));
    const auto info =
        bgp_neighbors_json(neighbors, "10.0.0.9").at("10.0.0.1").at("addressFamilyInfo");
    EXPECT_TRUE(info.at("ipv4Unicast").at("defaultSent").as_bool());
    EXPECT_EQ(info.at("ipv4Unicast").at("selectiveUnsuppressRouteMap").as_string(), "U");
    EXPECT_TRUE(info.at("ipv6Unicast").at("defaultNotSent").as_bool());
    EXPECT_EQ(info.at("ipv6Unicast").at("defaultRouteMap").as_string(), "D");
}

}  // namespace
}  // namespace torii::show

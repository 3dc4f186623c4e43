#include "agent/loadbalance/stale_flows.h"

#include <gtest/gtest.h>

namespace torii::loadbalance {
namespace {

UdpFrontends::Place at(const char* address, std::uint16_t port) {
    return {*IpAddress::parse(address), port};
}

TEST(StaleFlows, AFrontendOnlyHasItsEndpoints) {
    UdpFrontends frontends;
    frontends.add(at("10.96.0.1", 53).first, 53, {at("10.0.1.5", 5353)});
    EXPECT_FALSE(frontends.is_stale(at("10.96.0.1", 53), at("10.0.1.5", 5353)));
    EXPECT_TRUE(frontends.is_stale(at("10.96.0.1", 53), at("10.0.1.6", 5353)));
    EXPECT_TRUE(frontends.is_stale(at("10.96.0.1", 53), at("10.96.0.1", 53)))
        << "sent before there was a service";
    EXPECT_FALSE(frontends.is_stale(at("10.96.0.1", 54), at("10.0.1.6", 5353)));
    EXPECT_FALSE(frontends.is_stale(at("10.96.0.2", 53), at("10.0.1.6", 5353)));
}

TEST(StaleFlows, ANodePortOnlyWhereItWasTranslated) {
    UdpFrontends frontends;
    frontends.add_node_port(IpFamily::v4, 30053, {at("10.0.1.5", 5353)});
    EXPECT_TRUE(frontends.is_stale(at("192.0.2.1", 30053), at("10.0.1.6", 5353)));
    EXPECT_FALSE(frontends.is_stale(at("192.0.2.1", 30053), at("10.0.1.5", 5353)));
    EXPECT_FALSE(frontends.is_stale(at("192.0.2.9", 30053), at("192.0.2.9", 30053)))
        << "the same port of another machine";
    EXPECT_FALSE(frontends.is_stale(at("2001:db8::1", 30053), at("fd00::6", 5353)));
}

TEST(StaleFlows, WhatIsGoneHasNoEndpointsUnlessSomebodyElseHasIt) {
    UdpFrontends changed;
    UdpFrontends gone;
    gone.add(at("10.96.0.1", 53).first, 53, {});
    changed.add(gone);
    EXPECT_TRUE(changed.is_stale(at("10.96.0.1", 53), at("10.0.1.5", 5353)));
    changed.add(at("10.96.0.1", 53).first, 53, {at("10.0.1.5", 5353)});
    EXPECT_FALSE(changed.is_stale(at("10.96.0.1", 53), at("10.0.1.5", 5353)));
}

}  // namespace
}  // namespace torii::loadbalance

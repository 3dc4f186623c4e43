#include "dataplane/server/kernel_state.h"

#include <gmock/gmock.h>

#include <linux/neighbour.h>

namespace torii::dataplane {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

IpAddress ip(const std::string& text) {
    return IpAddress::parse(text).value();
}

class KernelStateTest : public ::testing::Test {
protected:
    static netlink::Link link(std::uint32_t index, const std::string& name) {
        netlink::Link link;
        link.index = index;
        link.name = name;
        return link;
    }
    static netlink::LinkAddress address(std::uint32_t index, const std::string& text) {
        return {index, InterfaceAddress::parse(text).value()};
    }
    static netlink::Neighbor neighbor(std::uint32_t index, const std::string& text) {
        return {index, ip(text), MacAddress{{2, 0, 0, 0, 0, 1}}, NUD_REACHABLE};
    }

    std::vector<std::string> told_;
    KernelState state_{
        {[this](const netlink::Link& link, bool removed) {
             told_.push_back(fmt::format("{}{}", removed ? "-" : "+", link.name));
         },
         [this](std::uint32_t index) { told_.push_back(fmt::format("addresses {}", index)); },
         [this](const netlink::Neighbor& neighbor, bool removed) {
             told_.push_back(fmt::format("{}{}", removed ? "-" : "+", neighbor.address));
         }}};
    netlink::MonitorEvents feed_ = state_.feed();
};

TEST_F(KernelStateTest, KnowsWhatItWasTold) {
    feed_.link(link(3, "eth1"), false);
    feed_.address(address(3, "10.0.0.1/24"), false);
    feed_.address(address(4, "10.0.1.1/24"), false);
    feed_.neighbor(neighbor(3, "10.0.0.2"), false);
    ASSERT_NE(state_.link("eth1"), nullptr);
    EXPECT_EQ(state_.link("eth1")->index, 3U);
    EXPECT_THAT(state_.addresses(3), ElementsAre(InterfaceAddress{ip("10.0.0.1"), 24}));
    EXPECT_EQ(state_.neighbors(3).size(), 1U);
    EXPECT_THAT(state_.neighbors(4), IsEmpty());
    EXPECT_NE(state_.neighbor(3, ip("10.0.0.2")), nullptr);
    EXPECT_EQ(state_.neighbor(4, ip("10.0.0.2")), nullptr);
}

TEST_F(KernelStateTest, ForgetsWhatWasRemoved) {
    feed_.link(link(3, "eth1"), false);
    feed_.neighbor(neighbor(3, "10.0.0.2"), false);
    feed_.neighbor(neighbor(3, "10.0.0.2"), true);
    feed_.link(link(3, "eth1"), true);
    EXPECT_EQ(state_.link("eth1"), nullptr);
    EXPECT_THAT(state_.neighbors(3), IsEmpty());
    EXPECT_THAT(told_, ElementsAre("+eth1", "+10.0.0.2", "-10.0.0.2", "-eth1"));
}

TEST_F(KernelStateTest, WhatANewDumpDoesNotNameIsGone) {
    feed_.dump_begin();
    feed_.link(link(3, "eth1"), false);
    feed_.address(address(3, "10.0.0.1/24"), false);
    feed_.neighbor(neighbor(3, "10.0.0.2"), false);
    feed_.neighbor(neighbor(3, "10.0.0.3"), false);
    feed_.dump_done();
    told_.clear();
    feed_.dump_begin();
    feed_.link(link(3, "eth1"), false);
    feed_.neighbor(neighbor(3, "10.0.0.3"), false);
    feed_.dump_done();
    EXPECT_THAT(told_, ElementsAre("+eth1", "+10.0.0.3", "addresses 3", "-10.0.0.2"));
    EXPECT_THAT(state_.addresses(3), IsEmpty());
    EXPECT_EQ(state_.neighbor(3, ip("10.0.0.2")), nullptr);
    EXPECT_NE(state_.neighbor(3, ip("10.0.0.3")), nullptr);
}

TEST_F(KernelStateTest, GroupsAreNoNeighbors) {
    feed_.neighbor(neighbor(3, "224.0.0.22"), false);
    feed_.neighbor(neighbor(3, "ff02::16"), false);
    EXPECT_THAT(told_, IsEmpty());
}

}  // namespace
}  // namespace torii::dataplane

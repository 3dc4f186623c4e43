#include "platform/linux/tap_setup.h"

#include "platform/linux/tap.h"
#include "tests/unit/platform/linux/fresh_namespace.h"

#include <fstream>
#include <string>

namespace torii::netlink {
namespace {

constexpr uid_t kEngine = 990;
constexpr uid_t kOther = 991;

class TapSetup : public FreshNamespace {
protected:
    PortTap tap_{"port0", MacAddress{{2, 0, 0, 0, 0, 0x10}}, 1500};
};

TEST_F(TapSetup, ANewOneIsAsItWasWantedAndItsUsers) {
    const auto made = set_up_tap(tap_, kEngine, *requests_);
    ASSERT_TRUE(made) << made.error().message;
    const Link link = requests_->link("port0").value();
    EXPECT_EQ(link.kind, "tun");
    EXPECT_EQ(link.mac, tap_.mac);
    EXPECT_EQ(link.mtu, 1500U);
    EXPECT_EQ(link.owner, kEngine);
    std::string accepted;
    std::ifstream("/proc/sys/net/ipv4/conf/port0/accept_redirects") >> accepted;
    EXPECT_EQ(accepted, "0");
}

TEST_F(TapSetup, OneThatIsThereIsChangedAndStaysTheSame) {
    ASSERT_TRUE(set_up_tap(tap_, std::nullopt, *requests_));
    const Link before = requests_->link("port0").value();
    EXPECT_FALSE(before.owner);
    ASSERT_TRUE(requests_->set_link_up(before.index, true));
    tap_.mtu = 9000;
    tap_.mac = MacAddress{{2, 0, 0, 0, 0, 0x11}};
    ASSERT_TRUE(set_up_tap(tap_, kEngine, *requests_));
    const Link link = requests_->link("port0").value();
    EXPECT_EQ(link.index, before.index);
    EXPECT_EQ(link.mtu, 9000U);
    EXPECT_EQ(link.mac, tap_.mac);
    EXPECT_TRUE(link.admin_up);
    EXPECT_EQ(link.owner, kEngine);
}

TEST_F(TapSetup, OneThatIsInUseIsChangedAsWell) {
    ASSERT_TRUE(set_up_tap(tap_, kEngine, *requests_));
    const auto open = Tap::open("port0");
    ASSERT_TRUE(open) << open.error().message;
    tap_.mtu = 9000;
    EXPECT_TRUE(set_up_tap(tap_, kEngine, *requests_));
    EXPECT_EQ(requests_->link("port0")->mtu, 9000U);
}

TEST_F(TapSetup, WhatIsNoTapStaysAsItIs) {
    make_pair("port0", "cable");
    const Link before = requests_->link("port0").value();
    EXPECT_FALSE(set_up_tap(tap_, kEngine, *requests_));
    EXPECT_FALSE(set_up_tap(tap_, std::nullopt, *requests_));
    EXPECT_EQ(requests_->link("port0").value(), before);
}

TEST_F(TapSetup, AUsersTapsAreRemovedAndNoOthers) {
    ASSERT_TRUE(set_up_tap(tap_, kEngine, *requests_));
    ASSERT_TRUE(set_up_tap({"port1", tap_.mac, 1500}, kOther, *requests_));
    ASSERT_TRUE(set_up_tap({"port2", tap_.mac, 1500}, std::nullopt, *requests_));
    ASSERT_TRUE(remove_taps_of(kEngine, *requests_));
    EXPECT_FALSE(requests_->link("port0"));
    EXPECT_TRUE(requests_->link("port1"));
    EXPECT_TRUE(requests_->link("port2"));
}

}  // namespace
}  // namespace torii::netlink

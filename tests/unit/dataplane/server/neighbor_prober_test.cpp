#include "dataplane/server/neighbor_prober.h"

#include "dataplane/packet/arp.h"
#include "dataplane/packet/ethernet.h"
#include "platform/linux/tap.h"
#include "platform/linux/tap_setup.h"
#include "tests/unit/platform/linux/fresh_namespace.h"

#include <array>
#include <chrono>
#include <optional>
#include <poll.h>
#include <vector>

namespace torii::dataplane {
namespace {

using Frame = std::vector<std::uint8_t>;

// A link to a host that does not answer by itself.
class NeighborProberTest : public netlink::FreshNamespace {
protected:
    void SetUp() override {
        FreshNamespace::SetUp();
        const auto made = set_up_tap({"port0", mac_, 1500}, std::nullopt, *requests_);
        ASSERT_TRUE(made) << made.error().message;
        auto tap = Tap::open("port0");
        ASSERT_TRUE(tap) << tap.error().message;
        tap_.emplace(std::move(*tap));
        ASSERT_TRUE(requests_->set_link_up(tap_->ifindex(), true));
        ASSERT_TRUE(requests_->add_address(on(tap_->ifindex(), "192.0.2.1/24")));
        auto prober = NeighborProber::open();
        ASSERT_TRUE(prober) << prober.error().message;
        prober_ = std::move(*prober);
    }

    // The next frame of this type that the kernel sends; none within a second.
    std::optional<Frame> next(std::uint16_t type) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
        while (std::chrono::steady_clock::now() < deadline) {
            pollfd readable{tap_->descriptor(), POLLIN, 0};
            ::poll(&readable, 1, 100);
            Frame frame(2000);
            frame.resize(tap_->read(frame));
            if (frame.size() >= packet::kEthernetSize && packet::ether_type(frame.data()) == type) {
                return frame;
            }
        }
        return std::nullopt;
    }

    void answer(const Frame& request) {
        const std::uint8_t* arp = request.data() + packet::kEthernetSize;
        Frame reply(packet::kEthernetSize + packet::kArpSize);
        packet::write_ethernet(reply.data(), mac_, neighbor_, packet::kEtherArp);
        packet::write_arp(reply.data() + packet::kEthernetSize,
                          {packet::kArpReply, neighbor_, packet::load32(arp + 24), mac_,
                           packet::load32(arp + 14)});
        ASSERT_TRUE(tap_->write(reply));
    }

    MacAddress mac_ = MacAddress{{2, 0, 0, 0, 0, 0x10}};
    MacAddress neighbor_ = MacAddress{{2, 0, 0, 0, 0, 0x99}};
    std::optional<Tap> tap_;
    std::unique_ptr<NeighborProber> prober_;
};

TEST_F(NeighborProberTest, TheKernelResolvesAndItsDatagramIsKnown) {
    const auto asked = prober_->probe(tap_->ifindex(), ip("192.0.2.9"));
    ASSERT_TRUE(asked) << asked.error().message;
    const auto request = next(packet::kEtherArp);
    ASSERT_TRUE(request);
    EXPECT_FALSE(prober_->is_own(*request));
    answer(*request);
    const auto datagram = next(packet::kEtherIpv4);
    ASSERT_TRUE(datagram);
    EXPECT_TRUE(prober_->is_own(*datagram));
    const auto neighbors = requests_->neighbors().value();
    const auto found = std::ranges::find(neighbors, ip("192.0.2.9"), &netlink::Neighbor::address);
    ASSERT_NE(found, neighbors.end());
    EXPECT_EQ(found->mac, neighbor_);
}

TEST_F(NeighborProberTest, SomebodyElsesDatagramIsNotIts) {
    const auto other = NeighborProber::open();
    ASSERT_TRUE(other);
    ASSERT_TRUE((*other)->probe(tap_->ifindex(), ip("192.0.2.9")));
    answer(*next(packet::kEtherArp));
    const auto datagram = next(packet::kEtherIpv4);
    ASSERT_TRUE(datagram);
    EXPECT_FALSE(prober_->is_own(*datagram));
    EXPECT_FALSE(prober_->is_own(std::span(*datagram).first(40)));
}

TEST_F(NeighborProberTest, ANeighborOfIpv6IsAskedForAsWell) {
    // Its own link-local address is tentative for a second, RFC 4862.
    ASSERT_TRUE(requests_->add_address(on(tap_->ifindex(), "2001:db8::1/64")));
    const auto asked = [&] { return prober_->probe(tap_->ifindex(), ip("fe80::9")).has_value(); };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!asked() && std::chrono::steady_clock::now() < deadline) {
        ::poll(nullptr, 0, 20);
    }
    const auto neighbors = requests_->neighbors().value();
    EXPECT_NE(std::ranges::find(neighbors, ip("fe80::9"), &netlink::Neighbor::address),
              neighbors.end());
}

// The default route is another's; whoever is a neighbor is on the link.
TEST_F(NeighborProberTest, NoGatewayIsAskedInstead) {
    netlink::Route everything;
    everything.prefix = net("0.0.0.0/0");
    everything.protocol = netlink::kProtocolStatic;
    everything.link_index = tap_->ifindex();
    everything.gateway = ip("192.0.2.254");
    ASSERT_TRUE(requests_->replace_route(everything));
    ASSERT_TRUE(prober_->probe(tap_->ifindex(), ip("198.51.100.9")));
    const auto neighbors = requests_->neighbors().value();
    EXPECT_NE(std::ranges::find(neighbors, ip("198.51.100.9"), &netlink::Neighbor::address),
              neighbors.end());
}

TEST_F(NeighborProberTest, WithoutALinkItSaysSo) {
    EXPECT_FALSE(prober_->probe(9999, ip("192.0.2.9")));
}

}  // namespace
}  // namespace torii::dataplane

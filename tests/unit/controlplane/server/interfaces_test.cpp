#include "controlplane/server/interfaces.h"

#include <gmock/gmock.h>

#include <linux/neighbour.h>
#include <string>
#include <string_view>

namespace torii::controlplane {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

InterfaceAddress address(std::string_view text) {
    return InterfaceAddress::parse(text).value();
}

// Links as the kernel would have them; every change is told to nobody.
class Links final : public LinkOperations {
public:
    Result<std::uint32_t> create_loopback(const std::string& name) override {
        if (refuse_loopbacks) return fail("no driver");
        created.push_back(name);
        return next++;
    }
    Result<void> mark_loopback(std::uint32_t index) override {
        marked.insert(index);
        return {};
    }
    Result<void> delete_link(std::uint32_t index) override {
        deleted.push_back(index);
        return {};
    }
    Result<void> set_up(std::uint32_t index, bool on) override {
        up[index] = on;
        return {};
    }
    Result<void> add_address(std::uint32_t index, const InterfaceAddress& added) override {
        addresses[index].insert(added.to_string());
        return {};
    }
    Result<void> probe_neighbor(std::uint32_t, const IpAddress&) override { return {}; }
    Result<void> set_neighbor(std::uint32_t index, const IpAddress& added,
                              const MacAddress& mac) override {
        neighbors[index][added.to_string()] = mac.to_string();
        return {};
    }
    Result<void> delete_neighbor(std::uint32_t index, const IpAddress& gone) override {
        neighbors[index].erase(gone.to_string());
        return {};
    }
    Result<void> delete_address(std::uint32_t index, const InterfaceAddress& gone) override {
        addresses[index].erase(gone.to_string());
        return {};
    }

    bool refuse_loopbacks = false;
    std::uint32_t next = 100;
    std::vector<std::string> created;
    std::set<std::uint32_t> marked;
    std::vector<std::uint32_t> deleted;
    std::map<std::uint32_t, bool> up;
    std::map<std::uint32_t, std::set<std::string>> addresses;
    std::map<std::uint32_t, std::map<std::string, std::string>> neighbors;
};

// As the kernel tells of it.
netlink::Neighbor permanent(std::uint32_t index, std::string_view address, std::string_view mac,
                            std::uint8_t protocol = kNeighborMark) {
    return {index, *IpAddress::parse(address), *MacAddress::parse(mac), NUD_PERMANENT, protocol};
}

class InterfacesTest : public testing::Test {
protected:
    InterfaceSettings eth1{"eth1", true, false, {address("192.168.10.200/24")}};
    InterfaceSettings loop1{"loop1", true, true, {address("10.10.1.200/24")}};
    Links links;
    Interfaces interfaces{links};
};

TEST_F(InterfacesTest, PortWaitsForItsTap) {
    interfaces.configure({eth1});
    EXPECT_TRUE(interfaces.apply());
    EXPECT_THAT(links.addresses, IsEmpty());
    EXPECT_THAT(interfaces.connected(), IsEmpty());
    interfaces.observe_link(11, "eth1", false);
    EXPECT_TRUE(interfaces.apply());
    EXPECT_THAT(links.addresses[11], ElementsAre("192.168.10.200/24"));
    EXPECT_TRUE(links.up[11]);
    EXPECT_THAT(interfaces.connected(),
                ElementsAre(Pair(Prefix::parse("192.168.10.0/24").value(), "eth1")));
    EXPECT_THAT(interfaces.local(),
                ElementsAre(Pair(IpAddress::parse("192.168.10.200").value(), "eth1")));
    EXPECT_THAT(interfaces.up(), ElementsAre("eth1"));
}

TEST_F(InterfacesTest, LoopbackIsMade) {
    interfaces.configure({loop1});
    EXPECT_TRUE(interfaces.apply());
    EXPECT_THAT(links.created, ElementsAre("loop1"));
    EXPECT_THAT(links.addresses[100], ElementsAre("10.10.1.200/24"));
    EXPECT_TRUE(interfaces.apply());
    EXPECT_EQ(links.created.size(), 1U);
    EXPECT_THAT(links.marked, ElementsAre(100U));
    interfaces.configure({});
    EXPECT_TRUE(interfaces.apply());
    EXPECT_THAT(links.deleted, ElementsAre(100U));
}

TEST_F(InterfacesTest, LoopbackOfAnEarlierProcessIsTakenOver) {
    interfaces.observe_link(42, "loop1", true);
    interfaces.observe_address(42, address("10.10.1.200/24"));
    interfaces.configure({loop1});
    EXPECT_TRUE(interfaces.apply());
    EXPECT_THAT(links.created, IsEmpty());
    EXPECT_THAT(links.addresses, IsEmpty());
    EXPECT_EQ(interfaces.connected().size(), 1U);
}

TEST_F(InterfacesTest, LoopbackOfAnEarlierProcessThatNobodyWantsIsRemoved) {
    interfaces.observe_link(41, "loop1", true, true);
    interfaces.observe_link(42, "loop2", true, true);
    interfaces.observe_link(43, "docker0", true);
    EXPECT_TRUE(interfaces.apply());
    EXPECT_THAT(links.deleted, IsEmpty()) << "nobody has said yet what is wanted";
    interfaces.configure({loop1});
    EXPECT_TRUE(interfaces.apply());
    EXPECT_THAT(links.deleted, ElementsAre(42U));
    EXPECT_THAT(links.marked, IsEmpty()) << "loop1 has its mark";
}

TEST_F(InterfacesTest, FailureIsToldAndTriedAgain) {
    links.refuse_loopbacks = true;
    interfaces.configure({loop1});
    EXPECT_FALSE(interfaces.apply());
    links.refuse_loopbacks = false;
    EXPECT_TRUE(interfaces.apply());
    EXPECT_EQ(interfaces.connected().size(), 1U);
}

TEST_F(InterfacesTest, ChangedAddressReplacesTheOld) {
    interfaces.observe_link(11, "eth1", true);
    interfaces.observe_address(11, address("fe80::1/64"));
    interfaces.configure({eth1});
    (void)interfaces.apply();
    eth1.addresses = {address("192.168.10.201/24")};
    interfaces.configure({eth1});
    EXPECT_TRUE(interfaces.apply());
    EXPECT_THAT(links.addresses[11], ElementsAre("192.168.10.201/24"));
    EXPECT_THAT(interfaces.local(),
                ElementsAre(Pair(IpAddress::parse("192.168.10.201").value(), "eth1")));
}

TEST_F(InterfacesTest, StaticNeighborsFollowTheConfiguration) {
    eth1.neighbors = {{*IpAddress::parse("192.168.10.7"), *MacAddress::parse("52:54:00:00:00:07")},
                      {*IpAddress::parse("fe80::7"), *MacAddress::parse("52:54:00:00:00:07")}};
    interfaces.configure({eth1});
    interfaces.observe_link(11, "eth1", true);
    EXPECT_TRUE(interfaces.apply());
    EXPECT_THAT(links.neighbors[11], ElementsAre(Pair("192.168.10.7", "52:54:00:00:00:07"),
                                                 Pair("fe80::7", "52:54:00:00:00:07")));
    eth1.neighbors = {{*IpAddress::parse("192.168.10.7"), *MacAddress::parse("52:54:00:00:00:08")}};
    interfaces.configure({eth1});
    EXPECT_TRUE(interfaces.apply());
    EXPECT_THAT(links.neighbors[11], ElementsAre(Pair("192.168.10.7", "52:54:00:00:00:08")));
    interfaces.configure({});
    EXPECT_THAT(links.neighbors[11], IsEmpty());
}

TEST_F(InterfacesTest, StaticNeighborsOfAnEarlierProcessAreTakenOver) {
    eth1.neighbors = {{*IpAddress::parse("192.168.10.7"), *MacAddress::parse("52:54:00:00:00:07")}};
    interfaces.observe_link(11, "eth1", true);
    interfaces.observe_neighbor(permanent(11, "192.168.10.7", "52:54:00:00:00:07"), false);
    interfaces.observe_neighbor(permanent(11, "192.168.10.8", "52:54:00:00:00:08"), false);
    interfaces.observe_neighbor(permanent(11, "192.168.10.9", "52:54:00:00:00:09", 0), false);
    links.neighbors[11] = {{"192.168.10.8", "of before"}, {"192.168.10.9", "of others"}};
    interfaces.configure({eth1});
    EXPECT_TRUE(interfaces.apply());
    EXPECT_THAT(links.neighbors[11], ElementsAre(Pair("192.168.10.9", "of others")))
        << "what is there is not set again, and what is not configured goes";
}

TEST_F(InterfacesTest, StaticNeighborsComeAgainWithTheirLink) {
    eth1.neighbors = {{*IpAddress::parse("192.168.10.7"), *MacAddress::parse("52:54:00:00:00:07")}};
    const auto neighbor = permanent(11, "192.168.10.7", "52:54:00:00:00:07");
    interfaces.configure({eth1});
    interfaces.observe_link(11, "eth1", true);
    (void)interfaces.apply();
    EXPECT_FALSE(interfaces.observe_neighbor(neighbor, false)) << "it is known already";
    links.neighbors.clear();
    EXPECT_TRUE(interfaces.observe_neighbor(neighbor, true));
    EXPECT_TRUE(interfaces.apply());
    EXPECT_EQ(links.neighbors[11].size(), 1U);
    // Somebody made a dynamic one of it.
    auto other = neighbor;
    other.state = NUD_REACHABLE;
    links.neighbors.clear();
    EXPECT_TRUE(interfaces.observe_neighbor(other, false));
    EXPECT_TRUE(interfaces.apply());
    EXPECT_EQ(links.neighbors[11].size(), 1U);
}

TEST_F(InterfacesTest, RemovedInterfaceLosesItsAddresses) {
    interfaces.observe_link(11, "eth1", true);
    interfaces.configure({eth1});
    (void)interfaces.apply();
    interfaces.configure({});
    EXPECT_THAT(links.addresses[11], IsEmpty());
    EXPECT_THAT(links.deleted, IsEmpty());
    EXPECT_THAT(interfaces.connected(), IsEmpty());
}

TEST_F(InterfacesTest, DisabledInterfaceHasNoRoutes) {
    interfaces.observe_link(11, "eth1", true);
    interfaces.configure({eth1});
    (void)interfaces.apply();
    eth1.enabled = false;
    interfaces.configure({eth1});
    EXPECT_TRUE(interfaces.apply());
    EXPECT_FALSE(links.up[11]);
    EXPECT_THAT(interfaces.connected(), IsEmpty());
    EXPECT_THAT(interfaces.up(), IsEmpty());
}

TEST_F(InterfacesTest, AddressThatOthersDeleteComesBack) {
    interfaces.observe_link(11, "eth1", true);
    interfaces.configure({eth1});
    (void)interfaces.apply();
    links.addresses.clear();
    interfaces.observe_address_removed(11, address("192.168.10.200/24"));
    EXPECT_THAT(interfaces.connected(), IsEmpty());
    (void)interfaces.apply();
    EXPECT_THAT(links.addresses[11], ElementsAre("192.168.10.200/24"));
}

TEST_F(InterfacesTest, TapThatComesAnewGetsItsAddresses) {
    interfaces.observe_link(11, "eth1", true);
    interfaces.configure({eth1});
    (void)interfaces.apply();
    interfaces.observe_link_removed(11);
    EXPECT_THAT(interfaces.connected(), IsEmpty());
    interfaces.observe_link(12, "eth1", false);
    EXPECT_TRUE(interfaces.apply());
    EXPECT_THAT(links.addresses[12], ElementsAre("192.168.10.200/24"));
}

TEST_F(InterfacesTest, HostAddressIsLocalOnly) {
    loop1.addresses = {address("10.0.0.1/32")};
    interfaces.configure({loop1});
    (void)interfaces.apply();
    EXPECT_THAT(interfaces.connected(), IsEmpty());
    EXPECT_EQ(interfaces.local().size(), 1U);
}

}  // namespace
}  // namespace torii::controlplane

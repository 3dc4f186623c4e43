#include "controlplane/speaker/local_network.h"
#include "controlplane/speaker/socket_transport.h"
#include "private_network.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <netinet/in.h>
#include <numeric>

namespace torii::speaker {
namespace {

// One end of a connection: keeps what has arrived.
class End final : public ConnectionHandler {
public:
    void connected() override { is_connected = true; }
    void failed() override { has_failed = true; }
    std::size_t received(Bytes octets) override {
        ++pieces;
        const std::size_t taken = octets.size() / unit * unit;
        arrived.insert(arrived.end(), octets.begin(),
                       octets.begin() + static_cast<std::ptrdiff_t>(taken));
        if (close_on_input) connection.reset();
        return taken;
    }
    void advanced() override {}
    void drained() override { has_drained = true; }

    std::unique_ptr<Connection> connection;
    std::vector<std::uint8_t> arrived;
    std::size_t unit = 1;  // octets are taken in multiples of it, as messages are
    unsigned pieces = 0;
    bool is_connected = false;
    bool has_failed = false;
    bool has_drained = false;
    bool close_on_input = false;
};

class Streams : public Sessions, public Acceptor {
protected:
    void SetUp() override {
        Sessions::SetUp();
        ASSERT_TRUE(transport_.listen(179, *this).has_value());
        peer_.address = address("10.0.0.1");
        peer_.local_address = address("10.0.0.2");
    }
    void connect() {
        client_.connection = transport_.dial(peer_, client_);
        ASSERT_TRUE(until([&] { return client_.is_connected && server_.connection; }));
    }

    bool expects(const IpAddress& remote) override { return remote != address("10.0.0.9"); }
    void incoming(std::unique_ptr<Connection> connection) override {
        server_.connection = std::move(connection);
        if (start_) server_.connection->start(server_, peer_);
    }

    static SharedOctets octets(std::size_t size) {
        std::vector<std::uint8_t> values(size);
        for (std::size_t index = 0; index < size; ++index) {
            values[index] = static_cast<std::uint8_t>(index * 7 % 251);
        }
        return SharedOctets(std::move(values));
    }

    SocketTransport transport_{loop_};
    bgp::PeerConfig peer_;
    End client_;
    End server_;
    bool start_ = true;
};

TEST_F(Streams, BothEndsKnowWhoTheyAre) {
    connect();
    const ConnectionInfo& info = server_.connection->info();
    EXPECT_EQ(info.local, address("10.0.0.1"));
    EXPECT_EQ(info.local_port, 179);
    EXPECT_EQ(info.remote, address("10.0.0.2"));
    EXPECT_EQ(info.remote_port, client_.connection->info().local_port);
    EXPECT_EQ(info.subnet, prefix("10.0.0.0/24"));
    ASSERT_TRUE(info.local_other.has_value());
    EXPECT_TRUE(prefix("fd00::/64").contains(*info.local_other));
}

TEST_F(Streams, OctetsArriveInOrderAndIncompleteOnesAgain) {
    connect();
    server_.unit = 19;
    std::vector<std::uint8_t> sent;
    for (std::size_t size = 1; size < 400; size += 17) {
        const SharedOctets piece = octets(size);
        sent.insert(sent.end(), piece.view().begin(), piece.view().end());
        client_.connection->send(piece);
    }
    sent.resize(sent.size() / 19 * 19);
    ASSERT_TRUE(until([&] { return server_.arrived.size() == sent.size(); }));
    EXPECT_EQ(server_.arrived, sent);
}

TEST_F(Streams, ASlowReaderFillsTheQueueAndDrainsIt) {
    start_ = false;  // the server does not read
    connect();
    constexpr std::size_t kSize = std::size_t{32} << 20U;
    client_.connection->send(octets(kSize));
    EXPECT_GT(client_.connection->queued(), 0U);
    EXPECT_FALSE(client_.has_drained);
    server_.connection->start(server_, peer_);
    ASSERT_TRUE(until([&] { return server_.arrived.size() == kSize; }));
    ASSERT_TRUE(until([&] { return client_.has_drained; }));
    EXPECT_EQ(client_.connection->queued(), 0U);
    EXPECT_TRUE(std::ranges::equal(server_.arrived, octets(kSize).view()));
}

// The last words of a session, a NOTIFICATION, arrive although the sender has unread input.
TEST_F(Streams, WhatWasQueuedArrivesAfterFinish) {
    connect();
    server_.connection->send(octets(100));
    client_.connection->send(octets(1000));
    client_.connection->finish();
    client_.connection.reset();
    ASSERT_TRUE(until([&] { return server_.has_failed; }));
    EXPECT_TRUE(std::ranges::equal(server_.arrived, octets(1000).view()));
    EXPECT_FALSE(client_.has_failed) << "nothing is heard after finish()";
}

// TIME_WAIT would hold the port for a minute.
TEST_F(Streams, APortOfItsOwnIsFreeAgainAtOnceWhoeverEndsTheConnection) {
    std::ofstream("/proc/sys/net/ipv4/tcp_tw_reuse") << 0;  // as between two machines
    peer_.local_port = 1234;
    const auto redial = [&] {
        // The end of the connection before may be on its way.
        if (!client_.connection || client_.has_failed) {
            client_.has_failed = false;
            client_.connection = transport_.dial(peer_, client_);
        }
        return client_.is_connected && server_.connection;
    };
    for (const bool in_order : {true, false, true}) {
        ASSERT_TRUE(until(redial));
        EXPECT_EQ(server_.connection->info().remote_port, 1234);
        if (in_order) {
            server_.close_on_input = true;  // as peers do after a NOTIFICATION
            client_.connection->send(octets(1000));
            client_.connection->finish();
            ASSERT_TRUE(until([&] { return server_.arrived.size() == 1000; }));
        }
        client_.connection.reset();
        ASSERT_TRUE(until([&] { return !server_.connection || server_.has_failed; }));
        client_.is_connected = client_.has_failed = false;
        server_.connection.reset();
        server_.arrived.clear();
        server_.has_failed = server_.close_on_input = false;
    }
}

TEST_F(Streams, AHandlerMayDropItsConnectionWhileItReads) {
    connect();
    server_.close_on_input = true;
    client_.connection->send(octets(500));
    ASSERT_TRUE(until([&] { return client_.has_failed; }));
    EXPECT_EQ(server_.pieces, 1U);
    EXPECT_FALSE(server_.has_failed);
}

TEST_F(Streams, ADialThatCannotSucceedIsToldLater) {
    peer_.local_address = address("203.0.113.1");  // not ours
    client_.connection = transport_.dial(peer_, client_);
    EXPECT_FALSE(client_.has_failed);
    EXPECT_TRUE(until([&] { return client_.has_failed; }));

    End refused;
    peer_.local_address.reset();
    peer_.remote_port = 1;
    refused.connection = transport_.dial(peer_, refused);
    EXPECT_TRUE(until([&] { return refused.has_failed; }));
}

TEST_F(Streams, StrangersAreClosedUnread) {
    peer_.local_address = address("10.0.0.9");
    client_.connection = transport_.dial(peer_, client_);
    ASSERT_TRUE(until([&] { return client_.has_failed; }));
    EXPECT_EQ(server_.connection, nullptr);
}

TEST_F(Streams, AnotherPortReplacesTheFirst) {
    ASSERT_TRUE(transport_.listen(1179, *this).has_value());
    End refused;
    refused.connection = transport_.dial(peer_, refused);
    EXPECT_TRUE(until([&] { return refused.has_failed; }));
    EXPECT_FALSE(refused.is_connected);
    peer_.remote_port = 1179;
    connect();
}

// Two ports whose subnets overlap; one has IPv6 addresses.
std::vector<LocalAddress> two_ports() {
    return {{"eth1", InterfaceAddress::parse("192.168.10.200/16").value()},
            {"eth2", InterfaceAddress::parse("192.168.20.200/24").value()},
            {"eth2", InterfaceAddress::parse("fe80::1/64").value()},
            {"eth2", InterfaceAddress::parse("fd00:20::200/64").value()}};
}

TEST(LocalNetwork, TheMostSpecificSubnetCounts) {
    const std::vector<LocalAddress> addresses = two_ports();
    EXPECT_EQ(connected_subnet(addresses, address("192.168.20.100")), prefix("192.168.20.0/24"));
    EXPECT_EQ(connected_subnet(addresses, address("192.168.7.1")), prefix("192.168.0.0/16"));
    EXPECT_EQ(connected_subnet(addresses, address("10.0.0.1")), std::nullopt);
}

TEST(LocalNetwork, AnAddressOfTheOtherFamilyIsOnTheSameInterface) {
    const std::vector<LocalAddress> addresses = two_ports();
    EXPECT_EQ(other_family_address(addresses, address("192.168.20.200"), true),
              address("fd00:20::200"));
    EXPECT_EQ(other_family_address(addresses, address("192.168.10.200"), true), std::nullopt);
    EXPECT_EQ(other_family_address(addresses, address("fd00:20::200"), true),
              address("192.168.20.200"));
}

TEST(LocalNetwork, ALinkLocalAddressIsForNeighborsOnTheLink) {
    std::vector<LocalAddress> addresses = two_ports();
    addresses.pop_back();
    EXPECT_EQ(other_family_address(addresses, address("192.168.20.200"), true), address("fe80::1"));
    EXPECT_EQ(other_family_address(addresses, address("192.168.20.200"), false), std::nullopt);
}

}  // namespace
}  // namespace torii::speaker

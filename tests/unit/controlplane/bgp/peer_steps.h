#pragma once

#include "controlplane/bgp/peer.h"
#include "tests/unit/controlplane/bgp/octets.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

// The steps that the tests of a peer are made of.
namespace torii::bgp {

inline std::vector<std::string> texts(const PeerActions& actions) {
    std::vector<std::string> result;
    for (const PeerAction& action : actions) result.push_back(text(action));
    return result;
}

inline const LocalSpeaker kLocal{RouterId{100}};

inline PeerConfig config() {
    PeerConfig result;
    result.local_as = Asn{65000};
    result.remote_as = Asn{65001};
    return result;
}

inline Open open_of(RouterId id = RouterId{200}) {
    Open open{Asn{65001}, Seconds{9}, id, {}};
    open.capabilities.four_octet_as = Asn{65001};
    return open;
}

// As a peer with graceful restart sends it; `notification` is the N bit of RFC 8538.
inline Open restartable_open(bool notification) {
    Open open = open_of();
    const FamilySet families{Family::ipv4_unicast};
    open.capabilities.graceful_restart =
        GracefulRestartCapability{true, notification, Seconds{15}, families, families};
    return open;
}

inline std::vector<std::string> receive(Peer& peer, ConnectionIndex connection,
                                        const Octets& octets) {
    ReceivedUpdates updates;
    std::size_t consumed = 0;
    const auto actions = texts(peer.receive(connection, octets, updates, consumed));
    EXPECT_EQ(consumed, octets.size());
    return actions;
}

inline ConnectionIndex admit(Peer& peer) {
    const auto admission = peer.admit();
    EXPECT_TRUE(admission.connection.has_value());
    (void)peer.handle(*admission.connection, TcpConnected{});
    return *admission.connection;
}

// Started, and Established on a connection that the peer has made.
inline Peer established(const PeerConfig& with = config(), const Open& open = open_of()) {
    Peer peer(with, kLocal);
    (void)peer.start();
    const ConnectionIndex connection = admit(peer);
    (void)receive(peer, connection, concat({encode(open), encode(Keepalive{})}));
    EXPECT_EQ(peer.established(), connection);
    return peer;
}

}  // namespace torii::bgp

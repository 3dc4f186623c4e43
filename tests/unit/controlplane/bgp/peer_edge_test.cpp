// Where a small mistake in the peer's rules would show, and nowhere else.
#include "controlplane/bgp/peer.h"
#include "tests/unit/controlplane/bgp/octets.h"
#include "tests/unit/controlplane/bgp/peer_steps.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

namespace torii::bgp {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(BgpPeerEdge, WhatIsNoFaultOfThePeerMakesNoPause) {
    Peer silent = established();
    const auto expired = texts(silent.handle(1, TimerExpired{TimerKind::hold}));
    EXPECT_THAT(expired, Contains("1 send NOTIFICATION 4/0 Hold Timer Expired"));
    EXPECT_THAT(expired, Contains("0 connect"));
    Peer told = established();
    const auto ceased = receive(told, 1, encode(cease(Cease::administrative_reset)));
    EXPECT_THAT(ceased, Contains("0 connect"));
    for (const auto& actions : {expired, ceased}) {
        EXPECT_THAT(actions, Not(Contains(HasSubstr("idle-hold"))));
    }
}

TEST(BgpPeerEdge, AStoppedPeerBeginsWithoutItsPast) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    for (int round = 0; round < 3; ++round) {
        (void)receive(peer, admit(peer), hex("00"));
        (void)peer.handle(kPeerItself, TimerExpired{TimerKind::idle_hold});
    }
    (void)peer.stop(cease(Cease::administrative_shutdown));
    (void)peer.start();
    EXPECT_THAT(receive(peer, admit(peer), hex("00")), Contains("peer start idle-hold 1s"));
}

TEST(BgpPeerEdge, TwoKeepalivesDoNotForgiveYet) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    (void)receive(peer, admit(peer), hex("00"));
    (void)peer.handle(kPeerItself, TimerExpired{TimerKind::idle_hold});
    const ConnectionIndex connection = admit(peer);
    (void)receive(peer, connection, encode(open_of()));
    // The first makes it Established.
    for (int count = 0; count < 3; ++count) (void)receive(peer, connection, encode(Keepalive{}));
    EXPECT_THAT(receive(peer, connection, hex("00")), Contains("peer start idle-hold 2s"));
}

TEST(BgpPeerEdge, KeepalivesOfAnEarlierSessionDoNotForgive) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    (void)receive(peer, admit(peer), hex("00"));
    (void)peer.handle(kPeerItself, TimerExpired{TimerKind::idle_hold});
    const Octets up = concat({encode(open_of()), encode(Keepalive{})});
    for (const int keepalives : {2, 1}) {
        const ConnectionIndex connection = admit(peer);
        (void)receive(peer, connection, up);
        for (int count = 0; count < keepalives; ++count) {
            (void)receive(peer, connection, encode(Keepalive{}));
        }
        if (keepalives == 2) {
            (void)peer.handle(connection, TcpFailed{});
        } else {
            EXPECT_THAT(receive(peer, connection, hex("00")), Contains("peer start idle-hold 2s"));
        }
    }
}

TEST(BgpPeerEdge, ANewLimitCountsForTheNextRestart) {
    Peer peer = established(config(), restartable_open(false));
    PeerConfig impatient = config();
    impatient.graceful_restart.stale_time_max = Seconds{5};
    peer.update_config(impatient);
    EXPECT_THAT(texts(peer.handle(1, TcpFailed{})), Contains("peer start restart 5s"));
}

TEST(BgpPeerEdge, OtherAddressesNeedAReset) {
    PeerConfig after = config();
    after.local_address = address("10.0.0.1");
    EXPECT_TRUE(needs_reset(config(), after));
    after = config();
    after.address = address("10.0.0.2");
    EXPECT_TRUE(needs_reset(config(), after));
    after = config();
    after.remote_port = 1179;
    EXPECT_TRUE(needs_reset(config(), after));
    after = config();
    after.local_port = 1179;
    EXPECT_TRUE(needs_reset(config(), after));
}

TEST(BgpPeerEdge, ASilentConnectionGivesWayNotOneThatHasSpoken) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    const ConnectionIndex silent = admit(peer);
    const ConnectionIndex spoken = admit(peer);
    (void)receive(peer, spoken, encode(open_of()));
    const Peer::Admission admission = peer.admit();
    EXPECT_EQ(admission.connection, silent);
    EXPECT_THAT(texts(admission.actions), Contains(fmt::format("{} disconnect", silent)));
    EXPECT_EQ(peer.state(), State::open_confirm);
}

TEST(BgpPeerEdge, EqualIdentifiersAreToldApartByTheAs) {
    PeerConfig with = config();
    with.local_as = Asn{65002};
    for (const bool ours_first : {true, false}) {
        Peer peer(with, kLocal);
        (void)peer.start();
        (void)peer.handle(kOutgoing, TcpConnected{});
        const ConnectionIndex theirs = admit(peer);
        const Octets open = encode(open_of(kLocal.router_id));
        (void)receive(peer, ours_first ? kOutgoing : theirs, open);
        (void)receive(peer, ours_first ? theirs : kOutgoing, open);
        (void)receive(peer, kOutgoing, encode(Keepalive{}));
        EXPECT_EQ(peer.established(), kOutgoing) << "RFC 6286 section 2.3";
    }
}

TEST(BgpPeerEdge, LongMessagesWhereBothCanTakeThem) {
    Open open = open_of();
    open.capabilities.extended_message = true;
    Peer peer = established(config(), open);
    // ORIGIN, AS_PATH, NEXT_HOP and an unknown attribute of 5000 octets.
    const Octets attributes = concat({hex("40 01 01 00 40 02 06 02 01 0000fde9 40 03 04 0a630001"),
                                      hex("d0 f1 1388"), Octets(5000, 0)});
    const Octets update = message(2, update_body({}, attributes, hex("18 c63364")));
    EXPECT_THAT(receive(peer, 1, update), Contains("1 deliver UPDATE +198.51.100.0/24"));
    Peer plain = established();
    EXPECT_THAT(receive(plain, 1, update),
                Contains("1 send NOTIFICATION 1/2 Message Header Error/Bad Message Length"));
}

TEST(BgpPeerEdge, WithoutAHoldTimerEachMessageHasItsTime) {
    Open open = open_of();
    open.hold_time = Seconds{0};
    Peer peer = established(config(), open);
    const Octets keepalive = encode(Keepalive{});
    const Octets both = concat({keepalive, keepalive});
    ReceivedUpdates updates;
    std::size_t consumed = 0;
    const auto arrived = [&](std::size_t size) {
        return texts(peer.receive(1, Bytes(both).first(size), updates, consumed));
    };
    EXPECT_THAT(arrived(4), ElementsAre("1 start framing 240s"));
    EXPECT_THAT(arrived(8), IsEmpty()) << "the same message";
    EXPECT_THAT(arrived(keepalive.size() + 1),
                ElementsAre("1 stop framing", "1 start framing 240s"))
        << "the next one";
    EXPECT_EQ(consumed, keepalive.size());
    EXPECT_THAT(receive(peer, 1, keepalive), ElementsAre("1 stop framing"));
    EXPECT_THAT(receive(peer, 1, keepalive), IsEmpty());
    Octets many;
    for (int count = 0; count < 10; ++count) many = concat({many, keepalive});
    EXPECT_THAT(texts(peer.receive(1, many, updates, consumed)), IsEmpty());
    EXPECT_LT(consumed, many.size()) << "what follows a portion is no beginning of a message";
}

TEST(BgpPeerEdge, APauseLeavesTheAttemptThatIsUnderWay) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    (void)peer.handle(kOutgoing, TcpConnected{});
    const auto actions = receive(peer, admit(peer), hex("00"));
    EXPECT_THAT(actions, Contains("peer start idle-hold 1s"));
    EXPECT_THAT(actions, Not(Contains("0 disconnect")));
    (void)receive(peer, kOutgoing, concat({encode(open_of()), encode(Keepalive{})}));
    EXPECT_EQ(peer.established(), kOutgoing);
}

TEST(BgpPeerEdge, HoweverManyErrorsThePausesStayLong) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    for (int error = 0; error < 50; ++error) {
        const auto actions = receive(peer, admit(peer), hex("00"));
        const bool longest = std::ranges::count(actions, "peer start idle-hold 32s") == 1;
        EXPECT_EQ(longest, error >= 5) << error;
        (void)peer.handle(kPeerItself, TimerExpired{TimerKind::idle_hold});
    }
}

// What was on its way to a peer that has stopped or pauses does not make it dial.
TEST(BgpPeerEdge, WhatComesTooLateIsNoReasonToDial) {
    Peer stopped = established(config(), restartable_open(false));
    (void)stopped.stop(cease(Cease::administrative_shutdown));
    EXPECT_THAT(texts(stopped.handle(1, TcpFailed{})), IsEmpty());
    EXPECT_THAT(texts(stopped.handle(kPeerItself, TimerExpired{TimerKind::restart})), IsEmpty());
    EXPECT_THAT(texts(stopped.reset(cease(Cease::administrative_reset))), IsEmpty());
    Peer pausing = established();
    EXPECT_THAT(receive(pausing, 1, hex("00")), Contains("peer start idle-hold 1s"));
    EXPECT_THAT(texts(pausing.handle(1, TcpFailed{})), IsEmpty());
}

TEST(BgpPeerEdge, AStartThatIsToWaitDialsAfterASecond) {
    Peer peer(config(), kLocal);
    EXPECT_THAT(texts(peer.start(/*later=*/true)), ElementsAre("0 start connect-retry 1s"));
}

TEST(BgpPeerEdge, AnErrorThatThePeerTellsMakesAPause) {
    Peer peer = established();
    EXPECT_THAT(receive(peer, 1, encode(update_error(UpdateError::malformed_attribute_list))),
                Contains("peer start idle-hold 1s"));
    Peer full = established();
    EXPECT_THAT(texts(full.handle(1, TimerExpired{TimerKind::send_hold})),
                Not(Contains(HasSubstr("idle-hold"))))
        << "it only took nothing";
}

TEST(BgpPeerEdge, AnAdministrativeResetForgetsThePast) {
    Peer away = established(config(), restartable_open(true));
    (void)away.handle(1, TcpFailed{});
    EXPECT_THAT(
        texts(away.reset(cease(Cease::administrative_reset))),
        ElementsAre("peer sweep stale ipv4-unicast", "peer stop restart", "0 stop connect-retry",
                    "0 disconnect", "0 start connect-retry 120s", "0 connect"));
    Peer faulty(config(), kLocal);
    (void)faulty.start();
    for (int error = 0; error < 3; ++error) {
        (void)receive(faulty, admit(faulty), hex("00"));
        (void)faulty.handle(kPeerItself, TimerExpired{TimerKind::idle_hold});
    }
    (void)faulty.reset(cease(Cease::administrative_reset));
    EXPECT_THAT(receive(faulty, admit(faulty), hex("00")), Contains("peer start idle-hold 1s"));
}

TEST(BgpPeerEdge, OnlyWhoHasDialedAndSaidNothingIsAStranger) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    (void)peer.handle(kOutgoing, TcpConnected{});
    EXPECT_THAT(texts(peer.reject_unauthenticated()), IsEmpty()) << "we have dialed that one";
    const ConnectionIndex silent = admit(peer);
    const ConnectionIndex second = admit(peer);
    (void)receive(peer, second, encode(open_of()));
    const auto actions = texts(peer.reject_unauthenticated());
    EXPECT_THAT(actions, Contains(HasSubstr("send NOTIFICATION")));
    EXPECT_THAT(actions, Each(StartsWith(fmt::format("{} ", silent))));
}

TEST(BgpPeerEdge, ANewNameIsForTheNextOpen) {
    Peer peer(config(), kLocal);
    peer.set_host_name("tor-2");
    EXPECT_EQ(peer.local_open().capabilities.host_name, (HostName{"tor-2", ""}));
}

}  // namespace torii::bgp

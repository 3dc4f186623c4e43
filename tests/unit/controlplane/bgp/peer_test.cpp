#include "controlplane/bgp/peer.h"

#include "controlplane/bgp/update_builder.h"
#include "tests/unit/controlplane/bgp/octets.h"
#include "tests/unit/controlplane/bgp/peer_steps.h"

#include <gmock/gmock.h>

namespace torii::bgp {

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;
using testing::Not;

const char* const kCollision = "send NOTIFICATION 6/7 Cease/Connection Collision Resolution";

}  // namespace

TEST(BgpPeer, StartsByDialing) {
    Peer peer(config(), kLocal);
    EXPECT_EQ(peer.state(), State::idle);
    EXPECT_THAT(texts(peer.start()), ElementsAre("0 start connect-retry 120s", "0 connect"));
    EXPECT_EQ(peer.state(), State::connect);
}

TEST(BgpPeer, APassiveOneWaits) {
    PeerConfig passive = config();
    passive.passive = true;
    Peer peer(passive, kLocal);
    EXPECT_THAT(texts(peer.start()), IsEmpty());
    EXPECT_EQ(peer.state(), State::active);
}

TEST(BgpPeer, NobodyIsAdmittedBeforeTheStart) {
    Peer peer(config(), kLocal);
    EXPECT_EQ(peer.admit().connection, std::nullopt);
}

TEST(BgpPeer, SilentConnectionsDoNotLockThePeerOut) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    EXPECT_EQ(admit(peer), 1);
    EXPECT_EQ(admit(peer), 2);
    const auto third = peer.admit();
    EXPECT_EQ(third.connection, 2);
    EXPECT_THAT(texts(third.actions),
                ElementsAre("2 send NOTIFICATION 6/5 Cease/Connection Rejected", "2 stop hold",
                            "2 stop keepalive", "2 disconnect"));
}

TEST(BgpPeer, EstablishedOnTheirConnectionEndsOurAttempt) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    const ConnectionIndex connection = admit(peer);
    (void)receive(peer, connection, encode(open_of()));
    EXPECT_THAT(receive(peer, connection, encode(Keepalive{})),
                ElementsAre("1 start hold 9s", "1 session up with as 65001 hold 9 ipv4-unicast",
                            "0 stop connect-retry", "0 disconnect"));
    EXPECT_EQ(peer.state(), State::established);
    EXPECT_EQ(peer.established_count(), 1U);
}

TEST(BgpPeer, CollisionIsDecidedByTheIdentifiers) {
    struct Row {
        const char* reason;
        RouterId theirs;
        bool ours_stays;
    };
    for (const Row& row :
         {Row{"ours is greater", RouterId{50}, true},
          Row{"theirs is greater", RouterId{200}, false},
          Row{"equal: theirs is the greater AS (RFC 6286 2.3)", RouterId{100}, false}}) {
        SCOPED_TRACE(row.reason);
        for (const bool ours_first : {true, false}) {
            Peer peer(config(), kLocal);
            (void)peer.start();
            (void)peer.handle(kOutgoing, TcpConnected{});
            const ConnectionIndex incoming = admit(peer);
            const ConnectionIndex first = ours_first ? kOutgoing : incoming;
            const ConnectionIndex second = ours_first ? incoming : kOutgoing;
            (void)receive(peer, first, encode(open_of(row.theirs)));
            const auto actions = receive(peer, second, encode(open_of(row.theirs)));
            const ConnectionIndex closed = row.ours_stays ? incoming : kOutgoing;
            EXPECT_THAT(actions, Contains(fmt::format("{} {}", closed, kCollision)));
            EXPECT_EQ(peer.state(), State::open_confirm) << "the other goes on";
            const ConnectionIndex kept = row.ours_stays ? kOutgoing : incoming;
            (void)receive(peer, kept, encode(Keepalive{}));
            EXPECT_EQ(peer.established(), kept);
        }
    }
}

TEST(BgpPeer, OfTwoThatThePeerMadeTheNewerStays) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    const ConnectionIndex older = admit(peer);
    const ConnectionIndex newer = admit(peer);
    (void)receive(peer, older, encode(open_of()));
    EXPECT_THAT(receive(peer, newer, encode(open_of())),
                Contains(fmt::format("{} {}", older, kCollision)));
    (void)receive(peer, newer, encode(Keepalive{}));
    EXPECT_EQ(peer.established(), newer);
}

TEST(BgpPeer, AnEstablishedSessionIsNotDisturbedByANewConnection) {
    Peer peer = established();
    const ConnectionIndex newcomer = admit(peer);
    EXPECT_THAT(receive(peer, newcomer, encode(open_of())),
                ElementsAre(fmt::format("{} {}", newcomer, kCollision),
                            fmt::format("{} stop hold", newcomer),
                            fmt::format("{} stop keepalive", newcomer),
                            fmt::format("{} disconnect", newcomer)))
        << "RFC 4271 section 6.8";
    EXPECT_EQ(peer.established(), 1);
}

TEST(BgpPeer, ANewcomerWithABadOpenDoesNotDisturbEither) {
    Peer peer = established(config(), restartable_open(true));
    const ConnectionIndex newcomer = admit(peer);
    Open stranger = open_of();
    stranger.as = Asn{65009};
    stranger.capabilities.four_octet_as = Asn{65009};
    EXPECT_THAT(
        receive(peer, newcomer, encode(stranger)),
        Contains(fmt::format("{} send NOTIFICATION 2/2 OPEN Message Error/Bad Peer AS", newcomer)));
    EXPECT_EQ(peer.established(), 1);
}

TEST(BgpPeer, ARestartedPeerReplacesItsOldConnectionWithoutAWord) {
    Peer peer = established(config(), restartable_open(false));
    const ConnectionIndex newcomer = admit(peer);
    EXPECT_THAT(
        receive(peer, newcomer, encode(restartable_open(false))),
        ElementsAre("1 stop hold", "1 stop keepalive", "1 disconnect", "1 session down replaced",
                    "peer mark stale ipv4-unicast", "peer start restart 15s", "2 send KEEPALIVE",
                    "2 start keepalive 3s", "2 start hold 9s"))
        << "RFC 4724 section 4.2";
    EXPECT_THAT(receive(peer, newcomer, encode(Keepalive{})),
                ElementsAre("2 start hold 9s", "2 session up with as 65001 hold 9 ipv4-unicast",
                            "peer stop restart", "peer start stale 360s"));
    EXPECT_THAT(receive(peer, newcomer, end_of_rib(Family::ipv4_unicast)),
                ElementsAre("2 start hold 9s", "2 deliver End-of-RIB ipv4-unicast",
                            "peer sweep stale ipv4-unicast", "peer stop stale"));
}

TEST(BgpPeer, ALostSessionIsDialedAtOnce) {
    Peer peer = established();
    EXPECT_THAT(texts(peer.handle(1, TcpFailed{})),
                ElementsAre("1 stop hold", "1 stop keepalive", "1 disconnect",
                            "1 session down connection lost", "peer flush ipv4-unicast",
                            "0 start connect-retry 120s", "0 connect"));
    EXPECT_EQ(peer.dropped_count(), 1U);
    EXPECT_EQ(peer.last_down()->reason, DownReason::connection_lost);
}

TEST(BgpPeer, StopFlushesAndIsAHardResetWhereNeeded) {
    const Notification shutdown = cease(Cease::administrative_shutdown);
    Peer plain = established(config(), restartable_open(false));
    EXPECT_THAT(texts(plain.stop(shutdown)),
                ElementsAre("1 send NOTIFICATION 6/2 Cease/Administrative Shutdown", "1 stop hold",
                            "1 stop keepalive", "1 disconnect",
                            "1 session down stopped 6/2 Cease/Administrative Shutdown",
                            "peer flush ipv4-unicast"));
    EXPECT_EQ(plain.state(), State::idle);
    EXPECT_EQ(plain.admit().connection, std::nullopt);

    Peer with_bit = established(config(), restartable_open(true));
    EXPECT_THAT(
        texts(with_bit.stop(shutdown)),
        ElementsAre("1 send NOTIFICATION 6/9 Cease/Hard Reset", "1 stop hold", "1 stop keepalive",
                    "1 disconnect", "1 session down stopped 6/9 Cease/Hard Reset",
                    "peer flush ipv4-unicast"))
        << "RFC 8538 section 3.1";
}

TEST(BgpPeer, StopWhileRoutesAreKeptSweepsThem) {
    Peer peer = established(config(), restartable_open(false));
    EXPECT_THAT(texts(peer.handle(1, TcpFailed{})), Contains("peer start restart 15s"));
    EXPECT_THAT(texts(peer.stop(cease(Cease::peer_deconfigured))),
                ElementsAre("0 stop connect-retry", "0 disconnect", "peer sweep stale ipv4-unicast",
                            "peer stop restart"));
}

TEST(BgpPeer, ResetKeepsTheRoutesOfPeersWithTheNotificationBit) {
    Peer peer = established(config(), restartable_open(true));
    EXPECT_THAT(texts(peer.reset(cease(Cease::other_configuration_change))),
                ElementsAre("1 send NOTIFICATION 6/6 Cease/Other Configuration Change",
                            "1 stop hold", "1 stop keepalive", "1 disconnect",
                            "1 session down stopped 6/6 Cease/Other Configuration Change",
                            "peer mark stale ipv4-unicast", "peer start restart 15s",
                            "0 start connect-retry 1s"));
}

// As `clear bgp` of others: with the N bit inside a Hard Reset, so that both sides begin anew.
TEST(BgpPeer, AnAdministrativeResetKeepsNothing) {
    Peer peer = established(config(), restartable_open(true));
    EXPECT_THAT(
        texts(peer.reset(cease(Cease::administrative_reset))),
        ElementsAre("1 send NOTIFICATION 6/9 Cease/Hard Reset", "1 stop hold", "1 stop keepalive",
                    "1 disconnect", "1 session down stopped 6/9 Cease/Hard Reset",
                    "peer flush ipv4-unicast", "0 start connect-retry 1s"));
    Peer plain = established();
    EXPECT_THAT(texts(plain.reset(cease(Cease::administrative_reset))),
                Contains("1 send NOTIFICATION 6/4 Cease/Administrative Reset"));
}

TEST(BgpPeer, AnAdministrativeResetEndsAPause) {
    Peer peer = established();
    (void)receive(peer, 1, message(2, hex("ffff0000")));
    EXPECT_EQ(peer.state(), State::idle);
    EXPECT_THAT(texts(peer.reset(cease(Cease::administrative_reset))),
                ElementsAre("peer stop idle-hold", "0 start connect-retry 120s", "0 connect"));
}

TEST(BgpPeer, OctetsThatAreNoWholeMessageDoNotRestartTheHoldTimer) {
    Peer peer = established();
    const Octets keepalive = encode(Keepalive{});
    ReceivedUpdates updates;
    std::size_t consumed = 0;
    for (std::size_t size = 1; size < keepalive.size(); ++size) {
        EXPECT_THAT(texts(peer.receive(1, Bytes(keepalive).first(size), updates, consumed)),
                    IsEmpty());
        EXPECT_EQ(consumed, 0U);
    }
    EXPECT_THAT(receive(peer, 1, keepalive), ElementsAre("1 start hold 9s"));
}

TEST(BgpPeer, TooManyPrefixesFlushAndPause) {
    Peer peer = established(config(), restartable_open(true));
    EXPECT_THAT(
        texts(peer.reset(cease(Cease::maximum_prefixes))),
        ElementsAre("1 send NOTIFICATION 6/9 Cease/Hard Reset", "1 stop hold", "1 stop keepalive",
                    "1 disconnect", "1 session down stopped 6/9 Cease/Hard Reset",
                    "peer flush ipv4-unicast", "peer start idle-hold 1s"));
}

TEST(BgpPeer, TheStaleRoutesOfADeadPeerGoWithTheRestartTimer) {
    Peer peer = established(config(), restartable_open(false));
    (void)peer.handle(1, TcpFailed{});
    EXPECT_TRUE(peer.restart_helper().waiting_for_peer());
    EXPECT_THAT(texts(peer.handle(kPeerItself, TimerExpired{TimerKind::restart})),
                ElementsAre("peer sweep stale ipv4-unicast"));
}

TEST(BgpPeer, ErrorsMakePausesThatGrow) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    (void)peer.handle(kOutgoing, TcpFailed{});
    for (const char* const pause : {"1s", "2s", "4s", "8s", "16s", "32s", "32s"}) {
        const ConnectionIndex connection = admit(peer);
        EXPECT_THAT(receive(peer, connection, hex("00")),
                    Contains(std::string("peer start idle-hold ") + pause));
        EXPECT_EQ(peer.state(), State::idle);
        EXPECT_EQ(peer.admit().connection, std::nullopt) << "nobody is heard in the pause";
        EXPECT_THAT(texts(peer.handle(kPeerItself, TimerExpired{TimerKind::idle_hold})),
                    ElementsAre("0 start connect-retry 120s", "0 connect"));
    }
}

TEST(BgpPeer, AWellBehavedSessionForgivesEarlierErrors) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    for (int round = 0; round < 3; ++round) {
        (void)receive(peer, admit(peer), hex("00"));
        (void)peer.handle(kPeerItself, TimerExpired{TimerKind::idle_hold});
    }
    const ConnectionIndex connection = admit(peer);
    (void)receive(peer, connection, concat({encode(open_of()), encode(Keepalive{})}));
    (void)receive(peer, connection,
                  concat({encode(Keepalive{}), encode(Keepalive{}), encode(Keepalive{})}));
    EXPECT_THAT(receive(peer, connection, hex("00")), Contains("peer start idle-hold 1s"));
}

TEST(BgpPeer, NoPauseWhenNoneIsConfigured) {
    PeerConfig with = config();
    with.idle_hold = Seconds{0};
    Peer peer(with, kLocal);
    (void)peer.start();
    EXPECT_THAT(receive(peer, admit(peer), hex("00")),
                Not(Contains(testing::HasSubstr("idle-hold"))));
    EXPECT_TRUE(peer.admit().connection.has_value());
}

TEST(BgpPeer, AnErrorOnASecondConnectionDoesNotPauseAnEstablishedPeer) {
    Peer peer = established();
    const ConnectionIndex newcomer = admit(peer);
    EXPECT_THAT(receive(peer, newcomer, hex("00")), Not(Contains(testing::HasSubstr("idle-hold"))));
    EXPECT_EQ(peer.state(), State::established);
}

TEST(BgpPeer, StopEndsThePause) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    (void)receive(peer, admit(peer), hex("00"));
    EXPECT_THAT(texts(peer.stop(cease(Cease::peer_deconfigured))),
                ElementsAre("peer stop idle-hold"));
}

TEST(BgpPeer, MessagesArriveInPieces) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    const ConnectionIndex connection = admit(peer);
    const Octets stream = concat({encode(open_of()), encode(Keepalive{}), encode(Keepalive{})});
    std::vector<std::string> actions;
    Octets pending;
    for (const std::uint8_t octet : stream) {
        pending.push_back(octet);
        ReceivedUpdates updates;
        std::size_t consumed = 0;
        for (const PeerAction& action : peer.receive(connection, pending, updates, consumed)) {
            actions.push_back(text(action));
        }
        pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(consumed));
    }
    EXPECT_TRUE(pending.empty());
    EXPECT_THAT(actions,
                ElementsAre("1 send KEEPALIVE", "1 start keepalive 3s", "1 start hold 9s",
                            "1 start hold 9s", "1 session up with as 65001 hold 9 ipv4-unicast",
                            "0 stop connect-retry", "0 disconnect", "1 start hold 9s"));
}

TEST(BgpPeer, ManyMessagesAreReadInPortions) {
    Peer peer = established();
    Octets stream;
    for (int count = 0; count < 10; ++count) stream = concat({stream, encode(Keepalive{})});
    stream = concat({stream, hex("ffff")});
    Bytes rest = stream;
    ReceivedUpdates updates;
    std::size_t consumed = 0;
    std::size_t portions = 0;
    std::vector<std::string> actions;
    do {
        ++portions;
        for (const auto& one : texts(peer.receive(1, rest, updates, consumed)))
            actions.push_back(one);
        rest = rest.subspan(consumed);
    } while (consumed != 0);
    EXPECT_GT(portions, 2U);
    EXPECT_EQ(rest.size(), 2U) << "the beginning of one";
    EXPECT_THAT(actions, ElementsAreArray(std::vector<std::string>(10, "1 start hold 9s")));
    EXPECT_EQ(peer.received().keepalive, 11U) << "with the one that established it";
}

TEST(BgpPeer, NothingIsReadBehindTheEndOfASession) {
    Peer peer = established();
    const Octets stream =
        concat({encode(cease(Cease::peer_deconfigured)), encode(Keepalive{}), hex("0000")});
    const auto actions = receive(peer, 1, stream);
    EXPECT_THAT(actions,
                Contains("1 session down notification received 6/3 Cease/Peer De-configured"));
    EXPECT_THAT(actions, Not(Contains(testing::HasSubstr("send NOTIFICATION"))));
    EXPECT_EQ(peer.received().keepalive, 1U);
}

TEST(BgpPeer, AMalformedUpdateBeforeEstablishedIsOutOfPlaceFirstOfAll) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    EXPECT_THAT(receive(peer, admit(peer), message(2, hex("ffffffff"))),
                Contains("1 send NOTIFICATION 5/1 Finite State Machine Error/"
                         "Unexpected Message in OpenSent"));
}

TEST(BgpPeer, AMalformedUpdateEndsAnEstablishedSession) {
    Peer peer = established();
    EXPECT_THAT(receive(peer, 1, message(2, hex("ffff0000"))),
                ElementsAre("1 send NOTIFICATION 3/1 UPDATE Message Error/Malformed Attribute List",
                            "1 stop hold", "1 stop keepalive", "1 disconnect",
                            "1 session down notification sent "
                            "3/1 UPDATE Message Error/Malformed Attribute List",
                            "peer flush ipv4-unicast", "peer start idle-hold 1s"));
    EXPECT_EQ(peer.received().update, 1U);
    EXPECT_EQ(peer.last_error(), update_error(UpdateError::malformed_attribute_list));
}

TEST(BgpPeer, AMalformedOpenIsCountedToo) {
    Peer peer(config(), kLocal);
    (void)peer.start();
    const ConnectionIndex connection = admit(peer);
    Octets open = encode(open_of());
    open[kHeaderSize] = 3;  // its version
    EXPECT_THAT(receive(peer, connection, open),
                Contains("1 send NOTIFICATION 2/1 OPEN Message Error/Unsupported Version Number"));
    EXPECT_EQ(peer.received().open, 1U);
}

TEST(BgpPeer, CountsMessages) {
    Peer peer = established();
    (void)receive(peer, 1,
                  concat({encode(RouteRefresh{Family::ipv4_unicast, 0}),
                          end_of_rib(Family::ipv4_unicast), encode(Keepalive{})}));
    (void)peer.handle(1, TimerExpired{TimerKind::keepalive});
    EXPECT_EQ(peer.received().open, 1U);
    EXPECT_EQ(peer.received().keepalive, 2U);
    EXPECT_EQ(peer.received().update, 1U);
    EXPECT_EQ(peer.received().route_refresh, 1U);
    EXPECT_EQ(peer.received().total(), 5U);
    EXPECT_EQ(peer.sent().open, 1U);
    EXPECT_EQ(peer.sent().keepalive, 2U);
    EXPECT_EQ(peer.sent().total(), 3U);
}

TEST(BgpPeer, TheRestartBitIsForTheNextOpen) {
    Peer peer(config(), LocalSpeaker{RouterId{100}, true});
    (void)peer.start();
    const auto r_bit = [&] {
        for (const PeerAction& action : peer.handle(kOutgoing, TcpConnected{})) {
            if (const auto* const send = std::get_if<Send>(&action.action)) {
                const auto open = decode(send->bytes, UpdateContext{});
                return std::get<Open>(*open).capabilities.graceful_restart->restarting;
            }
        }
        ADD_FAILURE() << "no OPEN";
        return false;
    };
    EXPECT_TRUE(r_bit());
    (void)peer.handle(kOutgoing, TcpFailed{});
    (void)peer.handle(kOutgoing, TimerExpired{TimerKind::connect_retry});
    peer.set_after_restart(false);
    EXPECT_FALSE(r_bit());
}

TEST(BgpPeer, WhichChangesNeedAReset) {
    PeerConfig before = config();
    before.add_path[0].send_maximum = 2;
    const auto needs = [&](auto change) {
        PeerConfig after = before;
        change(after);
        return needs_reset(before, after);
    };
    EXPECT_FALSE(needs([](PeerConfig&) {}));
    EXPECT_FALSE(needs([](PeerConfig& after) { after.description = "rack 4"; }));
    EXPECT_FALSE(needs([](PeerConfig& after) { after.prefix_limit.maximum = 10; }));
    EXPECT_FALSE(needs([](PeerConfig& after) { after.connect_retry = Seconds{5}; }));
    EXPECT_FALSE(needs([](PeerConfig& after) { after.graceful_restart.stale_time_max = {}; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.remote_as = Asn{1}; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.local_as = Asn{1}; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.hold_time = Seconds{9}; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.keepalive = Seconds{3}; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.ttl = 2; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.families.push_back(Family::ipv6_unicast); }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.add_path[1].receive = true; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.add_path[1].send_maximum = 2; }));
    EXPECT_FALSE(needs([](PeerConfig& after) { after.add_path[0].send_maximum = 3; }))
        << "as many more of what was agreed upon";
    EXPECT_TRUE(needs([](PeerConfig& after) { after.password = "other"; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.ttl_min = 254; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.no_prepend = true; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.replace_as = true; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.remote_as_rule = RemoteAsRule::any; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.extended_next_hop = true; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.graceful_restart.helper = false; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.graceful_restart.restarting = true; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.graceful_restart.notification = false; }));
    EXPECT_TRUE(needs([](PeerConfig& after) { after.graceful_restart.restart_time = {}; }));
    EXPECT_TRUE(
        needs([](PeerConfig& after) { after.graceful_restart.long_lived_time = Seconds{1}; }));
}

}  // namespace torii::bgp

// Timers about octets, route refresh, and what OPENs announce.
#include "tests/unit/controlplane/bgp/session_trace.h"

namespace torii::bgp {

using namespace session_trace;

// RFC 9687 section 4.
TEST(BgpSession, APeerThatTakesNothingIsGivenUp) {
    Session session = in(State::established);
    run(session, {
                     {Output{false}, {}},
                     {Output{true}, {"start send-hold 480s"}},
                     {Output{true}, {"start send-hold 480s"}},
                     {Output{false}, {"stop send-hold"}},
                     {Output{true}, {"start send-hold 480s"}},
                     {TimerExpired{TimerKind::send_hold},
                      {"send NOTIFICATION 8/0 Send Hold Timer Expired", "stop hold",
                       "stop keepalive", "stop send-hold", "disconnect",
                       "session down notification sent 8/0 Send Hold Timer Expired",
                       "start connect-retry 1s"}},
                 });
}

TEST(BgpSession, TheSendHoldTimeIsTwiceALongHoldTime) {
    PeerConfig with = config();
    with.hold_time = Seconds{600};
    Session session = incoming(with);
    (void)session.handle(TcpConnected{});
    (void)session.handle(Received{open_of(Seconds{600})});
    run(session, {{Output{true}, {"start send-hold 1200s"}}});
}

// With a hold timer, whole messages alone restart it; without one there is a timer for the message.
TEST(BgpSession, AMessageThatHasBegunHasToEnd) {
    Session timed = in(State::established);
    run(timed, {{Partial{true}, {}}, {Partial{false}, {}}});
    Session session = outgoing();
    run(session, kToOpenSent);
    run(session,
        {
            {Received{open_of(Seconds{0})}, {"send KEEPALIVE", "stop hold"}},
            {Received{Keepalive{}}, {"session up with as 65001 hold 0 ipv4-unicast"}},
            {Partial{true}, {"start framing 240s"}},
            {Partial{true}, {}},
            {Partial{false}, {"stop framing"}},
            {Partial{false}, {}},
            {Partial{true}, {"start framing 240s"}},
            {TimerExpired{TimerKind::framing},
             {"send NOTIFICATION 4/0 Hold Timer Expired", "stop hold", "stop keepalive",
              "stop framing", "disconnect", "session down notification sent 4/0 Hold Timer Expired",
              "start connect-retry 1s"}},
        });
}

TEST(BgpSession, AStrangerHasTenSecondsForItsOpen) {
    Session session = incoming();
    run(session, {
                     {TcpConnected{}, {"send OPEN as 65000 hold 90", "start hold 10s"}},
                     {TimerExpired{TimerKind::hold},
                      {"send NOTIFICATION 4/0 Hold Timer Expired", "stop hold", "stop keepalive",
                       "disconnect"}},
                 });
    EXPECT_EQ(session.state(), State::idle);
}

TEST(BgpSession, EnhancedRouteRefreshOfBothSides) {
    Session session = outgoing();
    run(session, kToOpenSent);
    Open open = open_of();
    open.capabilities.route_refresh = true;
    open.capabilities.enhanced_route_refresh = true;
    (void)session.handle(Received{open});
    run(session, kToEstablished);
    const auto refresh = [](std::uint8_t subtype, Family family = Family::ipv4_unicast) {
        return Received{RouteRefresh{family, subtype}};
    };
    run(session, {
                     {RequestRefresh{Family::ipv4_unicast}, {"send ROUTE-REFRESH ipv4-unicast"}},
                     {RequestRefresh{Family::ipv6_unicast}, {}},
                     {refresh(kRefreshBegin), {"start hold 9s", "refresh begins ipv4-unicast"}},
                     {refresh(kRefreshEnd), {"start hold 9s", "refresh ends ipv4-unicast"}},
                     {refresh(kRefreshBegin, Family::ipv6_unicast), {"start hold 9s"}},
                 });
}

TEST(BgpSession, RefreshMarkersOfAPeerThatDidNotAnnounceThemAreIgnored) {
    Session session = in(State::established);
    run(session,
        {
            {Received{RouteRefresh{Family::ipv4_unicast, kRefreshBegin}}, {"start hold 9s"}},
            {RequestRefresh{Family::ipv4_unicast}, {}},
        });
}

TEST(BgpSession, AddPathNeedsASenderAndAReceiver) {
    PeerConfig with = config();
    with.families = {Family::ipv4_unicast, Family::ipv6_unicast};
    with.add_path[0] = {true, AddPathConfig::kAll};
    with.add_path[1] = {false, 4};
    Open open = open_of();
    open.capabilities.multiprotocol = true;
    open.capabilities.families = FamilySet::all();
    open.capabilities.add_path_send = FamilySet::all();
    open.capabilities.add_path_receive = {Family::ipv6_unicast};
    Session session = incoming(with);
    const Capabilities ours = session.local_open().capabilities;
    EXPECT_EQ(ours.add_path_receive, FamilySet{Family::ipv4_unicast});
    EXPECT_EQ(ours.add_path_send, FamilySet::all());
    (void)session.handle(TcpConnected{});
    (void)session.handle(Received{open});
    const UpdateContext context = session.negotiated().update_context();
    EXPECT_EQ(context.add_path_receive, FamilySet{Family::ipv4_unicast});
    EXPECT_EQ(context.add_path_send, FamilySet{Family::ipv6_unicast});
}

TEST(BgpSession, AddPathIsNothingThatOneSideAloneWants) {
    PeerConfig with = config();
    with.families = {Family::ipv4_unicast, Family::ipv6_unicast};
    with.add_path[0] = {true, 0};
    with.add_path[1] = {true, 4};
    Open open = open_of();
    open.capabilities.multiprotocol = true;
    open.capabilities.families = FamilySet::all();
    open.capabilities.add_path_send = {Family::ipv6_unicast};
    open.capabilities.add_path_receive = {Family::ipv4_unicast};
    Session session = incoming(with);
    (void)session.handle(TcpConnected{});
    (void)session.handle(Received{open});
    EXPECT_EQ(session.negotiated().add_path_receive, FamilySet{Family::ipv6_unicast})
        << "it does not send IPv4 with identifiers";
    EXPECT_TRUE(session.negotiated().add_path_send.empty())
        << "we offer IPv6 alone, which it does not take";
}

TEST(BgpSession, AddPathIsForFamiliesThatAreSpoken) {
    PeerConfig with = config();
    with.families = {Family::ipv4_unicast, Family::ipv6_unicast};
    with.add_path[0] = with.add_path[1] = {true, AddPathConfig::kAll};
    Open open = open_of();
    open.capabilities.multiprotocol = true;
    open.capabilities.families = {Family::ipv4_unicast};
    open.capabilities.add_path_send = FamilySet::all();
    open.capabilities.add_path_receive = FamilySet::all();
    Session session = incoming(with);
    (void)session.handle(TcpConnected{});
    (void)session.handle(Received{open});
    EXPECT_EQ(session.negotiated().add_path_receive, FamilySet{Family::ipv4_unicast});
    EXPECT_EQ(session.negotiated().add_path_send, FamilySet{Family::ipv4_unicast});
}

// RFC 9494 section 3.1.
TEST(BgpSession, WithoutGracefulRestartALongLivedTimeMeansNothing) {
    Open open = open_of();
    open.capabilities.long_lived.emplace().entries = {{Family::ipv4_unicast, true, Seconds{60}}};
    Session plain = incoming();
    (void)plain.handle(TcpConnected{});
    (void)plain.handle(Received{open});
    EXPECT_EQ(plain.negotiated().long_lived, std::nullopt);
    open.capabilities.graceful_restart.emplace().time = Seconds{15};
    Session both = incoming();
    (void)both.handle(TcpConnected{});
    (void)both.handle(Received{open});
    EXPECT_EQ(both.negotiated().long_lived, open.capabilities.long_lived);
}

TEST(BgpSession, OurOpenHasNameAndLongLivedTime) {
    PeerConfig with = config();
    with.graceful_restart.long_lived_time = Seconds{3600};
    LocalSpeaker local = kLocal;
    local.host_name = "tor-1";
    const Session helper(with, local, Session::Direction::outgoing, {});
    Capabilities ours = helper.local_open().capabilities;
    EXPECT_EQ(ours.host_name, (HostName{"tor-1", ""}));
    ASSERT_TRUE(ours.long_lived);
    EXPECT_EQ(
        ours.long_lived->entries,
        (std::vector<LongLivedCapability::Entry>{{Family::ipv4_unicast, false, Seconds{3600}}}));
    with.graceful_restart.helper = false;
    ours = outgoing(with).local_open().capabilities;
    EXPECT_EQ(ours.long_lived, std::nullopt) << "RFC 9494 section 3.1";
    EXPECT_EQ(ours.host_name, std::nullopt);
    EXPECT_TRUE(ours.extended_message && ours.route_refresh && ours.enhanced_route_refresh);
}

TEST(BgpSession, OurOpenOfARestartingSpeakerThatHelpsNobody) {
    PeerConfig with = config();
    with.graceful_restart.helper = false;
    with.graceful_restart.restarting = true;
    with.graceful_restart.long_lived_time = Seconds{3600};
    const Capabilities ours = outgoing(with).local_open().capabilities;
    ASSERT_TRUE(ours.graceful_restart && ours.long_lived);
    EXPECT_EQ(ours.graceful_restart->forwarding, FamilySet{Family::ipv4_unicast});
    EXPECT_EQ(
        ours.long_lived->entries,
        (std::vector<LongLivedCapability::Entry>{{Family::ipv4_unicast, true, Seconds{3600}}}));
}

}  // namespace torii::bgp

#include "tests/unit/controlplane/bgp/session_trace.h"

namespace torii::bgp {

using namespace session_trace;

TEST(BgpSession, ALifeOnAnOutgoingConnection) {
    Session session = in(State::established);
    const Update update;
    run(session, {
                     {TimerExpired{TimerKind::keepalive}, {"send KEEPALIVE", "start keepalive 3s"}},
                     {Received{Keepalive{}}, {"start hold 9s"}},
                     {ReceivedUpdate{&update}, {"start hold 9s", "deliver UPDATE"}},
                     {TimerExpired{TimerKind::hold}, failure("4/0 Hold Timer Expired", true)},
                 });
    EXPECT_EQ(session.state(), State::active);
    run(session,
        {{TimerExpired{TimerKind::connect_retry}, {"start connect-retry 120s", "connect"}}});
    EXPECT_EQ(session.state(), State::connect);
}

TEST(BgpSession, ALifeOnAnIncomingConnection) {
    Session session = incoming();
    run(session,
        {{Start{}, {}}, {TcpConnected{}, {"send OPEN as 65000 hold 90", "start hold 10s"}}});
    run(session, kToOpenConfirm);
    run(session, kToEstablished);
    run(session, {{TcpFailed{},
                   {"stop hold", "stop keepalive", "disconnect", "session down connection lost"}}});
    EXPECT_EQ(session.state(), State::idle) << "over, not tried again";
}

TEST(BgpSession, ConnectionsThatCannotBeMadeAreTriedLessAndLessOften) {
    Session session = outgoing();
    run(session, {{Start{}, {"start connect-retry 120s", "connect"}}});
    for (const char* const delay : {"1s", "2s", "4s", "8s", "16s", "32s", "64s", "120s", "120s"}) {
        run(session,
            {
                {TcpFailed{}, {std::string("start connect-retry ") + delay}},
                {TimerExpired{TimerKind::connect_retry}, {"start connect-retry 120s", "connect"}},
            });
    }
    run(session, {{TcpConnected{},
                   {"stop connect-retry", "send OPEN as 65000 hold 90", "start hold 240s"}}});
    run(session, kToOpenConfirm);
    run(session,
        {{TcpFailed{}, {"stop hold", "stop keepalive", "disconnect", "start connect-retry 1s"}}});
}

TEST(BgpSession, HoweverManyAttemptsFailTheirPausesStayLong) {
    Session session = outgoing();
    run(session, {{Start{}, {"start connect-retry 120s", "connect"}}});
    for (int attempt = 0; attempt < 100; ++attempt) {
        const std::span<Action> actions = session.handle(TcpFailed{});
        ASSERT_EQ(actions.size(), 1U);
        EXPECT_EQ(text(actions[0]) == "start connect-retry 120s", attempt >= 7) << attempt;
        (void)session.handle(TimerExpired{TimerKind::connect_retry});
    }
}

TEST(BgpSession, AnAttemptThatHangsIsGivenUp) {
    Session session = outgoing();
    run(session, {
                     {Start{}, {"start connect-retry 120s", "connect"}},
                     {TimerExpired{TimerKind::connect_retry},
                      {"disconnect", "start connect-retry 120s", "connect"}},
                 });
}

TEST(BgpSession, StopInEveryState) {
    const Stop stop{cease(Cease::administrative_shutdown)};
    const std::vector<std::string> told{"send NOTIFICATION 6/2 Cease/Administrative Shutdown",
                                        "stop hold", "stop keepalive", "disconnect"};
    Session idle = outgoing();
    run(idle, {{stop, {}}});
    Session connecting = outgoing();
    run(connecting, {{Start{}, {"start connect-retry 120s", "connect"}},
                     {stop, {"stop connect-retry", "disconnect"}}});
    Session active = outgoing();
    run(active, {{Start{}, {"start connect-retry 120s", "connect"}},
                 {TcpFailed{}, {"start connect-retry 1s"}},
                 {stop, {"stop connect-retry"}}});
    Session open_sent = in(State::open_sent);
    run(open_sent, {{stop, told}});
    Session open_confirm = in(State::open_confirm);
    run(open_confirm, {{stop, told}});
    Session established = in(State::established);
    std::vector<std::string> down = told;
    down.emplace_back("session down stopped 6/2 Cease/Administrative Shutdown");
    run(established, {{stop, down}});
    for (Session* const session :
         {&idle, &connecting, &active, &open_sent, &open_confirm, &established}) {
        EXPECT_EQ(session->state(), State::idle);
    }
}

TEST(BgpSession, KeepalivesGoOutWhileTheFirstOfThePeerIsWaitedFor) {
    Session session = in(State::open_confirm);
    run(session, {{TimerExpired{TimerKind::keepalive}, {"send KEEPALIVE", "start keepalive 3s"}}});
    EXPECT_EQ(session.state(), State::open_confirm);
}

TEST(BgpSession, NothingIsLeftOfWhatAnEarlierConnectionAgreedOn) {
    Session session = in(State::established);
    run(session, {{TcpFailed{},
                   {"stop hold", "stop keepalive", "disconnect", "session down connection lost",
                    "start connect-retry 1s"}},
                  {TimerExpired{TimerKind::connect_retry}, {"start connect-retry 120s", "connect"}},
                  {TcpConnected{},
                   {"stop connect-retry", "send OPEN as 65000 hold 90", "start hold 240s"}}});
    EXPECT_EQ(session.negotiated(), Negotiated{});
}

TEST(BgpSession, AStopWithoutANotificationSaysNothing) {
    Session session = in(State::established);
    run(session, {{Stop{std::nullopt, DownReason::replaced},
                   {"stop hold", "stop keepalive", "disconnect", "session down replaced"}}});
    EXPECT_EQ(session.state(), State::idle);
}

TEST(BgpSession, MessagesOutOfPlaceAreFsmErrors) {
    struct Row {
        State state;
        Event event;
        const char* answer;
    };
    const Update update;
    const std::vector<Row> rows{
        {State::open_sent, Received{Keepalive{}}, "5/1"},
        {State::open_sent, ReceivedUpdate{&update}, "5/1"},
        {State::open_sent, Received{RouteRefresh{Family::ipv4_unicast, 0}}, "5/1"},
        {State::open_confirm, Received{open_of()}, "5/2"},
        {State::open_confirm, ReceivedUpdate{&update}, "5/2"},
        {State::open_confirm, Received{RouteRefresh{Family::ipv4_unicast, 0}}, "5/2"},
        {State::established, Received{open_of()}, "5/3"},
    };
    for (const Row& row : rows) {
        Session session = in(row.state);
        const std::string notification = std::string(row.answer) +
                                         " Finite State Machine Error/Unexpected Message in " +
                                         std::string(state_name(row.state));
        run(session, {{row.event, failure(notification, row.state == State::established)}});
        EXPECT_EQ(session.state(), State::active);
    }
}

// RFC 6608 section 3.
TEST(BgpSession, AMessageOutOfPlaceIsNamedInTheAnswer) {
    Session session = in(State::open_sent);
    const std::span<Action> actions =
        session.handle(Received{RouteRefresh{Family::ipv4_unicast, 0}});
    ASSERT_FALSE(actions.empty());
    EXPECT_EQ(std::get<Send>(actions[0]).bytes, encode(fsm_error(FsmError::in_open_sent, 5)));
}

TEST(BgpSession, ANotificationIsNotAnswered) {
    for (const State state : {State::open_sent, State::open_confirm, State::established}) {
        Session session = in(state);
        std::vector<std::string> expected{"stop hold", "stop keepalive", "disconnect"};
        if (state == State::established) {
            expected.emplace_back(
                "session down notification received 6/4 Cease/Administrative Reset");
        }
        expected.emplace_back("start connect-retry 1s");
        run(session, {{Received{cease(Cease::administrative_reset)}, expected}});
    }
}

TEST(BgpSession, OctetsThatAreNoMessageGetTheirAnswer) {
    for (const State state : {State::open_sent, State::open_confirm, State::established}) {
        Session session = in(state);
        run(session,
            {{ReceivedBad{header_error(HeaderError::bad_type, {9})},
              failure("1/3 Message Header Error/Bad Message Type", state == State::established)}});
    }
}

TEST(BgpSession, TheHoldTimerRunsFromTheOpenOn) {
    for (const State state : {State::open_sent, State::open_confirm}) {
        Session session = in(state);
        run(session, {{TimerExpired{TimerKind::hold}, failure("4/0 Hold Timer Expired", false)}});
    }
}

TEST(BgpSession, AnUnacceptableOpenIsRefused) {
    Session session = in(State::open_sent);
    run(session, {{Received{open_of(Seconds{2})},
                   failure("2/6 OPEN Message Error/Unacceptable Hold Time", false)}});
}

TEST(BgpSession, TheConnectionFailsBeforeTheOpen) {
    Session session = in(State::open_sent);
    run(session,
        {{TcpFailed{}, {"stop hold", "stop keepalive", "disconnect", "start connect-retry 1s"}}});
}

TEST(BgpSession, EventsOutOfPlaceChangeNothing) {
    const std::vector<Event> all{Start{}, TcpConnected{}, TimerExpired{TimerKind::idle_hold},
                                 TimerExpired{TimerKind::restart}};
    for (const State state : {State::open_sent, State::open_confirm, State::established}) {
        Session session = in(state);
        for (const Event& event : all) run(session, {{event, {}}});
        EXPECT_EQ(session.state(), state);
    }
    Session idle = outgoing();
    run(idle, {{TcpConnected{}, {}},
               {TcpFailed{}, {}},
               {Received{Keepalive{}}, {}},
               {ReceivedBad{header_error(HeaderError::bad_type)}, {}},
               {TimerExpired{TimerKind::hold}, {}},
               {TimerExpired{TimerKind::connect_retry}, {}}});
    EXPECT_EQ(idle.state(), State::idle);
}

TEST(BgpSession, HoldTimeZeroMeansNoTimers) {
    Session session = in(State::open_sent);
    const Update update;
    run(session, {
                     {Received{open_of(Seconds{0})}, {"send KEEPALIVE", "stop hold"}},
                     {Received{Keepalive{}}, {"session up with as 65001 hold 0 ipv4-unicast"}},
                     {ReceivedUpdate{&update}, {"deliver UPDATE"}},
                 });
}

TEST(BgpSession, TimersComeFromTheSmallerHoldTime) {
    struct Row {
        Seconds ours;
        Seconds theirs;
        Seconds configured;
        const char* keepalive;
        const char* hold;
    };
    for (const Row& row : std::vector<Row>{
             {Seconds{90}, Seconds{180}, Seconds{30}, "start keepalive 30s", "start hold 90s"},
             {Seconds{180}, Seconds{9}, Seconds{60}, "start keepalive 3s", "start hold 9s"},
             {Seconds{90}, Seconds{90}, Seconds{10}, "start keepalive 10s", "start hold 90s"},
             {Seconds{90}, Seconds{90}, Seconds{0}, "start keepalive 30s", "start hold 90s"},
         }) {
        PeerConfig with = config();
        with.hold_time = row.ours;
        with.keepalive = row.configured;
        Session session = incoming(with);
        (void)session.handle(TcpConnected{});
        run(session,
            {{Received{open_of(row.theirs)}, {"send KEEPALIVE", row.keepalive, row.hold}}});
    }
}

TEST(BgpSession, RefreshOfANegotiatedFamilyOnly) {
    Session session = in(State::established);
    run(session, {
                     {Received{RouteRefresh{Family::ipv4_unicast, 0}},
                      {"start hold 9s", "refresh ipv4-unicast"}},
                     {Received{RouteRefresh{Family::ipv6_unicast, 0}}, {"start hold 9s"}},
                     {Received{RouteRefresh{std::nullopt, 0}}, {"start hold 9s"}},
                     {Received{RouteRefresh{Family::ipv4_unicast, 77}}, {"start hold 9s"}},
                 });
}

TEST(BgpSession, JitterShortensRetryAndKeepaliveButNotHold) {
    Session session = outgoing(config(), [] { return 0.75; });
    run(session,
        {
            {Start{}, {"start connect-retry 90s", "connect"}},
            {TcpConnected{},
             {"stop connect-retry", "send OPEN as 65000 hold 90", "start hold 240s"}},
            {Received{open_of()}, {"send KEEPALIVE", "start keepalive 2250ms", "start hold 9s"}},
            {TcpFailed{},
             {"stop hold", "stop keepalive", "disconnect", "start connect-retry 750ms"}},
        });
}

TEST(BgpSession, WhatBothSidesCanDoIsNegotiated) {
    PeerConfig with = config();
    with.families = {Family::ipv4_unicast, Family::ipv6_unicast};
    with.extended_next_hop = true;
    Open open = open_of();
    open.capabilities.multiprotocol = true;
    open.capabilities.families = {Family::ipv6_unicast};
    open.capabilities.route_refresh = true;
    open.capabilities.extended_message = true;
    open.capabilities.extended_next_hop = true;
    open.capabilities.graceful_restart =
        GracefulRestartCapability{true, true, Seconds{15}, FamilySet::all(), FamilySet::all()};
    Session session = incoming(with);
    (void)session.handle(TcpConnected{});
    (void)session.handle(Received{open});
    const Negotiated& result = session.negotiated();
    EXPECT_EQ(result.local_as, Asn{65000});
    EXPECT_EQ(result.remote_as, Asn{65001});
    EXPECT_EQ(result.remote_id, RouterId{2});
    EXPECT_FALSE(result.internal);
    EXPECT_EQ(result.families, FamilySet{Family::ipv6_unicast});
    EXPECT_TRUE(result.four_octet_as && result.route_refresh);
    EXPECT_TRUE(result.extended_message && result.extended_next_hop);
    EXPECT_EQ(result.graceful_restart, open.capabilities.graceful_restart);
    EXPECT_TRUE(result.restart_on_notification);
    const UpdateContext context = result.update_context();
    EXPECT_TRUE(context.extended_message && context.extended_next_hop && context.four_octet_as);
    EXPECT_EQ(context.families, FamilySet{Family::ipv6_unicast});
}

TEST(BgpSession, WhatOneSideCannotDoIsNotNegotiated) {
    PeerConfig with = config();
    with.remote_as = Asn{65000};
    with.graceful_restart.helper = false;
    Open open{Asn{65000}, Seconds{90}, RouterId{2}, {}};
    open.capabilities.extended_next_hop = true;
    open.capabilities.graceful_restart.emplace().notification = true;
    Session session = incoming(with);
    (void)session.handle(TcpConnected{});
    (void)session.handle(Received{open});
    const Negotiated& result = session.negotiated();
    EXPECT_TRUE(result.internal);
    EXPECT_EQ(result.families, FamilySet{Family::ipv4_unicast}) << "RFC 4760 section 8";
    EXPECT_FALSE(result.four_octet_as || result.route_refresh);
    EXPECT_FALSE(result.extended_message || result.extended_next_hop);
    EXPECT_EQ(result.graceful_restart, std::nullopt) << "we are nobody's helper";
    EXPECT_FALSE(result.restart_on_notification);
}

TEST(BgpSession, WhatThePeerAloneWantsIsNotNegotiated) {
    PeerConfig with = config();
    with.graceful_restart.notification = false;
    Open open = open_of();
    open.capabilities.multiprotocol = true;
    open.capabilities.families = FamilySet::all();
    open.capabilities.graceful_restart.emplace().notification = true;
    Session session = incoming(with);
    (void)session.handle(TcpConnected{});
    (void)session.handle(Received{open});
    EXPECT_EQ(session.negotiated().families, FamilySet{Family::ipv4_unicast});
    EXPECT_FALSE(session.negotiated().restart_on_notification) << "RFC 8538 section 2: both";
}

TEST(BgpSession, OurOpenSaysWhatIsConfigured) {
    PeerConfig with = config();
    with.families = {Family::ipv4_unicast, Family::ipv6_unicast};
    with.graceful_restart.restarting = true;
    with.graceful_restart.restart_time = Seconds{60};
    Session session = outgoing(with);
    Open open = session.local_open();
    EXPECT_EQ(open.as, Asn{65000});
    EXPECT_EQ(open.hold_time, Seconds{90});
    EXPECT_EQ(open.router_id, RouterId{1});
    EXPECT_EQ(open.capabilities.families, FamilySet::all());
    EXPECT_EQ(open.capabilities.four_octet_as, Asn{65000});
    EXPECT_FALSE(open.capabilities.extended_next_hop);
    EXPECT_EQ(
        open.capabilities.graceful_restart,
        (GracefulRestartCapability{false, true, Seconds{60}, FamilySet::all(), FamilySet::all()}));

    session.update(with, LocalSpeaker{RouterId{1}, true});
    EXPECT_TRUE(session.local_open().capabilities.graceful_restart->restarting);

    with.extended_next_hop = true;
    session.update(with, kLocal);
    EXPECT_TRUE(session.local_open().capabilities.extended_next_hop);

    with.graceful_restart.restarting = false;
    session.update(with, kLocal);
    EXPECT_TRUE(session.local_open().capabilities.graceful_restart->families.empty())
        << "a mere helper (RFC 4724 section 3)";

    with.graceful_restart.helper = false;
    session.update(with, kLocal);
    EXPECT_EQ(session.local_open().capabilities.graceful_restart, std::nullopt);
}

}  // namespace torii::bgp

#include "controlplane/bgp/graceful_restart.h"

#include "controlplane/bgp/notification.h"

#include <gmock/gmock.h>

namespace torii::bgp {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr FamilySet kBoth = FamilySet::all();

std::vector<std::string> texts(const Actions& actions) {
    std::vector<std::string> result;
    for (const Action& action : actions) result.push_back(text(action));
    return result;
}

// A session with both families whose peer restarts within 15 s.
Negotiated restartable(FamilySet kept = kBoth, FamilySet forwarding = kBoth) {
    Negotiated negotiated;
    negotiated.families = kBoth;
    negotiated.graceful_restart =
        GracefulRestartCapability{true, false, Seconds{15}, kept, forwarding};
    negotiated.peer_capabilities.graceful_restart = negotiated.graceful_restart;
    return negotiated;
}

Negotiated with_notification_bit() {
    Negotiated negotiated = restartable();
    negotiated.graceful_restart->notification = true;
    negotiated.restart_on_notification = true;
    return negotiated;
}

const SessionDown kLost{DownReason::connection_lost, std::nullopt};

}  // namespace

TEST(BgpRestartHelper, KeepsTheRoutesOfALostConnection) {
    RestartHelper helper({});
    EXPECT_THAT(texts(helper.session_down(kLost, restartable())),
                ElementsAre("mark stale ipv4-unicast ipv6-unicast", "start restart 15s"));
    EXPECT_EQ(helper.stale(), kBoth);
    EXPECT_TRUE(helper.waiting_for_peer());
}

TEST(BgpRestartHelper, SweepsWhenThePeerDoesNotComeBack) {
    RestartHelper helper({});
    (void)helper.session_down(kLost, restartable());
    EXPECT_THAT(texts(helper.timer_expired(TimerKind::restart)),
                ElementsAre("sweep stale ipv4-unicast ipv6-unicast"));
    EXPECT_TRUE(helper.stale().empty());
    EXPECT_FALSE(helper.waiting_for_peer());
    EXPECT_THAT(texts(helper.timer_expired(TimerKind::restart)), IsEmpty());
}

TEST(BgpRestartHelper, SweepsEachFamilyAtItsEndOfRib) {
    RestartHelper helper({});
    (void)helper.session_down(kLost, restartable());
    EXPECT_THAT(texts(helper.session_up(restartable())),
                ElementsAre("stop restart", "start stale 360s"));
    EXPECT_THAT(texts(helper.end_of_rib(Family::ipv4_unicast)),
                ElementsAre("sweep stale ipv4-unicast"));
    EXPECT_THAT(texts(helper.end_of_rib(Family::ipv4_unicast)), IsEmpty());
    EXPECT_THAT(texts(helper.end_of_rib(Family::ipv6_unicast)),
                ElementsAre("sweep stale ipv6-unicast", "stop stale"));
}

TEST(BgpRestartHelper, ATimerThatNoLongerRunsSweepsNothing) {
    RestartHelper helper({});
    (void)helper.session_down(kLost, restartable());
    (void)helper.session_up(restartable());
    EXPECT_THAT(texts(helper.timer_expired(TimerKind::restart)), IsEmpty());
    (void)helper.session_down(kLost, restartable());
    EXPECT_THAT(texts(helper.timer_expired(TimerKind::stale)), IsEmpty());
    EXPECT_EQ(helper.stale(), kBoth);
}

TEST(BgpRestartHelper, SweepsWhenNoEndOfRibComes) {
    RestartHelper helper({});
    (void)helper.session_down(kLost, restartable());
    (void)helper.session_up(restartable());
    EXPECT_THAT(texts(helper.timer_expired(TimerKind::stale)),
                ElementsAre("sweep stale ipv4-unicast ipv6-unicast"));
}

TEST(BgpRestartHelper, TheForwardingStateOfAFamilyWasLost) {
    RestartHelper helper({});
    (void)helper.session_down(kLost, restartable());
    EXPECT_THAT(texts(helper.session_up(restartable(kBoth, {Family::ipv4_unicast}))),
                ElementsAre("stop restart", "sweep stale ipv6-unicast", "start stale 360s"))
        << "RFC 4724 section 4.2: no F bit";
}

TEST(BgpRestartHelper, ThePeerComesBackWithoutTheCapability) {
    RestartHelper helper({});
    (void)helper.session_down(kLost, restartable());
    Negotiated plain;
    plain.families = kBoth;
    EXPECT_THAT(texts(helper.session_up(plain)),
                ElementsAre("stop restart", "sweep stale ipv4-unicast ipv6-unicast"));
}

TEST(BgpRestartHelper, ThePeerComesBackWithoutAFamily) {
    RestartHelper helper({});
    (void)helper.session_down(kLost, restartable());
    Negotiated fewer = restartable();
    fewer.families = {Family::ipv4_unicast};
    EXPECT_THAT(texts(helper.session_up(fewer)),
                ElementsAre("stop restart", "sweep stale ipv6-unicast", "start stale 360s"));
}

TEST(BgpRestartHelper, KeepsOnlyTheFamiliesOfTheCapability) {
    RestartHelper helper({});
    EXPECT_THAT(texts(helper.session_down(kLost, restartable({Family::ipv4_unicast}))),
                ElementsAre("flush ipv6-unicast", "mark stale ipv4-unicast", "start restart 15s"));
}

TEST(BgpRestartHelper, ASecondRestartSweepsWhatIsStillStale) {
    RestartHelper helper({});
    (void)helper.session_down(kLost, restartable());
    (void)helper.session_up(restartable());
    (void)helper.end_of_rib(Family::ipv4_unicast);
    EXPECT_THAT(texts(helper.session_down(kLost, restartable())),
                ElementsAre("sweep stale ipv6-unicast", "stop stale",
                            "mark stale ipv4-unicast ipv6-unicast", "start restart 15s"))
        << "RFC 4724 section 4.2: consecutive restarts";
}

TEST(BgpRestartHelper, OurOwnLimitOnTheRestartTime) {
    GracefulRestartConfig config;
    config.stale_time_max = Seconds{10};
    RestartHelper helper(config);
    EXPECT_THAT(texts(helper.session_down(kLost, restartable())),
                ElementsAre("mark stale ipv4-unicast ipv6-unicast", "start restart 10s"));
}

TEST(BgpRestartHelper, WhatKeepsAndWhatFlushes) {
    const Notification shutdown = cease(Cease::administrative_shutdown);
    const Notification expired{ErrorCode::hold_timer_expired, 0, {}};
    Negotiated no_capability;
    no_capability.families = kBoth;
    Negotiated no_time = restartable();
    no_time.graceful_restart->time = Seconds{0};
    struct Row {
        const char* reason;
        SessionDown down;
        Negotiated negotiated;
        bool kept;
    };
    const std::vector<Row> rows{
        {"no capability", kLost, no_capability, false},
        {"restart time 0", kLost, no_time, false},
        {"replaced by a new connection", {DownReason::replaced, {}}, restartable(), true},
        {"stopped", {DownReason::stopped, shutdown}, restartable(), false},
        {"Cease received", {DownReason::notification_received, shutdown}, restartable(), false},
        {"hold timer expired", {DownReason::notification_sent, expired}, restartable(), false},
        {"hold timer expired, N bit",
         {DownReason::notification_sent, expired},
         with_notification_bit(),
         true},
        {"Cease received, N bit",
         {DownReason::notification_received, shutdown},
         with_notification_bit(),
         true},
        {"Cease sent, N bit", {DownReason::stopped, shutdown}, with_notification_bit(), true},
        {"Hard Reset received, N bit",
         {DownReason::notification_received, hard_reset(shutdown)},
         with_notification_bit(),
         false},
        {"Hard Reset sent, N bit",
         {DownReason::stopped, hard_reset(shutdown)},
         with_notification_bit(),
         false},
    };
    for (const Row& row : rows) {
        RestartHelper helper({});
        const auto actions = texts(helper.session_down(row.down, row.negotiated));
        if (row.kept) {
            EXPECT_THAT(actions,
                        ElementsAre("mark stale ipv4-unicast ipv6-unicast", "start restart 15s"))
                << row.reason;
        } else {
            EXPECT_THAT(actions, ElementsAre("flush ipv4-unicast ipv6-unicast")) << row.reason;
        }
    }
}

TEST(BgpRestartHelper, WhoFellSilentMayNotBeThereAtAll) {
    const Notification expired{ErrorCode::hold_timer_expired, 0, {}};
    const Notification full{ErrorCode::send_hold_timer_expired, 0, {}};
    struct Row {
        const char* reason;
        SessionDown down;
        bool silent;
    };
    for (const Row& row : std::vector<Row>{
             {"its system closed the connection", kLost, false},
             {"it said nothing", {DownReason::notification_sent, expired}, true},
             {"it took nothing", {DownReason::notification_sent, full}, true},
             {"it says that we were silent", {DownReason::notification_received, expired}, false},
             {"it sent what we could not read",
              {DownReason::notification_sent, update_error(UpdateError::malformed_attribute_list)},
              false},
             {"BFD says so", {DownReason::stopped, cease(Cease::bfd_down)}, true},
             {"an operator wants it",
              {DownReason::stopped, cease(Cease::other_configuration_change)},
              false},
         }) {
        RestartHelper helper({});
        const Actions actions = helper.session_down(row.down, with_notification_bit());
        ASSERT_FALSE(actions.empty()) << row.reason;
        EXPECT_EQ(actions[0], Action(MarkStale{kBoth, row.silent})) << row.reason;
    }
}

TEST(BgpRestartHelper, CancelKeepsNothing) {
    RestartHelper helper({});
    (void)helper.session_down(kLost, restartable());
    EXPECT_THAT(texts(helper.cancel()),
                ElementsAre("sweep stale ipv4-unicast ipv6-unicast", "stop restart"));
    EXPECT_THAT(texts(helper.cancel()), IsEmpty());
}

namespace {

// Of a peer that did not restart, and sends End-of-RIB.
Negotiated steady() {
    Negotiated negotiated = restartable();
    negotiated.peer_capabilities.graceful_restart->restarting = false;
    return negotiated;
}

}  // namespace

TEST(BgpSelectionDeferral, WaitsForTheEndOfRibsOfAllThatAreExpected) {
    SelectionDeferral deferral;
    EXPECT_TRUE(deferral.complete()) << "nobody is expected";
    deferral.expect(1);
    deferral.expect(2);
    deferral.session_up(1, steady());
    deferral.end_of_rib(1, Family::ipv4_unicast);
    deferral.end_of_rib(1, Family::ipv6_unicast);
    EXPECT_FALSE(deferral.complete()) << "2 is absent";
    deferral.session_up(2, steady());
    deferral.end_of_rib(2, Family::ipv4_unicast);
    EXPECT_FALSE(deferral.complete()) << "an End-of-RIB is due";
    deferral.keepalive(2);
    EXPECT_FALSE(deferral.complete()) << "who is to send it says nothing by a KEEPALIVE";
    deferral.end_of_rib(2, Family::ipv6_unicast);
    EXPECT_TRUE(deferral.complete());
}

TEST(BgpSelectionDeferral, PeersThatSendNoEndOfRibAreNotWaitedFor) {
    SelectionDeferral deferral;
    deferral.expect(1);
    deferral.expect(2);
    deferral.session_up(1, restartable());  // R bit: it waits for us
    Negotiated plain;
    plain.families = kBoth;
    deferral.session_up(2, plain);
    EXPECT_TRUE(deferral.complete());
}

TEST(BgpSelectionDeferral, WhenAllAreWaitedForAKeepaliveSaysWhatNoEndOfRibWill) {
    SelectionDeferral deferral;
    deferral.wait_for_all();
    deferral.expect(1, true);
    EXPECT_FALSE(deferral.complete());
    Negotiated plain;
    plain.families = kBoth;
    deferral.session_up(1, plain);
    EXPECT_FALSE(deferral.complete());
    deferral.keepalive(1);
    EXPECT_TRUE(deferral.complete());
}

TEST(BgpSelectionDeferral, OnlyFamiliesThatAreSpokenAreWaitedFor) {
    SelectionDeferral deferral;
    deferral.expect(1);
    Negotiated narrow = steady();
    narrow.families = {Family::ipv6_unicast};
    deferral.session_up(1, narrow);
    EXPECT_FALSE(deferral.complete());
    deferral.end_of_rib(1, Family::ipv6_unicast);
    EXPECT_TRUE(deferral.complete());
}

TEST(BgpSelectionDeferral, ASessionThatEndsEarlyIsWaitedForAgain) {
    SelectionDeferral deferral;
    deferral.expect(1);
    deferral.session_up(1, steady());
    deferral.end_of_rib(1, Family::ipv4_unicast);
    deferral.session_down(1);
    EXPECT_FALSE(deferral.complete());
    deferral.session_up(1, steady());
    deferral.end_of_rib(1, Family::ipv6_unicast);
    EXPECT_FALSE(deferral.complete()) << "both are due anew";
    deferral.end_of_rib(1, Family::ipv4_unicast);
    EXPECT_TRUE(deferral.complete());
    deferral.session_down(1);
    EXPECT_TRUE(deferral.complete()) << "it has told all once";
}

TEST(BgpSelectionDeferral, WhoWasNotExpectedIsNotWaitedFor) {
    SelectionDeferral deferral;
    deferral.session_up(1, steady());
    EXPECT_TRUE(deferral.complete());
    deferral.expect(2, true);
    EXPECT_TRUE(deferral.complete()) << "it came by itself: nobody knew of it before the restart";
}

TEST(BgpSelectionDeferral, ForgottenPeersAreNotWaitedFor) {
    SelectionDeferral deferral;
    deferral.expect(1);
    deferral.expect(2);
    deferral.session_up(2, steady());
    deferral.forget(1);
    EXPECT_FALSE(deferral.complete());
    deferral.forget(2);
    EXPECT_TRUE(deferral.complete());
}

// RFC 9494 section 4.2.
namespace {

// IPv4 stays for an hour when the 15 s are over, IPv6 does not.
Negotiated long_lived(bool forwarding = true) {
    Negotiated negotiated = restartable();
    negotiated.long_lived.emplace().entries = {{Family::ipv4_unicast, forwarding, Seconds{3600}},
                                               {Family::ipv6_unicast, true, Seconds{0}}};
    return negotiated;
}

RestartHelper in_long_lived_phase() {
    RestartHelper helper({});
    (void)helper.session_down(kLost, long_lived());
    EXPECT_THAT(texts(helper.timer_expired(TimerKind::restart)),
                ElementsAre("sweep stale ipv6-unicast", "mark long-lived ipv4-unicast",
                            "start long-lived-ipv4 3600s"));
    EXPECT_TRUE(helper.waiting_for_peer());
    EXPECT_EQ(helper.long_lived(), FamilySet{Family::ipv4_unicast});
    return helper;
}

}  // namespace

TEST(BgpRestartHelper, LongLivedRoutesGoWhenTheirTimeIsOver) {
    RestartHelper helper = in_long_lived_phase();
    EXPECT_THAT(texts(helper.timer_expired(TimerKind::long_lived_ipv6)), IsEmpty());
    EXPECT_THAT(texts(helper.timer_expired(TimerKind::long_lived_ipv4)),
                ElementsAre("sweep stale ipv4-unicast"));
    EXPECT_FALSE(helper.waiting_for_peer());
}

TEST(BgpRestartHelper, LongLivedRoutesStayUntilEndOfRib) {
    RestartHelper helper = in_long_lived_phase();
    EXPECT_THAT(texts(helper.session_up(long_lived())), IsEmpty()) << "the time goes on";
    EXPECT_FALSE(helper.waiting_for_peer());
    EXPECT_THAT(texts(helper.end_of_rib(Family::ipv4_unicast)),
                ElementsAre("stop long-lived-ipv4", "sweep stale ipv4-unicast"));
}

TEST(BgpRestartHelper, LongLivedRoutesGoWhenThePeerComesBackWithoutThem) {
    RestartHelper helper = in_long_lived_phase();
    EXPECT_THAT(texts(helper.session_up(long_lived(false))),
                ElementsAre("stop long-lived-ipv4", "sweep stale ipv4-unicast"));
}

TEST(BgpRestartHelper, ASecondLossDoesNotProlongTheLongLivedTime) {
    RestartHelper helper = in_long_lived_phase();
    (void)helper.session_up(long_lived());
    EXPECT_THAT(texts(helper.session_down(kLost, long_lived())),
                ElementsAre("mark stale ipv4-unicast ipv6-unicast", "start restart 15s"));
    EXPECT_THAT(texts(helper.timer_expired(TimerKind::restart)),
                ElementsAre("sweep stale ipv6-unicast", "mark long-lived ipv4-unicast"));
}

TEST(BgpRestartHelper, WithoutARestartTimeTheLongLivedOneBeginsAtOnce) {
    GracefulRestartConfig config;
    config.long_lived_time_max = Seconds{60};
    RestartHelper helper(config);
    Negotiated negotiated = long_lived();
    negotiated.graceful_restart->time = Seconds{0};
    EXPECT_THAT(texts(helper.session_down(kLost, negotiated)),
                ElementsAre("mark stale ipv4-unicast ipv6-unicast", "sweep stale ipv6-unicast",
                            "mark long-lived ipv4-unicast", "start long-lived-ipv4 60s"));
}

TEST(BgpRestartHelper, WithoutAnyTimeNothingIsKept) {
    RestartHelper helper({});
    Negotiated negotiated = long_lived();
    negotiated.graceful_restart->time = Seconds{0};
    negotiated.long_lived->entries[0].stale_time = Seconds{0};
    EXPECT_THAT(texts(helper.session_down(kLost, negotiated)),
                ElementsAre("flush ipv4-unicast ipv6-unicast"));
}

TEST(BgpRestartHelper, WhatWasNotKeptIsNotKeptForLong) {
    RestartHelper helper({});
    Negotiated negotiated = restartable({Family::ipv4_unicast});
    negotiated.long_lived.emplace().entries = {{Family::ipv4_unicast, true, Seconds{3600}},
                                               {Family::ipv6_unicast, true, Seconds{3600}}};
    (void)helper.session_down(kLost, negotiated);
    EXPECT_THAT(texts(helper.timer_expired(TimerKind::restart)),
                ElementsAre("mark long-lived ipv4-unicast", "start long-lived-ipv4 3600s"));
}

TEST(BgpRestartHelper, LongLivedRoutesOfAFamilyThatIsNoLongerSpokenGo) {
    RestartHelper helper = in_long_lived_phase();
    Negotiated fewer = long_lived();
    fewer.families = {Family::ipv6_unicast};
    EXPECT_THAT(texts(helper.session_up(fewer)),
                ElementsAre("stop long-lived-ipv4", "sweep stale ipv4-unicast"));
}

TEST(BgpRestartHelper, LongLivedRoutesGoWithASessionThatKeepsNothing) {
    RestartHelper helper = in_long_lived_phase();
    (void)helper.session_up(long_lived());
    const SessionDown stopped{DownReason::stopped, cease(Cease::administrative_shutdown)};
    EXPECT_THAT(texts(helper.session_down(stopped, long_lived())),
                ElementsAre("stop long-lived-ipv4", "flush ipv4-unicast ipv6-unicast"));
    EXPECT_TRUE(helper.long_lived().empty());
}

TEST(BgpRestartHelper, ALongLivedTimerThatDoesNotRunSweepsNothing) {
    RestartHelper helper({});
    (void)helper.session_down(kLost, long_lived());
    EXPECT_THAT(texts(helper.timer_expired(TimerKind::long_lived_ipv4)), IsEmpty());
    EXPECT_EQ(helper.stale(), kBoth);
}

TEST(BgpRestartHelper, TheTimersOfAPeerThatIsBackAreForTheirFamilies) {
    RestartHelper helper = in_long_lived_phase();
    (void)helper.session_up(long_lived());
    (void)helper.session_down(kLost, long_lived());
    EXPECT_THAT(texts(helper.session_up(long_lived())),
                ElementsAre("stop restart", "start stale 360s"))
        << "IPv6 is stale anew";
    RestartHelper other = helper;
    EXPECT_THAT(texts(helper.timer_expired(TimerKind::stale)),
                ElementsAre("sweep stale ipv6-unicast"));
    EXPECT_THAT(texts(other.timer_expired(TimerKind::long_lived_ipv4)),
                ElementsAre("sweep stale ipv4-unicast"));
    EXPECT_EQ(other.stale(), FamilySet{Family::ipv6_unicast});
}

TEST(BgpRestartHelper, AStoppedPeerLosesItsLongLivedRoutes) {
    RestartHelper helper = in_long_lived_phase();
    EXPECT_THAT(texts(helper.cancel()),
                ElementsAre("stop long-lived-ipv4", "sweep stale ipv4-unicast"));
    EXPECT_FALSE(helper.waiting_for_peer());
}

}  // namespace torii::bgp

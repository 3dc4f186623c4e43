#include "tests/unit/mgmt/server/management_fixture.h"

namespace torii::mgmt {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Whatever the shell prints while a secret is set, changed, mistyped, fought over, taken back and
// looked for, and what the log and the audit keep of it.
TEST_F(ManagementTest, ASecretIsNeverPrinted) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    start_all();
    std::string printed;
    const auto run_all = [&](std::initializer_list<const char*> lines) {
        for (const char* const line : lines) printed += run(line).text() + "\n";
    };
    run_all({"configure", "set bgp neighbor 192.168.10.100 password canary-1", "compare", "show",
             "show bgp", "show | compare", "show | display set", "show | json",
             "set bgp neighbor 192.168.10.100 password canary-1 canary-2",
             "set bgp neighbor 192.168.10.100 password \"canary 3\"",
             "delete bgp neighbor 192.168.10.100 password canary-4", "commit check",
             "commit comment added", "set bgp peer-group CILIUM password canary-5", "compare 1",
             "commit"});
    const auto& sent = controlplane_->configured.back().configure().config().bgp();
    EXPECT_EQ(sent.neighbors(0).session().password(), "canary-1") << "the daemon has it";
    EXPECT_EQ(sent.peer_groups(0).session().password(), "canary-5");
    run_all({"set bgp peer-group CILIUM password canary-6", "commit confirmed 100",
             "run show system commit", "commit abort", "exit"});
    // Two who give the same place different secrets.
    const SessionPtr ann = session_;
    const SessionPtr bob = management_->sessions().open({"bob", Role::admin, "cli", "there"});
    run_all({"configure private", "set bgp peer-group CILIUM password canary-7"});
    session_ = bob;
    run_all({"configure private", "set bgp peer-group CILIUM password canary-8", "commit"});
    session_ = ann;
    run_all({"commit",
             "compare 1",
             "compare 2 1",
             "compare 3 | json",
             "compare 3 | display tree",
             "compare 3 | display set",
             "rollback 2",
             "compare",
             "exit",
             "show configuration",
             "show configuration | display set",
             "show configuration bgp | json",
             "show running-config",
             "show history",
             "show system commit",
             "show system commits | json",
             "show system sessions",
             "show system alarms",
             "show log audit",
             "show log audit | json",
             "show status"});
    printed += testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
    printed += read_text(file_ + ".history/audit.log")->value_or("");
    EXPECT_THAT(printed, Not(HasSubstr("canary")));
    EXPECT_THAT(printed, HasSubstr("password <secret>"));
    EXPECT_THAT(printed, HasSubstr("was changed to <secret> meanwhile, here to <secret>"));
    EXPECT_THAT(printed, HasSubstr("+ set bgp peer-group CILIUM password <secret>"));
    EXPECT_THAT(printed, HasSubstr("action=\"commit\"")) << "the log was looked at, too";
}

TEST_F(ManagementTest, EachCommandTakesARole) {
    start_all();
    const auto as = [this](Role role) {
        session_ = management_->sessions().open({"bob", role, "cli", "there"});
    };
    as(Role::viewer);
    EXPECT_EQ(run("show configuration").status(), 0);
    EXPECT_EQ(run("clear bgp *").text(),
              "% \"clear bgp *\" takes the role operator; bob is viewer\n");
    EXPECT_EQ(run("configure").status(), 1);
    EXPECT_EQ(run("show log audit").status(), 1);
    EXPECT_THAT(run("help").text(), Not(HasSubstr("clear bgp")));
    EXPECT_EQ(management_->complete(*session_, "cl").completions_size(), 0);
    as(Role::operator_);
    EXPECT_EQ(run("clear bgp *").status(), 0);
    EXPECT_EQ(run("configure private").status(), 1);
    EXPECT_EQ(run("dump bgp routes-mrt /etc/passwd").status(), 1) << "writes any file";
    as(Role::admin);
    EXPECT_EQ(run("configure").status(), 0);
}

TEST_F(ManagementTest, WhoDidWhatIsRecorded) {
    start_all();
    run("configure");
    run("set system hostname other");
    run("commit comment \"a reason\"");
    run("exit");
    run("clear bgp 192.0.2.1");
    session_ = management_->sessions().open({"bob", Role::viewer, "cli", "there"});
    run("clear bgp *");
    session_ = management_->sessions().open({"cleo", Role::operator_, "cli", "there"});
    const auto audit = run("show log audit").text();
    EXPECT_THAT(audit, HasSubstr("ann (admin, cli, here)  configure: done\n"));
    EXPECT_THAT(audit, HasSubstr("ann (admin, cli, here)  commit: commit 2\n"
                                 "    - set system hostname router\n"
                                 "    + set system hostname other\n"));
    EXPECT_THAT(audit, HasSubstr("ann (admin, cli, here)  clear bgp 192.0.2.1: done\n"));
    EXPECT_THAT(audit,
                HasSubstr("bob (viewer, cli, there)  clear bgp *: refused: takes a higher role\n"));
    EXPECT_EQ(run("show log audit 1 | json | match action").text(),
              "    \"action\": \"clear bgp *\",\n");
}

TEST_F(ManagementTest, AlarmsComeAndGo) {
    start();
    EXPECT_THAT(run("show system alarms").text(), HasSubstr("daemon controlplane  does not run"));
    start_controlplane();
    start_dataplane();
    dataplane_->refuse = "no memory for the port";
    ASSERT_TRUE(until([this] {
        return run("show system alarms").text().find("no memory") != std::string::npos;
    }));
    EXPECT_TRUE(until([this] {
        return run("show system alarms").text().find("controlplane") == std::string::npos;
    }));
}

TEST_F(ManagementTest, AStartupFileThatIsOfNoUseIsAnAlarmUntilTheNextCommit) {
    start_all();
    run("configure");
    run("set system hostname other");
    run("commit");
    for (const char* const text : {"", "{", R"({"torii:document":{"release":77}})"}) {
        std::ofstream(file_) << text;
        start();
        EXPECT_THAT(run("").prompt(), HasSubstr("other")) << text;
        EXPECT_THAT(run("show system alarms").text(),
                    AllOf(HasSubstr("critical"), HasSubstr("startup-configuration"),
                          HasSubstr("commit 2 is used instead")));
    }
    run("configure");
    run("set system hostname third");
    EXPECT_EQ(run("commit").status(), 0);
    EXPECT_THAT(run("run show system alarms").text(), Not(HasSubstr("startup")));
}

TEST_F(ManagementTest, AConfirmedCommitSaysSoAndItsEndIsTold) {
    start_all();
    run("configure");
    run("set system hostname other");
    EXPECT_EQ(run("commit confirmed 120").text(),
              "Commit 2 is in force (dataplane, controlplane).\n"
              "It will be undone in 120 seconds unless you type: commit\n");
    EXPECT_EQ(run("commit").text(), "Commit 2 is confirmed and saved.\n");
    run("set system hostname third");
    run("commit confirmed");
    EXPECT_EQ(run("commit abort").text(), "Commit 3 is undone; commit 4 is in force.\n");
    EXPECT_THAT(run("run show system commit").text(), HasSubstr("commit 3 undone: it was aborted"));
    EXPECT_EQ(run("commit abort").text(), "% no commit waits to be confirmed\n");
    EXPECT_EQ(run("commit confirmed 0").status(), 1);
    EXPECT_EQ(run("commit check comment x").text(), "% commit check takes nothing else\n");
}

TEST_F(ManagementTest, HowCommitsAreMadeIsConfigured) {
    start_all();
    run("configure");
    run("set system commit require-comment true");
    run("set system commit confirm-timeout 77");
    run("set system commit history 10");
    EXPECT_EQ(run("commit").status(), 0) << "not required before";
    run("set system hostname other");
    EXPECT_EQ(run("commit check").status(), 0);
    EXPECT_EQ(run("commit").text(), "% system commit require-comment: commit comment \"WHY\"\n");
    EXPECT_THAT(run("commit confirmed comment why").text(), HasSubstr("undone in 77 seconds"));
    EXPECT_EQ(run("commit").text(), "Commit 3 is confirmed and saved.\n") << "it has one";
    for (int index = 0; index < 12; ++index) {
        run(fmt::format("set system hostname h{}", index));
        EXPECT_EQ(run("commit comment again").status(), 0);
    }
    EXPECT_EQ(run("rollback 9").status(), 0);
    EXPECT_THAT(run("rollback 10").text(), HasSubstr("lists 0 to 9"));
}

TEST_F(ManagementTest, LinksAndAlarmsAreTold) {
    start_all();
    std::string told;
    using Shell = ipc::Client<ipc::MgmtRequest, ipc::MgmtReply>;
    Shell shell(loop_, folder_ + "/mgmtd.sock", {});
    shell.start();
    ASSERT_TRUE(until([&] { return shell.connected(); }));
    std::function<void(Result<ipc::MgmtReply>)> more = [&](const Result<ipc::MgmtReply>& reply) {
        if (!reply) return;
        told += reply->output().text();
        ipc::MgmtRequest next;
        next.mutable_more();
        shell.call(next, more);
    };
    ipc::MgmtRequest monitor;
    monitor.mutable_run()->set_line("monitor events");
    shell.call(monitor, more);
    const auto links = [this](bool up) {
        ipc::DataplaneReply event;
        auto* port = event.mutable_ports()->add_ports();
        port->set_name("eth1");
        port->set_link_up(up);
        dataplane_->tell(event);
    };
    for (const bool up : {true, true, false}) links(up);
    ASSERT_TRUE(until([&] { return told.find("LINK") != told.npos; }));
    EXPECT_THAT(told, HasSubstr("%LINK: interface eth1 is down\n"));
    EXPECT_THAT(told, Not(HasSubstr("is up"))) << "nothing has changed then";
    dataplane_.reset();
    EXPECT_TRUE(until([&] {
        return told.find("%ALARM: daemon dataplane raised (major): does not run") != told.npos;
    })) << told;
}

TEST_F(ManagementTest, APrivateCopyIsDroppedWhenItIsLeft) {
    start_all();
    run("configure private");
    EXPECT_EQ(run("set system hostname mine").prompt(), "router[edit]*# ");
    const SessionPtr ann = session_;
    session_ = management_->sessions().open({"bob", Role::admin, "cli", "there"});
    EXPECT_EQ(run("configure").text(), "") << "nobody else sees it";
    EXPECT_EQ(run("compare").text(), "There are no changes.\n");
    session_ = ann;
    EXPECT_EQ(run("exit").text(), "The changes that were not committed are dropped.\n");
    run("configure private");
    EXPECT_EQ(run("compare").text(), "There are no changes.\n");
    run("set system hostname mine");
    EXPECT_EQ(run("commit and-quit").prompt(), "mine> ");
}

TEST_F(ManagementTest, WhoWritesAloneKeepsOthersOutUntilItLeaves) {
    start_all();
    run("configure exclusive");
    const SessionPtr ann = session_;
    const SessionPtr bob = management_->sessions().open({"bob", Role::admin, "cli", "there"});
    session_ = bob;
    run("configure");
    for (const char* const line : {"set system hostname x", "delete bgp", "discard", "rollback 1",
                                   "commit", "commit confirmed 9"}) {
        EXPECT_THAT(run(line).text(), HasSubstr("% locked by ann since ")) << line;
    }
    EXPECT_EQ(run("compare").status(), 0) << "looking is free";
    session_ = ann;
    run("exit");
    session_ = bob;
    EXPECT_EQ(run("set system hostname x").status(), 0);
    EXPECT_EQ(run("commit").status(), 0);
}

TEST_F(ManagementTest, CompareInEachForm) {
    start_all();
    run("configure");
    run("delete bgp neighbor 192.168.10.101");
    run("set system hostname other");
    EXPECT_EQ(run("compare").text(),
              "- set system hostname router\n"
              "- set bgp neighbor 192.168.10.101 peer-group CILIUM\n"
              "+ set system hostname other\n");
    EXPECT_EQ(run("compare | display set").text(),
              "set system hostname other\ndelete bgp neighbor 192.168.10.101\n");
    EXPECT_EQ(run("compare | display tree").text(),
              "  system {\n"
              "-     hostname router;\n"
              "+     hostname other;\n"
              "  }\n"
              "  bgp {\n"
              "-     neighbor 192.168.10.101 {\n"
              "-         peer-group CILIUM;\n"
              "-     }\n"
              "  }\n");
    EXPECT_THAT(run("compare | json").text(),
                HasSubstr("\"change\": \"added\",\n    \"line\": \"set system hostname other\""));
    run("commit");
    EXPECT_EQ(run("compare | display tree").text(), "There are no changes.\n");
    EXPECT_EQ(run("compare 1 0 | display set").text(),
              "set system hostname other\ndelete bgp neighbor 192.168.10.101\n");
    EXPECT_EQ(run("run compare 0 1 | match hostname").text(),
              "- set system hostname other\n+ set system hostname router\n");
    EXPECT_EQ(run("compare 0 9").status(), 1);
}

TEST_F(ManagementTest, NoticesReachEverySession) {
    start_all();
    const SessionPtr other = management_->sessions().open({"bob", Role::viewer, "cli", "there"});
    run("configure");
    run("set system hostname other");
    run("commit confirmed 100");
    EXPECT_EQ(run("commit abort").notices_size(), 1);
    session_ = other;
    const auto next = run("");
    ASSERT_EQ(next.notices_size(), 1);
    EXPECT_EQ(next.notices(0), "Commit 2 by ann is undone: it was aborted. Commit 3 is in force.");
    EXPECT_EQ(run("").notices_size(), 0);
}

TEST_F(ManagementTest, AnEditThatIsRefusedIsRecordedWithoutItsSecret) {
    start_all();
    run("configure");
    run("set bgp neighbor 192.168.10.100 timers hold-time 1");
    run("set bgp neighbor 192.168.10.100 password \"canary 1\"");
    run("set bgp neighbor 192.168.10.100 pasword canary-2");
    run("delete bgp neighbor 10.9.9.9");
    run("edit bgp neighbor 192.168.10.100");
    run("set timers keepalive x");
    run("exit");
    const std::string audit = run("show log audit").text();
    EXPECT_THAT(audit, HasSubstr("set bgp neighbor 192.168.10.100 timers hold-time 1: refused: "));
    EXPECT_THAT(audit, HasSubstr("set bgp neighbor 192.168.10.100 password <secret>: refused: "));
    EXPECT_THAT(audit, HasSubstr("set bgp neighbor 192.168.10.100 pasword ...: refused: "));
    EXPECT_THAT(audit, HasSubstr("delete bgp neighbor 10.9.9.9: refused: "));
    EXPECT_THAT(audit, HasSubstr("set bgp neighbor 192.168.10.100 timers keepalive x: refused: "));
    EXPECT_THAT(audit, Not(HasSubstr("canary")));
}

// A change that only a new packet engine brings into force is an alarm until there is one.
TEST_F(ManagementTest, ARestartThatIsNeededIsToldUntilItHappened) {
    start_all();
    run("configure");
    EXPECT_THAT(management_->complete(*session_, "set platform buffers ").completions(0).help(),
                HasSubstr("(with the next start)"));
    run("set platform buffers count 65536");
    dataplane_->note = "platform buffers count: in force after the packet engine's next start";
    dataplane_->restart_pending = {"platform buffers count"};
    EXPECT_THAT(run("commit").text(), HasSubstr("dataplane: platform buffers count: in force"));
    EXPECT_EQ(dataplane_->configured.back().configure().config().buffers(), 65536U);
    EXPECT_THAT(run("run show system alarms").text(),
                AllOf(HasSubstr("restart dataplane"), HasSubstr("platform buffers count")));
    EXPECT_THAT(run("run show state platform state").text(),
                HasSubstr("restart-pending \"platform buffers count\";"));
    dataplane_.reset();
    start_dataplane();
    ASSERT_TRUE(until([this] { return !dataplane_->configured.empty(); }));
    ASSERT_TRUE(until([this] {
        return run("run show system alarms").text().find("restart dataplane") == std::string::npos;
    }));
    EXPECT_THAT(run("run show state platform state").text(), Not(HasSubstr("restart-pending")));
}

TEST_F(ManagementTest, RoutesThatThePacketEngineDoesNotTakeAreAnAlarm) {
    start_all();
    const auto tell = [this](const std::string& reason) {
        ipc::ControlplaneReply event;
        event.mutable_forwarding_refused()->set_reason(reason);
        controlplane_->tell(event);
    };
    const auto alarms = [this] { return run("show system alarms").text(); };
    tell("the forwarding table is full: 9 IPv4 and 0 IPv6 routes are installed");
    ASSERT_TRUE(
        until([&] { return alarms().find("forwarding table is full") != std::string::npos; }));
    tell("the forwarding table is full: 9 IPv4 and 0 IPv6 routes are installed");
    tell("");
    ASSERT_TRUE(until([&] { return alarms().find("forwarding table") == std::string::npos; }));
    tell("no room for 3 more groups: 7 are in use");
    ASSERT_TRUE(until([&] { return alarms().find("no room") != std::string::npos; }));
    // Nobody knows any more.
    controlplane_.reset();
    ASSERT_TRUE(until([&] { return alarms().find("no room") == std::string::npos; }));
}

TEST_F(ManagementTest, StateCountsTheRestartsOfDaemons) {
    start_all();
    EXPECT_THAT(run("show state system state process dataplane").text(), HasSubstr("restarts 0;"));
    EXPECT_THAT(run("show state system state process mgmtd").text(), HasSubstr("running true;"));
    dataplane_.reset();
    start_dataplane();
    ASSERT_TRUE(until([this] { return !dataplane_->configured.empty(); }));
    EXPECT_THAT(run("show state system state process dataplane").text(), HasSubstr("restarts 1;"));
}

}  // namespace
}  // namespace torii::mgmt

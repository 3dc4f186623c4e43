#include "tests/unit/mgmt/server/management_fixture.h"

namespace torii::mgmt {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST_F(ManagementTest, ADaemonThatAppearsGetsAllOfTheConfiguration) {
    start();
    start_controlplane();
    start_dataplane();
    ASSERT_TRUE(until(
        [this] { return !controlplane_->configured.empty() && !dataplane_->configured.empty(); }));
    const auto& control = controlplane_->configured[0].configure();
    EXPECT_EQ(control.config_version(), management_->store().version());
    EXPECT_EQ(control.config().bgp().as(), 65000U);
    EXPECT_EQ(control.config().bgp().neighbors_size(), 3);
    EXPECT_EQ(control.config().interfaces_size(), 5);
    EXPECT_EQ(dataplane_->configured[0].configure().config().ports_size(), 3);
    EXPECT_EQ(controlplane_->checked.size(), 0U);
}

TEST_F(ManagementTest, ARestartedDaemonGetsItAllAgain) {
    start_all();
    dataplane_.reset();
    ASSERT_TRUE(until([this] {
        return run("show forwarding ports").text().find("does not run") != std::string::npos;
    }));
    start_dataplane();
    ASSERT_TRUE(until([this] { return !dataplane_->configured.empty(); }));
    EXPECT_EQ(dataplane_->configured[0].configure().config().ports_size(), 3);
    EXPECT_EQ(controlplane_->configured.size(), 1U) << "the other one is left alone";
}

TEST_F(ManagementTest, ARestartOfMgmtdPushesTheSameImageAgain) {
    start_all();
    start();
    ASSERT_TRUE(until([this] {
        return controlplane_->configured.size() == 2 && dataplane_->configured.size() == 2;
    }));
    EXPECT_EQ(controlplane_->configured[0].configure().SerializeAsString(),
              controlplane_->configured[1].configure().SerializeAsString());
}

TEST_F(ManagementTest, ACommitAsksBothThenSavesThenPushes) {
    start_all();
    dataplane_->note = "takes effect after a restart";
    run("configure");
    EXPECT_EQ(run("set bgp neighbor 192.168.10.102 peer-group CILIUM").status(), 0);
    EXPECT_EQ(run("compare").text(), "+ set bgp neighbor 192.168.10.102 peer-group CILIUM\n");
    const auto version = management_->store().version();
    const auto output = run("commit comment \"third node\"");
    EXPECT_EQ(output.status(), 0);
    EXPECT_EQ(output.text(), fmt::format("dataplane: takes effect after a restart\n"
                                         "Commit {} is in force and saved.\n",
                                         version + 1));
    ASSERT_EQ(controlplane_->checked.size(), 1U);
    ASSERT_EQ(dataplane_->checked.size(), 1U);
    ASSERT_EQ(controlplane_->configured.size(), 2U);
    const auto& pushed = controlplane_->configured[1].configure();
    EXPECT_EQ(pushed.config_version(), version + 1);
    EXPECT_EQ(pushed.config().bgp().neighbors_size(), 4) << "the whole image, not the change";
    EXPECT_THAT(file_text(), HasSubstr("192.168.10.102"));
    EXPECT_THAT(run("run show history").text(), HasSubstr("third node"));
    EXPECT_EQ(run("commit").text(), "There are no changes.\n");
}

TEST_F(ManagementTest, ACommitThatADaemonRefusesLeavesEverythingAsItWas) {
    start_all();
    controlplane_->refuse_check = "192.168.10.102 is our own address";
    const std::string before = file_text();
    const auto version = management_->store().version();
    run("configure");
    run("set bgp neighbor 192.168.10.102 peer-group CILIUM");
    const auto output = run("commit");
    EXPECT_EQ(output.status(), 1);
    EXPECT_EQ(output.text(),
              "% controlplane: 192.168.10.102 is our own address\n"
              "% nothing was changed\n");
    EXPECT_EQ(file_text(), before);
    EXPECT_EQ(management_->store().version(), version);
    EXPECT_EQ(controlplane_->configured.size(), 1U);
    EXPECT_EQ(dataplane_->configured.size(), 1U);
    EXPECT_THAT(run("run show configuration").text(), Not(HasSubstr("192.168.10.102")));
    EXPECT_THAT(run("show").text(), HasSubstr("192.168.10.102")) << "the work is not lost";
}

TEST_F(ManagementTest, AnInvalidCandidateIsNotEvenOffered) {
    start_all();
    run("configure");
    run("set bgp neighbor 192.168.10.102 peer-group NONE");
    const auto output = run("commit check");
    EXPECT_EQ(output.status(), 1);
    EXPECT_EQ(output.text(),
              "% bgp neighbor 192.168.10.102 peer-group: there is no peer-group NONE: create it or "
              "correct the name\n% 1 error, nothing was changed\n");
    EXPECT_EQ(controlplane_->checked.size(), 0U);
}

TEST_F(ManagementTest, CommitCheckChangesNothing) {
    start_all();
    run("configure");
    run("set system hostname other");
    EXPECT_EQ(run("commit check").text(), "The configuration is good.\n");
    EXPECT_EQ(controlplane_->checked.size(), 1U);
    EXPECT_EQ(controlplane_->configured.size(), 1U);
    EXPECT_THAT(file_text(), Not(HasSubstr("other")));
}

TEST_F(ManagementTest, ADaemonThatIsAwayDoesNotBlockACommitAndTakesItLater) {
    start_controlplane();
    start();
    ASSERT_TRUE(until([this] { return controlplane_->configured.size() == 1; }));
    run("configure");
    run("set forwarding ecmp hash l3");
    const auto output = run("commit");
    EXPECT_EQ(output.status(), 0);
    EXPECT_THAT(output.text(),
                AllOf(HasSubstr("dataplane: does not run; it takes this when it starts"),
                      HasSubstr(" is saved.\n")));
    start_dataplane();
    ASSERT_TRUE(until([this] { return !dataplane_->configured.empty(); }));
    EXPECT_EQ(dataplane_->configured[0].configure().config().ecmp_hash(), ipc::ECMP_HASH_L3);
}

TEST_F(ManagementTest, APushThatFailsIsSaidAndShown) {
    start_all();
    dataplane_->refuse = "no memory for the port";
    run("configure");
    run("set forwarding ecmp hash l3");
    const auto output = run("commit");
    EXPECT_EQ(output.status(), 1);
    EXPECT_THAT(output.text(), AllOf(HasSubstr("% dataplane: no memory for the port"),
                                     HasSubstr("saved but not everywhere in force")));
    EXPECT_THAT(run("run show status").text(), HasSubstr("no memory for the port"));
}

TEST_F(ManagementTest, RollbackTakesACommitBack) {
    start_all();
    run("configure");
    run("set system hostname other");
    ASSERT_EQ(run("commit").status(), 0);
    EXPECT_EQ(run("rollback 1").status(), 0);
    EXPECT_EQ(run("compare").text(), "- set system hostname other\n+ set system hostname router\n");
    EXPECT_EQ(run("commit and-quit").prompt(), "router> ");
    EXPECT_EQ(controlplane_->configured.back().configure().config().hostname(), "router");
}

TEST_F(ManagementTest, ShowCommandsAskTheDaemons) {
    start_all();
    auto& summary = *controlplane_->answer.mutable_bgp_summary();
    summary.set_router_id("192.168.10.200");
    summary.set_local_as(65000);
    auto& neighbor = *summary.add_neighbors();
    neighbor.set_address("192.168.10.100");
    neighbor.set_state("Active");
    EXPECT_THAT(run("show ip bgp summary").text(),
                HasSubstr("192.168.10.200, local AS number 65000"));
    EXPECT_THAT(run("show bgp summary | match Active").text(),
                testing::StartsWith("192.168.10.100"));
    EXPECT_EQ(run("show ip bgp summary | match Active | count").text(), "Count: 1 lines\n");
    EXPECT_THAT(run("show ip bgp summary | json").text(), HasSubstr("\"remoteAs\": 0"));
    auto& port = *dataplane_->answer.mutable_ports()->add_ports();
    port.set_name("eth1");
    port.set_forwarded_packets(4711);
    EXPECT_THAT(run("show interface").text(),
                AllOf(HasSubstr("4711"), HasSubstr("192.168.10.200/24"), HasSubstr("loop1")));
    EXPECT_THAT(run("show forwarding ports").text(), HasSubstr("4711"));
}

TEST_F(ManagementTest, ErrorsHaveAStatusAndARemedy) {
    start();
    auto output = run("show ip bgp summary");
    EXPECT_EQ(output.status(), 1);
    EXPECT_EQ(output.text(), "% torii-controlplane does not run: start it\n");
    output = run("show nonsense");
    EXPECT_EQ(output.status(), 1);
    EXPECT_THAT(output.text(), HasSubstr("\"nonsense\" is not known after \"show\""));
    EXPECT_EQ(run("set bgp as 1").status(), 1) << "outside of configure mode";
}

TEST_F(ManagementTest, BgpThatIsNotConfiguredSaysHow) {
    start_all();
    EXPECT_EQ(run("show ip bgp summary").text(),
              "% BGP is not configured: configure, set bgp as NUMBER, commit\n");
}

TEST_F(ManagementTest, ConfigurationInEachForm) {
    start();
    EXPECT_THAT(run("show configuration bgp").text(), HasSubstr("    as 65000;\n"));
    EXPECT_THAT(run("show configuration bgp | display set").text(),
                testing::StartsWith("set bgp as 65000\n"));
    EXPECT_THAT(run("show configuration bgp | json").text(),
                testing::StartsWith("{\n  \"torii-bgp:bgp\": {\n    \"as\": 65000,\n"));
    EXPECT_EQ(run("show configuration routing").text(), "Nothing is configured in routing.\n");
    // Any part of it, with words as after set.
    EXPECT_EQ(run("show configuration bgp neigh 192.168.10.101").text(),
              "bgp {\n    neighbor 192.168.10.101 {\n        peer-group CILIUM;\n    }\n}\n");
    EXPECT_EQ(run("show configuration bgp neighbor | display set").text(),
              "set bgp neighbor 192.168.10.100 peer-group CILIUM\n"
              "set bgp neighbor 192.168.10.101 peer-group CILIUM\n"
              "set bgp neighbor 192.168.20.100 peer-group CILIUM\n");
    EXPECT_EQ(run("show configuration bgp as | json").text(),
              "{\n  \"torii-bgp:bgp\": {\n    \"as\": 65000\n  }\n}\n");
    EXPECT_EQ(run("show configuration bgp neighbor 192.0.2.1").text(),
              "Nothing is configured in bgp neighbor 192.0.2.1.\n");
    const auto wrong = run("show configuration bgp nieghbor");
    EXPECT_THAT(wrong.text(), HasSubstr("% bgp: \"nieghbor\" is not known here; there are "));
    EXPECT_EQ(wrong.column(), 23U) << "below the word";
    EXPECT_THAT(run("show configuration bgp as 65000").text(), HasSubstr("is too much"));
}

TEST_F(ManagementTest, RoutesAsLinuxPrintsThemAreForRoutes) {
    start_all();
    EXPECT_EQ(run("show ip route | display linux").status(), 0);
    EXPECT_EQ(run("show ip bgp | display linux").text(),
              "% | display linux is for routes: show ip route | display linux\n");
}

TEST_F(ManagementTest, PromptAndEditPathFollowTheSession) {
    start();
    EXPECT_EQ(run("").prompt(), "router> ");
    EXPECT_EQ(run("configure").prompt(), "router[edit]# ");
    EXPECT_EQ(run("edit bgp neighbor 192.168.10.100").prompt(),
              "router[edit bgp neighbor 192.168.10.100]# ");
    EXPECT_EQ(run("set description \"node 1\"").prompt(),
              "router[edit bgp neighbor 192.168.10.100]*# ");
    EXPECT_EQ(run("show").text(),
              "bgp {\n    neighbor 192.168.10.100 {\n        peer-group CILIUM;\n"
              "        description \"node 1\";\n    }\n}\n")
        << "from where edit is";
    EXPECT_EQ(run("show description | display set").text(),
              "set bgp neighbor 192.168.10.100 description \"node 1\"\n");
    EXPECT_EQ(run("up").prompt(), "router[edit bgp]*# ");
    run("edit family ipv4-unicast maximum-paths");
    EXPECT_EQ(run("up").prompt(), "router[edit bgp family ipv4-unicast]*# ");
    EXPECT_EQ(run("up 9").prompt(), "router[edit]*# ");
    EXPECT_EQ(run("up 0").status(), 1);
    EXPECT_THAT(run("edit system hostname").text(), HasSubstr("is a value: set gives it"));
    EXPECT_EQ(run("top").prompt(), "router[edit]*# ");
    EXPECT_EQ(run("compare").text(), "+ set bgp neighbor 192.168.10.100 description \"node 1\"\n");
    EXPECT_EQ(run("discard").prompt(), "router[edit]# ");
    EXPECT_EQ(run("exit").prompt(), "router> ");
    EXPECT_TRUE(run("exit").ended());
}

TEST_F(ManagementTest, CompletionKnowsCommandsAndTheModel) {
    start();
    const auto complete = [this](const std::string& line) {
        std::vector<std::string> out;
        const ipc::Completions completions = management_->complete(*session_, line);
        for (const auto& one : completions.completions()) {
            out.push_back(one.word());
        }
        return out;
    };
    EXPECT_THAT(complete("show ip b"), testing::ElementsAre("bgp"));
    EXPECT_THAT(complete("show ip bgp neighbors "), testing::Contains("192.168.10.101"));
    run("configure");
    EXPECT_THAT(complete("set bgp neighbor 192.168.10.100 peer-group "),
                testing::ElementsAre("CILIUM", "<peer-group>"));
    EXPECT_THAT(complete("run show configuration f"), testing::ElementsAre("forwarding"));
    run("edit bgp");
    EXPECT_THAT(complete("set router"), testing::ElementsAre("router-id"));
}

TEST_F(ManagementTest, EachConnectionIsASessionOfItsOwn) {
    start();
    using Shell = ipc::Client<ipc::MgmtRequest, ipc::MgmtReply>;
    const std::string socket = folder_ + "/mgmtd.sock";
    Shell first(loop_, socket, {});
    Shell second(loop_, socket, {});
    first.start();
    second.start();
    ASSERT_TRUE(until([&] { return first.connected() && second.connected(); }));
    const auto prompt_after = [this](Shell& shell, const std::string& line) {
        std::string prompt;
        ipc::MgmtRequest request;
        request.mutable_run()->set_line(line);
        shell.call(request, [&](const Result<ipc::MgmtReply>& reply) {
            prompt = reply ? reply->output().prompt() : reply.error().message;
        });
        EXPECT_TRUE(until([&] { return !prompt.empty(); }));
        return prompt;
    };
    EXPECT_EQ(prompt_after(first, "configure"), "router[edit]# ");
    EXPECT_EQ(prompt_after(second, ""), "router> ");
    EXPECT_EQ(prompt_after(first, ""), "router[edit]# ");
    // The kernel says who they are: this process.
    EXPECT_THAT(run("show system sessions | json").text(),
                HasSubstr(fmt::format("\"from\": \"pid {}\"", getpid())));
}

TEST_F(ManagementTest, ClearGoesToTheControlPlane) {
    start_all();
    const auto sent = [this](const std::string& line) {
        controlplane_->asked.clear();
        EXPECT_EQ(run(line).status(), 0) << line;
        return controlplane_->asked.empty() ? std::string("nothing")
                                            : controlplane_->asked.back().ShortDebugString();
    };
    EXPECT_THAT(sent("clear bgp *"), HasSubstr("clear_bgp { }"));
    EXPECT_THAT(sent("clear ip bgp * soft"), HasSubstr("clear_bgp { kind: SOFT }"));
    EXPECT_THAT(sent("clear bgp 192.168.10.100 soft in"),
                HasSubstr("clear_bgp { address: \"192.168.10.100\" kind: SOFT_IN }"));
    EXPECT_THAT(sent("clear bgp peer-group CILIUM soft out"),
                HasSubstr("clear_bgp { peer_group: \"CILIUM\" kind: SOFT_OUT }"));
    EXPECT_EQ(run("clear bgp").status(), 1) << "all of them have to be meant";
    controlplane_->answer.set_error("there is no BGP neighbor 10.9.9.9");
    EXPECT_THAT(run("clear bgp 10.9.9.9").text(), HasSubstr("there is no BGP neighbor 10.9.9.9"));
}

TEST_F(ManagementTest, RecordingIsShownAndTablesAreDumped) {
    start_all();
    controlplane_->answer.mutable_bmp_stations()->add_stations()->set_name("one");
    EXPECT_THAT(run("show bmp").text(), HasSubstr("Station \"one\""));
    EXPECT_THAT(run("show bmp | json").text(), HasSubstr("\"name\": \"one\""));
    controlplane_->answer.mutable_mrt_state()->add_files()->set_kind("updates");
    EXPECT_THAT(run("show bgp mrt").text(), HasSubstr("updates: not configured"));
    controlplane_->answer.mutable_mrt_written()->set_file("/tmp/rib");
    EXPECT_THAT(run("dump bgp routes-mrt /tmp/rib").text(), HasSubstr("/tmp/rib: 0 records"));
    EXPECT_EQ(controlplane_->asked.back().dump_bgp().file(), "/tmp/rib");
    controlplane_->answer.set_error("cannot write /tmp/rib: No space left on device");
    const auto failed = run("dump bgp routes-mrt /tmp/rib");
    EXPECT_EQ(failed.status(), 1);
    EXPECT_THAT(failed.text(), HasSubstr("No space left on device"));
}

TEST_F(ManagementTest, EventsAreToldAsTheyHappen) {
    start_all();
    std::vector<ipc::CommandOutput> told;
    management_->run(session_, "monitor events | match Up",
                     [&](const ipc::CommandOutput& output) { told.push_back(output); });
    ipc::ControlplaneReply event;
    event.mutable_bgp_neighbor_changed()->set_address("192.168.10.100");
    event.mutable_bgp_neighbor_changed()->set_reason("Peer closed the session");
    controlplane_->tell(event);
    event.mutable_bgp_neighbor_changed()->set_up(true);
    event.mutable_bgp_neighbor_changed()->clear_reason();
    controlplane_->tell(event);
    ASSERT_TRUE(until([&] { return !told.empty(); }));
    EXPECT_THAT(told[0].text(), testing::EndsWith("%ADJCHANGE: neighbor 192.168.10.100(Unknown) in "
                                                  "vrf default Up\n"));
    EXPECT_TRUE(told[0].more());
    EXPECT_TRUE(told[0].whole()) << "not by page";
    // Another command ends it.
    EXPECT_EQ(run("show version").status(), 0);
    controlplane_->tell(event);
    EXPECT_EQ(run("show version").status(), 0);
    EXPECT_EQ(told.size(), 1U);
    EXPECT_EQ(run("monitor ev").status(), 1) << "it has to be meant";
}

TEST_F(ManagementTest, ALogFileThatCannotBeWrittenRefusesTheCommit) {
    start_all();
    run("configure");
    run("set system logging file /proc/no/such/log");
    const auto refused = run("commit");
    EXPECT_EQ(refused.status(), 1);
    EXPECT_THAT(refused.text(), HasSubstr("cannot write the log file /proc/no/such/log"));
    run(fmt::format("set system logging file {}/log", folder_));
    ASSERT_EQ(run("commit").status(), 0);
    EXPECT_EQ(controlplane_->configured.back().configure().config().logging().file(),
              folder_ + "/log");
    run("delete system logging");
    ASSERT_EQ(run("commit").status(), 0);
    EXPECT_THAT(**read_text(folder_ + "/log"), HasSubstr("configured daemon="));
}

TEST_F(ManagementTest, StateIsShownInEveryForm) {
    start_all();
    EXPECT_THAT(run("show state").text(),
                AllOf(HasSubstr("system {\n    state {\n        version"),
                      HasSubstr("process controlplane {\n            running true;")));
    EXPECT_THAT(
        run("show state system | display xml").text(),
        AllOf(HasSubstr("<system xmlns=\"urn:torii:system\">"), HasSubstr("<running>true<")));
    EXPECT_THAT(run("show state system | json").text(), HasSubstr("\"torii-system:system\": {"));
    EXPECT_THAT(run("show state bfd").text(), HasSubstr("There is no state of bfd."));
    EXPECT_EQ(run("show state | display set").status(), 1);
}

TEST_F(ManagementTest, TheConfigurationIsShownAsFrrHasIt) {
    start_all();
    const std::string text = run("show configuration | display frr").text();
    EXPECT_THAT(text, HasSubstr("\nrouter bgp 65000\n bgp router-id 192.168.10.200\n"));
    EXPECT_THAT(text, HasSubstr("\n! torii: set platform port eth1 xdp hw-eth1\n"));
    EXPECT_EQ(run("show version | display frr").status(), 1);
}

TEST_F(ManagementTest, EntriesAreCopiedAndRenamedWhereEditIs) {
    start_all();
    run("configure");
    EXPECT_EQ(run("copy interface loop1 to loop9").text(), "");
    run("edit bgp");
    EXPECT_THAT(offered("rename peer-g"), testing::ElementsAre("peer-group"));
    EXPECT_THAT(offered("rename peer-group "), testing::ElementsAre("CILIUM"));
    EXPECT_THAT(offered("rename peer-group CILIUM "), testing::Contains("to"));
    EXPECT_EQ(run("rename peer-group CILIUM to RACK").text(),
              "3 references have the new name, too.\n");
    run("top");
    EXPECT_THAT(run("show bgp peer-group RACK | display set").text(),
                HasSubstr("set bgp peer-group RACK remote-as external"));
    EXPECT_THAT(run("compare").text(), HasSubstr("+ set interface loop9 loopback"));
    EXPECT_EQ(run("commit check").status(), 0) << "nobody names the old one";
    const auto wrong = run("copy interface loop1 to loop2");
    EXPECT_THAT(wrong.text(), HasSubstr("interface loop2: is there already"));
    EXPECT_EQ(wrong.column(), std::string("copy interface loop1 to ").size());
    EXPECT_THAT(run("run show log audit").text(), HasSubstr("copy interface loop1 to ...: refused"))
        << "what follows may be anything";
}

TEST_F(ManagementTest, PeerGroupsAreThoseOfTheRunningConfiguration) {
    start_all();
    auto& member = *controlplane_->answer.mutable_bgp_neighbors()->add_neighbors();
    member.set_address("192.168.10.100");
    member.set_peer_group("CILIUM");
    member.set_state("Established");
    EXPECT_THAT(run("show bgp peer-group").text(),
                AllOf(HasSubstr("BGP peer-group CILIUM, remote AS external"),
                      HasSubstr("    192.168.10.100  Established")));
    EXPECT_EQ(run("show ip bgp peer-group CILIUM | json").status(), 0);
    const auto unknown = run("show bgp peer-group NONE");
    EXPECT_EQ(unknown.status(), 1);
    EXPECT_THAT(unknown.text(), HasSubstr("there is no peer-group NONE"));
}

}  // namespace
}  // namespace torii::mgmt

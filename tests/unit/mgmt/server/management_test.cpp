#include "mgmt/server/management.h"

#include "mgmt/datastore/durable_file.h"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>

namespace torii::mgmt {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const yang::Schema& schema() {
    static const yang::Schema loaded = *yang::Schema::load(TORII_YANG_DIR);
    return loaded;
}

// A daemon as mgmtd sees it: a socket that takes configurations and answers questions.
template <class Request, class Reply>
class FakeDaemon {
public:
    FakeDaemon(EventLoop& loop, const std::string& path) {
        server_ = *Server::listen(
            loop, path, 0600,
            [this](const Request& request, const auto& client) { handle(request, client); });
    }

    // What it was given, in order; checks and real ones.
    std::vector<Request> configured;
    std::vector<Request> checked;
    std::vector<Request> asked;  // everything else
    std::string refuse_check;
    std::string refuse;
    std::string note;
    // The answer to every other question.
    Reply answer;

private:
    using Server = ipc::Server<Request, Reply>;

    void handle(const Request& request, const typename Server::SessionPtr& client) {
        Reply reply = answer;
        if (!request.has_configure()) asked.push_back(request);
        if (request.has_configure()) {
            const bool check = request.configure().check_only();
            (check ? checked : configured).push_back(request);
            reply.Clear();
            reply.set_error(check ? refuse_check : refuse);
            reply.mutable_configured()->set_config_version(request.configure().config_version());
            if (!check) reply.mutable_configured()->set_note(note);
        }
        reply.set_id(request.id());
        client->send(reply);
    }

    std::unique_ptr<Server> server_;
};

using FakeControlplane = FakeDaemon<ipc::ControlplaneRequest, ipc::ControlplaneReply>;
using FakeDataplane = FakeDaemon<ipc::DataplaneRequest, ipc::DataplaneReply>;

class ManagementTest : public testing::Test {
protected:
    ManagementTest() {
        std::string pattern = std::filesystem::temp_directory_path() / "torii-mgmt-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        file_ = folder_ + "/router.json";
        std::filesystem::copy_file(std::string(TORII_EXAMPLES_DIR) + "/router.json", file_);
    }
    ~ManagementTest() override {
        management_.reset();
        std::filesystem::remove_all(folder_);
    }
    ManagementTest(const ManagementTest&) = delete;
    ManagementTest& operator=(const ManagementTest&) = delete;

    void start() {
        management_.reset();
        auto started = Management::start(loop_, schema(), file_, folder_);
        ASSERT_TRUE(started) << started.error().message;
        management_ = std::move(*started);
        session_ = management_->sessions().open({"ann", Role::admin, "cli", "here"});
    }
    void start_controlplane() {
        controlplane_ = std::make_unique<FakeControlplane>(loop_, folder_ + "/controlplane.sock");
    }
    void start_dataplane() {
        dataplane_ = std::make_unique<FakeDataplane>(loop_, folder_ + "/dataplane.sock");
    }
    void start_all() {
        start_controlplane();
        start_dataplane();
        start();
        ASSERT_TRUE(until([this] {
            return controlplane_->configured.size() == 1 && dataplane_->configured.size() == 1;
        }));
    }

    // Lets the loop turn until `condition` holds; false when it does not within ten seconds.
    bool until(const std::function<bool()>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            loop_.context().restart();
            loop_.context().run_one_for(20ms);
        }
        return true;
    }

    ipc::CommandOutput run(const std::string& line) {
        std::optional<ipc::CommandOutput> output;
        management_->run(session_, line, [&](ipc::CommandOutput got) { output = std::move(got); });
        EXPECT_TRUE(until([&] { return output.has_value(); })) << line;
        return output.value_or(ipc::CommandOutput());
    }
    [[nodiscard]] std::string file_text() const { return **datastore::read_text(file_); }

    EventLoop loop_;
    std::string folder_;
    std::string file_;
    std::unique_ptr<FakeControlplane> controlplane_;
    std::unique_ptr<FakeDataplane> dataplane_;
    std::unique_ptr<Management> management_;
    SessionPtr session_;
};

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
}

TEST_F(ManagementTest, PromptAndEditPathFollowTheSession) {
    start();
    EXPECT_EQ(run("").prompt(), "router> ");
    EXPECT_EQ(run("configure").prompt(), "router[edit]# ");
    EXPECT_EQ(run("edit bgp neighbor 192.168.10.100").prompt(),
              "router[edit bgp neighbor 192.168.10.100]# ");
    EXPECT_EQ(run("set description \"node 1\"").prompt(),
              "router[edit bgp neighbor 192.168.10.100]*# ");
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
    run_all({"commit", "compare 1", "compare 2 1", "compare 3 | json", "rollback 2", "compare",
             "exit", "show configuration", "show configuration | display set",
             "show configuration bgp | json", "show running-config", "show history",
             "show system commit", "show system commits | json", "show system sessions",
             "show system alarms", "show log audit", "show log audit | json", "show status"});
    printed += testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
    printed += datastore::read_text(file_ + ".history/audit.log")->value_or("");
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
    EXPECT_EQ(management_->complete(*session_, "c").completions_size(), 0);
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

}  // namespace
}  // namespace torii::mgmt

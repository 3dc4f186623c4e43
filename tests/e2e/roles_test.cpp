#include "platform/ipc/blocking.h"
#include "platform/runtime/event_loop.h"
#include "tests/support/mgmtd_process.h"
#include "tests/support/temporary_folder.h"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <grp.h>
#include <platform/ipc/proto/mgmt.pb.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace torii::mgmt {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr uid_t kSomebody = 54321;
constexpr uid_t kNobody = 65534;

// A torii-mgmtd whose groups are ones that every Linux has.
class RolesTest : public testing::Test {
protected:
    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
        ::chmod(folder_.path().c_str(), 0755);
        folder_.write(
            "router.json",
            R"({"torii-system:system": {"user": [{"name": "nobody", "role": "operator"}]}})");
        mgmtd_ = std::make_unique<test::MgmtdProcess>(
            folder_.path(), std::vector<std::string>(),
            std::vector<std::string>{"--admin-group", "daemon", "--operator-group", "bin",
                                     "--viewer-group", "sys"});
        EventLoop loop;
        for (int tries = 0; tries < 500 && run("show version").empty(); ++tries) {
            bool again = false;
            const Timer timer = loop.after(20ms, [&again] { again = true; });
            loop.context().restart();
            while (!again) loop.context().run_one();
        }
    }

    // What a process of this user and group gets to hear; nothing when mgmtd does not answer.
    std::string run_as(uid_t user, const std::string& group, const std::string& line) {
        std::array<int, 2> pipe{};
        if (::pipe(pipe.data()) != 0) return "no pipe";
        const pid_t child = ::fork();
        if (child == 0) {
            const gid_t number = getgrnam(group.c_str())->gr_gid;
            const bool changed = ::setgroups(1, &number) == 0 &&
                                 ::setresgid(kSomebody, kSomebody, kSomebody) == 0 &&
                                 ::setresuid(user, user, user) == 0;
            const std::string said = changed ? run(line) : "cannot be somebody else";
            const bool told = ::write(pipe[1], said.data(), said.size()) >= 0;
            ::_exit(told ? 0 : 1);
        }
        ::close(pipe[1]);
        std::array<char, 4096> buffer{};
        std::string out;
        for (ssize_t got = 1; (got = ::read(pipe[0], buffer.data(), buffer.size())) > 0;) {
            out.append(buffer.data(), static_cast<std::size_t>(got));
        }
        ::close(pipe[0]);
        ::waitpid(child, nullptr, 0);
        return out;
    }

    std::string run(const std::string& line) {
        auto connection = ipc::BlockingConnection::connect(folder_.path() / "mgmtd.sock");
        return connection ? run(*connection, line) : "";
    }
    static std::string run(ipc::BlockingConnection& connection, const std::string& line) {
        ipc::MgmtRequest request;
        request.mutable_run()->set_line(line);
        const auto reply = ask(connection, std::move(request));
        return reply ? reply->output().text() : reply.error().message;
    }
    static Result<ipc::MgmtReply> ask(ipc::BlockingConnection& connection,
                                      ipc::MgmtRequest request) {
        return connection.call<ipc::MgmtRequest, ipc::MgmtReply>(std::move(request));
    }
    // A connection that stays: the kernel keeps who made it.
    ipc::BlockingConnection connection_of(uid_t user) {
        if (::seteuid(user) != 0) throw std::runtime_error("cannot be somebody else");
        auto connection = ipc::BlockingConnection::connect(folder_.path() / "mgmtd.sock");
        if (::seteuid(0) != 0 || !connection) throw std::runtime_error("no connection");
        return std::move(*connection);
    }
    // A message of NETCONF.
    static std::string say(ipc::BlockingConnection& connection, const std::string& operation) {
        ipc::MgmtRequest request;
        request.mutable_netconf_message()->set_text(
            "<rpc message-id=\"1\" xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\">" + operation +
            "</rpc>");
        const auto reply = ask(connection, std::move(request));
        return reply ? reply->netconf().text() : reply.error().message;
    }
    ipc::BlockingConnection netconf_of(uid_t user) {
        ipc::BlockingConnection connection = connection_of(user);
        ipc::MgmtRequest open;
        open.mutable_open()->set_through("netconf");
        EXPECT_TRUE(ask(connection, std::move(open)));
        ipc::MgmtRequest hello;
        hello.mutable_netconf_message()->set_text(
            "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities><capability>"
            "urn:ietf:params:netconf:base:1.1</capability></capabilities></hello>");
        EXPECT_TRUE(ask(connection, std::move(hello)));
        return connection;
    }
    // A commit by root, on a connection of its own.
    std::string commit(const std::string& line) {
        ipc::BlockingConnection root = connection_of(0);
        std::string said;
        for (const std::string& one :
             {std::string("configure private"), line, std::string("commit")}) {
            said += run(root, one);
        }
        return said;
    }

    test::TemporaryFolder folder_;
    std::unique_ptr<test::MgmtdProcess> mgmtd_;
};

TEST_F(RolesTest, TheGroupsOfTheProcessDecide) {
    EXPECT_THAT(run_as(kSomebody, "sys", "show version"), StartsWith("torii "));
    EXPECT_THAT(run_as(kSomebody, "sys", "clear bgp *"), HasSubstr("takes the role operator"));
    EXPECT_THAT(run_as(kSomebody, "bin", "clear bgp *"), HasSubstr("torii-controlplane"));
    EXPECT_THAT(run_as(kSomebody, "bin", "configure"), HasSubstr("takes the role admin"));
    EXPECT_EQ(run_as(kSomebody, "daemon", "configure"), "");
    EXPECT_THAT(run_as(kSomebody, "nogroup", "show version"),
                HasSubstr("uid 54321 has no role here: become a member of daemon"));
    EXPECT_THAT(run_as(0, "nogroup", "show version"), StartsWith("torii "));
    const std::string audit = run("show log audit");
    EXPECT_THAT(audit, HasSubstr("uid 54321 (viewer, cli, pid "));
    EXPECT_THAT(audit, HasSubstr("login: refused: uid 54321 has no role here"));
    EXPECT_THAT(audit, HasSubstr("clear bgp *: refused: takes a higher role"));
}

TEST_F(RolesTest, TheConfigurationGivesARoleToAnAccountWithoutAGroup) {
    EXPECT_THAT(run_as(kNobody, "nogroup", "clear bgp *"), HasSubstr("torii-controlplane"));
    EXPECT_THAT(run_as(kNobody, "daemon", "configure"), HasSubstr("takes the role admin"))
        << "whatever its groups are";
}

TEST_F(RolesTest, AnotherRoleCountsFromTheNextRequestOfALiveSessionOn) {
    commit("set system user nobody role admin");
    ipc::BlockingConnection shell = connection_of(kNobody);
    EXPECT_EQ(run(shell, "configure private"), "");
    EXPECT_EQ(run(shell, "set system hostname mine"), "");
    ipc::BlockingConnection netconf = netconf_of(kNobody);
    const std::string edit =
        "<edit-config><target><candidate/></target><config><system xmlns=\"urn:torii:system\">"
        "<hostname>theirs</hostname></system></config></edit-config>";
    EXPECT_THAT(say(netconf, edit), HasSubstr("<ok/>"));
    EXPECT_THAT(say(netconf, "<discard-changes/>"), HasSubstr("<ok/>"));
    ipc::BlockingConnection watcher = connection_of(kNobody);
    ipc::MgmtRequest monitor;
    monitor.mutable_run()->set_line("monitor events");
    ASSERT_TRUE(watcher.send(monitor.SerializeAsString(), 1s));

    EXPECT_THAT(commit("set system user nobody role viewer"), HasSubstr("is saved"));

    const std::string refused = run(shell, "commit");
    EXPECT_THAT(refused, AnyOf(HasSubstr("not known"), HasSubstr("takes the role admin")));
    EXPECT_THAT(run(shell, "set system hostname mine"), HasSubstr("not known"))
        << "configure mode has ended";
    EXPECT_THAT(run(shell, "configure"), HasSubstr("takes the role admin; nobody is viewer"));
    EXPECT_THAT(run(shell, "show version"), StartsWith("torii "));
    for (const std::string& operation :
         {edit, std::string("<commit/>"),
          std::string("<lock><target><candidate/></target></lock>")}) {
        EXPECT_THAT(say(netconf, operation), HasSubstr("access-denied")) << operation;
    }
    EXPECT_THAT(say(netconf, "<get-config><source><running/></source></get-config>"),
                AllOf(HasSubstr("<role>viewer</role>"), Not(HasSubstr("rpc-error"))));
    std::string watched;
    for (int tries = 0; tries < 10 && watched.find("takes the role") == watched.npos; ++tries) {
        const auto frame = watcher.receive(10s);
        ASSERT_TRUE(frame) << frame.error().message;
        ipc::MgmtReply reply;
        ASSERT_TRUE(reply.ParseFromString(*frame));
        watched += reply.output().text();
        ipc::MgmtRequest more;
        more.mutable_more();
        ASSERT_TRUE(watcher.send(more.SerializeAsString(), 1s));
    }
    EXPECT_THAT(watched, HasSubstr("takes the role operator; nobody is viewer now"));

    commit("set system user nobody role admin");
    EXPECT_EQ(run(shell, "configure"), "");
    EXPECT_THAT(say(netconf, edit), HasSubstr("<ok/>"));
    EXPECT_THAT(say(netconf, "<lock><target><running/></target></lock>"), HasSubstr("lock-denied"));
    EXPECT_THAT(say(netconf, "<discard-changes/>"), HasSubstr("<ok/>"));

    commit("delete system user nobody");
    EXPECT_THAT(run(shell, "show version"), HasSubstr("nobody has no role here"));
    EXPECT_THAT(run("show log audit"), HasSubstr("nobody (viewer, netconf"));
}

TEST_F(RolesTest, ALockGoesWithTheRole) {
    commit("set system user nobody role admin");
    ipc::BlockingConnection netconf = netconf_of(kNobody);
    ipc::BlockingConnection shell = connection_of(kNobody);
    const std::string lock = "<lock><target><candidate/></target></lock>";
    EXPECT_THAT(say(netconf, lock), HasSubstr("<ok/>"));
    EXPECT_THAT(run(shell, "configure"), "");
    EXPECT_THAT(run(shell, "set system hostname x"), HasSubstr("locked by nobody"));
    // Who has the lock takes its own role away: nobody else can commit.
    EXPECT_THAT(say(netconf,
                    "<edit-config><target><candidate/></target><config><system "
                    "xmlns=\"urn:torii:system\"><user><name>nobody</name>"
                    "<role>viewer</role></user></system></config></edit-config>"),
                HasSubstr("<ok/>"));
    EXPECT_THAT(say(netconf, "<commit/>"), HasSubstr("<ok/>"));
    EXPECT_THAT(say(netconf, lock), HasSubstr("access-denied"));
    EXPECT_THAT(commit("set system user nobody role admin"), HasSubstr("is saved"));
    EXPECT_THAT(say(netconf, lock), HasSubstr("<ok/>")) << "it does not believe to have it";
}

TEST_F(RolesTest, ASessionThatKeepsOthersOutCanBeEnded) {
    commit("set system user nobody role admin");
    ipc::BlockingConnection away = connection_of(kNobody);
    EXPECT_EQ(run(away, "configure exclusive"), "");
    ipc::BlockingConnection root = connection_of(0);
    run(root, "configure");
    EXPECT_THAT(run(root, "set system hostname x"), HasSubstr("locked by nobody"));
    const std::string sessions = run(root, "run show system sessions | match nobody");
    const std::string number = sessions.substr(0, sessions.find(' '));
    EXPECT_THAT(run(root, "run clear system session 4711"), HasSubstr("there is no session 4711"));
    EXPECT_EQ(run(root, "run clear system session " + number),
              "Session " + number + " of nobody is ended.\n");
    EXPECT_EQ(run(root, "set system hostname x"), "");
    EXPECT_THAT(run(away, "set system hostname y"), HasSubstr("not known")) << "a new session";
    EXPECT_THAT(run_as(kSomebody, "bin", "clear system session 1"),
                HasSubstr("takes the role admin"));
}

TEST_F(RolesTest, OneWhoOpensAThousandConnectionsStarvesNobody) {
    // In a process of its own, which says how many of them were served, and keeps them meanwhile.
    std::array<int, 2> told{};
    std::array<int, 2> go_on{};
    ASSERT_EQ(::pipe(told.data()) + ::pipe(go_on.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const gid_t viewers = getgrnam("sys")->gr_gid;
        if (::setgroups(1, &viewers) != 0 || ::setresuid(kSomebody, kSomebody, kSomebody) != 0) {
            ::_exit(1);
        }
        std::vector<ipc::BlockingConnection> open;
        std::uint32_t served = 0;
        for (int index = 0; index < 1000; ++index) {
            auto connection = ipc::BlockingConnection::connect(folder_.path() / "mgmtd.sock");
            if (!connection) continue;
            ipc::MgmtRequest request;
            request.mutable_run()->set_line("show version");
            if (connection->call<ipc::MgmtRequest, ipc::MgmtReply>(std::move(request), 1s)) {
                ++served;
            }
            open.push_back(std::move(*connection));
        }
        const bool wrote = ::write(told[1], &served, sizeof served) == sizeof served;
        ::close(go_on[1]);
        char byte = 0;
        ::_exit(::read(go_on[0], &byte, 1) < 0 || !wrote ? 1 : 0);
    }
    std::uint32_t served = 0;
    ASSERT_EQ(::read(told[0], &served, sizeof served), static_cast<ssize_t>(sizeof served));
    EXPECT_EQ(served, 64U);
    EXPECT_THAT(run("show version"), StartsWith("torii ")) << "root has no limit";
    EXPECT_THAT(run_as(kSomebody + 1, "sys", "show version"), StartsWith("torii ")) << "another";
    ::close(go_on[1]);
    ::waitpid(child, nullptr, 0);
    for (const int descriptor : {told[0], told[1], go_on[0]}) ::close(descriptor);
    EXPECT_THAT(run_as(kSomebody, "sys", "show version"), StartsWith("torii ")) << "again";
}

}  // namespace
}  // namespace torii::mgmt

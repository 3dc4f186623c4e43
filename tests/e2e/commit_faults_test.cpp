#include "platform/base/durable_file.h"
#include "platform/ipc/client.h"
#include "tests/support/fake_daemon.h"
#include "tests/support/mgmtd_process.h"
#include "tests/support/temporary_folder.h"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <platform/ipc/proto/mgmt.pb.h>
#include <string>
#include <vector>

namespace torii::mgmt {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// The two configurations differ for both daemons: a mix would be seen.
const std::vector<std::string> kOld{"set system hostname old", "set forwarding ecmp hash l3"};
const std::vector<std::string> kNew{"set system hostname new", "set forwarding ecmp hash l4"};

enum class State { old_one, new_one, mix };

State state_of(bool hostname_new, bool hash_new) {
    if (hostname_new != hash_new) return State::mix;
    return hostname_new ? State::new_one : State::old_one;
}

using Client = ipc::Client<ipc::MgmtRequest, ipc::MgmtReply>;

// A router of a real torii-mgmtd and two daemons that are not, whose mgmtd can be made to fail.
class Router {
public:
    explicit Router(std::filesystem::path folder) : folder_(std::move(folder)) {
        controlplane_ =
            std::make_unique<test::FakeControlplane>(loop_, folder_ / "controlplane.sock");
        dataplane_ = std::make_unique<test::FakeDataplane>(loop_, folder_ / "dataplane.sock");
    }

    // Until both daemons have what it runs.
    void start(const std::string& fault = "") {
        controlplane_->configured.clear();
        dataplane_->configured.clear();
        std::vector<std::string> environment;
        if (!fault.empty()) {
            environment = {"LD_PRELOAD=" TORII_FAULT_SHIM, "TORII_FAULT=" + fault,
                           "TORII_FAULT_SWITCH=" + (folder_ / "switch").string()};
        }
        mgmtd_ = std::make_unique<test::MgmtdProcess>(folder_, environment);
        ASSERT_TRUE(until([this] {
            return !controlplane_->configured.empty() && !dataplane_->configured.empty();
        })) << log();
        for (auto* client : {&client_, &looker_}) {
            *client = std::make_unique<Client>(loop_, folder_ / "mgmtd.sock", Client::Events{});
            (*client)->start();
            ASSERT_TRUE(until([&] { return (*client)->connected(); }));
        }
    }
    void kill() {
        mgmtd_->kill();
        EXPECT_TRUE(until([&] { return !mgmtd_->running(); }));
        client_.reset();
        looker_.reset();
    }
    // From here on steps count, until it is off again.
    void fault_on() const { std::ofstream(folder_ / "switch") << "on"; }
    void fault_off() const { std::filesystem::remove(folder_ / "switch"); }
    [[nodiscard]] bool runs() { return mgmtd_->running(); }

    // Nothing when mgmtd ended meanwhile.
    std::optional<ipc::CommandOutput> run(const std::string& line) { return run(*client_, line); }
    void run_all(const std::vector<std::string>& lines) {
        for (const std::string& line : lines) {
            const auto output = run(line);
            ASSERT_TRUE(output && output->status() == 0) << line << '\n' << log();
        }
    }

    // What mgmtd runs, what the router would start with, and what the daemons have.
    State running() {
        const auto output = run(*looker_, "show configuration | display set");
        const std::string text = output ? output->text() : "";
        return state_of(text.find("hostname new") != text.npos, text.find("hash l4") != text.npos);
    }
    [[nodiscard]] State startup() const {
        const std::string text = read_text(folder_ / "router.json")->value_or("");
        return state_of(text.find("\"new\"") != text.npos, text.find("\"l4\"") != text.npos);
    }
    [[nodiscard]] State daemons() const {
        return state_of(
            controlplane_->configured.back().configure().config().hostname() == "new",
            dataplane_->configured.back().configure().config().ecmp_hash() == ipc::ECMP_HASH_L4);
    }
    // Until they have what mgmtd runs.
    bool converged() {
        const State wanted = running();
        return until([&] { return daemons() == wanted; });
    }
    [[nodiscard]] std::string log() const { return read_text(folder_ / "mgmtd.log")->value_or(""); }

    bool until(const std::function<bool()>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            loop_.context().restart();
            loop_.context().run_one_for(5ms);
        }
        return true;
    }

private:
    std::optional<ipc::CommandOutput> run(Client& client, const std::string& line) {
        std::optional<Result<ipc::MgmtReply>> reply;
        ipc::MgmtRequest request;
        request.mutable_run()->set_line(line);
        client.call(std::move(request),
                    [&reply](Result<ipc::MgmtReply> got) { reply = std::move(got); });
        EXPECT_TRUE(until([&] { return reply.has_value(); })) << line << '\n' << log();
        if (!reply || !*reply) return std::nullopt;
        return (*reply)->output();
    }

    EventLoop loop_;
    std::filesystem::path folder_;
    std::unique_ptr<test::FakeControlplane> controlplane_;
    std::unique_ptr<test::FakeDataplane> dataplane_;
    std::unique_ptr<test::MgmtdProcess> mgmtd_;
    std::unique_ptr<Client> client_;
    std::unique_ptr<Client> looker_;  // stays outside of configure mode
};

// A command that changes the running configuration, and what has to be before it.
struct Scenario {
    const char* name;
    std::vector<std::string> before;
    const char* command;
    State from;
    State to;
    // What the router starts with when it worked.
    State startup;

    friend std::ostream& operator<<(std::ostream& out, const Scenario& one) {
        return out << one.name;
    }
};

std::vector<std::string> with(std::vector<std::string> lines,
                              const std::vector<std::string>& more) {
    lines.insert(lines.end(), more.begin(), more.end());
    return lines;
}

std::vector<Scenario> scenarios() {
    return {
        {"commit", kNew, "commit", State::old_one, State::new_one, State::new_one},
        {"commit_confirmed", kNew, "commit confirmed 600", State::old_one, State::new_one,
         State::old_one},
        {"confirm", with(kNew, {"commit confirmed 600"}), "commit", State::new_one, State::new_one,
         State::new_one},
        {"commit_on_top", with(with(kNew, {"commit confirmed 600"}), kOld), "commit",
         State::new_one, State::old_one, State::old_one},
        {"abort", with(kNew, {"commit confirmed 600"}), "commit abort", State::new_one,
         State::old_one, State::old_one},
    };
}

class CommitFaultsTest : public testing::TestWithParam<Scenario> {
protected:
    // Runs the command with a fault at a step. False when it needs fewer steps than that.
    bool try_step(
        const std::string& fault, int step,
        const std::function<void(Router&, const std::optional<ipc::CommandOutput>&)>& look) {
        SCOPED_TRACE(fmt::format("{} {}:{}", GetParam().name, fault, step));
        const test::TemporaryFolder folder;
        Router router(folder.path());
        router.start(fmt::format("{}:{}", fault, step));
        if (HasFatalFailure()) return false;
        router.run_all(with({"configure"}, kOld));
        router.run_all({"commit"});
        router.run_all(GetParam().before);
        if (HasFatalFailure()) return false;
        router.fault_on();
        const auto output = router.run(GetParam().command);
        const bool reached = !output || output->status() != 0;
        look(router, output);
        return reached && !HasFailure();
    }
};

// After the end at any step the next mgmtd has the old configuration or the new one, and so have
// the daemons; what was told to be done is done.
void dies_and_comes_back(Router& router, const std::optional<ipc::CommandOutput>& output,
                         const Scenario& scenario, bool same_boot) {
    if (output) {
        EXPECT_EQ(output->status(), 0) << output->text();
        // The fatal step comes soon after: what is synced last is so beside the answer.
        for (int more = 0; more < 5 && router.run("run show version"); ++more) continue;
        ASSERT_TRUE(router.until([&] { return !router.runs(); }));
        router.fault_off();
    } else {
        ASSERT_TRUE(router.until([&] { return !router.runs(); }));
        router.fault_off();
    }
    router.start();
    if (testing::Test::HasFatalFailure()) return;
    const State running = router.running();
    EXPECT_NE(running, State::mix) << router.log();
    EXPECT_NE(router.startup(), State::mix);
    EXPECT_TRUE(router.converged()) << router.log();
    const bool allowed = running == scenario.from || running == scenario.to;
    EXPECT_TRUE(allowed) << router.log();
    if (output) {
        EXPECT_EQ(router.startup(), scenario.startup);
        EXPECT_TRUE(!same_boot || running == scenario.to) << "it was told that it worked";
    }
    // Nothing is in the way of the next one.
    router.run_all({"configure", "set system hostname third", "commit", "run show system commit"});
}

TEST_P(CommitFaultsTest, KillAtEveryStep) {
    int step = 1;
    while (try_step("kill", step, [&](Router& router, const auto& output) {
        dies_and_comes_back(router, output, GetParam(), true);
    })) {
        ++step;
    }
    EXPECT_GE(step, 5) << "steps were seen";
    RecordProperty("steps", step - 1);
    std::cout << GetParam() << ": died at each of " << step - 1 << " steps\n";
}

TEST_P(CommitFaultsTest, PowerFailureAtEveryStep) {
    int step = 1;
    while (try_step("power", step, [&](Router& router, const auto& output) {
        dies_and_comes_back(router, output, GetParam(), true);
    })) {
        ++step;
    }
    EXPECT_GE(step, 5) << "steps were seen";
}

// No room from some step on: refused, and everything is as it was, or it is only the audit log that
// could not be written.
TEST_P(CommitFaultsTest, FullDiskFromEveryStep) {
    for (int step = 1; step <= 40; ++step) {
        const bool refused = try_step("full", step, [](Router& router, const auto& output) {
            const Scenario& scenario = GetParam();
            ASSERT_TRUE(output) << "it must not end for that\n" << router.log();
            router.fault_off();
            const bool worked = output->status() == 0;
            EXPECT_EQ(router.running(), worked ? scenario.to : scenario.from) << output->text();
            EXPECT_TRUE(router.converged());
            if (worked) return;
            EXPECT_THAT(output->text(), HasSubstr("nothing was changed"));
            // With room again the same command works.
            router.run_all({scenario.command});
            EXPECT_EQ(router.running(), scenario.to);
            EXPECT_EQ(router.startup(), scenario.startup);
        });
        if (!refused && !HasFailure()) return;
        if (HasFailure()) return;
    }
    FAIL() << "it is never done";
}

// Real time: the deadline is counted in the machine's, whatever happens to mgmtd.
TEST(ConfirmedCommitTest, IsUndoneInTimeWhateverHappensToMgmtd) {
    const test::TemporaryFolder folder;
    Router router(folder.path());
    router.start();
    router.run_all(with({"configure"}, kOld));
    router.run_all(with({"commit"}, kNew));
    const auto start = std::chrono::steady_clock::now();
    router.run_all({"commit confirmed 3"});
    router.kill();
    router.start();
    ASSERT_LT(std::chrono::steady_clock::now() - start, 3s) << "too slow a machine for this test";
    EXPECT_EQ(router.running(), State::new_one);
    EXPECT_EQ(router.startup(), State::old_one);
    EXPECT_TRUE(router.until([&] { return router.daemons() == State::old_one; }));
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_GE(took, 3s - 10ms);
    EXPECT_LE(took, 5s) << "within the timer and two seconds";
    EXPECT_EQ(router.running(), State::old_one);
    // One that becomes overdue while mgmtd is away.
    router.run_all(with({"configure"}, kNew));
    router.run_all({"commit confirmed 1"});
    const auto deadline = std::chrono::steady_clock::now() + 1s;
    router.kill();
    router.until([&] { return std::chrono::steady_clock::now() > deadline; });
    router.start();
    EXPECT_EQ(router.running(), State::old_one);
    EXPECT_EQ(router.daemons(), State::old_one);
}

INSTANTIATE_TEST_SUITE_P(Mgmtd, CommitFaultsTest, testing::ValuesIn(scenarios()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace torii::mgmt

#include "mgmt/server/line_runner.h"

#include "mgmt/server/bookkeeping.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace torii::mgmt {
namespace {

using testing::HasSubstr;

const yang::Schema& schema() {
    static const yang::Schema loaded = *yang::Schema::load(TORII_YANG_DIR);
    return loaded;
}

// Commands whose answers come when the test says so.
class LineRunnerTest : public testing::Test {
protected:
    LineRunnerTest()
        : store_(*datastore::Datastore::open(schema(), folder_.path() / "router.json")),
          sessions_(store_),
          books_(store_, sessions_),
          session_(sessions_.open({"admin", Role::admin, "cli", ""})),
          runner_(operational_, configuring_, books_, [](const Session&) { return "r> "; }) {
        operational_.add("show table", "A table.",
                         [this](const Invocation&, const Done& done) { portion(done); });
        operational_.add("show slow", "Comes later.",
                         [this](const Invocation&, const Done& done) { slow_ = done; });
        operational_.add("clear all", "Does something.",
                         [](const Invocation&, const Done& done) { done({"done\n"}); });
        operational_.add("monitor <command>...", "Again and again.", nullptr);
    }

    // "row 0" to "row 4", two a portion.
    void portion(const Done& done) {
        Output output;
        for (int index = 0; index < 2 && row_ < 5; ++index) {
            output.text += fmt::format("row {}\n", row_++);
        }
        ++portions_;
        if (row_ < 5) output.more = [this](const Done& go_on) { portion(go_on); };
        done(std::move(output));
    }

    ipc::CommandOutput run(const std::string& line) {
        ipc::RunCommand asked;
        asked.set_line(line);
        return output_of([&](const LineRunner::Give& give) { runner_.run(session_, asked, give); });
    }
    ipc::CommandOutput more() {
        return output_of([&](const LineRunner::Give& give) { runner_.more(session_, give); });
    }
    ipc::CommandOutput stop() {
        return output_of([&](const LineRunner::Give& give) { runner_.stop(session_, give); });
    }
    template <class Ask>
    static ipc::CommandOutput output_of(const Ask& ask) {
        std::optional<ipc::CommandOutput> out;
        ask([&out](ipc::CommandOutput output) { out = std::move(output); });
        EXPECT_TRUE(out) << "no answer";
        return out.value_or(ipc::CommandOutput());
    }

    test::TemporaryFolder folder_;
    datastore::Datastore store_;
    Sessions sessions_;
    Bookkeeping books_;
    SessionPtr session_;
    Grammar operational_;
    Grammar configuring_;
    LineRunner runner_;
    int row_ = 0;
    int portions_ = 0;
    Done slow_;
};

TEST_F(LineRunnerTest, APortionIsMadeWhenTheClientAsksForIt) {
    auto output = run("show table");
    EXPECT_EQ(output.text(), "row 0\nrow 1\n");
    EXPECT_TRUE(output.more());
    EXPECT_EQ(portions_, 1) << "the client holds it up, not the daemon";
    output = more();
    EXPECT_EQ(output.text(), "row 2\nrow 3\n");
    EXPECT_TRUE(output.more());
    output = more();
    EXPECT_EQ(output.text(), "row 4\n");
    EXPECT_FALSE(output.more());
    EXPECT_EQ(more().text(), "") << "there is no more to ask for";
}

TEST_F(LineRunnerTest, PipesWorkOnPortionsAndHoldBackWhatIsNotYetKnown) {
    EXPECT_EQ(run("show table | count").text(), "Count: 5 lines\n");
    row_ = 0;
    const auto output = run("show table | match 4");
    EXPECT_EQ(output.text(), "row 4\n") << "portions without a match are not given";
    EXPECT_FALSE(output.more());
    row_ = 0;
    EXPECT_EQ(run("show table | last 2").text(), "row 3\nrow 4\n");
}

TEST_F(LineRunnerTest, WhatIsStoppedIsNotAskedForAnyMore) {
    EXPECT_TRUE(run("show table").more());
    EXPECT_EQ(stop().status(), 130);
    EXPECT_EQ(more().text(), "");
    EXPECT_EQ(portions_, 1);
}

TEST_F(LineRunnerTest, AnotherLineEndsWhatTheClientWasShown) {
    EXPECT_TRUE(run("show table").more());
    EXPECT_EQ(run("clear all").text(), "done\n");
    EXPECT_EQ(more().text(), "");
    EXPECT_EQ(portions_, 1);
}

TEST_F(LineRunnerTest, AnAnswerThatComesTooLateIsDropped) {
    bool answered = false;
    ipc::RunCommand asked;
    asked.set_line("show slow");
    runner_.run(session_, asked, [&](const ipc::CommandOutput&) { answered = true; });
    EXPECT_EQ(stop().prompt(), "r> ");
    slow_({"late\n"});
    EXPECT_FALSE(answered);
    EXPECT_EQ(run("clear all").text(), "done\n");
}

TEST_F(LineRunnerTest, ASessionThatWentIsNotAnswered) {
    bool answered = false;
    ipc::RunCommand asked;
    asked.set_line("show slow");
    runner_.run(session_, asked, [&](const ipc::CommandOutput&) { answered = true; });
    session_.reset();
    slow_({"late\n"});
    EXPECT_FALSE(answered);
}

TEST_F(LineRunnerTest, MonitorRunsAShowCommandAgain) {
    auto output = run("monitor show table");
    EXPECT_EQ(output.text(), "row 0\nrow 1\n");
    EXPECT_EQ(output.again_ms(), 2000U);
    row_ = 0;
    EXPECT_EQ(run("monitor show table | count interval 9").status(), 1) << "that is of the pipe";
    EXPECT_EQ(run("monitor show table interval 9 | count").again_ms(), 9000U);
    output = run("monitor clear all");
    EXPECT_EQ(output.text(), "% monitor takes a show command, or events\n");
    EXPECT_EQ(output.column(), 8U);
    output = run("monitor show table interval 0");
    EXPECT_EQ(output.text(), "% the interval must be 1 to 3600 seconds\n");
    EXPECT_EQ(output.column(), 28U);
    session_->access.role = Role::viewer;
    EXPECT_THAT(run("monitor show table").text(), HasSubstr("takes the role operator"));
    EXPECT_EQ(run("show table").status(), 0);
}

TEST_F(LineRunnerTest, WhatTheClientDoesWithTheTextIsSaid) {
    EXPECT_EQ(run("clear all | save there").save_as(), "there");
    EXPECT_TRUE(run("clear all | no-more").whole());
    const auto output = run("show table | display set");
    EXPECT_EQ(output.text(),
              "% | display set is for configurations: show configuration | display set\n");
}

TEST_F(LineRunnerTest, WhatIsWrongIsPointedAt) {
    EXPECT_EQ(run("show nonsense").column(), 5U);
    EXPECT_EQ(run("show").column(), 5U) << "where the next word would be";
    EXPECT_EQ(run("show table | match (").status(), 1);
    EXPECT_FALSE(run("show table").has_column());
}

}  // namespace
}  // namespace torii::mgmt

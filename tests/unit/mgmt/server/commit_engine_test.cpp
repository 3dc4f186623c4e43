#include "mgmt/server/commit_engine.h"

#include "mgmt/server/sessions.h"
#include "tests/support/manual_moment.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace torii::mgmt {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Outcome = CommitReport::Result;
using Kind = CommitEvent::Kind;

const yang::Schema& schema() {
    static const yang::Schema loaded = *yang::Schema::load(TORII_YANG_DIR);
    return loaded;
}

// Work that is done in a later turn of the virtual loop.
class LaterTurn final : public Background {
public:
    explicit LaterTurn(Scheduler& scheduler) : scheduler_(scheduler) {}
    void run(std::function<void()> work, std::function<void()> done) override {
        scheduler_.post([work = std::move(work), done = std::move(done)] {
            work();
            done();
        });
    }

private:
    Scheduler& scheduler_;
};

class FakeDaemon final : public Daemon {
public:
    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] bool connected() const override { return up; }
    void configure(const yang::TypedConfig& config, std::uint64_t version, bool check_only,
                   Configured done) override {
        if (!check_only) {
            hostname = config.controlplane.hostname();
            versions.push_back(version);
        }
        done("");
    }

    bool up = true;
    std::string hostname;  // that it was given last
    std::vector<std::uint64_t> versions;

private:
    std::string name_ = "daemon";
};

// mgmtd without sockets, on virtual time. restart() is what kill -9 and a new start do.
class CommitEngineTest : public testing::Test {
protected:
    CommitEngineTest() { restart(); }

    void restart() {
        engine_.reset();
        sessions_.reset();
        scheduler_ = std::make_unique<test::ManualScheduler>();
        background_ = std::make_unique<LaterTurn>(*scheduler_);
        store_ = std::make_unique<datastore::Datastore>(
            *datastore::Datastore::open(schema(), folder_.path() / "router.json", moment_));
        push_ = std::make_unique<ConfigPush>(*scheduler_, std::vector<Daemon*>{&daemon_});
        sessions_ = std::make_unique<Sessions>(*store_);
        engine_ = std::make_unique<CommitEngine>(*scheduler_, *background_, *store_, *push_);
        engine_->listen([this](const CommitEvent& event) {
            events_.push_back(event);
            sessions_->running_changed();
        });
        engine_->start();
        push_->connected(daemon_);
        ann_ = sessions_->open({"ann", Role::admin, "cli", "here"});
        bob_ = sessions_->open({"bob", Role::admin, "cli", "there"});
    }
    // Time passes for the loop and for the machine.
    void pass(std::chrono::milliseconds time) {
        moment_.advance(time);
        scheduler_->advance(time);
    }
    static void set(const SessionPtr& session, const std::string& line) {
        std::istringstream stream(line);
        const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
        const auto done = session->candidate->set(words);
        ASSERT_TRUE(done) << done.error().text();
    }
    CommitReport commit(const SessionPtr& session,
                        std::optional<ConfirmTerms> confirmed = std::nullopt,
                        const std::string& persist_id = "") {
        CommitRequest request;
        request.author = {session->access.user, session->access.through, session->id};
        request.confirmed = std::move(confirmed);
        request.persist_id = persist_id;
        request.confirms_any = session->access.through == "cli";
        return run(session, request);
    }
    CommitReport run(const SessionPtr& session, const CommitRequest& request) {
        std::optional<CommitReport> report;
        engine_->commit(session->candidate, request,
                        [&](CommitReport got) { report = std::move(got); });
        scheduler_->advance(0ms);
        EXPECT_TRUE(report.has_value());
        return report.value_or(CommitReport());
    }
    static ConfirmTerms within(std::chrono::seconds time) {
        ConfirmTerms terms;
        terms.within = time;
        return terms;
    }
    std::string hostname() { return daemon_.hostname; }

    test::TemporaryFolder folder_;
    test::ManualMoment moment_;
    std::unique_ptr<test::ManualScheduler> scheduler_;
    std::unique_ptr<Background> background_;
    std::unique_ptr<datastore::Datastore> store_;
    FakeDaemon daemon_;
    std::unique_ptr<ConfigPush> push_;
    std::unique_ptr<Sessions> sessions_;
    std::unique_ptr<CommitEngine> engine_;
    std::vector<CommitEvent> events_;
    SessionPtr ann_;
    SessionPtr bob_;
};

TEST_F(CommitEngineTest, ACommitThatIsNotConfirmedIsUndoneInPlaceAndInTime) {
    set(ann_, "system hostname r1");
    commit(ann_);
    set(ann_, "system hostname r2");
    const auto report = commit(ann_, within(120s));
    EXPECT_EQ(report.result, Outcome::committed);
    EXPECT_EQ(hostname(), "r2");
    pass(119s);
    EXPECT_EQ(hostname(), "r2");
    EXPECT_EQ(engine_->time_left(), 1s);
    pass(1s);
    EXPECT_EQ(hostname(), "r1");
    EXPECT_FALSE(engine_->waiting());
    EXPECT_EQ(events_.back().kind, Kind::undone);
    EXPECT_EQ(events_.back().version, report.version);
    ASSERT_EQ(store_->commits().front().id, report.version + 1);
    EXPECT_EQ(store_->commits().front().through, "timer");
    EXPECT_FALSE(ann_->candidate->changed());
    EXPECT_THAT(ann_->candidate->draft().set_commands(), ElementsAre("set system hostname r1"));
}

TEST_F(CommitEngineTest, CommitConfirms) {
    set(ann_, "system hostname r2");
    const auto first = commit(ann_, within(120s));
    const auto second = commit(bob_);
    EXPECT_EQ(second.result, Outcome::confirmed);
    EXPECT_EQ(second.version, first.version);
    pass(1h);
    EXPECT_EQ(hostname(), "r2");
    restart();
    EXPECT_EQ(hostname(), "r2");
}

TEST_F(CommitEngineTest, ACommitWithMoreChangesConfirmsTooAndASecondConfirmedOneBeginsAnew) {
    set(ann_, "system hostname r2");
    commit(ann_, within(120s));
    pass(100s);
    set(ann_, "system hostname r3");
    commit(ann_, within(120s));
    pass(100s);
    EXPECT_EQ(hostname(), "r3") << "the time began anew";
    pass(20s);
    EXPECT_EQ(hostname(), "router") << "back to before the first of both";
    set(ann_, "system hostname r4");
    commit(ann_, within(120s));
    set(ann_, "bgp as 65000");
    set(ann_, "bgp router-id 192.0.2.1");
    commit(ann_);
    pass(1h);
    EXPECT_EQ(hostname(), "r4");
}

TEST_F(CommitEngineTest, ConfirmedWithoutChangesGivesMoreTime) {
    set(ann_, "system hostname r2");
    commit(ann_, within(120s));
    pass(100s);
    EXPECT_TRUE(commit(ann_, within(120s)).waits.has_value());
    pass(100s);
    EXPECT_EQ(hostname(), "r2");
    pass(20s);
    EXPECT_EQ(hostname(), "router");
}

TEST_F(CommitEngineTest, TheTimeGoesOnOverARestart) {
    set(ann_, "system hostname r2");
    commit(ann_, within(120s));
    pass(60s);
    restart();
    EXPECT_EQ(hostname(), "r2");
    pass(59s);
    EXPECT_EQ(hostname(), "r2");
    pass(1s);
    EXPECT_EQ(hostname(), "router");
}

TEST_F(CommitEngineTest, WhatBecameOverdueWhileMgmtdWasAwayIsUndoneAtOnce) {
    set(ann_, "system hostname r2");
    commit(ann_, within(120s));
    moment_.advance(121s);
    restart();
    EXPECT_EQ(hostname(), "router");
}

TEST_F(CommitEngineTest, AbortUndoesAtOnce) {
    set(ann_, "system hostname r2");
    commit(ann_, within(120s));
    std::optional<Result<std::uint64_t>> done;
    engine_->abort({"bob", "cli", bob_->id}, "", true, [&](auto result) { done = result; });
    scheduler_->advance(0ms);
    EXPECT_EQ(hostname(), "router");
    ASSERT_TRUE(done && *done);
    engine_->abort({"bob", "cli", bob_->id}, "", true, [&](auto result) { done = result; });
    scheduler_->advance(0ms);
    EXPECT_FALSE(*done) << "there is none any more";
    pass(1h);
    EXPECT_EQ(daemon_.versions.size(), 3U) << "the timer is gone too";
}

TEST_F(CommitEngineTest, AnotherNetconfSessionConfirmsOnlyByName) {
    ann_->access.through = bob_->access.through = "netconf";
    ConfirmTerms terms = within(120s);
    terms.persist_id = "red";
    set(ann_, "system hostname r2");
    commit(ann_, terms);
    const auto refused = commit(bob_);
    EXPECT_EQ(refused.result, Outcome::refused);
    EXPECT_THAT(refused.refusals, ElementsAre(HasSubstr("by ann waits to be confirmed")));
    EXPECT_EQ(commit(bob_, std::nullopt, "blue").result, Outcome::refused);
    EXPECT_EQ(commit(bob_, std::nullopt, "red").result, Outcome::confirmed);
}

TEST_F(CommitEngineTest, ACommitThatEndsWithItsSession) {
    ann_->access.through = "netconf";
    ConfirmTerms terms = within(120s);
    terms.ends_with_session = true;
    set(ann_, "system hostname r2");
    commit(ann_, terms);
    engine_->session_ended(bob_->id);
    scheduler_->advance(0ms);
    EXPECT_EQ(hostname(), "r2");
    engine_->session_ended(ann_->id);
    scheduler_->advance(0ms);
    EXPECT_EQ(hostname(), "router");
    set(bob_, "system hostname r3");
    terms.within = 240s;
    commit(bob_, terms);
    restart();
    EXPECT_EQ(hostname(), "router") << "its session ended with mgmtd";
}

TEST_F(CommitEngineTest, StrictWantsEveryDaemon) {
    daemon_.up = false;
    set(ann_, "system hostname r2");
    CommitRequest request;
    request.strict = true;
    const auto report = run(ann_, request);
    EXPECT_EQ(report.result, Outcome::refused);
    EXPECT_THAT(report.refusals, ElementsAre(HasSubstr("does not run")));
    request.strict = false;
    EXPECT_EQ(run(ann_, request).result, Outcome::committed);
}

TEST_F(CommitEngineTest, TwoPrivateCopiesBecomeOne) {
    ASSERT_TRUE(sessions_->configure(*ann_, Editing::own));
    ASSERT_TRUE(sessions_->configure(*bob_, Editing::own));
    set(ann_, "system hostname r1");
    set(bob_, "interface loop1 loopback");
    set(bob_, "interface loop1 ipv4 address 192.0.2.1/32");
    EXPECT_EQ(commit(ann_).result, Outcome::committed);
    EXPECT_EQ(commit(bob_).result, Outcome::committed);
    EXPECT_THAT(store_->running().set_commands(),
                ElementsAre("set system hostname r1", "set interface loop1 loopback",
                            "set interface loop1 ipv4 address 192.0.2.1/32"));
}

TEST_F(CommitEngineTest, TheSamePlaceTwiceIsRefusedInWords) {
    ASSERT_TRUE(sessions_->configure(*ann_, Editing::own));
    set(ann_, "system hostname r1");
    set(bob_, "system hostname r2");
    EXPECT_EQ(commit(ann_).result, Outcome::committed);
    const auto report = commit(bob_);
    EXPECT_EQ(report.result, Outcome::refused);
    EXPECT_THAT(
        report.problems,
        ElementsAre(yang::Problem{"system hostname", "was changed to r1 meanwhile, here to r2"}));
    EXPECT_EQ(hostname(), "r1");
}

TEST_F(CommitEngineTest, WhatIsWrittenDuringACommitIsForTheNext) {
    set(ann_, "system hostname r1");
    CommitRequest request;
    std::optional<CommitReport> report;
    engine_->commit(ann_->candidate, request, [&](CommitReport got) { report = std::move(got); });
    set(bob_, "bgp as 65000");
    scheduler_->advance(0ms);
    ASSERT_EQ(report->result, Outcome::committed);
    EXPECT_THAT(store_->running().set_commands(), ElementsAre("set system hostname r1"));
    EXPECT_THAT(ann_->candidate->differences(),
                ElementsAre(datastore::Difference{true, "set bgp as 65000"}));
}

TEST_F(CommitEngineTest, CommitsWaitForEachOther) {
    ASSERT_TRUE(sessions_->configure(*ann_, Editing::own));
    ASSERT_TRUE(sessions_->configure(*bob_, Editing::own));
    set(ann_, "system hostname r1");
    set(bob_, "bgp as 65000");
    set(bob_, "bgp router-id 192.0.2.1");
    std::vector<Outcome> ended;
    for (const auto& session : {ann_, bob_}) {
        engine_->commit(session->candidate, CommitRequest(),
                        [&](const CommitReport& report) { ended.push_back(report.result); });
    }
    scheduler_->advance(0ms);
    EXPECT_THAT(ended, ElementsAre(Outcome::committed, Outcome::committed));
    EXPECT_EQ(store_->running().set_commands().size(), 3U);
}

TEST_F(CommitEngineTest, AnotherOrderIsAChangeWhereItHasAMeaning) {
    const std::string add = "policy policy P statement 10 set community add ";
    set(ann_, "policy policy P statement 10 action accept");
    set(ann_, add + "65000:1");
    set(ann_, add + "65000:2");
    ASSERT_EQ(commit(ann_).result, Outcome::committed);
    const std::vector<std::string> first{"policy", "policy",    "P",   "statement", "10",
                                         "set",    "community", "add", "65000:1"};
    ASSERT_TRUE(ann_->candidate->remove(first));
    set(ann_, add + "65000:1");
    EXPECT_EQ(commit(ann_).result, Outcome::committed);
    EXPECT_EQ(events_.back().differences.size(), 4U);
}

TEST_F(CommitEngineTest, TheLockKeepsOthersOut) {
    ASSERT_TRUE(sessions_->configure(*ann_, Editing::exclusive));
    const auto refused = sessions_->may_write(*bob_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("locked by ann since "));
    EXPECT_THAT(refused.error().message, HasSubstr("from here (cli)"));
    EXPECT_FALSE(sessions_->may_commit(*bob_));
    EXPECT_FALSE(sessions_->lock(*bob_));
    set(ann_, "system hostname r1");
    sessions_->close(*ann_);
    EXPECT_TRUE(sessions_->may_write(*bob_));
    EXPECT_THAT(bob_->candidate->differences(), IsEmpty()) << "what it wrote is dropped";
}

TEST_F(CommitEngineTest, ALockNeedsACandidateWithoutChanges) {
    set(bob_, "system hostname r1");
    const auto refused = sessions_->configure(*ann_, Editing::exclusive);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("commit or discard"));
    EXPECT_FALSE(ann_->configuring());
}

}  // namespace
}  // namespace torii::mgmt

#pragma once

#include "mgmt/rpc/backend.h"
#include "tests/support/manual_scheduler.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <utility>
#include <vector>

namespace torii::rpc {

// What all sessions of a test work on.
struct FakeRouter {
    const yang::Schema* schema = nullptr;
    boost::json::object running;
    boost::json::object candidate;
    boost::json::object state;
    yang::TableWishes tables;      // that were asked for last
    yang::TableFault table_fault;  // without a message: none
    std::vector<SessionInfo> sessions;
    std::optional<LockInfo> lock;
    std::vector<CommitWish> commits;
    std::vector<std::string> cancelled;
    std::vector<std::uint64_t> killed;
    Needs may = Needs::change;
    std::vector<PageWish> pages_asked;
    Result<Page, RpcError> page;
    std::vector<ClearWish> cleared;
    Reply clear_reply;
    Reply commit_reply;
    Reply write_reply;
    EventLog events{1'600'000'000};
    test::ManualScheduler scheduler;
    std::int64_t now = 1'700'000'000;
    std::vector<std::string> sent;
    std::vector<std::string> recorded;
    std::function<void()> meanwhile;  // while the next long work is done

    void configure(std::string_view json) {
        running = boost::json::parse(json).as_object();
        candidate = running;
    }
};

// A router of two documents.
class FakeBackend final : public Backend {
public:
    FakeBackend(FakeRouter& router, std::uint64_t session) : router_(router), session_(session) {}

    [[nodiscard]] const yang::Schema& schema() const override { return *router_.schema; }
    [[nodiscard]] std::uint64_t session() const override { return session_; }
    [[nodiscard]] Result<void> may(Needs needs) const override {
        if (needs <= router_.may) return {};
        return fail("viewer may only look");
    }
    void record(const std::string& action, const std::string& outcome) override {
        router_.recorded.push_back(action + ": " + outcome);
    }
    void beside(std::function<void()> work, std::function<void()> done) override {
        work();
        if (const auto call = std::exchange(router_.meanwhile, nullptr)) call();
        done();
    }
    [[nodiscard]] Read reader(Target target) const override {
        return [this, text = boost::json::serialize(*document(target))] {
            return *yang::Configuration::draft(schema(), text);
        };
    }
    [[nodiscard]] Document document(Target target) const override {
        return std::make_shared<const boost::json::object>(
            target == Target::running ? router_.running : router_.candidate);
    }
    [[nodiscard]] bool is_candidate(const Document& document) const override {
        return *document == router_.candidate;
    }
    Reply write_candidate(boost::json::object document) override {
        if (router_.write_reply) router_.candidate = std::move(document);
        return router_.write_reply;
    }
    Reply discard() override {
        router_.candidate = router_.running;
        return "";
    }
    Reply lock(Target /*target*/) override {
        router_.lock = {session_, 1'700'000'000};
        return "";
    }
    Reply unlock(Target /*target*/) override {
        router_.lock.reset();
        return "";
    }
    void commit(const CommitWish& wish, Replied done) override {
        router_.commits.push_back(wish);
        if (router_.commit_reply) router_.running = router_.candidate;
        done(router_.commit_reply);
    }
    void cancel_commit(const std::string& persist_id, Replied done) override {
        router_.cancelled.push_back(persist_id);
        done("");
    }
    void validate_candidate(Replied done) override {
        const auto valid =
            yang::Configuration::parse(schema(), boost::json::serialize(router_.candidate));
        if (!valid) return done(unexpected(errors_of(schema(), valid.error())));
        done("");
    }
    void state(yang::TableWishes tables, std::function<void(State)> done) override {
        router_.tables = std::move(tables);
        if (!router_.table_fault.message.empty()) return done(unexpected(router_.table_fault));
        done(std::vector{router_.state});
    }
    void page(PageWish wish, std::function<void(Result<Page, RpcError>)> done) override {
        router_.pages_asked.push_back(std::move(wish));
        done(router_.page);
    }
    void clear_bgp(const ClearWish& wish, Replied done) override {
        router_.cleared.push_back(wish);
        done(router_.clear_reply);
    }
    [[nodiscard]] std::vector<SessionInfo> sessions() const override { return router_.sessions; }
    [[nodiscard]] std::optional<LockInfo> lock_holder() const override { return router_.lock; }
    EventLog& events() override { return router_.events; }
    void send(const std::string& message) override { router_.sent.push_back(message); }
    [[nodiscard]] std::int64_t now() const override { return router_.now; }
    [[nodiscard]] Scheduler& scheduler() override { return router_.scheduler; }
    bool kill(std::uint64_t session) override {
        router_.killed.push_back(session);
        return session == 7;
    }

private:
    FakeRouter& router_;
    std::uint64_t session_;
};

}  // namespace torii::rpc

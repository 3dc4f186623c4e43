#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/rpc/backend.h"
#include "mgmt/server/bookkeeping.h"
#include "mgmt/server/commit_engine.h"
#include "mgmt/server/sessions.h"
#include "mgmt/server/state_report.h"
#include "platform/runtime/background.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace torii::mgmt {

// What sessions of NETCONF share.
struct NetconfRouter {
    const datastore::Datastore& store;
    Sessions& sessions;
    CommitEngine& engine;
    StateReport& state;
    Bookkeeping& books;
    rpc::EventLog& events;
    ControlplaneLink& controlplane;
    Scheduler& scheduler;
    Background& background;
    std::function<std::vector<rpc::SessionInfo>()> list;
    // Ends the session of that number for the one of the second.
    std::function<bool(std::uint64_t, std::uint64_t)> kill;
};

// The router for one session of NETCONF: it writes the shared candidate, as `configure` does, and
// commits as the command line does.
class NetconfBackend final : public rpc::Backend {
public:
    using Send = std::function<void(const std::string&)>;
    NetconfBackend(NetconfRouter& router, SessionPtr session, Send send)
        : router_(router), session_(std::move(session)), send_(std::move(send)) {}

    [[nodiscard]] const yang::Schema& schema() const override { return router_.store.schema(); }
    [[nodiscard]] std::uint64_t session() const override { return session_->id; }
    [[nodiscard]] Result<void> may(rpc::Needs needs) const override;
    void record(const std::string& action, const std::string& outcome) override {
        router_.books.did(*session_, action, outcome);
    }
    void beside(std::function<void()> work, std::function<void()> done) override {
        router_.background.run(std::move(work), std::move(done));
    }
    [[nodiscard]] Read reader(rpc::Target target) const override;
    [[nodiscard]] Document document(rpc::Target target) const override;
    [[nodiscard]] bool is_candidate(const Document& document) const override {
        return session_->candidate->document() == document;
    }
    rpc::Reply write_candidate(boost::json::object document) override;
    rpc::Reply discard() override;
    rpc::Reply lock(rpc::Target target) override;
    rpc::Reply unlock(rpc::Target target) override;
    void commit(const rpc::CommitWish& wish, rpc::Replied done) override;
    void cancel_commit(const std::string& persist_id, rpc::Replied done) override;
    void validate_candidate(rpc::Replied done) override;
    void state(yang::TableWishes tables, std::function<void(State)> done) override;
    void page(rpc::PageWish wish,
              std::function<void(Result<rpc::Page, rpc::RpcError>)> done) override;
    void clear_bgp(const rpc::ClearWish& wish, rpc::Replied done) override;
    [[nodiscard]] std::vector<rpc::SessionInfo> sessions() const override;
    [[nodiscard]] std::optional<rpc::LockInfo> lock_holder() const override;
    rpc::EventLog& events() override { return router_.events; }
    void send(const std::string& message) override { send_(message); }
    [[nodiscard]] std::int64_t now() const override {
        return router_.store.moment().unix_seconds();
    }
    [[nodiscard]] Scheduler& scheduler() override { return router_.scheduler; }
    bool kill(std::uint64_t session) override;

private:
    using Paged = std::function<void(Result<rpc::Page, rpc::RpcError>)>;
    void read_page(rpc::PageWish wish, TableReader::Questions questions, const Paged& done);
    [[nodiscard]] Author author() const;
    // An error of RFC 6241 when another session has the lock.
    [[nodiscard]] rpc::Reply free_to_write() const;
    [[nodiscard]] rpc::RpcError lock_denied(const std::string& why) const;
    [[nodiscard]] std::optional<rpc::RpcError> bad_persist_id(const std::string& id) const;

    NetconfRouter& router_;
    SessionPtr session_;
    Send send_;
    // There is one lock for running and candidate; it is held as long as one of them is.
    std::set<rpc::Target> locked_;
    // Tables that are read page by page, the oldest first.
    struct OpenTable {
        std::string cursor;
        yang::TableWishes tables;
        TableReader::Questions rest;
    };
    std::deque<OpenTable> open_tables_;
    std::uint64_t last_cursor_ = 0;
};

}  // namespace torii::mgmt

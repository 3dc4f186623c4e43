#include "mgmt/server/netconf_backend.h"

#include "mgmt/server/access.h"
#include "mgmt/server/clear_commands.h"

#include <boost/json/serialize.hpp>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace torii::mgmt {
namespace {

// Of one session, that wait to be read on.
constexpr std::size_t kOpenTablesMost = 8;

using rpc::Reply;
using rpc::RpcError;
using rpc::RpcErrors;

tl::unexpected<RpcErrors> one(RpcError error) {
    return unexpected(RpcErrors{std::move(error)});
}

// Why a commit was refused.
RpcErrors errors_of(const yang::Schema& schema, const CommitReport& report) {
    RpcErrors errors = rpc::errors_of(schema, report.problems);
    for (const std::string& refusal : report.refusals) {
        errors.push_back(rpc::operation_failed(refusal));
    }
    return errors;
}

}  // namespace

Result<void> NetconfBackend::may(rpc::Needs needs) const {
    const Role role = session_->access.role;
    Role least = Role::viewer;
    // As the command has it.
    if (needs == rpc::Needs::clear) least = least_role("clear bgp");
    if (needs == rpc::Needs::change) least = Role::admin;
    if (role >= least) return {};
    return fail("{} is {}: this takes the role {}", session_->access.user, role_name(role),
                role_name(least));
}

// Without the secrets, as nobody gets those; also a copy.
rpc::Backend::Read NetconfBackend::reader(rpc::Target target) const {
    if (target == rpc::Target::running) {
        return [image = router_.store.image()] { return image->configuration.redacted(); };
    }
    return [document = session_->candidate->document(), schema = &schema()] {
        // Every edit was checked, so it can always be read.
        return *yang::Configuration::draft(*schema, boost::json::serialize(*document));
    };
}

rpc::Backend::Document NetconfBackend::document(rpc::Target target) const {
    return target == rpc::Target::running ? router_.store.image()->document
                                          : session_->candidate->document();
}

Reply NetconfBackend::free_to_write() const {
    if (const auto may = router_.sessions.may_write(*session_); !may) {
        return one(rpc::in_use(may.error().message));
    }
    return "";
}

Reply NetconfBackend::write_candidate(boost::json::object document) {
    if (auto may = free_to_write(); !may) return may;
    session_->candidate->replace(std::move(document));
    return "";
}

Reply NetconfBackend::discard() {
    if (auto may = free_to_write(); !may) return may;
    session_->candidate->reset(router_.store.image()->document, router_.store.version());
    return "";
}

RpcError NetconfBackend::lock_denied(const std::string& why) const {
    RpcError error{"protocol", "lock-denied", why};
    // RFC 6241 section 7.5: 0 for who does not speak NETCONF.
    std::uint64_t holder = 0;
    if (const auto& held = router_.sessions.lock_held()) {
        for (const auto& session : router_.sessions.all()) {
            const bool netconf = session->access.through == "netconf";
            if (session->id == held->session && netconf) holder = session->id;
        }
    }
    error.info.emplace_back("session-id", std::to_string(holder));
    return error;
}

Reply NetconfBackend::lock(rpc::Target target) {
    // Who loses the role for it loses the lock, too.
    const auto& held = router_.sessions.lock_held();
    if (!held || held->session != session_->id) locked_.clear();
    if (locked_.contains(target)) return one(lock_denied("this session has the lock already"));
    if (const auto& waits = router_.engine.waiting();
        waits && target == rpc::Target::running && waits->user != session_->access.user) {
        return one(lock_denied(
            fmt::format("commit {} by {} waits to be confirmed", waits->commit, waits->user)));
    }
    if (locked_.empty()) {
        if (const auto locked = router_.sessions.lock(*session_); !locked) {
            return one(lock_denied(locked.error().message));
        }
    }
    locked_.insert(target);
    return "";
}

Reply NetconfBackend::unlock(rpc::Target target) {
    if (!locked_.contains(target)) {
        return one(rpc::operation_failed("this session does not have the lock"));
    }
    // RFC 6241 section 8.3.5.2: what was written under the candidate's lock goes with it.
    if (target == rpc::Target::candidate) (void)discard();
    if (locked_.size() == 1) {
        if (const auto done = router_.sessions.unlock(*session_); !done) {
            return one(rpc::operation_failed(done.error().message));
        }
    }
    locked_.erase(target);
    return "";
}

Author NetconfBackend::author() const {
    return {session_->access.user, "netconf", session_->id};
}

// RFC 6241 section 8.4.5.1: it has to be that of the commit that waits.
std::optional<RpcError> NetconfBackend::bad_persist_id(const std::string& id) const {
    if (id.empty()) return std::nullopt;
    const auto& waits = router_.engine.waiting();
    if (waits && waits->persist_id == id) return std::nullopt;
    return rpc::invalid_value("persist-id", "no commit of this name waits to be confirmed");
}

void NetconfBackend::commit(const rpc::CommitWish& wish, rpc::Replied done) {
    if (const auto may = router_.sessions.may_commit(*session_); !may) {
        return done(one(rpc::in_use(may.error().message)));
    }
    if (auto bad = bad_persist_id(wish.persist_id)) return done(one(std::move(*bad)));
    CommitRequest request;
    request.author = author();
    request.persist_id = wish.persist_id;
    if (wish.confirmed) {
        // RFC 6241 section 8.4.1: one that goes on keeps its name unless it gets another.
        const std::string& name = wish.persist.empty() ? wish.persist_id : wish.persist;
        request.confirmed = ConfirmTerms{wish.within, name, name.empty()};
    }
    router_.engine.commit(session_->candidate, std::move(request),
                          [this, session = session_, done](const CommitReport& report) {
                              if (report.result != CommitReport::Result::refused) return done("");
                              done(unexpected(errors_of(schema(), report)));
                          });
}

void NetconfBackend::cancel_commit(const std::string& persist_id, rpc::Replied done) {
    if (auto bad = bad_persist_id(persist_id)) return done(one(std::move(*bad)));
    router_.engine.abort(author(), persist_id, false, [done](const Result<std::uint64_t>& undone) {
        if (!undone) return done(one(rpc::operation_failed(undone.error().message)));
        done("");
    });
}

void NetconfBackend::validate_candidate(rpc::Replied done) {
    CommitRequest request;
    request.author = author();
    request.check_only = true;
    router_.engine.commit(session_->candidate, std::move(request),
                          [this, session = session_, done](const CommitReport& report) {
                              if (report.result != CommitReport::Result::refused) return done("");
                              done(unexpected(errors_of(schema(), report)));
                          });
}

void NetconfBackend::state(yang::TableWishes tables, std::function<void(State)> done) {
    router_.state.gather(std::move(tables), std::move(done));
}

void NetconfBackend::page(rpc::PageWish wish, Paged done) {
    if (wish.cursor.empty()) {
        auto tables = wish.tables;
        return router_.state.questions(
            std::move(tables), [this, wish = std::move(wish),
                                done = std::move(done)](TableReader::Questions questions) mutable {
                read_page(std::move(wish), std::move(questions), done);
            });
    }
    const auto found = std::ranges::find(open_tables_, wish.cursor, &OpenTable::cursor);
    if (found == open_tables_.end() || found->tables != wish.tables) {
        return done(unexpected(rpc::invalid_value(
            "cursor", "no page of this filter goes on there: a cursor is good for one call")));
    }
    auto questions = std::move(found->rest);
    open_tables_.erase(found);
    read_page(std::move(wish), std::move(questions), done);
}

void NetconfBackend::read_page(rpc::PageWish wish, TableReader::Questions questions,
                               const Paged& done) {
    const std::size_t limit = wish.limit;
    router_.state.read_page(
        std::move(questions), limit,
        [this, tables = std::move(wish.tables),
         done](Result<TableReader::Page, yang::TableFault> page) {
            if (!page) return done(unexpected(rpc::operation_failed(page.error().message)));
            rpc::Page out{std::move(page->documents), page->entries, {}};
            if (!page->rest.empty()) {
                out.next = std::to_string(++last_cursor_);
                open_tables_.push_back({out.next, tables, std::move(page->rest)});
                if (open_tables_.size() > kOpenTablesMost) open_tables_.pop_front();
            }
            done(std::move(out));
        });
}

void NetconfBackend::clear_bgp(const rpc::ClearWish& wish, rpc::Replied done) {
    using Manner = rpc::ClearWish::Manner;
    ipc::ClearBgp clear;
    clear.set_address(wish.neighbor);
    clear.set_peer_group(wish.peer_group);
    switch (wish.manner) {
        case Manner::hard: clear.set_kind(ipc::ClearBgp::HARD); break;
        case Manner::soft: clear.set_kind(ipc::ClearBgp::SOFT); break;
        case Manner::soft_in: clear.set_kind(ipc::ClearBgp::SOFT_IN); break;
        case Manner::soft_out: clear.set_kind(ipc::ClearBgp::SOFT_OUT); break;
    }
    mgmt::clear_bgp(router_.controlplane, clear,
                    [done = std::move(done)](const Result<void>& cleared) {
                        if (!cleared) {
                            return done(one(rpc::operation_failed(cleared.error().message)));
                        }
                        done("");
                    });
}

std::vector<rpc::SessionInfo> NetconfBackend::sessions() const {
    return router_.list();
}

std::optional<rpc::LockInfo> NetconfBackend::lock_holder() const {
    const auto& held = router_.sessions.lock_held();
    if (!held) return std::nullopt;
    return rpc::LockInfo{held->session, held->since};
}

bool NetconfBackend::kill(std::uint64_t session) {
    return router_.kill(session, session_->id);
}

}  // namespace torii::mgmt

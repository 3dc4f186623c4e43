#include "mgmt/server/netconf_backend.h"

#include "mgmt/server/access.h"

#include <boost/json/serialize.hpp>
#include <fmt/ranges.h>

namespace torii::mgmt {
namespace {

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

Result<void> NetconfBackend::may_change() const {
    if (session_->access.role == Role::admin) return {};
    return fail("{} is {}: changes take the role {}", session_->access.user,
                role_name(session_->access.role), role_name(Role::admin));
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

#include "mgmt/rpc/netconf_session.h"
#include "mgmt/rpc/operations.h"
#include "mgmt/rpc/parameters.h"

#include <fmt/format.h>

#include <utility>

namespace torii::rpc {
namespace {

tl::unexpected<RpcErrors> one(RpcError error) {
    return unexpected(RpcErrors{std::move(error)});
}

}  // namespace

void commit(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    if (auto unknown =
            unknown_parameter(asked, {"confirmed", "confirm-timeout", "persist", "persist-id"})) {
        return done(one(std::move(*unknown)));
    }
    CommitWish wish;
    wish.confirmed = find_parameter(asked, "confirmed") != nullptr;
    const auto timeout = number_of(asked, "confirm-timeout");
    if (!timeout) return done(one(timeout.error()));
    if (*timeout) wish.within = std::chrono::seconds(**timeout);
    wish.persist = text_of(asked, "persist");
    wish.persist_id = text_of(asked, "persist-id");
    if (!wish.confirmed && (*timeout || !wish.persist.empty())) {
        return done(one(invalid_value(*timeout ? "confirm-timeout" : "persist",
                                      "is only for a commit that is <confirmed/>")));
    }
    session.backend().commit(wish, done);
}

void cancel_commit(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    if (auto unknown = unknown_parameter(asked, {"persist-id"})) {
        return done(one(std::move(*unknown)));
    }
    session.backend().cancel_commit(text_of(asked, "persist-id"), done);
}

void lock(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    if (auto unknown = unknown_parameter(asked, {"target"})) return done(one(std::move(*unknown)));
    const auto target = target_of(asked, "target");
    if (!target) return done(one(target.error()));
    done(session.backend().lock(*target));
}

void unlock(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    if (auto unknown = unknown_parameter(asked, {"target"})) return done(one(std::move(*unknown)));
    const auto target = target_of(asked, "target");
    if (!target) return done(one(target.error()));
    done(session.backend().unlock(*target));
}

void close_session(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    if (auto unknown = unknown_parameter(asked, {})) return done(one(std::move(*unknown)));
    session.close_after_reply();
    done("");
}

void kill_session(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    if (auto unknown = unknown_parameter(asked, {"session-id"})) {
        return done(one(std::move(*unknown)));
    }
    const auto id = number_of(asked, "session-id");
    if (!id) return done(one(id.error()));
    if (!*id) return done(one(missing_element("session-id", asked.name)));
    if (**id == session.backend().session()) {
        return done(one(invalid_value("session-id", "is this session: close-session ends it")));
    }
    if (!session.backend().kill(**id)) {
        return done(one(invalid_value("session-id", fmt::format("there is no session {}", **id))));
    }
    done("");
}

}  // namespace torii::rpc

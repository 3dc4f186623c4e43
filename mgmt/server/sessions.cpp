#include "mgmt/server/sessions.h"

#include "mgmt/show/text.h"

#include <utility>

namespace torii::mgmt {

using datastore::Candidate;

Sessions::Sessions(const datastore::Datastore& store)
    : store_(store),
      shared_(
          std::make_shared<Candidate>(store.schema(), store.image()->document, store.version())) {}

SessionPtr Sessions::open(Access access) {
    auto session = std::make_shared<Session>();
    session->id = ++last_id_;
    session->access = std::move(access);
    session->since = store_.moment().unix_seconds();
    session->candidate = shared_;
    std::erase_if(sessions_, [](const auto& one) { return one.expired(); });
    sessions_.push_back(session);
    return session;
}

void Sessions::close(Session& session) {
    leave(session);
    drop_lock(session);
    std::erase_if(sessions_, [&session](const auto& one) {
        const auto locked = one.lock();
        return !locked || locked.get() == &session;
    });
}

std::vector<SessionPtr> Sessions::all() const {
    std::vector<SessionPtr> out;
    for (const auto& one : sessions_) {
        if (auto session = one.lock()) out.push_back(std::move(session));
    }
    return out;
}

SessionPtr Sessions::find(std::uint64_t id) const {
    for (auto& session : all()) {
        if (session->id == id) return session;
    }
    return nullptr;
}

Result<void> Sessions::configure(Session& session, Editing editing) {
    if (editing == Editing::exclusive) {
        if (auto done = lock(session); !done) return done;
    } else if (editing == Editing::own) {
        session.candidate = std::make_shared<Candidate>(store_.schema(), store_.image()->document,
                                                        store_.version());
    }
    session.editing = editing;
    session.edit_path.clear();
    return {};
}

bool Sessions::leave(Session& session) {
    const Editing was = std::exchange(session.editing, Editing::nothing);
    session.edit_path.clear();
    if (was == Editing::exclusive) return drop_lock(session);
    if (was != Editing::own) return false;
    const bool lost = session.candidate->changed();
    session.candidate = shared_;
    return lost;
}

Result<void> Sessions::lock(Session& session) {
    if (auto done = not_locked_for(session); !done) return done;
    if (lock_) return fail("this session has the lock already");
    if (shared_->changed()) {
        return fail(
            "the shared configuration has changes that are not committed: commit or "
            "discard them first");
    }
    lock_ = {session.id, store_.moment().unix_seconds()};
    return {};
}

Result<void> Sessions::unlock(Session& session) {
    if (!lock_ || lock_->session != session.id) return fail("this session does not have the lock");
    drop_lock(session);
    return {};
}

bool Sessions::drop_lock(Session& session) {
    if (!lock_ || lock_->session != session.id) return false;
    lock_.reset();
    const bool lost = shared_->changed();
    shared_->reset(store_.image()->document, store_.version());
    return lost;
}

Result<void> Sessions::not_locked_for(const Session& session) const {
    if (!lock_ || lock_->session == session.id) return {};
    const auto holder = find(lock_->session);
    const Access who = holder ? holder->access : Access{};
    return fail("locked by {} since {}, from {} ({})", who.user, show::date_text(lock_->since),
                who.from, who.through);
}

Result<void> Sessions::may_write(const Session& session) const {
    if (session.editing == Editing::own) return {};
    return not_locked_for(session);
}

Result<void> Sessions::may_commit(const Session& session) const {
    return not_locked_for(session);
}

void Sessions::running_changed() {
    shared_->running_changed(store_.image()->document, store_.version());
    for (const auto& session : all()) {
        session->candidate->running_changed(store_.image()->document, store_.version());
    }
}

void Sessions::notify(const std::string& sentence) {
    for (const auto& session : all()) {
        if (!deliver_ || !deliver_(*session, sentence)) session->notices.push_back(sentence);
    }
}

}  // namespace torii::mgmt

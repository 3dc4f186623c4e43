#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/session.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace torii::mgmt {

// The sessions, what each of them writes, and the lock: who holds it is the only one to write the
// shared candidate and to commit. The command line's `configure exclusive` and NETCONF's <lock>
// (RFC 6241 section 7.5) are this one lock.
class Sessions {
public:
    explicit Sessions(const datastore::Datastore& store);

    SessionPtr open(Access access);
    // Frees what it held: the lock, with what it wrote under it, and its own copy.
    void close(Session& session);
    [[nodiscard]] std::vector<SessionPtr> all() const;
    // Null when it has ended.
    [[nodiscard]] SessionPtr find(std::uint64_t id) const;

    // Into configure mode. Exclusive needs a candidate without others' changes, and the lock.
    Result<void> configure(Session& session, Editing editing);
    // Out of it. What was written in a copy or under the lock is dropped: true when there was any.
    bool leave(Session& session);

    // The lock without configure mode. The error says who has it, since when and from where.
    Result<void> lock(Session& session);
    // What was written under it is dropped.
    Result<void> unlock(Session& session);
    struct Lock {
        std::uint64_t session;
        std::int64_t since;  // unix seconds
    };
    [[nodiscard]] const std::optional<Lock>& lock_held() const { return lock_; }
    // Whether the session may write its candidate now, and whether it may commit.
    [[nodiscard]] Result<void> may_write(const Session& session) const;
    [[nodiscard]] Result<void> may_commit(const Session& session) const;

    [[nodiscard]] const std::shared_ptr<datastore::Candidate>& shared() const { return shared_; }
    // After every change of the running configuration: candidates without changes follow it.
    void running_changed();

    // Tells every session, at once where it listens, otherwise with its next answer.
    void notify(const std::string& sentence);
    // Who listens; false from it means that the session does not.
    using Deliver = std::function<bool(Session&, const std::string&)>;
    void deliver_with(Deliver deliver) { deliver_ = std::move(deliver); }

private:
    [[nodiscard]] Result<void> not_locked_for(const Session& session) const;
    bool drop_lock(Session& session);

    const datastore::Datastore& store_;
    std::shared_ptr<datastore::Candidate> shared_;
    std::vector<std::weak_ptr<Session>> sessions_;
    std::uint64_t last_id_ = 0;
    std::optional<Lock> lock_;
    Deliver deliver_;
};

}  // namespace torii::mgmt

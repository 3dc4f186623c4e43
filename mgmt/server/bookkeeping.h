#pragma once

#include "mgmt/server/alarms.h"
#include "mgmt/server/audit_log.h"
#include "mgmt/server/commit_engine.h"
#include "mgmt/server/grammar.h"
#include "mgmt/server/sessions.h"
#include "platform/ipc/frame_connection.h"

#include <optional>
#include <string>
#include <vector>

namespace torii::mgmt {

// Keeps the alarms and the audit log true: it is told what happens, and changes nothing.
class Bookkeeping {
public:
    Bookkeeping(const datastore::Datastore& store, Sessions& sessions);

    [[nodiscard]] const Alarms& alarms() const { return alarms_; }
    void listen_to_alarms(Alarms::Listener listener) { alarms_.listen(std::move(listener)); }
    [[nodiscard]] const AuditLog& audit() const { return audit_; }

    void opened(const Session& session);
    // Somebody without a role was sent away.
    void sent_away(const std::optional<ipc::PeerCredentials>& peer, const std::string& reason);
    // Something that a session of NETCONF did or was refused.
    void did(const Session& session, const std::string& action, const std::string& outcome);
    // A command that the session's role is too small for.
    void not_allowed(const Session& session, const Grammar::Match& match);
    // `done`, which also records how the command ended when it is one that does something.
    [[nodiscard]] Done recorded(const SessionPtr& session, const Grammar::Match& match,
                                const std::vector<std::string>& words, const Done& done);
    // `done`, which records that an edit was refused; one that was taken is recorded with its
    // commit.
    [[nodiscard]] Done recorded_if_refused(const SessionPtr& session, const Grammar::Match& match,
                                           const Done& done);
    void committed(const CommitEvent& event);
    void daemon_changed(const Daemon& daemon, const std::string& error);
    // Why the packet engine has not all routes; empty: it has, or nobody knows. True when that is
    // news.
    bool forwarding_refused(const std::string& reason);

private:
    void write(const Access& access, std::uint64_t session, const std::string& action,
               const std::string& outcome);

    const datastore::Datastore& store_;
    Sessions& sessions_;
    Alarms alarms_;
    AuditLog audit_;
};

}  // namespace torii::mgmt

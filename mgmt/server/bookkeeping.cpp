#include "mgmt/server/bookkeeping.h"

#include "mgmt/server/access.h"
#include "mgmt/yang/rearrange.h"

#include <fmt/ranges.h>

#include <utility>

namespace torii::mgmt {
namespace {

using Kind = CommitEvent::Kind;

constexpr const char* kStartup = "startup-configuration";
constexpr const char* kAudit = "audit-log";

std::string action_of(Kind kind) {
    switch (kind) {
        case Kind::committed: return "commit";
        case Kind::waiting: return "commit confirmed";
        case Kind::confirmed: return "confirm";
        case Kind::undone: return "undo";
        case Kind::refused: return "commit";
    }
    return "";
}

std::string outcome_of(const CommitEvent& event) {
    switch (event.kind) {
        case Kind::refused: return fmt::format("refused: {}", event.reason);
        case Kind::undone: return fmt::format("commit {}: {}", event.version, event.reason);
        case Kind::waiting:
            return fmt::format("commit {}, undone in {} s unless confirmed", event.version,
                               event.within.count());
        default: return fmt::format("commit {}", event.version);
    }
}

// The first line of what a command said, without its mark.
std::string sentence_of(const std::string& text) {
    std::string line = text.substr(0, text.find('\n'));
    return line.starts_with("% ") ? line.substr(2) : line;
}

bool only_looks(const std::string& pattern) {
    return pattern.starts_with("show ") || pattern.starts_with("monitor ");
}

}  // namespace

Bookkeeping::Bookkeeping(const datastore::Datastore& store, Sessions& sessions)
    : store_(store),
      sessions_(sessions),
      alarms_(store.moment()),
      audit_(store.state_folder() + "/audit.log", [this](const std::string& error) {
          if (error.empty()) return alarms_.clear(kAudit);
          alarms_.raise(kAudit, Severity::major, error);
      }) {
    if (store.warnings().empty()) return;
    alarms_.raise(kStartup, Severity::critical,
                  fmt::format("{}", fmt::join(store.warnings(), "; ")));
}

void Bookkeeping::write(const Access& access, std::uint64_t session, const std::string& action,
                        const std::string& outcome) {
    audit_.write({store_.moment().unix_seconds(), access, session, action, outcome, 0, {}});
}

void Bookkeeping::opened(const Session& session) {
    write(session.access, session.id, "login", "done");
}

void Bookkeeping::sent_away(const std::optional<ipc::PeerCredentials>& peer,
                            const std::string& reason) {
    Access access;
    if (peer) {
        access.user = user_name(peer->user);
        access.from = fmt::format("pid {}", peer->pid);
    }
    write(access, 0, "login", fmt::format("refused: {}", reason));
}

void Bookkeeping::did(const Session& session, const std::string& action,
                      const std::string& outcome) {
    write(session.access, session.id, action, outcome);
}

void Bookkeeping::not_allowed(const Session& session, const Grammar::Match& match) {
    write(session.access, session.id, match.pattern, "refused: takes a higher role");
}

Done Bookkeeping::recorded(const SessionPtr& session, const Grammar::Match& match,
                           const std::vector<std::string>& words, const Done& done) {
    if (match.role == Role::viewer || only_looks(match.pattern)) return done;
    return [=, this, action = fmt::format("{}", fmt::join(words, " "))](const Output& output) {
        const std::string outcome =
            output.status == 0 ? "done" : fmt::format("failed: {}", sentence_of(output.text));
        write(session->access, session->id, action, outcome);
        done(output);
    };
}

Done Bookkeeping::recorded_if_refused(const SessionPtr& session, const Grammar::Match& match,
                                      const Done& done) {
    const std::string verb = match.pattern.substr(0, match.pattern.find(' '));
    const bool edits = verb == "set" || verb == "delete" || yang::rearrangement_of(verb);
    if (!edits && verb != "load") return done;
    std::string what = match.pattern;
    if (verb != "load") {
        std::vector<std::string> words = session->edit_path;
        words.insert(words.end(), match.arguments.begin(), match.arguments.end());
        what = fmt::format("{} {}", verb, yang::shown_words(store_.schema(), words));
    }
    return [=, this](const Output& output) {
        if (output.status != 0) {
            write(session->access, session->id, what,
                  fmt::format("refused: {}", sentence_of(output.text)));
        }
        done(output);
    };
}

void Bookkeeping::committed(const CommitEvent& event) {
    // Every commit writes the file anew.
    if (event.kind == Kind::committed || event.kind == Kind::confirmed) alarms_.clear(kStartup);
    const auto session = sessions_.find(event.author.session);
    const Access access = session
                              ? session->access
                              : Access{event.author.user, Role::admin, event.author.through, ""};
    const std::uint64_t version = event.kind == Kind::refused ? 0 : event.version;
    audit_.write({store_.moment().unix_seconds(), access, event.author.session,
                  action_of(event.kind), outcome_of(event), version, event.differences});
}

bool Bookkeeping::forwarding_refused(const std::string& reason) {
    constexpr const char* kSource = "forwarding table";
    const bool news = !reason.empty() && !alarms_.all().contains(kSource);
    if (reason.empty()) {
        alarms_.clear(kSource);
    } else {
        alarms_.raise(kSource, Severity::critical, reason);
    }
    return news;
}

void Bookkeeping::daemon_changed(const Daemon& daemon, const std::string& error) {
    const std::string source = fmt::format("daemon {}", daemon.name());
    const std::string restart = fmt::format("restart {}", daemon.name());
    const auto pending = daemon.connected() ? daemon.restart_pending() : std::vector<std::string>();
    if (pending.empty()) {
        alarms_.clear(restart);
    } else {
        alarms_.raise(restart, Severity::warning,
                      fmt::format("{}: in force after its next start", fmt::join(pending, ", ")));
    }
    if (!daemon.connected()) {
        alarms_.raise(source, Severity::major, "does not run");
    } else if (!error.empty()) {
        alarms_.raise(source, Severity::major, fmt::format("has an old configuration: {}", error));
    } else {
        alarms_.clear(source);
    }
}

}  // namespace torii::mgmt

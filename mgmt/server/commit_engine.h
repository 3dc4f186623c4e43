#pragma once

#include "mgmt/datastore/candidate.h"
#include "mgmt/datastore/datastore.h"
#include "mgmt/server/config_push.h"
#include "platform/base/clock.h"
#include "platform/runtime/background.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace torii::mgmt {

// Who commits.
struct Author {
    std::string user;
    std::string through;  // cli, netconf, timer
    std::uint64_t session = 0;
};

// A commit that is undone unless it is confirmed (RFC 6241 section 8.4).
struct ConfirmTerms {
    std::chrono::seconds within{600};
    // Who names it may confirm it from another session.
    std::string persist_id;
    // It is undone at the end of its session, too.
    bool ends_with_session = false;
};

struct CommitRequest {
    Author author;
    std::string comment;
    bool check_only = false;
    bool strict = false;  // a daemon that does not run is a refusal
    std::optional<ConfirmTerms> confirmed;
    // Which waiting commit it may confirm. The command line's operator may confirm any.
    std::string persist_id;
    bool confirms_any = false;
};

// How a commit ended.
struct CommitReport {
    enum class Result : std::uint8_t {
        refused,    // nothing was changed
        good,       // of a check
        unchanged,  // there was nothing to commit
        confirmed,  // nothing new, but the commit that waited is saved now
        committed,
    };
    Result result = Result::refused;
    std::uint64_t version = 0;          // of the commit that is in force now
    yang::Problems problems;            // of the document: why it was refused
    std::vector<std::string> refusals;  // of daemons, of the disk, of others' locks
    std::vector<std::string> notes;     // of daemons
    std::vector<std::string> took;      // names of the daemons that have it
    std::vector<std::string> down;      // of those that will take it when they run
    std::vector<std::string> behind;    // of those that failed to take it: it is sent again
    std::optional<ConfirmTerms> waits;  // it is undone unless it is confirmed
};

// What happened to the running configuration, for those who keep records or tell others.
struct CommitEvent {
    enum class Kind : std::uint8_t { committed, waiting, confirmed, undone, refused };
    Kind kind = Kind::committed;
    std::uint64_t version = 0;  // undone: of the commit that was taken back
    Author author;
    std::string comment;
    std::string reason;  // of a refusal or of taking back
    std::vector<datastore::Difference> differences;
    std::chrono::seconds within{};  // of a waiting one
};

// The one way in which the running configuration changes: validate, ask every daemon, save, push.
// The command line and NETCONF both call it; commits wait for each other, and nobody waits for a
// commit. What takes long, validating and
// writing to the disk, is done beside the loop.
class CommitEngine {
public:
    using CandidatePtr = std::shared_ptr<datastore::Candidate>;
    using Done = std::function<void(CommitReport)>;
    using Listener = std::function<void(const CommitEvent&)>;

    CommitEngine(Scheduler& scheduler, Background& background, datastore::Datastore& store,
                 ConfigPush& push);

    // Hands the running configuration to ConfigPush; takes up the time of a commit that waits.
    void start();

    // What the candidate changes, on top of what is running by now. `done` may come at once.
    // Without changes a commit confirms the one that waits.
    void commit(const CandidatePtr& candidate, CommitRequest request, Done done);
    // Takes the commit that waits back. The error says that there is none, or another's.
    void abort(const Author& author, const std::string& persist_id, bool any,
               std::function<void(Result<std::uint64_t>)> done);
    // Takes back what was not to outlive this session.
    void session_ended(std::uint64_t session);

    // The commit that waits: its terms, and the time that is left.
    [[nodiscard]] const std::optional<datastore::Unconfirmed>& waiting() const {
        return store_.unconfirmed();
    }
    [[nodiscard]] std::chrono::seconds time_left() const;

    void listen(Listener listener) { listeners_.push_back(std::move(listener)); }

private:
    struct Job;
    using JobPtr = std::shared_ptr<Job>;

    void enqueue(std::function<void()> step);
    void next();
    void validate(const JobPtr& job);
    void validated(const JobPtr& job);
    void without_changes(const JobPtr& job);
    void ask_daemons(const JobPtr& job);
    void asked(const JobPtr& job, const ConfigPush::Outcome& outcome);
    void save(const JobPtr& job);
    void write(const JobPtr& job, std::function<void()> then);
    void saved(const JobPtr& job);
    void push(const JobPtr& job);
    void finish(const JobPtr& job);
    void refuse(const JobPtr& job, std::string reason);
    void confirmed(const JobPtr& job);
    void undo(const Author& author, const std::string& why,
              const std::function<void(std::uint64_t)>& done);
    void undone(const Author& author, const std::string& why, const datastore::Save& save,
                std::vector<datastore::Difference> differences);
    [[nodiscard]] bool may_confirm(const Author& author, const std::string& persist_id,
                                   bool any) const;
    [[nodiscard]] datastore::Unconfirmed terms_of(const ConfirmTerms& terms, const Author& author,
                                                  std::uint64_t version) const;
    void arm_timer();
    void tell(const CommitEvent& event);
    // Lets go of it on the other thread: a large configuration takes its time to go.
    template <class T>
    void drop_elsewhere(std::shared_ptr<T> last) {
        background_.run([last = std::move(last)]() mutable { last.reset(); }, [] {});
    }

    Scheduler& scheduler_;
    Background& background_;
    datastore::Datastore& store_;
    ConfigPush& push_;
    std::vector<Listener> listeners_;
    std::deque<std::function<void()>> queue_;
    bool busy_ = false;
    Timer timer_;
    std::uint64_t session_of_waiting_ = 0;  // 0: it does not end with one
};

}  // namespace torii::mgmt

#pragma once

#include "mgmt/datastore/history.h"
#include "mgmt/datastore/image.h"
#include "mgmt/datastore/moment.h"
#include "mgmt/datastore/unconfirmed.h"
#include "mgmt/yang/edit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace torii::datastore {

// What is to become the running configuration, and what the history is to say about it.
struct Save {
    ImagePtr image;
    Commit commit;
    // Nothing: it is what the router starts with, and a commit that waited is confirmed by it.
    // Otherwise it is undone at the deadline, and the router still starts with what it did.
    std::optional<Unconfirmed> terms;
};

// The running configuration and those before it. What the router starts with is the file's; it is
// the running one too, unless a commit waits to be confirmed.
class Datastore {
public:
    // Reads and validates the file. A bad file does not leave the router empty: the newest commit
    // that is good is taken, and warnings() says so; without one it is an error. No file at all
    // reads as an empty configuration. A commit that waits to be confirmed is taken up again, or
    // dropped when its time is over or the machine was started meanwhile.
    static Result<Datastore> open(const yang::Schema& schema, const std::string& file,
                                  const Moment& moment = machine_moment());

    [[nodiscard]] const yang::Schema& schema() const { return *schema_; }
    [[nodiscard]] const Moment& moment() const { return *moment_; }
    [[nodiscard]] const yang::Configuration& running() const { return running_->configuration; }
    [[nodiscard]] const ImagePtr& image() const { return running_; }
    [[nodiscard]] std::uint64_t version() const { return version_; }
    [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
    [[nodiscard]] const std::string& state_folder() const { return history_.folder(); }
    // What may follow `before` in the running configuration.
    [[nodiscard]] std::vector<yang::Choice> choices(
        yang::Words before, yang::Nodes nodes = yang::Nodes::configuration) const;

    // --- history -------------------------------------------------------------------------------
    // Newest first; the first one that was not left out is the running one.
    [[nodiscard]] const std::vector<Commit>& commits() const { return history_.commits(); }
    // The number of a commit. `back`: 0 is the running configuration, 1 the one before it, ...
    [[nodiscard]] Result<std::uint64_t> commit_before(std::size_t back) const;
    // Its document, read from the disk: may run beside the loop. It may not be valid in this
    // release, but its names and values are.
    [[nodiscard]] Result<Document> document_of_commit(std::uint64_t commit) const;

    // --- commit --------------------------------------------------------------------------------
    [[nodiscard]] std::uint64_t next_version() const;
    // Writes it to the disk and nothing else: it may run beside the loop, as long as nothing else
    // is saved meanwhile. On failure nothing has changed.
    [[nodiscard]] Result<void> write(const Save& save) const;
    // Takes back, on the disk, the commit that waits. What cannot be written is only logged: the
    // commit is not to stay for that.
    void write_undo(const Save& save) const;
    // It was written: it is the running configuration now.
    void take(const Save& save);
    // What was written is remembered over a power failure, to the last entry of the history.
    void sync() const;

    [[nodiscard]] const std::optional<Unconfirmed>& unconfirmed() const { return unconfirmed_; }
    // What the router starts with.
    [[nodiscard]] const ImagePtr& startup() const { return startup_; }
    // The running configuration as it is to be saved when it is confirmed, or when `terms` change.
    [[nodiscard]] Save again(const std::optional<Unconfirmed>& terms) const;

private:
    Datastore(const yang::Schema& schema, History history, const Moment& moment)
        : schema_(&schema), moment_(&moment), history_(std::move(history)) {}
    Result<void> load();
    void start_with(ImagePtr image);
    Result<void> load_from_history(const std::string& reason);
    [[nodiscard]] bool note_change_by_hand();
    void take_up_unconfirmed(bool changed_by_hand);
    void note_at_start(const std::string& comment, std::size_t changes);
    [[nodiscard]] std::string unconfirmed_path() const;
    void forget_unconfirmed() const;
    [[nodiscard]] const Commit* newest_confirmed() const;

    const yang::Schema* schema_;
    const Moment* moment_;
    History history_;
    ImagePtr running_;
    ImagePtr startup_;
    std::uint64_t version_ = 0;
    std::optional<Unconfirmed> unconfirmed_;
    std::vector<std::string> warnings_;
};

}  // namespace torii::datastore

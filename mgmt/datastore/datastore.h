#pragma once

#include "mgmt/datastore/history.h"
#include "mgmt/yang/configuration.h"
#include "mgmt/yang/edit.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace torii::datastore {

// A line of a comparison: a set command that is only in the one or only in the other.
struct Difference {
    bool added = false;
    std::string line;  // "set bgp as 65000"

    friend bool operator==(const Difference&, const Difference&) = default;
};

// The running configuration, which is the file's, and the candidate, which all sessions share.
class Datastore {
public:
    // Reads and validates the file. A bad file does not leave the router empty: the newest commit
    // that is good is taken, and warnings() says so; without one it is an error. No file at all
    // reads as an empty configuration.
    static Result<Datastore> open(const yang::Schema& schema, const std::string& file);

    [[nodiscard]] const yang::Configuration& running() const { return *running_; }
    [[nodiscard]] std::uint64_t version() const { return version_; }
    [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
    [[nodiscard]] const std::vector<Commit>& commits() const { return history_.commits(); }

    // --- candidate -----------------------------------------------------------------------------
    Result<void, yang::Problem> set(yang::Words words);
    Result<void, yang::Problem> remove(yang::Words words);
    [[nodiscard]] std::vector<yang::Choice> choices(yang::Words before) const;
    void discard();
    // `back`: 0 is the running configuration, 1 the one before it, ...
    Result<void> rollback(std::size_t back);
    [[nodiscard]] yang::Configuration candidate() const;
    [[nodiscard]] bool changed() const { return changed_; }
    // From the running configuration to the candidate, or from `back` commits ago to the candidate.
    [[nodiscard]] std::vector<Difference> differences() const;
    [[nodiscard]] Result<std::vector<Difference>> differences_since(std::size_t back) const;

    // --- commit --------------------------------------------------------------------------------
    // The candidate as a whole, validated, with all that is wrong with it.
    [[nodiscard]] Result<yang::Configuration, yang::Problems> validated() const;
    [[nodiscard]] std::uint64_t next_version() const;
    // Saves `configuration`, which becomes the running one. On failure nothing has changed.
    Result<void> accept(yang::Configuration configuration, std::uint64_t version,
                        std::int64_t unix_seconds, const std::string& comment);

private:
    Datastore(const yang::Schema& schema, History history)
        : schema_(&schema), history_(std::move(history)) {}
    Result<void> load();
    Result<void> load_from_history(const std::string& reason);
    Result<void> note_change_by_hand();
    [[nodiscard]] Result<yang::Configuration> earlier(std::size_t back) const;

    const yang::Schema* schema_;
    History history_;
    std::unique_ptr<yang::Configuration> running_;
    std::uint64_t version_ = 0;
    boost::json::object candidate_;
    bool changed_ = false;
    std::vector<std::string> warnings_;
};

[[nodiscard]] std::vector<Difference> compare(const yang::Configuration& from,
                                              const yang::Configuration& to);

}  // namespace torii::datastore

#pragma once

#include "platform/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace torii::datastore {

// One commit as it is remembered.
struct Commit {
    std::uint64_t id = 0;  // counts up, is never used again
    std::int64_t unix_seconds = 0;
    std::string user;
    std::string through;  // cli, netconf; timer: was not confirmed; boot: found at the start
    std::string comment;
    std::uint64_t changes = 0;  // lines that came or went
    bool confirmed = true;      // false: is undone unless somebody confirms it
};

// The configuration file and its earlier versions in FILE.history/. What was saved survives a power
// failure; a save that fails (disk full, no rights) leaves everything as it was.
class History {
public:
    static Result<History> open(const std::string& file);
    // How many commits are kept, from the next one that is added on.
    void keep(std::size_t commits) { kept_ = commits; }

    // The file's document, brought to this release; nothing when there is no file.
    [[nodiscard]] Result<std::optional<std::string>> startup() const;
    // Newest first.
    [[nodiscard]] const std::vector<Commit>& commits() const { return commits_; }
    // The document of a commit, brought to this release.
    [[nodiscard]] Result<std::string> document(std::uint64_t id) const;

    // Writes `document` to the file and beside it as `commit`. The moment from which on it counts
    // is the file's. Only files change: add() tells the history of it.
    [[nodiscard]] Result<void> save(const std::string& document, const Commit& commit) const;
    // The same without writing the file.
    [[nodiscard]] Result<void> remember(const std::string& document, const Commit& commit) const;
    // `commit` was written, in place of an earlier one of its id.
    void add(const Commit& commit);
    // The file is of no use: the next save leaves it as FILE.rejected.
    void keep_rejected() { rejected_ = true; }

    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] const std::string& folder() const { return folder_; }

private:
    explicit History(std::string file);
    [[nodiscard]] std::string path_of(std::uint64_t id) const;
    void finish_saves();
    Result<void> read_commits();

    std::string file_;
    std::string folder_;
    std::size_t kept_ = 50;
    std::vector<Commit> commits_;
    bool rejected_ = false;
};

}  // namespace torii::datastore

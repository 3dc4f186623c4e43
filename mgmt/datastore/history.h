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
    std::string through;  // shell, or start: the file was changed by hand
    std::string comment;
    std::uint64_t changes = 0;  // lines that came or went
};

// The configuration file and its earlier versions in FILE.history/. What was saved survives a power
// failure; a save that fails (disk full, no rights) leaves everything as it was.
class History {
public:
    static Result<History> open(const std::string& file, std::size_t kept);

    // The file's text; nothing when there is no file.
    [[nodiscard]] Result<std::optional<std::string>> running() const;
    // Newest first.
    [[nodiscard]] const std::vector<Commit>& commits() const { return commits_; }
    // The document of a commit.
    [[nodiscard]] Result<std::string> document(std::uint64_t id) const;

    // Writes `document` to the file and remembers it as `commit`.
    Result<void> save(const std::string& document, const Commit& commit);
    // Remembers `document` without writing the file: it was there before us.
    Result<void> remember(const std::string& document, const Commit& commit);

    [[nodiscard]] const std::string& file() const { return file_; }

private:
    History(std::string file, std::size_t kept);
    [[nodiscard]] std::string path_of(std::uint64_t id) const;
    Result<void> read_commits();
    void added(const Commit& commit);

    std::string file_;
    std::string folder_;
    std::size_t kept_;
    std::vector<Commit> commits_;
};

}  // namespace torii::datastore

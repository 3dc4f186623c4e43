#include "mgmt/datastore/history.h"

#include "mgmt/datastore/json_fields.h"
#include "mgmt/datastore/migration.h"
#include "platform/base/durable_file.h"
#include "platform/base/log.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

namespace torii::datastore {
namespace {

namespace json = boost::json;
constexpr Log kLog("datastore");

// An entry is one file: what is known about the commit, and its document as stored text.
std::string entry_text(const std::string& document, const Commit& commit) {
    const json::object entry{{"id", commit.id},
                             {"unix-seconds", commit.unix_seconds},
                             {"user", commit.user},
                             {"through", commit.through},
                             {"comment", commit.comment},
                             {"changes", commit.changes},
                             {"confirmed", commit.confirmed},
                             {"document", stored_text(document)}};
    return json::serialize(entry) + "\n";
}

Commit commit_in(const json::object& entry, std::uint64_t id) {
    return {id, field<std::int64_t>(entry, "unix-seconds"), field<std::string>(entry, "user"),
            field<std::string>(entry, "through"), field<std::string>(entry, "comment"),
            field<std::uint64_t>(entry, "changes"),
            // Earlier releases knew no others.
            !entry.contains("confirmed") || field<bool>(entry, "confirmed")};
}

std::optional<json::object> read_entry(const std::string& path) {
    const auto text = read_text(path);
    return text && *text ? parse_object(**text) : std::nullopt;
}

std::uint64_t id_of(const std::filesystem::path& path) {
    const std::string stem = path.stem();
    std::uint64_t id = 0;
    std::from_chars(stem.data(), stem.data() + stem.size(), id);
    return path.extension() == ".json" ? id : 0;
}

}  // namespace

History::History(std::string file) : file_(std::move(file)), folder_(file_ + ".history") {}

Result<History> History::open(const std::string& file) {
    History history(file);
    std::error_code error;
    std::filesystem::create_directories(history.folder_, error);
    if (error) return fail("cannot make {}: {}", history.folder_, error.message());
    history.finish_saves();
    if (auto done = history.read_commits(); !done) return unexpected(done.error());
    return history;
}

// A save that was cut off after the file had the new text still has its entry to put in place. One
// that was cut off before leaves nothing.
void History::finish_saves() {
    std::vector<std::filesystem::path> partials;
    std::error_code error;
    for (const auto& found : std::filesystem::directory_iterator(folder_, error)) {
        if (found.path().extension() == ".partial") partials.push_back(found.path());
    }
    std::filesystem::remove(file_ + ".partial", error);
    if (partials.empty()) return;
    const auto text = read_text(file_);
    const auto saved = text && *text ? parse_object(**text) : std::nullopt;
    for (std::filesystem::path partial : partials) {
        const auto entry = read_entry(partial);
        const auto document =
            entry ? parse_object(field<std::string>(*entry, "document")) : std::nullopt;
        if (saved && document && *saved == *document && field<bool>(*entry, "confirmed")) {
            std::filesystem::path whole = partial;
            std::filesystem::rename(partial, whole.replace_extension(), error);
        } else {
            std::filesystem::remove(partial, error);
        }
    }
}

Result<void> History::read_commits() {
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(folder_, error)) {
        const std::uint64_t id = id_of(file.path());
        if (id == 0) continue;
        const auto entry = read_entry(file.path());
        if (!entry) {
            // The id counts all the same: it must not be given again.
            kLog.warning("history entry={} cannot be read and is left out", file.path().string());
            commits_.push_back({id, 0, "", "unreadable", "", 0, false});
            continue;
        }
        commits_.push_back(commit_in(*entry, id));
    }
    if (error) return fail("cannot read {}: {}", folder_, error.message());
    std::ranges::sort(commits_, std::ranges::greater(), &Commit::id);
    return {};
}

std::string History::path_of(std::uint64_t id) const {
    return fmt::format("{}/{:08}.json", folder_, id);
}

Result<std::optional<std::string>> History::startup() const {
    const auto text = read_text(file_);
    if (!text || !*text) return text;
    auto document = document_of(**text);
    if (!document) return fail("{} {}", file_, document.error().message);
    return std::optional(std::move(*document));
}

Result<std::string> History::document(std::uint64_t id) const {
    const auto entry = read_entry(path_of(id));
    if (!entry) return fail("commit {} cannot be read from {}", id, path_of(id));
    auto document = document_of(field<std::string>(*entry, "document"));
    if (!document) return fail("commit {} {}", id, document.error().message);
    return document;
}

Result<void> History::save(const std::string& document, const Commit& commit) const {
    // Both texts are on the disk before either is in its place: a full disk is found here.
    auto entry = DurableFile::write(path_of(commit.id), entry_text(document, commit));
    if (!entry) return unexpected(entry.error());
    auto file = DurableFile::write(file_, stored_text(document));
    if (!file) return unexpected(file.error());
    if (rejected_) {
        std::error_code ignored;
        std::filesystem::remove(file_ + ".rejected", ignored);
        std::filesystem::create_hard_link(file_, file_ + ".rejected", ignored);
    }
    if (auto done = file->publish(); !done) return done;
    // sync() follows; until then finish_saves() could still do it.
    if (auto done = entry->publish(false); !done) {
        // The commit itself is saved; only the way back to it would be missing.
        kLog.error("history commit={} error=\"{}\"", commit.id, done.error().message);
    }
    return {};
}

Result<void> History::remember(const std::string& document, const Commit& commit) const {
    auto entry = DurableFile::write(path_of(commit.id), entry_text(document, commit));
    if (!entry) return unexpected(entry.error());
    return entry->publish();
}

void History::add(const Commit& commit) {
    if (commit.confirmed) rejected_ = false;
    const auto same = std::ranges::find(commits_, commit.id, &Commit::id);
    if (same != commits_.end()) {
        *same = commit;
        return;
    }
    commits_.insert(commits_.begin(), commit);
    while (commits_.size() > kept_) {
        std::error_code ignored;
        std::filesystem::remove(path_of(commits_.back().id), ignored);
        commits_.pop_back();
    }
}

}  // namespace torii::datastore

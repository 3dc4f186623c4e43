#include "mgmt/datastore/history.h"

#include "mgmt/datastore/durable_file.h"
#include "platform/base/log.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

namespace torii::datastore {
namespace {

namespace json = boost::json;
constexpr Log kLog("datastore");

// An entry is one file: what is known about the commit, and its document as text.
std::string entry_text(const std::string& document, const Commit& commit) {
    const json::object entry{{"id", commit.id},           {"unix-seconds", commit.unix_seconds},
                             {"through", commit.through}, {"comment", commit.comment},
                             {"changes", commit.changes}, {"document", document}};
    return json::serialize(entry) + "\n";
}

std::optional<json::object> parse_entry(const std::string& text) {
    json::error_code error;
    json::value value = json::parse(text, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

template <class T>
T field(const json::object& entry, const char* name) {
    const json::value* value = entry.if_contains(name);
    auto converted = value != nullptr ? json::try_value_to<T>(*value) : json::result<T>(T{});
    return converted ? *converted : T{};
}

std::uint64_t id_of(const std::filesystem::path& path) {
    const std::string stem = path.stem();
    std::uint64_t id = 0;
    std::from_chars(stem.data(), stem.data() + stem.size(), id);
    return path.extension() == ".json" ? id : 0;
}

}  // namespace

History::History(std::string file, std::size_t kept)
    : file_(std::move(file)), folder_(file_ + ".history"), kept_(kept) {}

Result<History> History::open(const std::string& file, std::size_t kept) {
    History history(file, kept);
    std::error_code error;
    std::filesystem::create_directories(history.folder_, error);
    if (error) return fail("cannot make {}: {}", history.folder_, error.message());
    if (auto done = history.read_commits(); !done) return unexpected(done.error());
    return history;
}

Result<void> History::read_commits() {
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(folder_, error)) {
        const std::uint64_t id = id_of(file.path());
        if (id == 0) continue;
        const auto text = read_text(file.path());
        const auto entry = text && *text ? parse_entry(**text) : std::nullopt;
        if (!entry) {
            // The id counts all the same: it must not be given again.
            kLog.warning("history entry={} cannot be read and is left out", file.path().string());
            commits_.push_back({id, 0, "unreadable", "", 0});
            continue;
        }
        commits_.push_back(
            {id, field<std::int64_t>(*entry, "unix-seconds"), field<std::string>(*entry, "through"),
             field<std::string>(*entry, "comment"), field<std::uint64_t>(*entry, "changes")});
    }
    if (error) return fail("cannot read {}: {}", folder_, error.message());
    std::ranges::sort(commits_, std::ranges::greater(), &Commit::id);
    return {};
}

std::string History::path_of(std::uint64_t id) const {
    return fmt::format("{}/{:08}.json", folder_, id);
}

Result<std::optional<std::string>> History::running() const {
    return read_text(file_);
}

Result<std::string> History::document(std::uint64_t id) const {
    const auto text = read_text(path_of(id));
    if (!text) return unexpected(text.error());
    const auto entry = *text ? parse_entry(**text) : std::nullopt;
    if (!entry) return fail("commit {} cannot be read from {}", id, path_of(id));
    return field<std::string>(*entry, "document");
}

Result<void> History::save(const std::string& document, const Commit& commit) {
    // Both texts are on the disk before either is in its place: a full disk is found here.
    auto entry = DurableFile::write(path_of(commit.id), entry_text(document, commit));
    if (!entry) return unexpected(entry.error());
    auto running = DurableFile::write(file_, document);
    if (!running) return unexpected(running.error());
    if (auto done = running->publish(); !done) return done;
    if (auto done = entry->publish(); !done) {
        // The commit itself is saved; only the way back to it would be missing.
        kLog.error("history commit={} error=\"{}\"", commit.id, done.error().message);
    }
    added(commit);
    return {};
}

Result<void> History::remember(const std::string& document, const Commit& commit) {
    auto entry = DurableFile::write(path_of(commit.id), entry_text(document, commit));
    if (!entry) return unexpected(entry.error());
    if (auto done = entry->publish(); !done) return done;
    added(commit);
    return {};
}

void History::added(const Commit& commit) {
    commits_.insert(commits_.begin(), commit);
    while (commits_.size() > kept_) {
        std::error_code ignored;
        std::filesystem::remove(path_of(commits_.back().id), ignored);
        commits_.pop_back();
    }
}

}  // namespace torii::datastore

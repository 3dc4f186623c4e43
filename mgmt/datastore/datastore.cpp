#include "mgmt/datastore/datastore.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace torii::datastore {
namespace {

namespace json = boost::json;

// Commits that can be returned to.
constexpr std::size_t kCommitsKept = 50;

std::int64_t unix_now() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string sentences(const yang::Problems& problems) {
    std::vector<std::string> lines;
    for (const yang::Problem& problem : problems) lines.push_back(problem.text());
    return fmt::format("{}", fmt::join(lines, "; "));
}

// Only for text that was validated.
json::object object_of(const std::string& text) {
    return json::parse(text).as_object();
}

}  // namespace

std::vector<Difference> compare(const yang::Configuration& from, const yang::Configuration& to) {
    // Compared as they are, told without their secrets: line by line the same places.
    const auto before = from.set_commands();
    const auto after = to.set_commands();
    const auto shown_before = from.redacted().set_commands();
    const auto shown_after = to.redacted().set_commands();
    const std::set<std::string_view> old_lines(before.begin(), before.end());
    const std::set<std::string_view> new_lines(after.begin(), after.end());
    std::vector<Difference> out;
    for (std::size_t index = 0; index < before.size(); ++index) {
        if (!new_lines.contains(before[index])) out.push_back({false, shown_before[index]});
    }
    for (std::size_t index = 0; index < after.size(); ++index) {
        if (!old_lines.contains(after[index])) out.push_back({true, shown_after[index]});
    }
    return out;
}

Result<Datastore> Datastore::open(const yang::Schema& schema, const std::string& file) {
    auto history = History::open(file, kCommitsKept);
    if (!history) return unexpected(history.error());
    Datastore store(schema, std::move(*history));
    if (auto done = store.load(); !done) return unexpected(done.error());
    store.discard();
    return store;
}

Result<void> Datastore::load() {
    const auto text = history_.running();
    if (!text) return load_from_history(text.error().message);
    if (!*text && !history_.commits().empty()) {
        return load_from_history(fmt::format("{} is gone", history_.file()));
    }
    auto parsed = yang::Configuration::parse(*schema_, text->value_or("{}"));
    if (!parsed) {
        return load_from_history(fmt::format("{}: {}", history_.file(), sentences(parsed.error())));
    }
    running_ = std::make_unique<yang::Configuration>(std::move(*parsed));
    return note_change_by_hand();
}

Result<void> Datastore::load_from_history(const std::string& reason) {
    for (const Commit& commit : history_.commits()) {
        const auto text = history_.document(commit.id);
        if (!text) continue;
        auto parsed = yang::Configuration::parse(*schema_, *text);
        if (!parsed) continue;
        warnings_.push_back(
            fmt::format("{}: commit {} is used instead; the next commit replaces "
                        "the file",
                        reason, commit.id));
        running_ = std::make_unique<yang::Configuration>(std::move(*parsed));
        version_ = commit.id;
        return {};
    }
    return fail("{}; correct the file, then start again", reason);
}

Result<void> Datastore::note_change_by_hand() {
    const auto& commits = history_.commits();
    std::size_t changes = running_->set_commands().size();
    if (!commits.empty()) {
        const auto newest = history_.document(commits.front().id);
        const auto before = newest ? yang::Configuration::draft(*schema_, *newest)
                                   : yang::Configuration::draft(*schema_, "{}");
        if (newest && before) {
            changes = compare(*before, *running_).size();
            if (changes == 0 && before->json() == running_->json()) {
                version_ = commits.front().id;
                return {};
            }
        }
    }
    version_ = next_version();
    const Commit commit{version_, unix_now(), "start", "", changes};
    if (auto done = history_.remember(running_->json(), commit); !done) {
        // The router runs all the same; only the way back to this configuration is missing.
        warnings_.push_back(done.error().message);
    }
    return {};
}

Result<void, yang::Problem> Datastore::set(yang::Words words) {
    auto done = yang::set_words(*schema_, candidate_, words);
    if (done) changed_ = true;
    return done;
}

Result<void, yang::Problem> Datastore::remove(yang::Words words) {
    auto done = yang::delete_words(*schema_, candidate_, words);
    if (done) changed_ = true;
    return done;
}

std::vector<yang::Choice> Datastore::choices(yang::Words before) const {
    return yang::choices(*schema_, candidate_, before);
}

void Datastore::discard() {
    candidate_ = object_of(running_->json());
    changed_ = false;
}

yang::Configuration Datastore::candidate() const {
    // Every edit was checked, so a draft of the candidate can always be read.
    return *yang::Configuration::draft(*schema_, json::serialize(candidate_));
}

Result<yang::Configuration> Datastore::earlier(std::size_t back) const {
    const auto& commits = history_.commits();
    const auto current = std::ranges::find(commits, version_, &Commit::id);
    const auto ago = static_cast<std::size_t>(commits.end() - current);
    if (back >= ago) {
        return fail("there is no commit {} before this one: show history lists {}", back,
                    ago == 0 ? "none" : fmt::format("0 to {}", ago - 1));
    }
    const Commit& commit = *(current + static_cast<std::ptrdiff_t>(back));
    const auto text = history_.document(commit.id);
    if (!text) return unexpected(text.error());
    auto parsed = yang::Configuration::draft(*schema_, *text);
    if (!parsed) {
        return fail("commit {} does not fit this release: {}", commit.id,
                    sentences(parsed.error()));
    }
    return std::move(*parsed);
}

Result<void> Datastore::rollback(std::size_t back) {
    if (back == 0) {
        discard();
        return {};
    }
    const auto found = earlier(back);
    if (!found) return unexpected(found.error());
    candidate_ = object_of(found->json());
    changed_ = true;
    return {};
}

std::vector<Difference> Datastore::differences() const {
    return compare(*running_, candidate());
}

Result<std::vector<Difference>> Datastore::differences_since(std::size_t back) const {
    if (back == 0) return differences();
    const auto found = earlier(back);
    if (!found) return unexpected(found.error());
    return compare(*found, candidate());
}

Result<yang::Configuration, yang::Problems> Datastore::validated() const {
    return yang::Configuration::parse(*schema_, json::serialize(candidate_));
}

std::uint64_t Datastore::next_version() const {
    const auto& commits = history_.commits();
    return std::max(version_, commits.empty() ? 0 : commits.front().id) + 1;
}

Result<void> Datastore::accept(yang::Configuration configuration, std::uint64_t version,
                               std::int64_t unix_seconds, const std::string& comment) {
    const std::size_t changes = compare(*running_, configuration).size();
    const Commit commit{version, unix_seconds, "shell", comment, changes};
    if (auto done = history_.save(configuration.json(), commit); !done) return done;
    running_ = std::make_unique<yang::Configuration>(std::move(configuration));
    version_ = version;
    changed_ = !differences().empty();
    return {};
}

}  // namespace torii::datastore

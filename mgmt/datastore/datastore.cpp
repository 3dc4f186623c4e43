#include "mgmt/datastore/datastore.h"

#include "mgmt/datastore/durable_file.h"
#include "platform/base/log.h"

#include <algorithm>
#include <utility>

namespace torii::datastore {
namespace {

constexpr Log kLog("datastore");

}  // namespace

std::vector<yang::Choice> Datastore::choices(yang::Words before) const {
    return yang::choices(*schema_, *running_->document, before);
}

Result<yang::Configuration> Datastore::earlier(std::size_t back) const {
    const auto& commits = history_.commits();
    const auto current = std::ranges::find(commits, version_, &Commit::id);
    const auto ago = static_cast<std::size_t>(commits.end() - current);
    if (back >= ago) {
        return fail("there is no commit {} before this one: show system commit lists {}", back,
                    ago == 0 ? "none" : fmt::format("0 to {}", ago - 1));
    }
    const Commit& commit = *(current + static_cast<std::ptrdiff_t>(back));
    const auto text = history_.document(commit.id);
    if (!text) return unexpected(text.error());
    auto parsed = yang::Configuration::draft(*schema_, *text);
    if (!parsed) {
        return fail("commit {} does not fit this release: {}", commit.id,
                    parsed.error().front().text());
    }
    return std::move(*parsed);
}

std::uint64_t Datastore::next_version() const {
    const auto& commits = history_.commits();
    return std::max(version_, commits.empty() ? 0 : commits.front().id) + 1;
}

Result<void> Datastore::accept(ImagePtr image, const Commit& commit) {
    if (auto done = history_.save(image->json, commit); !done) return done;
    startup_ = image;
    running_ = std::move(image);
    version_ = commit.id;
    forget_unconfirmed();
    return {};
}

Result<void> Datastore::accept_unconfirmed(ImagePtr image, Commit commit,
                                           const Unconfirmed& terms) {
    commit.confirmed = false;
    // Both texts are on the disk before either is in its place. The note's is the one that counts.
    auto note = write_unconfirmed(unconfirmed_path(), terms);
    if (!note) return unexpected(note.error());
    if (auto done = history_.remember(image->json, commit); !done) return done;
    if (auto done = note->publish(); !done) return done;
    running_ = std::move(image);
    version_ = commit.id;
    unconfirmed_ = terms;
    return {};
}

Result<void> Datastore::extend(const Unconfirmed& terms) {
    auto note = write_unconfirmed(unconfirmed_path(), terms);
    if (!note) return unexpected(note.error());
    if (auto done = note->publish(); !done) return done;
    unconfirmed_ = terms;
    return {};
}

Result<void> Datastore::confirm() {
    const auto& commits = history_.commits();
    const auto found = std::ranges::find(commits, version_, &Commit::id);
    if (!unconfirmed_ || found == commits.end()) return fail("no commit waits to be confirmed");
    Commit commit = *found;
    commit.confirmed = true;
    // The entry stays where it is while the file is written; then it says that it is confirmed.
    if (auto done = history_.save(running_->json, commit); !done) return done;
    startup_ = running_;
    forget_unconfirmed();
    return {};
}

void Datastore::undo(const Commit& commit) {
    forget_unconfirmed();
    running_ = startup_;
    version_ = commit.id;
    if (auto done = history_.remember(running_->json, commit); !done) {
        kLog.error("history commit={} error=\"{}\"", commit.id, done.error().message);
    }
}

std::string Datastore::unconfirmed_path() const {
    return history_.folder() + "/unconfirmed.json";
}

void Datastore::forget_unconfirmed() {
    unconfirmed_.reset();
    if (auto done = remove_file(unconfirmed_path()); !done) {
        // Its deadline or the next start ends it.
        kLog.error("{}", done.error().message);
    }
}

}  // namespace torii::datastore

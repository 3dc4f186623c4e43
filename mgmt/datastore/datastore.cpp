#include "mgmt/datastore/datastore.h"

#include "platform/base/durable_file.h"
#include "platform/base/log.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <utility>

namespace torii::datastore {
namespace {

constexpr Log kLog("datastore");

}  // namespace

std::vector<yang::Choice> Datastore::choices(yang::Words before, yang::Nodes nodes) const {
    return yang::choices(*schema_, *running_->document, before, nodes);
}

Result<std::uint64_t> Datastore::commit_before(std::size_t back) const {
    const auto& commits = history_.commits();
    const auto current = std::ranges::find(commits, version_, &Commit::id);
    const auto ago = static_cast<std::size_t>(commits.end() - current);
    if (back >= ago) {
        return fail("there is no commit {} before this one: show system commit lists {}", back,
                    ago == 0 ? "none" : fmt::format("0 to {}", ago - 1));
    }
    return (current + static_cast<std::ptrdiff_t>(back))->id;
}

Result<Document> Datastore::document_of_commit(std::uint64_t commit) const {
    const auto text = history_.document(commit);
    if (!text) return unexpected(text.error());
    const auto parsed = yang::Configuration::draft(*schema_, *text);
    if (!parsed) {
        return fail("commit {} does not fit this release: {}", commit,
                    parsed.error().front().text());
    }
    return std::make_shared<const boost::json::object>(
        boost::json::parse(parsed->json()).as_object());
}

std::uint64_t Datastore::next_version() const {
    const auto& commits = history_.commits();
    return std::max(version_, commits.empty() ? 0 : commits.front().id) + 1;
}

Result<void> Datastore::write(const Save& save) const {
    if (!save.terms) {
        if (auto done = history_.save(save.image->json, save.commit); !done) return done;
        forget_unconfirmed();
        return {};
    }
    // Both texts are on the disk before either is in its place. The note's is the one that counts.
    auto note = write_unconfirmed(unconfirmed_path(), *save.terms);
    if (!note) return unexpected(note.error());
    if (auto done = history_.remember(save.image->json, save.commit); !done) return done;
    return note->publish();
}

void Datastore::write_undo(const Save& save) const {
    forget_unconfirmed();
    if (auto done = history_.remember(save.image->json, save.commit); !done) {
        kLog.error("history commit={} error=\"{}\"", save.commit.id, done.error().message);
    }
}

void Datastore::take(const Save& save) {
    history_.keep(save.image->typed.management.commit.history);
    history_.add(save.commit);
    running_ = save.image;
    version_ = save.commit.id;
    unconfirmed_ = save.terms;
    if (!save.terms) startup_ = running_;
}

void Datastore::sync() const {
    if (auto done = sync_folder(history_.folder()); !done) kLog.error("{}", done.error().message);
}

Save Datastore::again(const std::optional<Unconfirmed>& terms) const {
    const auto& commits = history_.commits();
    const auto found = std::ranges::find(commits, version_, &Commit::id);
    Save out{running_, found != commits.end() ? *found : Commit{}, terms};
    out.commit.id = version_;
    out.commit.confirmed = !terms;
    return out;
}

std::string Datastore::unconfirmed_path() const {
    return history_.folder() + "/unconfirmed.json";
}

void Datastore::forget_unconfirmed() const {
    if (auto done = remove_file(unconfirmed_path()); !done) {
        // Its deadline or the next start ends it.
        kLog.error("{}", done.error().message);
    }
}

}  // namespace torii::datastore

#include "mgmt/datastore/datastore.h"
#include "mgmt/datastore/json_fields.h"
#include "platform/base/log.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace torii::datastore {
namespace {

constexpr Log kLog("datastore");

std::string sentences(const yang::Problems& problems) {
    std::vector<std::string> lines;
    for (const yang::Problem& problem : problems) lines.push_back(problem.text());
    return fmt::format("{}", fmt::join(lines, "; "));
}

ImagePtr image_of(yang::Configuration configuration) {
    return std::make_shared<const Image>(std::move(configuration));
}

}  // namespace

Result<Datastore> Datastore::open(const yang::Schema& schema, const std::string& file,
                                  const Moment& moment) {
    auto history = History::open(file);
    if (!history) return unexpected(history.error());
    Datastore store(schema, std::move(*history), moment);
    if (auto done = store.load(); !done) return unexpected(done.error());
    return store;
}

Result<void> Datastore::load() {
    const auto text = history_.startup();
    if (!text) return load_from_history(text.error().message);
    if (!*text && newest_confirmed() != nullptr) {
        return load_from_history(fmt::format("{} is gone", history_.file()));
    }
    auto parsed = yang::Configuration::parse(*schema_, text->value_or("{}"));
    if (!parsed) {
        return load_from_history(fmt::format("{}: {}", history_.file(), sentences(parsed.error())));
    }
    start_with(image_of(std::move(*parsed)));
    take_up_unconfirmed(note_change_by_hand());
    return {};
}

void Datastore::start_with(ImagePtr image) {
    history_.keep(image->typed.management.commit.history);
    startup_ = running_ = std::move(image);
}

Result<void> Datastore::load_from_history(const std::string& reason) {
    history_.keep_rejected();
    for (const Commit& commit : history_.commits()) {
        if (!commit.confirmed) continue;
        const auto text = history_.document(commit.id);
        if (!text) continue;
        auto parsed = yang::Configuration::parse(*schema_, *text);
        if (!parsed) continue;
        warnings_.push_back(
            fmt::format("{}: commit {} is used instead; the next commit replaces "
                        "the file",
                        reason, commit.id));
        start_with(image_of(std::move(*parsed)));
        version_ = commit.id;
        take_up_unconfirmed(false);
        return {};
    }
    return fail("{}; correct the file, then start again", reason);
}

const Commit* Datastore::newest_confirmed() const {
    const auto found = std::ranges::find(history_.commits(), true, &Commit::confirmed);
    return found == history_.commits().end() ? nullptr : &*found;
}

bool Datastore::note_change_by_hand() {
    std::size_t changes = running_->lines.shown().size();
    if (const Commit* newest = newest_confirmed()) {
        const auto text = history_.document(newest->id);
        const auto before = yang::Configuration::draft(*schema_, text.value_or("{}"));
        if (text && before) {
            changes = Lines(*before).differences_to(running_->lines).size();
            if (changes == 0 && before->json() == running_->json) {
                version_ = newest->id;
                return false;
            }
        }
    }
    note_at_start("", changes);
    return true;
}

// The router runs all the same when this cannot be written; only the way back is missing.
void Datastore::note_at_start(const std::string& comment, std::size_t changes) {
    version_ = next_version();
    const Commit commit{version_, moment_->unix_seconds(), "boot", "boot", comment, changes, true};
    if (auto done = history_.remember(running_->json, commit); !done) {
        warnings_.push_back(done.error().message);
        return;
    }
    history_.add(commit);
}

void Datastore::take_up_unconfirmed(bool changed_by_hand) {
    const auto waiting = read_unconfirmed(unconfirmed_path());
    const bool newer = waiting && waiting->commit > version_ && !changed_by_hand;
    // A session that ended with the process that served it has ended.
    const bool good = newer && !waiting->ends_with_session &&
                      waiting->boot_id == moment_->boot_id() &&
                      moment_->since_boot() < waiting->deadline;
    if (good) {
        const auto text = history_.document(waiting->commit);
        auto parsed = text ? yang::Configuration::parse(*schema_, *text)
                           : unexpected(yang::Problems{{"", text.error().message}});
        if (parsed) {
            running_ = image_of(std::move(*parsed));
            version_ = waiting->commit;
            unconfirmed_ = waiting;
            return;
        }
        warnings_.push_back(fmt::format("commit {} that waited to be confirmed is lost: {}",
                                        waiting->commit, sentences(parsed.error())));
    }
    forget_unconfirmed();
    const auto& commits = history_.commits();
    if (changed_by_hand || commits.empty() || commits.front().confirmed) return;
    const Commit dropped = commits.front();
    const auto text = history_.document(dropped.id);
    const auto before = yang::Configuration::draft(*schema_, text.value_or("{}"));
    note_at_start(fmt::format("commit {} was not confirmed", dropped.id),
                  before ? Lines(*before).differences_to(running_->lines).size() : 0);
}

}  // namespace torii::datastore

#include "mgmt/server/commit_engine.h"

#include "mgmt/yang/difference.h"
#include "mgmt/yang/merge.h"

#include <algorithm>
#include <utility>

namespace torii::mgmt {
namespace {

using datastore::Document;
using datastore::ImagePtr;
using Outcome = CommitReport::Result;
using Kind = CommitEvent::Kind;

// Where two have the same lines, those that stand elsewhere in a list whose order has a meaning.
std::vector<datastore::Difference> other_order(const yang::Schema& schema,
                                               const datastore::Image& from,
                                               const datastore::Image& to) {
    constexpr std::string_view kDelete = "delete ";
    std::vector<datastore::Difference> out;
    for (const auto& command : yang::difference(schema, *from.document, *to.document).commands) {
        const bool added = !command.starts_with(kDelete);
        out.push_back({added, added ? command : "set " + command.substr(kDelete.size())});
    }
    return out;
}

}  // namespace

// One commit on its way.
struct CommitEngine::Job {
    CandidatePtr candidate;
    CommitRequest request;
    Done done;
    // What it works on: later edits of the candidate are for a later commit.
    Document document;
    Document base;
    ImagePtr before;
    // What validation makes of it.
    ImagePtr image;
    std::vector<datastore::Difference> differences;
    // What is written, and whether it could be.
    datastore::Save save;
    Result<void> written;
    CommitReport report;
};

CommitEngine::CommitEngine(Scheduler& scheduler, Background& background,
                           datastore::Datastore& store, ConfigPush& push)
    : scheduler_(scheduler), background_(background), store_(store), push_(push) {}

void CommitEngine::start() {
    push_.set_running(store_.version(), {store_.image(), &store_.image()->typed});
    arm_timer();
}

void CommitEngine::commit(const CandidatePtr& candidate, CommitRequest request, Done done) {
    auto job = std::make_shared<Job>();
    job->candidate = candidate;
    job->request = std::move(request);
    job->done = std::move(done);
    job->document = candidate->document();
    job->base = candidate->base();
    enqueue([this, job] { validate(job); });
}

void CommitEngine::enqueue(std::function<void()> step) {
    queue_.push_back(std::move(step));
    if (!busy_) next();
}

void CommitEngine::next() {
    busy_ = !queue_.empty();
    if (!busy_) return;
    const auto step = std::move(queue_.front());
    queue_.pop_front();
    step();
}

void CommitEngine::validate(const JobPtr& job) {
    const CommitRequest& request = job->request;
    if (waiting() && !request.check_only &&
        !may_confirm(request.author, request.persist_id, request.confirms_any)) {
        return refuse(job, fmt::format("commit {} by {} waits to be confirmed: it has to be "
                                       "confirmed or aborted first",
                                       waiting()->commit, waiting()->user));
    }
    job->before = store_.image();
    background_.run(
        [job, schema = &store_.schema()] {
            Document document = job->document;
            if (job->base != job->before->document) {
                auto merged =
                    yang::merge(*schema, *job->base, *job->document, *job->before->document);
                if (!merged) {
                    job->report.problems = std::move(merged.error());
                    return;
                }
                document = std::make_shared<const boost::json::object>(std::move(*merged));
            }
            auto image = datastore::make_image(*schema, *document);
            if (!image) {
                job->report.problems = std::move(image.error());
                return;
            }
            job->image = std::move(*image);
            job->differences = job->before->lines.differences_to(job->image->lines);
            if (job->differences.empty()) {
                job->differences = other_order(*schema, *job->before, *job->image);
            }
        },
        [this, job] { validated(job); });
}

void CommitEngine::validated(const JobPtr& job) {
    if (!job->image) return refuse(job, "");
    if (!job->request.check_only && job->differences.empty()) return without_changes(job);
    ask_daemons(job);
}

void CommitEngine::without_changes(const JobPtr& job) {
    CommitReport& report = job->report;
    report.version = store_.version();
    report.result = Outcome::unchanged;
    if (!waiting()) return finish(job);
    const CommitRequest& request = job->request;
    job->save = store_.again(
        request.confirmed
            ? std::optional(terms_of(*request.confirmed, request.author, store_.version()))
            : std::nullopt);
    write(job, [this, job] { confirmed(job); });
}

void CommitEngine::confirmed(const JobPtr& job) {
    const CommitRequest& request = job->request;
    CommitReport& report = job->report;
    store_.take(job->save);
    report.result = request.confirmed ? Outcome::committed : Outcome::confirmed;
    report.waits = request.confirmed;
    arm_timer();
    tell({request.confirmed ? Kind::waiting : Kind::confirmed,
          report.version,
          request.author,
          request.comment,
          "",
          {},
          request.confirmed ? request.confirmed->within : Seconds{}});
    finish(job);
}

void CommitEngine::ask_daemons(const JobPtr& job) {
    push_.check({job->image, &job->image->typed}, store_.next_version(),
                [this, job](const ConfigPush::Outcome& outcome) { asked(job, outcome); });
}

void CommitEngine::asked(const JobPtr& job, const ConfigPush::Outcome& outcome) {
    CommitReport& report = job->report;
    report.notes = outcome.notes;
    report.down = outcome.down;
    report.refusals = outcome.errors;
    if (job->request.strict) {
        for (const std::string& name : outcome.down) {
            report.refusals.push_back(
                fmt::format("{}: does not run, and commit strict wants it", name));
        }
    }
    if (!report.refusals.empty()) return refuse(job, "");
    if (!job->request.check_only) return save(job);
    report.result = Outcome::good;
    finish(job);
}

void CommitEngine::save(const JobPtr& job) {
    const CommitRequest& request = job->request;
    job->save.image = job->image;
    job->save.commit = {store_.next_version(), store_.moment().unix_seconds(),
                        request.author.user,   request.author.through,
                        request.comment,       job->differences.size(),
                        !request.confirmed};
    if (request.confirmed) {
        job->save.terms = terms_of(*request.confirmed, request.author, job->save.commit.id);
    }
    write(job, [this, job] { saved(job); });
}

void CommitEngine::write(const JobPtr& job, std::function<void()> then) {
    background_.run([job, store = &store_] { job->written = store->write(job->save); },
                    [this, job, then = std::move(then)] {
                        if (!job->written) return refuse(job, job->written.error().message);
                        then();
                    });
}

void CommitEngine::saved(const JobPtr& job) {
    const CommitRequest& request = job->request;
    const std::uint64_t version = job->save.commit.id;
    store_.take(job->save);
    job->report.version = version;
    job->report.waits = request.confirmed;
    session_of_waiting_ =
        request.confirmed && request.confirmed->ends_with_session ? request.author.session : 0;
    arm_timer();
    job->candidate->committed(job->document, job->image->document, version);
    push_.set_running(version, {job->image, &job->image->typed});
    tell({request.confirmed ? Kind::waiting : Kind::committed, version, request.author,
          request.comment, "", job->differences,
          request.confirmed ? request.confirmed->within : Seconds{}});
    push(job);
}

void CommitEngine::push(const JobPtr& job) {
    push_.push([this, job](const ConfigPush::Outcome& outcome) {
        CommitReport& report = job->report;
        report.result = Outcome::committed;
        report.notes.insert(report.notes.end(), outcome.notes.begin(), outcome.notes.end());
        report.took = outcome.took;
        report.behind = outcome.errors;
        finish(job);
    });
}

void CommitEngine::refuse(const JobPtr& job, std::string reason) {
    CommitReport& report = job->report;
    report.result = Outcome::refused;
    if (!reason.empty()) report.refusals.push_back(std::move(reason));
    if (!job->request.check_only) {
        std::string why;
        for (const auto& problem : report.problems)
            why += (why.empty() ? "" : "; ") + problem.text();
        for (const auto& refusal : report.refusals) why += (why.empty() ? "" : "; ") + refusal;
        tell({Kind::refused,
              store_.version(),
              job->request.author,
              job->request.comment,
              why,
              job->differences,
              {}});
    }
    finish(job);
}

void CommitEngine::finish(const JobPtr& job) {
    // Whoever is told may commit again at once; that one comes after those who wait.
    job->done(std::move(job->report));
    if (job->written && job->save.image) {
        background_.run([store = &store_] { store->sync(); }, [] {});
    }
    drop_elsewhere(std::exchange(job->before, nullptr));
    drop_elsewhere(std::exchange(job->base, nullptr));
    drop_elsewhere(std::exchange(job->document, nullptr));
    next();
}

void CommitEngine::abort(const Author& author, const std::string& persist_id, bool any,
                         std::function<void(Result<std::uint64_t>)> done) {
    enqueue([=, this, done = std::move(done)] {
        const auto end = [&](Result<std::uint64_t> result) {
            done(std::move(result));
            next();
        };
        if (!waiting()) return end(fail("no commit waits to be confirmed"));
        if (!may_confirm(author, persist_id, any)) {
            return end(fail("commit {} is another's", waiting()->commit));
        }
        undo(author, "it was aborted", [this, done](std::uint64_t version) {
            done(version);
            next();
        });
    });
}

void CommitEngine::session_ended(std::uint64_t session) {
    if (session_of_waiting_ != session || session == 0) return;
    enqueue([this, session] {
        if (!waiting() || session_of_waiting_ != session) return next();
        undo({waiting()->user, "session", session}, "its session ended",
             [this](std::uint64_t) { next(); });
    });
}

void CommitEngine::undo(const Author& author, const std::string& why,
                        const std::function<void(std::uint64_t)>& done) {
    timer_.reset();
    auto differences = store_.image()->lines.differences_to(store_.startup()->lines);
    const datastore::Save save{
        store_.startup(),
        {store_.next_version(), store_.moment().unix_seconds(), author.user, author.through,
         fmt::format("commit {} undone: {}", waiting()->commit, why), differences.size(), true},
        std::nullopt};
    background_.run([save, store = &store_] { store->write_undo(save); },
                    [=, this, differences = std::move(differences)] {
                        undone(author, why, save, differences);
                        push_.push([done, version = save.commit.id](const ConfigPush::Outcome&) {
                            done(version);
                        });
                    });
}

void CommitEngine::undone(const Author& author, const std::string& why, const datastore::Save& save,
                          std::vector<datastore::Difference> differences) {
    const std::uint64_t commit = waiting()->commit;
    session_of_waiting_ = 0;
    store_.take(save);
    push_.set_running(save.commit.id, {save.image, &save.image->typed});
    tell({Kind::undone, commit, author, "", why, std::move(differences), {}});
}

bool CommitEngine::may_confirm(const Author& author, const std::string& persist_id,
                               bool any) const {
    if (any || !waiting()) return true;
    if (!waiting()->persist_id.empty()) return waiting()->persist_id == persist_id;
    return session_of_waiting_ != 0 && session_of_waiting_ == author.session;
}

datastore::Unconfirmed CommitEngine::terms_of(const ConfirmTerms& terms, const Author& author,
                                              std::uint64_t version) const {
    const auto& moment = store_.moment();
    return {version,     moment.boot_id(), moment.since_boot() + terms.within,
            author.user, terms.persist_id, terms.ends_with_session};
}

std::chrono::seconds CommitEngine::time_left() const {
    if (!waiting()) return {};
    const auto left = waiting()->deadline - store_.moment().since_boot();
    return std::max(std::chrono::seconds(0), std::chrono::ceil<std::chrono::seconds>(left));
}

void CommitEngine::arm_timer() {
    timer_.reset();
    if (!waiting()) return;
    const auto left = waiting()->deadline - store_.moment().since_boot();
    timer_ = scheduler_.after(std::max(left, std::chrono::milliseconds(0)), [this] {
        enqueue([this] {
            // It may have been confirmed while others were at work.
            const bool over = waiting() && waiting()->deadline <= store_.moment().since_boot();
            if (!over) {
                arm_timer();
                return next();
            }
            undo({waiting()->user, "timer", 0}, "it was not confirmed in time",
                 [this](std::uint64_t) { next(); });
        });
    });
}

void CommitEngine::tell(const CommitEvent& event) {
    for (const Listener& listener : listeners_) listener(event);
}

}  // namespace torii::mgmt

#include "mgmt/server/commit_commands.h"

#include "mgmt/server/comparison.h"
#include "mgmt/server/show_answer.h"
#include "mgmt/show/text.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace torii::mgmt {
namespace {

namespace json = boost::json;
using Outcome = CommitReport::Result;

std::string marked(const std::vector<std::string>& lines, const char* mark) {
    std::string out;
    for (const std::string& line : lines) out += fmt::format("{}{}\n", mark, line);
    return out;
}

std::size_t parse_number(const std::string& text) {
    std::size_t value = std::numeric_limits<std::size_t>::max();
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool shows_tree(const Invocation& asked) {
    return std::ranges::find(asked.pipes, Pipe{"display", "tree"}) != asked.pipes.end();
}

Output refused(const CommitReport& report) {
    std::string text = marked(report.refusals, "% ");
    for (const yang::Problem& problem : report.problems) text += "% " + problem.text() + "\n";
    const std::size_t count = report.problems.size();
    if (count == 0) return {text + "% nothing was changed\n", 1};
    return {
        fmt::format("{}% {} error{}, nothing was changed\n", text, count, count == 1 ? "" : "s"),
        1};
}

std::string undone_unless(const ConfirmTerms& terms) {
    return fmt::format("It will be undone in {} seconds unless you type: commit\n",
                       terms.within.count());
}

Output committed(const CommitReport& report) {
    std::string text = marked(report.notes, "");
    if (!report.behind.empty()) {
        return {
            text + marked(report.behind, "% ") +
                fmt::format("% commit {} is saved but not everywhere in force: it is sent again "
                            "until it is; rollback 1 and commit take it back\n",
                            report.version),
            1};
    }
    if (report.waits) {
        text += report.took.empty()
                    ? fmt::format("Commit {} is in force as soon as they run.\n", report.version)
                    : fmt::format("Commit {} is in force ({}).\n", report.version,
                                  fmt::join(report.took, ", "));
        return {text + undone_unless(*report.waits)};
    }
    const char* where = report.down.empty() ? "is in force and saved" : "is saved";
    return {text + fmt::format("Commit {} {}.\n", report.version, where)};
}

}  // namespace

Output commit_output(const CommitReport& report) {
    switch (report.result) {
        case Outcome::refused: return refused(report);
        case Outcome::good: return {marked(report.notes, "") + "The configuration is good.\n"};
        case Outcome::unchanged: return {"There are no changes.\n"};
        case Outcome::confirmed:
            return {fmt::format("Commit {} is confirmed and saved.\n", report.version)};
        case Outcome::committed: return committed(report);
    }
    return {};
}

void CommitCommands::add_to_outside(Grammar& grammar) {
    grammar.add_configuration(
        "compare <number> <number>", "What changed from one commit to another.",
        [this](const Invocation& asked, const Done& done) { compare_commits(asked, done); });
    for (const char* pattern : {"show system commit", "show system commits", "show history"}) {
        grammar.add(
            pattern, "The commits that rollback can return to.",
            [this](const Invocation& asked, const Done& done) { done(history(asked.form)); });
    }
}

void CommitCommands::add_to(Grammar& grammar) {
    const auto compare_them = [this](const Invocation& asked, const Done& done) {
        compare(asked, done);
    };
    grammar.add_configuration("compare", "What a commit would change.", compare_them);
    grammar.add_configuration("compare <number>", "What changed since so many commits ago.",
                              compare_them);
    grammar.add_configuration(
        "compare <number> <number>", "What changed from one commit to another.",
        [this](const Invocation& asked, const Done& done) { compare_commits(asked, done); });
    grammar.add(
        "commit <option>...", "Put the changes in force and save them.",
        [this](const Invocation& asked, const Done& done) { commit(asked, done); }, commit_choices);
    const auto back = [this](const Invocation& asked, const Done& done) { done(roll_back(asked)); };
    grammar.add("rollback", "As discard.", back);
    grammar.add("rollback <number>", "Write the configuration of so many commits ago.", back);
}

void CommitCommands::commit(const Invocation& asked, const Done& done) {
    const yang::CommitConfig& rules = store_.image()->typed.management.commit;
    auto options = parse_commit_options(asked.arguments, rules.confirm_timeout);
    if (!options) return done(failure(options.error().message));
    const CommitRequest& request = options->request;
    if (rules.require_comment && request.comment.empty() && !request.check_only &&
        !options->abort && asked.session->candidate->changed()) {
        return done(failure("system commit require-comment: commit comment \"WHY\""));
    }
    if (const auto may = sessions_.may_commit(*asked.session); !may) {
        return done(failure(may.error().message));
    }
    options->request.author = {asked.session->access.user, asked.session->access.through,
                               asked.session->id};
    if (options->abort) return abort(asked, done);
    engine_.commit(
        asked.session->candidate, options->request,
        [this, session = asked.session, quit = options->quit, done](const CommitReport& report) {
            const Output output = commit_output(report);
            if (quit && output.status == 0) sessions_.leave(*session);
            done(output);
        });
}

void CommitCommands::abort(const Invocation& asked, const Done& done) {
    const std::uint64_t undone = engine_.waiting() ? engine_.waiting()->commit : 0;
    const Access& access = asked.session->access;
    engine_.abort(
        {access.user, access.through, asked.session->id}, "", true,
        [undone, done](const Result<std::uint64_t>& version) {
            if (!version) return done(failure(version.error().message));
            done({fmt::format("Commit {} is undone; commit {} is in force.\n", undone, *version)});
        });
}

void CommitCommands::compare(const Invocation& asked, const Done& done) {
    const datastore::Candidate& candidate = *asked.session->candidate;
    Comparison comparison{&store_.schema(), candidate.base(), candidate.document(), asked.form,
                          shows_tree(asked)};
    std::uint64_t from = 0;
    if (!asked.arguments.empty()) {
        const auto commit = store_.commit_before(parse_number(asked.arguments[0]));
        if (!commit) return done(failure(commit.error().message));
        from = *commit;
    }
    auto output = std::make_shared<Output>();
    background_.run(
        [=, store = &store_]() mutable {
            if (from != 0) {
                const auto document = store->document_of_commit(from);
                if (!document) {
                    *output = failure(document.error().message);
                    return;
                }
                comparison.from = *document;
            }
            *output = comparison_output(comparison);
        },
        [output, done] { done(*output); });
}

void CommitCommands::compare_commits(const Invocation& asked, const Done& done) {
    const auto from = store_.commit_before(parse_number(asked.arguments[0]));
    const auto to = store_.commit_before(parse_number(asked.arguments[1]));
    for (const auto& commit : {from, to}) {
        if (!commit) return done(failure(commit.error().message));
    }
    auto output = std::make_shared<Output>();
    background_.run(
        [=, store = &store_, form = asked.form, tree = shows_tree(asked)] {
            const auto before = store->document_of_commit(*from);
            const auto after = store->document_of_commit(*to);
            for (const auto& document : {before, after}) {
                if (!document) {
                    *output = failure(document.error().message);
                    return;
                }
            }
            *output = comparison_output({&store->schema(), *before, *after, form, tree});
        },
        [output, done] { done(*output); });
}

Output CommitCommands::roll_back(const Invocation& asked) {
    if (const auto may = sessions_.may_write(*asked.session); !may) {
        return failure(may.error().message);
    }
    datastore::Candidate& candidate = *asked.session->candidate;
    const std::size_t back = asked.arguments.empty() ? 0 : parse_number(asked.arguments[0]);
    if (back == 0) {
        candidate.reset(store_.image()->document, store_.version());
        return {};
    }
    const auto commit = store_.commit_before(back);
    if (!commit) return failure(commit.error().message);
    const auto found = store_.document_of_commit(*commit);
    if (!found) return failure(found.error().message);
    candidate.reset(store_.image()->document, store_.version());
    candidate.replace(json::object(**found));
    return {"Loaded. compare shows the changes, commit puts them in force.\n"};
}

Output CommitCommands::history(Form form) const {
    show::Table table({"Back", "Commit", "When", "User", "Through", "Changes", "Comment"});
    json::array data;
    std::size_t back = 0;
    for (const auto& commit : store_.commits()) {
        const bool waits = engine_.waiting() && engine_.waiting()->commit == commit.id;
        std::string comment = commit.comment;
        if (waits) {
            comment = fmt::format("{}{}(undone in {} s unless confirmed)", comment,
                                  comment.empty() ? "" : " ", engine_.time_left().count());
        }
        // What is newer than the running one never came into force.
        const bool counts = commit.id <= store_.version();
        table.add({counts ? std::to_string(back++) : "-", std::to_string(commit.id),
                   show::date_text(commit.unix_seconds), commit.user, commit.through,
                   std::to_string(commit.changes), comment});
        json::object entry{{"commit", commit.id},       {"unixSeconds", commit.unix_seconds},
                           {"user", commit.user},       {"through", commit.through},
                           {"changes", commit.changes}, {"comment", commit.comment}};
        if (waits) entry["undoneInSeconds"] = engine_.time_left().count();
        data.push_back(std::move(entry));
    }
    return form == Form::json ? json_output(data) : Output{table.text()};
}

}  // namespace torii::mgmt

#include "mgmt/server/configure_commands.h"

#include "mgmt/server/show_commands.h"

#include <fmt/ranges.h>

#include <charconv>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>

namespace torii::mgmt {
namespace {

std::int64_t unix_now() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// Relative words under what `edit` went into.
std::vector<std::string> full_path(const Invocation& asked) {
    std::vector<std::string> words = asked.session->edit_path;
    words.insert(words.end(), asked.arguments.begin(), asked.arguments.end());
    return words;
}

Output result_of(const Result<void, yang::Problem>& done) {
    return done ? Output{} : failure(done.error().text());
}

std::string marked(const std::vector<std::string>& lines, const char* mark) {
    std::string out;
    for (const std::string& line : lines) out += fmt::format("{}{}\n", mark, line);
    return out;
}

std::string differences_text(const std::vector<datastore::Difference>& differences) {
    std::string out;
    for (const auto& [added, line] : differences) {
        out += fmt::format("{} {}\n", added ? '+' : '-', line);
    }
    return out.empty() ? "There are no changes.\n" : out;
}

std::size_t parse_number(const std::string& text) {
    std::size_t value = std::numeric_limits<std::size_t>::max();
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

void ConfigureCommands::add_to(Grammar& grammar) {
    add_edits(grammar);
    add_commits(grammar);
}

void ConfigureCommands::add_edits(Grammar& grammar) {
    grammar.add("set <path>...", "Give a value, or make an entry.",
                [this](const Invocation& asked, const Done& done) {
                    done(result_of(store_.set(full_path(asked))));
                });
    grammar.add("delete <path>...", "Take away a value, an entry or a whole part.",
                [this](const Invocation& asked, const Done& done) {
                    done(result_of(store_.remove(full_path(asked))));
                });
    grammar.add("show", "What is being written.",
                [this](const Invocation& asked, const Done& done) { done(show_candidate(asked)); });
    grammar.add(
        "show <section>", "A part of what is being written.",
        [this](const Invocation& asked, const Done& done) { done(show_candidate(asked)); },
        [this](const std::vector<std::string>&) { return store_.choices({}); });
    grammar.add("edit <path>...", "Go into a part: set and delete start there.",
                [this](const Invocation& asked, const Done& done) { done(edit(asked)); });
    grammar.add("top", "Leave the part that edit went into.",
                [](const Invocation& asked, const Done& done) {
                    asked.session->edit_path.clear();
                    done({});
                });
    grammar.add("discard", "Drop all changes.", [this](const Invocation&, const Done& done) {
        store_.discard();
        done({});
    });
}

void ConfigureCommands::add_commits(Grammar& grammar) {
    grammar.add("compare", "What a commit would change.",
                [this](const Invocation& asked, const Done& done) { done(compare(asked)); });
    grammar.add("compare <number>", "What changed since so many commits ago.",
                [this](const Invocation& asked, const Done& done) { done(compare(asked)); });
    grammar.add("commit", "Put the changes in force and save them.",
                [this](const Invocation&, const Done& done) { commit(false, "", done); });
    grammar.add("commit check", "Only say whether a commit would work.",
                [this](const Invocation&, const Done& done) { commit(true, "", done); });
    grammar.add("commit comment <text>", "Commit, with a note for the history.",
                [this](const Invocation& asked, const Done& done) {
                    commit(false, asked.arguments[0], done);
                });
    grammar.add("commit and-quit", "Commit, then leave configure mode.",
                [this](const Invocation& asked, const Done& done) {
                    Session* session = asked.session;
                    commit(false, "", [=](Output output) {
                        if (output.status == 0) *session = {};
                        done(std::move(output));
                    });
                });
    grammar.add("rollback", "As discard.",
                [this](const Invocation&, const Done& done) { done(roll_back("0")); });
    grammar.add(
        "rollback <number>", "Write the configuration of so many commits ago.",
        [this](const Invocation& asked, const Done& done) { done(roll_back(asked.arguments[0])); });
}

Output ConfigureCommands::show_candidate(const Invocation& asked) const {
    for (const Pipe& pipe : asked.pipes) {
        if (pipe.name == "compare") return {differences_text(store_.differences())};
    }
    std::string section = asked.arguments.empty() ? "" : asked.arguments[0];
    if (section.empty() && !asked.session->edit_path.empty()) {
        section = asked.session->edit_path.front();
    }
    return configuration_text(store_.candidate(), section, asked.form);
}

Output ConfigureCommands::compare(const Invocation& asked) const {
    const std::size_t back = asked.arguments.empty() ? 0 : parse_number(asked.arguments[0]);
    const auto differences = store_.differences_since(back);
    if (!differences) return failure(differences.error().message);
    return {differences_text(*differences)};
}

Output ConfigureCommands::edit(const Invocation& asked) const {
    auto path = full_path(asked);
    if (store_.choices(path).empty()) {
        return failure(fmt::format("\"{}\" is no part that can be gone into: edit ? lists them",
                                   fmt::join(path, " ")));
    }
    asked.session->edit_path = std::move(path);
    return {};
}

Output ConfigureCommands::roll_back(const std::string& back) {
    const auto done = store_.rollback(parse_number(back));
    if (!done) return failure(done.error().message);
    return {back == "0" ? "" : "Loaded. compare shows the changes, commit puts them in force.\n"};
}

void ConfigureCommands::commit(bool check_only, const std::string& comment, const Done& done) {
    if (committing_) return done(failure("another commit is under way: try again"));
    auto valid = store_.validated();
    if (!valid) {
        std::string text;
        for (const yang::Problem& problem : valid.error()) text += "% " + problem.text() + "\n";
        const std::size_t count = valid.error().size();
        return done({fmt::format("{}% {} error{}, nothing was changed\n", text, count,
                                 count == 1 ? "" : "s"),
                     1});
    }
    if (!check_only && store_.differences().empty()) return done({"There are no changes.\n"});
    committing_ = true;
    auto configuration = std::make_shared<yang::Configuration>(std::move(*valid));
    const yang::TypedConfig typed = yang::typed_config(*configuration);
    const std::uint64_t version = store_.next_version();
    push_.check(typed, version, [=, this](const ConfigPush::Outcome& outcome) {
        committing_ = false;
        if (!outcome.errors.empty()) {
            return done({marked(outcome.errors, "% ") + "% nothing was changed\n", 1});
        }
        if (check_only) return done({marked(outcome.notes, "") + "The configuration is good.\n"});
        save_and_push(std::move(*configuration), typed, version, comment, outcome.notes, done);
    });
}

void ConfigureCommands::save_and_push(yang::Configuration configuration, yang::TypedConfig typed,
                                      std::uint64_t version, const std::string& comment,
                                      std::vector<std::string> notes, const Done& done) {
    const auto saved = store_.accept(std::move(configuration), version, unix_now(), comment);
    if (!saved) return done(failure(saved.error().message + "; nothing was changed"));
    push_.set_running(version, std::move(typed));
    committing_ = true;
    push_.push([=, this, notes = std::move(notes)](const ConfigPush::Outcome& outcome) {
        committing_ = false;
        std::string text = marked(notes, "") + marked(outcome.notes, "");
        if (outcome.errors.empty()) {
            // A note of the check is a daemon that does not run.
            const char* where = notes.empty() ? "is in force and saved" : "is saved";
            return done({text + fmt::format("Commit {} {}.\n", version, where)});
        }
        done({text + marked(outcome.errors, "% ") +
                  fmt::format("% commit {} is saved but not everywhere in force: it is sent again "
                              "until it is; rollback 1 and commit take it back\n",
                              version),
              1});
    });
}

}  // namespace torii::mgmt

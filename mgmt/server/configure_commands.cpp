#include "mgmt/server/configure_commands.h"

#include "mgmt/server/comparison.h"
#include "mgmt/server/show_commands.h"

#include <fmt/ranges.h>

#include <utility>

namespace torii::mgmt {
namespace {

// Relative words under what `edit` went into.
std::vector<std::string> full_path(const Invocation& asked) {
    std::vector<std::string> words = asked.session->edit_path;
    words.insert(words.end(), asked.arguments.begin(), asked.arguments.end());
    return words;
}

Output result_of(const Invocation& asked, const Result<void, yang::Problem>& done) {
    if (done) return {};
    Output output = failure(done.error().text());
    const std::size_t inside = asked.session->edit_path.size();
    if (done.error().word && *done.error().word >= inside) {
        output.word = *done.error().word - inside + asked.first_argument;
    }
    return output;
}

}  // namespace

void ConfigureCommands::add_to_outside(Grammar& grammar) {
    const auto add = [&](const char* pattern, const char* help, Editing editing) {
        grammar.add(pattern, help, [this, editing](const Invocation& asked, const Done& done) {
            done(enter(*asked.session, editing));
        });
    };
    add("configure", "Change the configuration, together with others.", Editing::shared);
    add("configure private", "Change a copy of the configuration.", Editing::own);
    add("configure exclusive", "Change the configuration and keep others out.", Editing::exclusive);
    const auto candidate = [](const Invocation& asked, const Done& done) {
        const std::string section = asked.arguments.empty() ? "" : asked.arguments[0];
        done(configuration_text(asked.session->candidate->draft(), section, asked.form));
    };
    grammar.add_configuration("show configuration candidate", "The configuration being written.",
                              candidate);
    grammar.add_configuration(
        "show configuration candidate <section>", "A part of the configuration being written.",
        candidate, [this](const std::vector<std::string>&) { return store_.choices({}); });
}

void ConfigureCommands::add_to(Grammar& grammar) {
    grammar.add("set <path>...", "Give a value, or make an entry.",
                [this](const Invocation& asked, const Done& done) {
                    done(write(asked, [&](datastore::Candidate& candidate) {
                        return result_of(asked, candidate.set(full_path(asked)));
                    }));
                });
    grammar.add("delete <path>...", "Take away a value, an entry or a whole part.",
                [this](const Invocation& asked, const Done& done) {
                    done(write(asked, [&](datastore::Candidate& candidate) {
                        return result_of(asked, candidate.remove(full_path(asked)));
                    }));
                });
    grammar.add_configuration(
        "show", "What is being written.",
        [this](const Invocation& asked, const Done& done) { done(show_candidate(asked)); });
    grammar.add_configuration(
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
    grammar.add("discard", "Drop all changes.", [this](const Invocation& asked, const Done& done) {
        done(write(asked, [this](datastore::Candidate& candidate) {
            candidate.reset(store_.image()->document, store_.version());
            return Output{};
        }));
    });
}

Output ConfigureCommands::enter(Session& session, Editing editing) {
    if (const auto done = sessions_.configure(session, editing); !done) {
        return failure(done.error().message);
    }
    return {session.candidate->changed()
                ? "There are changes that are not committed: compare shows them.\n"
                : ""};
}

Output ConfigureCommands::leave(Session& session) {
    if (!session.configuring()) return {"", 0, true};
    const bool shared = session.editing == Editing::shared;
    const bool dropped = sessions_.leave(session);
    if (dropped) return {"The changes that were not committed are dropped.\n"};
    if (!shared || !sessions_.shared()->changed()) return {};
    return {"The changes are kept but not in force: configure and commit, or discard.\n"};
}

Output ConfigureCommands::write(const Invocation& asked, const Change& change) {
    if (const auto may = sessions_.may_write(*asked.session); !may) {
        return failure(may.error().message);
    }
    return change(*asked.session->candidate);
}

Output ConfigureCommands::show_candidate(const Invocation& asked) const {
    const datastore::Candidate& candidate = *asked.session->candidate;
    for (const Pipe& pipe : asked.pipes) {
        if (pipe.name == "compare") return {differences_text(candidate.differences())};
    }
    std::string section = asked.arguments.empty() ? "" : asked.arguments[0];
    if (section.empty() && !asked.session->edit_path.empty()) {
        section = asked.session->edit_path.front();
    }
    return configuration_text(candidate.draft(), section, asked.form);
}

Output ConfigureCommands::edit(const Invocation& asked) const {
    auto path = full_path(asked);
    if (asked.session->candidate->choices(path).empty()) {
        return failure(fmt::format("\"{}\" is no part that can be gone into: edit ? lists them",
                                   fmt::join(path, " ")));
    }
    asked.session->edit_path = std::move(path);
    return {};
}

}  // namespace torii::mgmt

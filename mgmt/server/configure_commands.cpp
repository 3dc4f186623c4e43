#include "mgmt/server/configure_commands.h"

#include "mgmt/server/comparison.h"
#include "mgmt/server/show_commands.h"
#include "mgmt/yang/word_path.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace torii::mgmt {
namespace {

// Relative words under what `edit` went into.
std::vector<std::string> full_path(const Invocation& asked) {
    std::vector<std::string> words = asked.session->edit_path;
    words.insert(words.end(), asked.arguments.begin(), asked.arguments.end());
    return words;
}

// A word that is wrong among those, `inside` of which are not typed, as one of the whole line.
Output in_line(const Invocation& asked, std::size_t inside, Output output) {
    if (!output.word) return output;
    if (*output.word < inside) {
        output.word.reset();
    } else {
        *output.word += asked.first_argument - inside;
    }
    return output;
}

Output result_of(const Invocation& asked, const Result<void, yang::Problem>& done) {
    if (done) return {};
    Output output = failure(done.error().text());
    output.word = done.error().word;
    return in_line(asked, asked.session->edit_path.size(), std::move(output));
}

// What a rename did beside it.
std::string taken_along(std::size_t references) {
    if (references == 0) return {};
    if (references == 1) return "1 reference has the new name, too.\n";
    return fmt::format("{} references have the new name, too.\n", references);
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
    grammar.add_configuration(
        "show configuration candidate <path>...",
        "The configuration being written, or a part of it.",
        [this](const Invocation& asked, const Done& done) {
            done(show_candidate(asked, asked.arguments));
        },
        [this](const std::vector<std::string>& before) { return store_.choices(before); });
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
    const auto rearranging = [this, &grammar](const char* pattern, yang::Rearrangement kind,
                                              const char* help) {
        grammar.add(pattern, help, [this, kind](const Invocation& asked, const Done& done) {
            done(write(asked, [&](datastore::Candidate& candidate) {
                const auto done_with = candidate.rearrange(kind, full_path(asked));
                Output output = result_of(asked, done_with.map([](std::size_t) {}));
                if (done_with) output.text = taken_along(*done_with);
                return output;
            }));
        });
    };
    rearranging("copy <path>...", yang::Rearrangement::copy,
                "Another entry like one that is there: ... to NAME.");
    rearranging("rename <path>...", yang::Rearrangement::rename,
                "Another name for an entry and all that refer to it: ... to NAME.");
    rearranging("insert <path>...", yang::Rearrangement::insert,
                "Another place where order matters: ... before NAME.");
    // Completion of its words is that of set: it depends on the session.
    grammar.add_configuration("show <path>...",
                              "What is being written, from where edit is, or a part of it.",
                              [this](const Invocation& asked, const Done& done) {
                                  done(show_candidate(asked, full_path(asked)));
                              });
    grammar.add("edit <path>...", "Go into a part: set and delete start there.",
                [this](const Invocation& asked, const Done& done) { done(edit(asked)); });
    grammar.add("top", "Leave the part that edit went into.",
                [](const Invocation& asked, const Done& done) {
                    asked.session->edit_path.clear();
                    done({});
                });
    grammar.add("up", "Leave the innermost part that edit went into.",
                [this](const Invocation& asked, const Done& done) {
                    done(go_up(asked, store_.schema(), 1));
                });
    grammar.add("up <number>", "Leave so many parts.",
                [this](const Invocation& asked, const Done& done) {
                    std::size_t levels = 0;
                    const std::string& text = asked.arguments[0];
                    std::from_chars(text.data(), text.data() + text.size(), levels);
                    done(go_up(asked, store_.schema(), levels));
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
    if (!session.configuring()) {
        Output left;
        left.ended = true;
        return left;
    }
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

Output ConfigureCommands::show_candidate(const Invocation& asked,
                                         const std::vector<std::string>& path) const {
    const datastore::Candidate& candidate = *asked.session->candidate;
    for (const Pipe& pipe : asked.pipes) {
        if (pipe.name == "compare") return {differences_text(candidate.differences())};
    }
    Output output = configuration_text(store_.schema(), candidate.draft(), path, asked.form);
    return in_line(asked, path.size() - asked.arguments.size(), std::move(output));
}

Output ConfigureCommands::go_up(const Invocation& asked, const yang::Schema& schema,
                                std::size_t levels) {
    auto& path = asked.session->edit_path;
    if (levels == 0) return failure("up takes how many parts to leave: 1 or more");
    for (; levels > 0 && !path.empty(); --levels) {
        path.resize(yang::words_above(schema, path));
    }
    return {};
}

Output ConfigureCommands::edit(const Invocation& asked) const {
    auto path = full_path(asked);
    if (const auto part = yang::leads_to_part(store_.schema(), path); !part) {
        return result_of(asked, part);
    }
    asked.session->edit_path = std::move(path);
    return {};
}

}  // namespace torii::mgmt

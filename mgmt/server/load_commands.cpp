#include "mgmt/server/load_commands.h"

#include "mgmt/frr/report.h"
#include "mgmt/server/show_answer.h"
#include "mgmt/server/show_commands.h"
#include "mgmt/yang/configuration.h"
#include "mgmt/yang/edit.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace torii::mgmt {
namespace {

constexpr const char* kNext = "compare shows the changes, commit puts them in force.\n";

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

// The line of FRR that a problem comes from: the first that wrote what the problem's path names.
std::size_t line_of(const frr::Conversion& conversion, const std::string& path) {
    for (const frr::Command& command : conversion.commands) {
        const std::string words = joined(command.words);
        if (words == path || words.starts_with(path + " ") || path.starts_with(words + " ")) {
            return command.line;
        }
    }
    return 0;
}

// Puts the commands into the document. What the model refuses is told at its line.
void apply(const yang::Schema& schema, frr::Conversion& conversion, boost::json::object& document) {
    for (frr::Command& command : conversion.commands) {
        const auto done = yang::set_words(schema, document, command.words);
        if (done) continue;
        command.words.clear();
        const auto line = std::ranges::find(conversion.lines, command.line, &frr::Line::number);
        if (line == conversion.lines.end()) continue;
        line->fate = frr::Fate::unsupported;
        line->note += (line->note.empty() ? "" : "; ") + done.error().text();
    }
    std::erase_if(conversion.commands,
                  [](const frr::Command& command) { return command.words.empty(); });
}

}  // namespace

void LoadCommands::add_to(Grammar& grammar) {
    const auto loading = [this](yang::LoadMode mode) {
        return [this, mode](const Invocation& asked) { return load(asked, mode); };
    };
    add_load(grammar, "merge", "Add a configuration to what is being written.",
             loading(yang::LoadMode::merge));
    add_load(grammar, "replace", "Write a configuration in its place.",
             loading(yang::LoadMode::replace));
    add_load(grammar, "set", "Set and delete commands, all of them or none.",
             loading(yang::LoadMode::set));
    add_load(grammar, "frr", "A configuration of FRR, with a report line by line.",
             [this](const Invocation& asked) { return load_frr(asked); });
    grammar.add_configuration("save <file>", "Write what is being written into a file.",
                              [this](const Invocation& asked, const Done& done) {
                                  Output output = configuration_text(
                                      schema_, asked.session->candidate->draft(), {}, asked.form);
                                  output.save_as = asked.arguments[0];
                                  done(std::move(output));
                              });
}

void LoadCommands::add_load(Grammar& grammar, const std::string& kind, const std::string& help,
                            const Load& load) {
    const auto run = [this, load](const Invocation& asked, const Done& done) {
        if (const auto may = sessions_.may_write(*asked.session); !may) {
            return done(failure(may.error().message));
        }
        if (asked.input) return done(load(asked));
        Output wanted;
        wanted.wanted_input = asked.arguments.empty() ? "" : asked.arguments[0];
        done(std::move(wanted));
    };
    grammar.add(fmt::format("load {} terminal", kind), "What is typed or pasted, until Ctrl-D.",
                run);
    grammar.add(fmt::format("load {} <file>", kind), help, run);
}

Output LoadCommands::load(const Invocation& asked, yang::LoadMode mode) const {
    datastore::Candidate& candidate = *asked.session->candidate;
    boost::json::object document = *candidate.document();
    const auto problems =
        yang::load_text(schema_, document, *asked.input, mode, asked.session->edit_path);
    if (problems.empty()) {
        candidate.replace(std::move(document));
        return {fmt::format("Loaded. {}", kNext)};
    }
    std::string out;
    for (const yang::LineProblem& problem : problems) {
        out += fmt::format("% {}\n", problem.text());
    }
    return {fmt::format("{}% {} error{}, nothing was changed\n", out, problems.size(),
                        problems.size() == 1 ? "" : "s"),
            1};
}

Output LoadCommands::load_frr(const Invocation& asked) const {
    frr::Conversion conversion = frr::convert(*asked.input);
    if (conversion.commands.empty()) {
        return {frr::report(conversion, {}) + "% there is nothing to load, nothing was changed\n",
                1};
    }
    datastore::Candidate& candidate = *asked.session->candidate;
    boost::json::object document = *candidate.document();
    apply(schema_, conversion, document);
    std::vector<frr::Remaining> remaining;
    const auto valid = yang::Configuration::parse(schema_, boost::json::serialize(document));
    if (!valid) {
        for (const yang::Problem& problem : valid.error()) {
            remaining.push_back({line_of(conversion, problem.path), problem.text()});
        }
    }
    candidate.replace(std::move(document));
    if (asked.form == Form::json) return json_output(frr::report_json(conversion, remaining));
    return {frr::report(conversion, remaining) + fmt::format("Loaded. {}", kNext)};
}

}  // namespace torii::mgmt

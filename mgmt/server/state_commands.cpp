#include "mgmt/server/state_commands.h"

#include "mgmt/server/show_answer.h"
#include "mgmt/server/show_commands.h"
#include "mgmt/show/services.h"
#include "mgmt/yang/data_tree.h"
#include "mgmt/yang/word_path.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/ranges.h>

#include <memory>
#include <utility>

namespace torii::mgmt {
namespace {

namespace json = boost::json;

Output state_text(const yang::Schema& schema, const std::vector<json::object>& state,
                  const std::vector<std::string>& path, Form form) {
    yang::DataTree tree(schema);
    for (const json::object& part : state) {
        if (auto added = tree.add(json::serialize(part)); !added) {
            return failure(added.error().message);
        }
    }
    if (auto kept = tree.keep_words(path); !kept) return problem_output(kept.error());
    if (form == Form::json) return json_output(json::parse(tree.json()));
    std::string text = form == Form::xml ? tree.pretty_xml() : tree.braces();
    if (text.empty()) text = fmt::format("There is no state of {}.\n", fmt::join(path, " "));
    return {std::move(text)};
}

}  // namespace

void StateCommands::add_to(Grammar& grammar) {
    grammar.add("show system services", "The daemons, what they use, and sockets of services.",
                [this](const Invocation& asked, const Done& done) {
                    state_.services([form = asked.form, done](const show::RouterState& state) {
                        done(form == Form::json ? json_output(show::services_json(state))
                                                : Output{show::services_text(state)});
                    });
                });
    grammar.add_configuration(
        "show state <path>...", "What the model has beside configuration.",
        [this](const Invocation& asked, const Done& done) { show(asked, done); },
        [this](const std::vector<std::string>& before) {
            return store_.choices(before, yang::Nodes::all);
        });
}

void StateCommands::show(const Invocation& asked, const Done& done) {
    if (asked.form == Form::set || asked.form == Form::frr) {
        return done(failure("state is nothing that can be set: | display xml, | json or neither"));
    }
    using State = Result<std::vector<json::object>, yang::TableFault>;
    const auto told = [this, asked, done](State state) {
        if (!state) return done(failure(state.error().message));
        const auto output = std::make_shared<Output>();
        background_.run(
            [output, asked, state = std::move(*state), schema = &store_.schema()] {
                *output = in_line(asked, state_text(*schema, state, asked.arguments, asked.form));
            },
            [output, done] { done(std::move(*output)); });
    };
    state_.gather(yang::tables_of_words(store_.schema(), asked.arguments), told);
}

}  // namespace torii::mgmt

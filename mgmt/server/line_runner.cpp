#include "mgmt/server/line_runner.h"

#include "mgmt/server/access.h"

#include <fmt/format.h>

#include <utility>

namespace torii::mgmt {
namespace {

// As a shell has it for what Ctrl-C ended.
constexpr int kStopped = 130;

bool is_for_configurations(Form form) {
    return form == Form::set || form == Form::xml || form == Form::frr;
}

const char* form_name(Form form) {
    return form == Form::set ? "set" : form == Form::xml ? "xml" : "frr";
}

}  // namespace

ipc::CommandOutput LineRunner::message(Session& session, const Output& output,
                                       bool more) const {
    ipc::CommandOutput out;
    out.set_text(output.text);
    out.set_status(output.status);
    out.set_ended(output.ended);
    out.set_more(more);
    if (output.wanted_input) out.mutable_wanted()->set_file(*output.wanted_input);
    for (const std::string& word : output.program) out.mutable_program()->add_words(word);
    out.set_save_as(output.save_as);
    out.set_again_ms(static_cast<std::uint32_t>(output.again.count()));
    out.set_prompt(prompt_(session));
    out.set_configuring(session.configuring());
    for (std::string& notice : session.notices) out.add_notices(std::move(notice));
    session.notices.clear();
    return out;
}

Answer::Give LineRunner::giving(const SessionPtr& session, const Give& done,
                                const CommandLine& line) const {
    // A session that went takes its answer with it.
    return [this, weak = std::weak_ptr(session), done, line](const Output& output, bool more) {
        const auto to = weak.lock();
        if (!to) return;
        if (!more) to->answer.reset();
        ipc::CommandOutput out = message(*to, output, more);
        if (output.word && !line.columns.empty()) {
            const std::size_t word = *output.word;
            const std::size_t column = word < line.columns.size()
                                           ? line.columns[word]
                                           : line.columns.back() + line.words.back().size() + 1;
            out.set_column(static_cast<std::uint32_t>(column));
        }
        if (const Pipe* save = find_pipe(line.pipes, "save"); save != nullptr) {
            out.set_save_as(save->argument);
        }
        out.set_whole(find_pipe(line.pipes, "no-more") != nullptr);
        done(std::move(out));
    };
}

void LineRunner::run(const SessionPtr& session, const ipc::RunCommand& asked,
                     const Give& done) const {
    session->answer.reset();
    const auto line = parse_command_line(asked.line());
    if (!line) {
        ipc::CommandOutput out = message(*session, failure(line.error().message), false);
        if (line.error().column) out.set_column(static_cast<std::uint32_t>(*line.error().column));
        return done(std::move(out));
    }
    if (line->words.empty()) return done(message(*session, {}, false));
    run_command(session, *line, asked, done);
}

void LineRunner::run_command(const SessionPtr& session, const CommandLine& line,
                             const ipc::RunCommand& asked, const Give& done) const {
    const Answer::Give give = giving(session, done, line);
    const bool outside = session->configuring() && line.words.size() > 1 && line.words[0] == "run";
    const Grammar& grammar = session->configuring() && !outside ? configuring_ : operational_;
    const std::vector<std::string> words(line.words.begin() + (outside ? 1 : 0), line.words.end());
    const auto match = grammar.match(words);
    if (!match) {
        Output output = failure(match.error().message);
        output.word = match.error().word + (outside ? 1 : 0);
        return give(output, false);
    }
    if (*match->run == nullptr) return give(failure("run needs a command after it"), false);
    if (match->role > session->access.role) {
        books_.not_allowed(*session, *match);
        return give(failure(fmt::format("\"{}\" takes the role {}; {} is {}", match->pattern,
                                        role_name(match->role), session->access.user,
                                        role_name(session->access.role))),
                    false);
    }
    const Form form = form_of(line.pipes);
    if (is_for_configurations(form) && !match->shows_configuration) {
        return give(failure(fmt::format("| display {} is for configurations: show configuration | "
                                        "display {}",
                                        form_name(form), form_name(form))),
                    false);
    }
    auto chain = PipeChain::make(line.pipes);
    if (!chain) return give(failure(chain.error().message), false);
    session->answer.put(std::make_shared<Answer>(std::move(*chain), give));
    Invocation invocation{session, match->arguments, form, line.pipes};
    if (asked.has_input()) invocation.input = asked.input();
    invocation.first_argument = match->first_argument + (outside ? 1 : 0);
    const Done done_with = [answer = session->answer.get()](Output output) {
        answer->take(std::move(output));
    };
    // What is written is recorded with its commit.
    const bool records = &grammar == &operational_;
    (*match->run)(invocation,
                  records ? books_.recorded(session, *match, words, done_with) : done_with);
}

void LineRunner::more(const SessionPtr& session, const Give& done) const {
    const auto answer = session->answer.get();
    if (!answer || !answer->waits_for_client()) return done(message(*session, {}, false));
    answer->go_on([this, weak = std::weak_ptr(session), done](const Output& output, bool more) {
        const auto to = weak.lock();
        if (!to) return;
        if (!more) to->answer.reset();
        done(message(*to, output, more));
    });
}

void LineRunner::stop(const SessionPtr& session, const Give& done) const {
    session->answer.reset();
    done(message(*session, {"", kStopped}, false));
}

}  // namespace torii::mgmt

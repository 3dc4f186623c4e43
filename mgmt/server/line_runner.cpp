#include "mgmt/server/line_runner.h"

#include "mgmt/server/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace torii::mgmt {
namespace {

// As a shell has it for what Ctrl-C ended.
constexpr int kStopped = 130;

bool is_for_configurations(Form form) {
    return form == Form::set || form == Form::xml || form == Form::frr;
}

constexpr std::chrono::seconds kMonitorInterval{2};
constexpr unsigned kMonitorMax = 3600;

// The same, to be run again.
Answer::Give again(const Answer::Give& give, std::chrono::seconds interval) {
    return [give, interval](const Output& output, bool more) {
        Output out = output;
        if (out.status == 0) out.again = interval;
        give(out, more);
    };
}

const char* form_name(Form form) {
    if (form == Form::frr) return "frr";
    return form == Form::set ? "set" : "xml";
}

}  // namespace

ipc::CommandOutput LineRunner::message(Session& session, const Output& output, bool more) const {
    ipc::CommandOutput out;
    out.set_text(output.text);
    out.set_status(output.status);
    out.set_verdict(output.verdict);
    out.set_ended(output.ended);
    out.set_more(more);
    if (output.wanted_input) out.mutable_wanted()->set_file(*output.wanted_input);
    for (const std::string& word : output.program) out.mutable_program()->add_words(word);
    out.set_save_as(output.save_as);
    out.set_again_ms(static_cast<std::uint32_t>(output.again.count()));
    out.set_whole(output.whole);
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
        if (find_pipe(line.pipes, "no-more") != nullptr) out.set_whole(true);
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

// What the words before a command ask for: `run` for the mode outside, `monitor` for again and
// again.
struct LineRunner::Plan {
    const Grammar* grammar;
    std::vector<std::string> words;
    std::size_t skipped = 0;  // words of the line before those
    std::chrono::seconds again{0};
};

Result<LineRunner::Plan, Grammar::Mismatch> LineRunner::plan(const Session& session,
                                                             const CommandLine& line) const {
    Plan out{session.configuring() ? &configuring_ : &operational_, line.words};
    const auto skip = [&out] {
        out.words.erase(out.words.begin());
        ++out.skipped;
    };
    if (session.configuring() && out.words.size() > 1 && out.words[0] == "run") {
        out.grammar = &operational_;
        skip();
    }
    // It is a command of its own.
    const bool events = out.words.size() > 1 && out.words[1] == "events";
    if (out.grammar != &operational_ || out.words.size() < 2 || out.words[0] != "monitor" ||
        events) {
        return out;
    }
    skip();
    out.again = kMonitorInterval;
    if (out.words[0] != "show") {
        return unexpected(
            Grammar::Mismatch{"monitor takes a show command, or events", out.skipped});
    }
    if (out.words.size() < 3 || out.words[out.words.size() - 2] != "interval") return out;
    unsigned seconds = 0;
    const std::string& text = out.words.back();
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (seconds == 0 || seconds > kMonitorMax) {
        return unexpected(
            Grammar::Mismatch{fmt::format("the interval must be 1 to {} seconds", kMonitorMax),
                              line.words.size() - 1});
    }
    out.again = std::chrono::seconds(seconds);
    out.words.resize(out.words.size() - 2);
    return out;
}

void LineRunner::run_command(const SessionPtr& session, const CommandLine& line,
                             const ipc::RunCommand& asked, const Give& done) const {
    Answer::Give give = giving(session, done, line);
    const auto wrong = [&give](const Grammar::Mismatch& mismatch) {
        Output output = failure(mismatch.message);
        output.word = mismatch.word;
        give(output, false);
    };
    const auto plan = this->plan(*session, line);
    if (!plan) return wrong(plan.error());
    const auto match = plan->grammar->match(plan->words);
    if (!match) return wrong({match.error().message, match.error().word + plan->skipped});
    if (*match->run == nullptr) {
        return give(failure(fmt::format("{} needs a command after it", plan->words[0])), false);
    }
    if (const auto may = this->may(*session, *match, *plan); !may) {
        return give(failure(may.error().message), false);
    }
    const Form form = form_of(line.pipes);
    if (is_for_configurations(form) && !match->shows_configuration) {
        return give(failure(fmt::format("| display {} is for configurations: show configuration | "
                                        "display {}",
                                        form_name(form), form_name(form))),
                    false);
    }
    if (form == Form::iproute && !match->shows_routes) {
        return give(failure("| display linux is for routes: show ip route | display linux"), false);
    }
    auto chain = PipeChain::make(line.pipes);
    if (!chain) return give(failure(chain.error().message), false);
    if (plan->again.count() != 0) give = again(give, plan->again);
    session->answer.put(std::make_shared<Answer>(std::move(*chain), give), role_for(*match, *plan));
    Invocation invocation{session, match->arguments, form, line.pipes};
    if (asked.has_input()) invocation.input = asked.input();
    invocation.first_argument = match->first_argument + plan->skipped;
    const Done done_with = [answer = session->answer.get()](Output output) {
        answer->take(std::move(output));
    };
    const bool edits = plan->grammar == &configuring_;
    (*match->run)(invocation, edits ? books_.recorded_if_refused(session, *match, done_with)
                                    : books_.recorded(session, *match, plan->words, done_with));
}

Role LineRunner::role_for(const Grammar::Match& match, const Plan& plan) {
    return plan.again.count() == 0 ? match.role : std::max(match.role, least_role("monitor"));
}

Result<void> LineRunner::may(const Session& session, const Grammar::Match& match,
                             const Plan& plan) const {
    const Role role = role_for(match, plan);
    if (role <= session.access.role) return {};
    books_.not_allowed(session, match);
    return fail("\"{}\" takes the role {}; {} is {}", match.pattern, role_name(role),
                session.access.user, role_name(session.access.role));
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

void LineRunner::role_changed(Session& session) const {
    const auto answer = session.answer.get();
    if (!answer || session.answer.role() <= session.access.role) return;
    answer->end_with(failure(fmt::format("this takes the role {}; {} is {} now",
                                         role_name(session.answer.role()), session.access.user,
                                         role_name(session.access.role))));
}

void LineRunner::stop(const SessionPtr& session, const Give& done) const {
    session->answer.reset();
    done(message(*session, {"", kStopped}, false));
}

}  // namespace torii::mgmt

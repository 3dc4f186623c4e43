#include "mgmt/server/management.h"

#include "platform/base/log.h"
#include "platform/ipc/framing.h"

#include <fmt/ranges.h>

#include <filesystem>
#include <utility>

namespace torii::mgmt {
namespace {

constexpr Log kLog("mgmt");
constexpr unsigned kSocketMode = 0660;
// What fits into one frame with the rest of a reply.
constexpr std::size_t kTextMax = ipc::kFrameSizeMax - 4096;

}  // namespace

Result<std::unique_ptr<Management>> Management::start(EventLoop& loop, const yang::Schema& schema,
                                                      const std::string& config_file,
                                                      const std::string& run_dir) {
    auto store = datastore::Datastore::open(schema, config_file);
    if (!store) return unexpected(store.error());
    for (const std::string& warning : store->warnings()) kLog.error("{}", warning);
    std::error_code error;
    std::filesystem::create_directories(run_dir, error);
    if (error) return fail("cannot make {}: {}", run_dir, error.message());

    std::unique_ptr<Management> management(new Management(loop, std::move(*store), run_dir));
    auto server = Server::listen(loop, run_dir + "/mgmtd.sock", kSocketMode,
                                 [self = management.get()](const ipc::MgmtRequest& request,
                                                           const Server::SessionPtr& client) {
                                     self->handle(request, client);
                                 });
    if (!server) return unexpected(server.error());
    management->server_ = std::move(*server);
    management->push_.set_running(management->store_.version(),
                                  yang::typed_config(management->store_.running()));
    management->controlplane_.start();
    management->dataplane_.start();
    return management;
}

Management::Management(EventLoop& loop, datastore::Datastore store, const std::string& run_dir)
    : store_(std::move(store)),
      controlplane_(
          loop, "controlplane", run_dir + "/controlplane.sock",
          [this] { push_.connected(controlplane_); },
          [this] { push_.disconnected(controlplane_); }),
      dataplane_(
          loop, "dataplane", run_dir + "/dataplane.sock", [this] { push_.connected(dataplane_); },
          [this] { push_.disconnected(dataplane_); }),
      push_(loop, {&dataplane_, &controlplane_}),
      show_(store_, controlplane_, dataplane_, push_),
      clear_(store_, controlplane_),
      recording_(controlplane_),
      configure_(store_, push_) {
    add_commands();
}

void Management::add_commands() {
    show_.add_to(operational_);
    clear_.add_to(operational_);
    recording_.add_to(operational_);
    operational_.add("configure", "Change the configuration.",
                     [this](const Invocation& asked, const Done& done) {
                         *asked.session = {true, {}};
                         done({store_.changed() ? "There are changes that are not committed: "
                                                  "compare shows them.\n"
                                                : ""});
                     });
    const auto write = [](const Invocation&, const Done& done) {
        done({"Commits are saved already.\n"});
    };
    operational_.add("write", "Not needed: commits are saved.", write);
    operational_.add("write memory", "Not needed: commits are saved.", write);
    configure_.add_to(configuring_);
    configuring_.add("run <command>...", "A command of the mode outside.", nullptr);
    for (Grammar* grammar : {&operational_, &configuring_}) {
        for (const char* word : {"exit", "quit"}) {
            grammar->add(word, "Leave.", [this](const Invocation& asked, const Done& done) {
                done(leave(*asked.session));
            });
        }
        grammar->add("help", "This list.", [grammar](const Invocation&, const Done& done) {
            done({grammar->help() +
                  "\nAny command: | json, | display set, | match RE, | except RE, | count\n"});
        });
    }
}

Output Management::leave(Session& session) const {
    if (!session.configuring) return {"", 0, true};
    session = {};
    if (!store_.changed()) return {};
    return {"The changes are kept but not in force: configure and commit, or discard.\n"};
}

void Management::run(const std::shared_ptr<Session>& session, const std::string& line,
                     const std::function<void(ipc::CommandOutput)>& done) {
    const auto answer = [this, session, done](const Output& output) {
        ipc::CommandOutput out;
        out.set_text(output.text);
        out.set_status(output.status);
        out.set_ended(output.ended);
        out.set_prompt(prompt(*session));
        done(std::move(out));
    };
    auto parsed = parse_command_line(line);
    if (!parsed) return answer(failure(parsed.error().message));
    if (parsed->words.empty()) return answer({});
    const Grammar* grammar = session->configuring ? &configuring_ : &operational_;
    std::vector<std::string> words = parsed->words;
    if (session->configuring && words.size() > 1 && words.front() == "run") {
        grammar = &operational_;
        words.erase(words.begin());
    }
    const auto match = grammar->match(words);
    if (!match) return answer(failure(match.error().message));
    if (*match->run == nullptr) return answer(failure("run needs a command after it"));
    const Invocation asked{session.get(), match->arguments, form_of(parsed->pipes), parsed->pipes};
    (*match->run)(asked, [answer, pipes = parsed->pipes](Output output) {
        if (output.status != 0) return answer(output);
        auto text = apply_pipes(std::move(output.text), pipes);
        if (!text) return answer(failure(text.error().message));
        if (text->size() > kTextMax) {
            return answer(failure(
                fmt::format("the answer has {} MB: ask for one prefix, or add | match or | count",
                            text->size() / 1'000'000)));
        }
        output.text = std::move(*text);
        answer(output);
    });
}

std::string Management::prompt(const Session& session) const {
    const std::string name =
        store_.running().root().container("system").text("hostname").value_or("router");
    if (!session.configuring) return name + "> ";
    const std::string place =
        session.edit_path.empty() ? "" : fmt::format(" {}", fmt::join(session.edit_path, " "));
    return fmt::format("{}[edit{}]{}# ", name, place, store_.changed() ? "*" : "");
}

std::vector<yang::Choice> Management::choices(const Session& session,
                                              const std::vector<std::string>& before) const {
    if (!session.configuring) return operational_.choices(before);
    if (before.empty()) return configuring_.choices(before);
    const std::vector<std::string> rest(before.begin() + 1, before.end());
    const std::string& verb = before.front();
    if (verb == "run") return operational_.choices(rest);
    if (verb != "set" && verb != "delete" && verb != "edit") return configuring_.choices(before);
    std::vector<std::string> path = session.edit_path;
    path.insert(path.end(), rest.begin(), rest.end());
    return store_.choices(path);
}

ipc::Completions Management::complete(const Session& session, const std::string& line) const {
    ipc::Completions out;
    const auto parsed = parse_command_line(line);
    if (!parsed || !parsed->pipes.empty()) return out;
    std::vector<std::string> before = parsed->words;
    std::string partial;
    if (parsed->in_word && !before.empty()) {
        partial = before.back();
        before.pop_back();
    }
    for (const yang::Choice& choice : choices(session, before)) {
        const bool hint = choice.word.starts_with('<');
        if (!hint && !choice.word.starts_with(partial)) continue;
        auto* added = out.add_completions();
        added->set_word(choice.word);
        added->set_help(choice.help);
    }
    return out;
}

std::shared_ptr<Session> Management::session_of(const Server::SessionPtr& client) {
    std::erase_if(sessions_, [](const auto& entry) { return entry.first.expired(); });
    auto& session = sessions_[client];
    if (!session) session = std::make_shared<Session>();
    return session;
}

void Management::handle(const ipc::MgmtRequest& request, const Server::SessionPtr& client) {
    const auto session = session_of(client);
    ipc::MgmtReply reply;
    reply.set_id(request.id());
    if (request.has_complete()) {
        *reply.mutable_completions() = complete(*session, request.complete().line());
        return client->send(reply);
    }
    if (!request.has_run()) {
        reply.set_error("the request is not known to this release of torii-mgmtd");
        return client->send(reply);
    }
    run(session, request.run().line(), [client, reply](ipc::CommandOutput output) mutable {
        *reply.mutable_output() = std::move(output);
        client->send(reply);
    });
}

}  // namespace torii::mgmt

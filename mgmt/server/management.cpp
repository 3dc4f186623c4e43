#include "mgmt/server/management.h"

#include "mgmt/server/happenings.h"
#include "platform/base/log.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace torii::mgmt {
namespace {

constexpr Log kLog("mgmt");

// Our own programs are beside each other. Nothing of the machine's /etc is touched.
host::SshPaths ssh_paths(const std::string& config_file, const std::string& run_dir) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    const std::string run = fs::absolute(run_dir, error);
    return {run + "/etc/ssh", fs::absolute(config_file, error).string() + ".ssh/host_key",
            program.parent_path(), run};
}

// Whoever connects is told what is missing; the peer's credentials decide.
constexpr unsigned kSocketMode = 0666;
// Well below the 1,024 descriptors that a process commonly has.
constexpr std::size_t kConnectionsOfUser = 64;
constexpr std::size_t kConnectionsOfUsers = 512;

}  // namespace

Result<std::unique_ptr<Management>> Management::start(EventLoop& loop, const yang::Schema& schema,
                                                      const std::string& config_file,
                                                      const std::string& run_dir, RoleGroups groups,
                                                      bool with_platformd) {
    auto store = datastore::Datastore::open(schema, config_file);
    if (!store) return unexpected(store.error());
    for (const std::string& warning : store->warnings()) kLog.error("{}", warning);
    std::error_code error;
    std::filesystem::create_directories(run_dir, error);
    if (error) return fail("cannot make {}: {}", run_dir, error.message());

    std::unique_ptr<Management> management(new Management(loop, std::move(*store),
                                                          ssh_paths(config_file, run_dir), run_dir,
                                                          std::move(groups), with_platformd));
    if (auto done = management->listen(loop, run_dir); !done) return unexpected(done.error());
    management->engine_.start();
    for (Daemon* part : std::initializer_list<Daemon*>{&management->logging_, &management->metrics_,
                                                       &management->ssh_}) {
        management->push_.connected(*part);
    }
    management->controlplane_.start();
    management->dataplane_.start();
    management->platform_.start();
    return management;
}

Management::Management(EventLoop& loop, datastore::Datastore store, host::SshPaths ssh,
                       const std::string& run_dir, RoleGroups groups, bool with_platformd)
    : loop_(loop),
      store_(std::move(store)),
      groups_(std::move(groups)),
      controlplane_(
          loop, "controlplane", run_dir + "/controlplane.sock",
          [this] { push_.connected(controlplane_); },
          [this] { push_.disconnected(controlplane_); }),
      dataplane_(
          loop, "dataplane", run_dir + "/dataplane.sock",
          [this] {
              push_.connected(dataplane_);
              links_.begin();
          },
          [this] { push_.disconnected(dataplane_); }),
      platform_(loop, "platformd", run_dir + "/platform.sock"),
      gatherer_(controlplane_, dataplane_, platform_),
      metrics_(loop, store_, gatherer_),
      ssh_(loop, background_, std::move(ssh)),
      push_(loop, {&dataplane_, &controlplane_, &logging_, &metrics_, &ssh_}),
      sessions_(store_),
      books_(store_, sessions_),
      engine_(loop, background_, store_, push_),
      state_(store_, controlplane_, dataplane_, gatherer_, push_, books_.alarms()),
      show_(store_, controlplane_, dataplane_, gatherer_, push_),
      state_commands_(store_, state_, background_),
      clear_(store_, controlplane_),
      recording_(controlplane_),
      packets_(store_, dataplane_),
      platform_commands_({store_,
                          push_,
                          gatherer_,
                          books_.alarms(),
                          platform_,
                          with_platformd,
                          {&controlplane_, &dataplane_, &logging_, &metrics_, &ssh_}}),
      configure_(store_, sessions_),
      commit_(store_, sessions_, engine_, background_),
      system_(sessions_, books_.alarms(), books_.audit()),
      load_(store_.schema(), sessions_),
      tools_(run_dir, operational_),
      events_(store_.moment().unix_seconds()),
      links_(dataplane_,
             [this](const std::string& port, bool up) {
                 events_.add(link_change(port, up, store_.moment().unix_seconds()));
             }),
      event_commands_(events_),
      netconf_(loop, background_, store_, sessions_, engine_, state_, books_, events_,
               controlplane_),
      runner_(operational_, configuring_, books_,
              [this](const Session& session) { return prompt(session); }),
      background_(loop) {
    add_commands();
    push_.watch([this](const Daemon& daemon, const std::string& error) {
        books_.daemon_changed(daemon, error);
        if (&daemon == &controlplane_ && !daemon.connected()) books_.forwarding_refused("");
    });
    for (const Daemon* daemon :
         {static_cast<Daemon*>(&controlplane_), static_cast<Daemon*>(&dataplane_)}) {
        books_.daemon_changed(*daemon, "");
    }
    netconf_.end_with([this](std::uint64_t id) {
        for (const auto& [client, known] : clients_) {
            if (known.session->id == id) return gone(client);
        }
    });
    controlplane_.on_event([this](const ipc::ControlplaneReply& event) { told(event); });
    dataplane_.on_event([this](const ipc::DataplaneReply& event) {
        if (event.has_ports()) links_.take(event.ports());
    });
    books_.listen_to_alarms([this](const std::string& source, const Alarm& alarm, bool raised) {
        events_.add(alarm_change(source, alarm, raised, store_.moment().unix_seconds()));
    });
    engine_.listen([this](const CommitEvent& event) { happened(event); });
    sessions_.deliver_with([this](const Session& session, const std::string& notice) {
        return deliver(session, notice);
    });
}

void Management::told(const ipc::ControlplaneReply& event) {
    const std::int64_t now = store_.moment().unix_seconds();
    if (event.has_bgp_neighbor_changed()) {
        events_.add(neighbor_change(event.bgp_neighbor_changed(), now));
    }
    if (!event.has_forwarding_refused()) return;
    const std::string& reason = event.forwarding_refused().reason();
    if (books_.forwarding_refused(reason)) events_.add(route_table_full(reason, now));
}

Result<void> Management::listen(EventLoop& loop, const std::string& run_dir) {
    auto server = Server::listen(
        loop, run_dir + "/mgmtd.sock", kSocketMode,
        [this](const ipc::MgmtRequest& request, const Server::SessionPtr& client) {
            handle(request, client);
        },
        [this](const Server::SessionPtr& client) { gone(client); });
    if (!server) return unexpected(server.error());
    server_ = std::move(*server);
    server_->limit({kConnectionsOfUser, kConnectionsOfUsers});
    return {};
}

void Management::add_commands() {
    show_.add_to(operational_);
    state_commands_.add_to(operational_);
    clear_.add_to(operational_);
    recording_.add_to(operational_);
    packets_.add_to(operational_);
    platform_commands_.add_to(operational_);
    configure_.add_to_outside(operational_);
    commit_.add_to_outside(operational_);
    system_.add_to(operational_);
    tools_.add_to(operational_);
    event_commands_.add_to(operational_);
    operational_.add("monitor <command>...", "A show command again and again: [interval SECONDS].",
                     nullptr);
    operational_.add(
        "clear system session <number>", "End it: its lock and its own changes are dropped.",
        [this](const Invocation& asked, const Done& done) { done(end_session(asked)); },
        [this](const std::vector<std::string>&) {
            std::vector<yang::Choice> out;
            for (const auto& session : sessions_.all()) {
                out.push_back(
                    {std::to_string(session->id),
                     fmt::format("{} ({})", session->access.user, session->access.through)});
            }
            return out;
        });
    const auto write = [](const Invocation&, const Done& done) {
        done({"Commits are saved already.\n"});
    };
    operational_.add("write", "Not needed: commits are saved.", write);
    operational_.add("write memory", "Not needed: commits are saved.", write);
    configure_.add_to(configuring_);
    commit_.add_to(configuring_);
    load_.add_to(configuring_);
    configuring_.add("run <command>...", "A command of the mode outside.", nullptr);
    for (Grammar* grammar : {&operational_, &configuring_}) {
        for (const char* word : {"exit", "quit"}) {
            grammar->add(word, "Leave.", [this](const Invocation& asked, const Done& done) {
                done(configure_.leave(*asked.session));
            });
        }
        grammar->add("help", "This list.", [grammar](const Invocation& asked, const Done& done) {
            done({grammar->help(asked.session->access.role) +
                  "\nAny command: | json, | match RE, | count and others: | ? lists them\n"});
        });
    }
}

void Management::run(const SessionPtr& session, const std::string& line,
                     const std::function<void(ipc::CommandOutput)>& done) {
    ipc::RunCommand asked;
    asked.set_line(line);
    runner_.run(session, asked, done);
}

void Management::happened(const CommitEvent& event) {
    using Kind = CommitEvent::Kind;
    books_.committed(event);
    if (event.kind == Kind::refused) return;
    if (event.kind != Kind::confirmed) {
        sessions_.running_changed();
        // Who has committed is answered before.
        loop_.post([this, alive = std::weak_ptr(alive_)] {
            if (!alive.expired()) look_at_roles();
        });
    }
    events_.add(commit_done(event, store_.moment().unix_seconds()));
    if (event.kind == Kind::undone) {
        sessions_.notify(fmt::format("Commit {} by {} is undone: {}. Commit {} is in force.",
                                     event.version, event.author.user, event.reason,
                                     store_.version()));
    }
}

std::string Management::prompt(const Session& session) const {
    const std::string name =
        store_.running().root().container("system").text("hostname").value_or("router");
    if (!session.configuring()) return name + "> ";
    const std::string place =
        session.edit_path.empty() ? "" : fmt::format(" {}", fmt::join(session.edit_path, " "));
    return fmt::format("{}[edit{}]{}# ", name, place, session.candidate->changed() ? "*" : "");
}

std::vector<yang::Choice> Management::operational_choices(const std::vector<std::string>& before,
                                                          Role role) const {
    if (before.empty() || before.front() != "monitor") return operational_.choices(before, role);
    if (before.size() == 1) {
        return {{"show", "What is drawn."}, {"events", "What happens, as it does."}};
    }
    const std::vector<std::string> shown(before.begin() + 1, before.end());
    return operational_.choices(shown, role);
}

std::vector<yang::Choice> Management::choices(const Session& session,
                                              const std::vector<std::string>& before) const {
    const Role role = session.access.role;
    if (!session.configuring()) return operational_choices(before, role);
    if (before.empty()) return configuring_.choices(before, role);
    const std::vector<std::string> rest(before.begin() + 1, before.end());
    const std::string& verb = before.front();
    if (verb == "run") return operational_choices(rest, role);
    const auto rearrangement = yang::rearrangement_of(verb);
    if (verb != "set" && verb != "delete" && verb != "edit" && verb != "show" && !rearrangement) {
        return configuring_.choices(before, role);
    }
    std::vector<std::string> path = session.edit_path;
    path.insert(path.end(), rest.begin(), rest.end());
    if (rearrangement) return session.candidate->choices(*rearrangement, path);
    return session.candidate->choices(path);
}

ipc::Completions Management::complete(const Session& session, const std::string& line) const {
    ipc::Completions out;
    const auto parsed = parse_command_line(line, true);
    if (!parsed) return out;
    const bool in_pipe = parsed->last_pipe.has_value();
    std::vector<std::string> before = in_pipe ? *parsed->last_pipe : parsed->words;
    std::string partial;
    if (parsed->in_word && !before.empty()) {
        partial = before.back();
        before.pop_back();
    }
    const auto offered = in_pipe ? pipe_choices(before) : choices(session, before);
    for (const yang::Choice& choice : offered) {
        const bool hint = choice.word.starts_with('<');
        if (!hint && !choice.word.starts_with(partial)) continue;
        auto* added = out.add_completions();
        added->set_word(choice.word);
        added->set_help(choice.help);
    }
    return out;
}

Result<SessionPtr> Management::session_of(const ipc::MgmtRequest& request,
                                          const Server::SessionPtr& client) {
    const auto known = clients_.find(client);
    if (known != clients_.end()) return known->second.session;
    auto access = access_of(client->peer(), groups_, store_.image()->typed.management.users);
    if (!access) {
        books_.sent_away(client->peer(), access.error().message);
        return unexpected(access.error());
    }
    const ipc::OpenSession& said = request.open();
    if (!said.through().empty()) access->through = said.through();
    if (!said.from().empty()) access->from = said.from();
    auto session = sessions_.open(std::move(*access));
    clients_[client] = {session, said.listens()};
    books_.opened(*session);
    return session;
}

void Management::open_netconf(const ipc::MgmtRequest& request, const Server::SessionPtr& client,
                              const SessionPtr& session) {
    ipc::MgmtReply reply;
    reply.set_id(request.id());
    const auto opened = netconf_.open(session, [client](const ipc::NetconfOutput& output) {
        ipc::MgmtReply event;
        *event.mutable_netconf() = output;
        client->send(event);
    });
    if (opened) {
        *reply.mutable_netconf() = *opened;
    } else {
        reply.set_error(opened.error().message);
    }
    client->send(reply);
}

bool Management::deliver(const Session& session, const std::string& notice) const {
    // NETCONF has notifications of its own.
    if (session.access.through == "netconf") return true;
    for (const auto& [client, known] : clients_) {
        if (known.session.get() != &session || !known.listens) continue;
        ipc::MgmtReply event;
        event.set_notice(notice);
        client->send(event);
        return true;
    }
    return false;
}

void Management::gone(const Server::SessionPtr& client) {
    const auto found = clients_.find(client);
    if (found == clients_.end()) return;
    const SessionPtr session = found->second.session;
    clients_.erase(found);
    netconf_.gone(*session);
    events_.leave(session->id);
    sessions_.close(*session);
    engine_.session_ended(session->id);
}

void Management::look_at_roles() {
    std::vector<std::pair<Server::SessionPtr, std::string>> without;
    for (const auto& [client, known] : clients_) {
        const auto access =
            access_of(client->peer(), groups_, store_.image()->typed.management.users);
        if (!access) {
            books_.sent_away(client->peer(), access.error().message);
            without.emplace_back(client, access.error().message);
        } else if (access->role != known.session->access.role) {
            role_changed(*known.session, access->role);
        }
    }
    for (const auto& [client, why] : without) {
        const SessionPtr session = clients_.at(client).session;
        if (const auto answer = session->answer.get()) answer->end_with(failure(why));
        if (netconf_.end(session->id, why)) continue;
        // What it asks next is refused as that of a new client is.
        gone(client);
    }
}

Output Management::end_session(const Invocation& asked) {
    const std::string& number = asked.arguments[0];
    const Access& by = asked.session->access;
    const auto found = std::ranges::find_if(clients_, [&](const auto& one) {
        return std::to_string(one.second.session->id) == number;
    });
    if (found == clients_.end()) {
        return failure(fmt::format("there is no session {}: show system sessions", number));
    }
    const auto [client, session] = std::pair(found->first, found->second.session);
    if (session == asked.session) return failure("this is your own session: exit ends it");
    const std::string why =
        fmt::format("session {} was ended by {} (session {})", number, by.user, asked.session->id);
    if (!netconf_.end(session->id, why)) {
        (void)deliver(*session, why);
        if (const auto answer = session->answer.get()) answer->end_with(failure(why));
        // Its client begins a new one with what it asks next.
        gone(client);
    }
    return {fmt::format("Session {} of {} is ended.\n", number, session->access.user)};
}

void Management::role_changed(Session& session, Role role) {
    const Role before = std::exchange(session.access.role, role);
    books_.did(session, "role", fmt::format("was {} before", role_name(before)));
    runner_.role_changed(session);
    if (role == Role::admin) return;
    // What only an admin has: a place in the configuration, a copy of it, the lock.
    const bool configured = session.configuring();
    const bool dropped = sessions_.leave(session);
    (void)sessions_.unlock(session);
    if (!configured) return;
    const std::string notice =
        fmt::format("{} is {} now: configure mode has ended{}.", session.access.user,
                    role_name(role), dropped ? ", what was not committed is dropped" : "");
    if (!deliver(session, notice)) session.notices.push_back(notice);
}

void Management::handle(const ipc::MgmtRequest& request, const Server::SessionPtr& client) {
    ipc::MgmtReply reply;
    reply.set_id(request.id());
    const auto session = session_of(request, client);
    if (!session) {
        reply.set_error(session.error().message);
        return client->send(reply);
    }
    if (request.has_complete()) {
        *reply.mutable_completions() = complete(**session, request.complete().line());
        return client->send(reply);
    }
    if (request.open().through() == "netconf") return open_netconf(request, client, *session);
    if (request.has_netconf_message()) {
        return netconf_.message(**session, request.netconf_message().text(),
                                [client, reply](const ipc::NetconfOutput& output) mutable {
                                    *reply.mutable_netconf() = output;
                                    client->send(reply);
                                });
    }
    const auto answer = [client, reply](ipc::CommandOutput output) mutable {
        *reply.mutable_output() = std::move(output);
        client->send(reply);
    };
    if (request.has_open()) return runner_.run(*session, {}, answer);
    if (request.has_run()) return runner_.run(*session, request.run(), answer);
    if (request.has_more()) return runner_.more(*session, answer);
    if (request.has_stop()) return runner_.stop(*session, answer);
    reply.set_error("the request is not known to this release of torii-mgmtd");
    client->send(reply);
}

}  // namespace torii::mgmt

#include "mgmt/server/state_report.h"

#include "mgmt/server/service_list.h"
#include "platform/linux/program.h"

#include <memory>
#include <unistd.h>
#include <utility>

namespace torii::mgmt {

namespace json = boost::json;
namespace {

// What a process says of itself.
template <class Status>
void tell_use(const Status& status, show::RouterState::Process& process) {
    process.started = status.started_unix_seconds();
    process.resident_memory = status.resident_memory();
    process.id = status.process_id();
    process.cpu_milliseconds = status.cpu_milliseconds();
}

}  // namespace

void StateReport::gather(yang::TableWishes tables, Told done) {
    using Part = Gatherer::Part;
    gatherer_.gather(
        {Part::neighbors, Part::policies, Part::ports, Part::drops, Part::punts, Part::bfd_sessions,
         Part::workers, Part::groups, Part::counted, Part::platform},
        [this, tables = std::move(tables), done = std::move(done)](const DaemonAnswers& answers) {
            read_tables(tables, answers, done);
        });
}

void StateReport::services(std::function<void(const show::RouterState&)> done) {
    gatherer_.gather(
        {Gatherer::Part::platform},
        [this, done = std::move(done)](const DaemonAnswers& answers) { done(state_of(answers)); });
}

void StateReport::questions(yang::TableWishes tables,
                            std::function<void(TableReader::Questions)> done) {
    gatherer_.gather({Gatherer::Part::neighbors},
                     [this, tables = std::move(tables), done = std::move(done)](
                         const DaemonAnswers& answers) { done(questions_for(tables, answers)); });
}

void StateReport::read_page(TableReader::Questions questions, std::size_t limit,
                            TableReader::PageRead done) {
    TableReader::read_page(controlplane_, std::move(questions), limit,
                           store_.moment().unix_seconds(), std::move(done));
}

TableReader::Questions StateReport::questions_for(yang::TableWishes tables,
                                                  const DaemonAnswers& answers) const {
    // Without BGP its tables are not there, rather than not known.
    if (!store_.image()->typed.controlplane.has_bgp()) {
        std::erase_if(tables,
                      [](const yang::TableWish& wish) { return wish.table.starts_with("bgp/"); });
    }
    return TableReader::questions(tables, answers.neighbors.value_or(ipc::BgpNeighbors()));
}

void StateReport::read_tables(yang::TableWishes tables, const DaemonAnswers& answers,
                              const Told& done) {
    const auto state = std::make_shared<json::object>(show::state_data(state_of(answers)));
    TableReader::read(controlplane_, questions_for(std::move(tables), answers),
                      store_.moment().unix_seconds(),
                      [state, done](Result<TableReader::Documents, yang::TableFault> read) {
                          if (read) read->push_back(std::move(*state));
                          done(std::move(read));
                      });
}

show::RouterState StateReport::state_of(const DaemonAnswers& answers) {
    show::RouterState state;
    state.now = store_.moment().unix_seconds();
    state.version = TORII_VERSION;
    for (const datastore::Commit& commit : store_.commits()) {
        state.commits.push_back({commit.id, commit.unix_seconds, commit.user, commit.through,
                                 commit.comment, commit.changes});
    }
    for (const auto& [source, alarm] : alarms_.all()) {
        state.alarms.push_back({source, severity_name(alarm.severity), alarm.since, alarm.text});
    }
    const auto add_process = [&](const Daemon& daemon, const auto& status) {
        show::RouterState::Process process{daemon.name(), daemon.connected(),
                                           push_.state(daemon).version};
        process.restarts = push_.restarts(daemon);
        if (status) tell_use(*status, process);
        state.processes.push_back(std::move(process));
    };
    show::RouterState::Process own{"mgmtd", true, store_.version(), started_, resident_memory(), 0};
    own.id = static_cast<std::uint32_t>(::getpid());
    own.cpu_milliseconds = static_cast<std::uint64_t>(cpu_time().count());
    state.processes.push_back(std::move(own));
    add_process(controlplane_, answers.controlplane);
    add_process(dataplane_, answers.dataplane);
    if (answers.platform) {
        show::RouterState::Process platformd{"platformd", true};
        tell_use(*answers.platform, platformd);
        state.processes.push_back(std::move(platformd));
    }
    state.services = service_list(store_.image()->typed.management, listening_sockets());
    state.restart_pending = dataplane_.restart_pending();
    state.config = store_.image()->typed.controlplane;
    state.controlplane = answers.controlplane;
    state.neighbors = answers.neighbors;
    state.dataplane = answers.dataplane;
    state.ports = answers.ports;
    state.policies = answers.policies;
    state.workers = answers.workers;
    state.punts = answers.punts;
    state.bfd_sessions = answers.bfd_sessions;
    state.drops = answers.drops;
    state.groups = answers.groups;
    state.counted = answers.counted.value_or(ipc::Forwarding());
    return state;
}

}  // namespace torii::mgmt

#include "mgmt/server/state_report.h"

#include "mgmt/server/table_reader.h"
#include "platform/linux/program.h"

#include <memory>
#include <utility>

namespace torii::mgmt {

namespace json = boost::json;

void StateReport::gather(yang::TableWishes tables, Told done) {
    using Part = Gatherer::Part;
    gatherer_.gather({Part::neighbors, Part::policies, Part::ports, Part::drops, Part::punts,
                      Part::bfd_sessions, Part::workers, Part::groups, Part::counted},
                     [this, tables = std::move(tables), done = std::move(done)](
                         const DaemonAnswers& answers) { read_tables(tables, answers, done); });
}

void StateReport::read_tables(yang::TableWishes tables, const DaemonAnswers& answers,
                              const Told& done) {
    // Without BGP its tables are not there, rather than not known.
    if (!store_.image()->typed.controlplane.has_bgp()) {
        std::erase_if(tables,
                      [](const yang::TableWish& wish) { return wish.table.starts_with("bgp/"); });
    }
    const auto state = std::make_shared<json::object>(show::state_data(state_of(answers)));
    TableReader::read(
        controlplane_,
        TableReader::questions(tables, answers.neighbors.value_or(ipc::BgpNeighbors())),
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
        state.processes.push_back({daemon.name(), daemon.connected(), push_.state(daemon).version,
                                   status ? status->started_unix_seconds() : 0,
                                   status ? status->resident_memory() : 0, push_.restarts(daemon)});
    };
    state.processes.push_back({"mgmtd", true, store_.version(), started_, resident_memory()});
    add_process(controlplane_, answers.controlplane);
    add_process(dataplane_, answers.dataplane);
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

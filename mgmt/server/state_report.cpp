#include "mgmt/server/state_report.h"

#include <utility>

namespace torii::mgmt {

void StateReport::gather(std::function<void(boost::json::object)> done) {
    using Part = Gatherer::Part;
    gatherer_.gather({Part::neighbors, Part::ports, Part::counted},
                     [this, done = std::move(done)](const DaemonAnswers& answers) {
                         done(show::state_data(state_of(answers)));
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
    const auto add_process = [&](const Daemon& daemon, std::int64_t started) {
        state.processes.push_back(
            {daemon.name(), daemon.connected(), push_.state(daemon).version, started});
    };
    add_process(controlplane_,
                answers.controlplane ? answers.controlplane->started_unix_seconds() : 0);
    add_process(dataplane_, answers.dataplane ? answers.dataplane->started_unix_seconds() : 0);
    state.config = store_.image()->typed.controlplane;
    state.controlplane = answers.controlplane;
    state.neighbors = answers.neighbors;
    state.dataplane = answers.dataplane;
    state.ports = answers.ports;
    state.counted = answers.counted.value_or(ipc::Forwarding());
    return state;
}

}  // namespace torii::mgmt

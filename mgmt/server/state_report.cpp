#include "mgmt/server/state_report.h"

#include "mgmt/show/state_data.h"

#include <memory>
#include <utility>

namespace torii::mgmt {

void StateReport::gather(std::function<void(boost::json::object)> done) {
    struct Gathered {
        show::RouterState state;
        int open = 4;
    };
    auto gathered = std::make_shared<Gathered>();
    show::RouterState& state = gathered->state;
    state.now = store_.moment().unix_seconds();
    state.version = TORII_VERSION;
    for (const datastore::Commit& commit : store_.commits()) {
        state.commits.push_back({commit.id, commit.unix_seconds, commit.user, commit.through,
                                 commit.comment, commit.changes});
    }
    for (const Daemon* daemon : std::initializer_list<const Daemon*>{&controlplane_, &dataplane_}) {
        state.processes.push_back(
            {daemon->name(), daemon->connected(), push_.state(*daemon).version, 0});
    }
    state.config = store_.image()->typed.controlplane;
    const auto finish = [gathered, done = std::move(done)] {
        if (--gathered->open == 0) done(show::state_data(gathered->state));
    };
    ipc::ControlplaneRequest status;
    status.mutable_get_status();
    controlplane_.ask(std::move(status), [=](const Result<ipc::ControlplaneReply>& reply) {
        if (reply) {
            gathered->state.controlplane = reply->status();
            gathered->state.processes[0].started = reply->status().started_unix_seconds();
        }
        finish();
    });
    ipc::ControlplaneRequest neighbors;
    neighbors.mutable_get_bgp_neighbors();
    controlplane_.ask(std::move(neighbors), [=](const Result<ipc::ControlplaneReply>& reply) {
        if (reply) gathered->state.neighbors = reply->bgp_neighbors();
        finish();
    });
    ipc::DataplaneRequest engine;
    engine.mutable_get_status();
    dataplane_.ask(std::move(engine), [=](const Result<ipc::DataplaneReply>& reply) {
        if (reply) {
            gathered->state.dataplane = reply->status();
            gathered->state.processes[1].started = reply->status().started_unix_seconds();
        }
        finish();
    });
    ipc::DataplaneRequest ports;
    ports.mutable_get_ports();
    dataplane_.ask(std::move(ports), [=](const Result<ipc::DataplaneReply>& reply) {
        if (reply) gathered->state.ports = reply->ports();
        finish();
    });
}

}  // namespace torii::mgmt

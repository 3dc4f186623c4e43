#include "mgmt/server/gatherer.h"

#include <memory>
#include <utility>

namespace torii::mgmt {
namespace {

struct Gathering {
    DaemonAnswers answers;
    Gatherer::Gathered done;
    std::size_t open = 1;  // the asking itself

    void close() {
        if (--open == 0) done(answers);
    }
};

template <class Request, class Reply, class Take>
void ask(Questions<Request, Reply>& daemon, Request request, std::chrono::seconds patience,
         const std::shared_ptr<Gathering>& gathering, Take take) {
    ++gathering->open;
    daemon.ask(
        std::move(request),
        [gathering, take](const Result<Reply>& reply) {
            if (reply) take(*reply, gathering->answers);
            gathering->close();
        },
        patience);
}

}  // namespace

void Gatherer::gather(const Parts& parts, Gathered done, std::chrono::seconds patience) {
    const auto gathering = std::make_shared<Gathering>();
    gathering->done = std::move(done);
    using Control = ipc::ControlplaneReply;
    const auto ask_control = [&](auto body, auto take) {
        ipc::ControlplaneRequest request;
        body(request);
        ask<ipc::ControlplaneRequest, Control>(controlplane_, std::move(request), patience,
                                               gathering, take);
    };
    ask_control([](auto& request) { request.mutable_get_status(); },
                [](const Control& got, DaemonAnswers& to) { to.controlplane = got.status(); });
    if (parts.contains(Part::neighbors)) {
        ask_control(
            [](auto& request) { request.mutable_get_bgp_neighbors(); },
            [](const Control& got, DaemonAnswers& to) { to.neighbors = got.bgp_neighbors(); });
    }
    if (parts.contains(Part::policies)) {
        ask_control([](auto& request) { request.mutable_get_policies(); },
                    [](const Control& got, DaemonAnswers& to) { to.policies = got.policies(); });
    }
    using Engine = ipc::DataplaneReply;
    const auto ask_engine = [&](bool wanted, auto body, auto take) {
        if (!wanted) return;
        ipc::DataplaneRequest request;
        body(request);
        ask<ipc::DataplaneRequest, Engine>(dataplane_, std::move(request), patience, gathering,
                                           take);
    };
    ask_engine(
        true, [](auto& request) { request.mutable_get_status(); },
        [](const Engine& got, DaemonAnswers& to) { to.dataplane = got.status(); });
    ask_engine(
        parts.contains(Part::ports), [](auto& request) { request.mutable_get_ports(); },
        [](const Engine& got, DaemonAnswers& to) { to.ports = got.ports(); });
    ask_engine(
        parts.contains(Part::drops), [](auto& request) { request.mutable_get_drops(); },
        [](const Engine& got, DaemonAnswers& to) { to.drops = got.drops(); });
    ask_engine(
        parts.contains(Part::punts), [](auto& request) { request.mutable_get_punts(); },
        [](const Engine& got, DaemonAnswers& to) { to.punts = got.punts(); });
    ask_engine(
        parts.contains(Part::bfd_sessions),
        [](auto& request) { request.mutable_get_bfd_sessions(); },
        [](const Engine& got, DaemonAnswers& to) { to.bfd_sessions = got.bfd_sessions(); });
    ask_engine(
        parts.contains(Part::workers), [](auto& request) { request.mutable_get_workers(); },
        [](const Engine& got, DaemonAnswers& to) { to.workers = got.workers(); });
    ask_engine(
        parts.contains(Part::groups), [](auto& request) { request.mutable_get_groups(); },
        [](const Engine& got, DaemonAnswers& to) { to.groups = got.groups(); });
    ask_engine(
        parts.contains(Part::counted),
        [](auto& request) { request.mutable_get_forwarding()->set_counted(true); },
        [](const Engine& got, DaemonAnswers& to) { to.counted = got.forwarding(); });
    if (parts.contains(Part::platform)) {
        ipc::PlatformRequest request;
        request.mutable_get_platform();
        ask(platform_, std::move(request), patience, gathering,
            [](const ipc::PlatformReply& got, DaemonAnswers& to) { to.platform = got.platform(); });
    }
    gathering->close();
}

}  // namespace torii::mgmt

#include "controlplane/server/controlplane.h"
#include "controlplane/server/leftovers.h"
#include "platform/base/log.h"
#include "platform/ipc/server.h"
#include "platform/linux/service_manager.h"
#include "platform/runtime/daemon.h"
#include "platform/runtime/event_loop.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace {

using torii::LogLevel;
constexpr unsigned kSocketMode = 0660;

struct Options {
    std::string run_dir = "/run/torii";
    bool remove_leftovers = false;
    LogLevel log_level = LogLevel::info;
};

void add_options(CLI::App& app, Options& options) {
    app.add_option("--run-dir", options.run_dir, "Where controlplane.sock and dataplane.sock are")
        ->capture_default_str();
    app.add_flag("--remove-leftovers", options.remove_leftovers,
                 "Only removes the routes and loopbacks that one before has left in the kernel");
    torii::add_log_level(app, options.log_level);
}

torii::Result<void> run(const Options& options) {
    using Server =
        torii::ipc::Server<torii::ipc::ControlplaneRequest, torii::ipc::ControlplaneReply>;
    auto requests = torii::netlink::Requests::open();
    if (!requests) return torii::unexpected(requests.error());
    if (options.remove_leftovers) return torii::controlplane::remove_leftovers(**requests);
    if (auto made = torii::make_run_dir(options.run_dir); !made) return made;

    torii::EventLoop loop;
    auto manager = torii::ServiceManager::of_environment(loop);
    loop.on_terminate([&] {
        manager.stopping();
        loop.stop();
    });
    torii::controlplane::Controlplane controlplane(loop, std::move(*requests), options.run_dir);
    std::unique_ptr<Server> server;
    controlplane.tell_events_to([&server](const auto& event) {
        if (server) server->broadcast(event);
    });
    torii::Result<void> outcome;
    auto started = controlplane.start([&] {
        auto listening =
            Server::listen(loop, options.run_dir + "/controlplane.sock", kSocketMode,
                           [&controlplane](const torii::ipc::ControlplaneRequest& request,
                                           const Server::SessionPtr& session) {
                               controlplane.answer(
                                   request, [session](const auto& reply) { session->send(reply); });
                           });
        if (listening) {
            server = std::move(*listening);
            manager.ready();
        } else {
            outcome = torii::unexpected(listening.error());
            loop.stop();
        }
    });
    if (!started) return started;
    loop.run();
    return outcome;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Routes, BGP and interfaces of the router", "torii-controlplane");
    add_options(app, options);
    CLI11_PARSE(app, argc, argv);
    torii::set_log_level(options.log_level);
    return torii::exit_status(run(options));
}

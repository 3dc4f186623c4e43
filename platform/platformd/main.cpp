#include "platform/base/log.h"
#include "platform/linux/program.h"
#include "platform/linux/service_manager.h"
#include "platform/linux/tap_setup.h"
#include "platform/platformd/service.h"
#include "platform/runtime/daemon.h"
#include "platform/runtime/event_loop.h"

#include <CLI/CLI.hpp>

#include <pwd.h>
#include <string>
#include <utility>

namespace {

using torii::LogLevel;
constexpr torii::Log kLog("main");

struct Options {
    std::string run_dir = "/run/torii";
    torii::machine::Roots roots;
    std::string rights_file;
    std::string remove_taps_of;
    LogLevel log_level = LogLevel::info;
};

void add_options(CLI::App& app, Options& options) {
    app.add_option("--run-dir", options.run_dir, "Where platform.sock and platform.json go")
        ->capture_default_str();
    app.add_option("--sys", options.roots.sys, "Where the kernel shows its devices")
        ->capture_default_str();
    app.add_option("--rights-file", options.rights_file,
                   "A part of the packet engine's service, with the rights that its ports need")
        ->capture_default_str();
    app.add_option("--remove-taps-of", options.remove_taps_of,
                   "Only removes the TAPs of this user's ports, and ends");
    torii::add_log_level(app, options.log_level);
}

torii::Result<void> remove_taps(const std::string& user) {
    const passwd* entry = ::getpwnam(user.c_str());
    if (entry == nullptr) return torii::fail("there is no user {}", user);
    auto requests = torii::netlink::Requests::open();
    if (!requests) return torii::unexpected(requests.error());
    return torii::remove_taps_of(entry->pw_uid, **requests);
}

torii::Result<void> run(const Options& options) {
    if (!options.remove_taps_of.empty()) return remove_taps(options.remove_taps_of);
    if (auto made = torii::make_run_dir(options.run_dir); !made) return made;
    torii::EventLoop loop;
    auto manager = torii::ServiceManager::of_environment(loop);
    torii::platformd::ServiceRights rights(options.rights_file, options.roots.proc, [] {
        return torii::run_program({"systemctl", "daemon-reload"});
    });
    torii::platformd::Service service(loop, options.run_dir, options.roots, std::move(rights));
    loop.on_terminate([&] {
        manager.stopping();
        service.stop();
        loop.stop();
    });
    if (auto started = service.start(); !started) return started;
    kLog.info("started run-dir={}", options.run_dir);
    manager.ready();
    loop.run();
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Network cards, memory and processors for the packet engine", "torii-platformd");
    add_options(app, options);
    CLI11_PARSE(app, argc, argv);
    torii::set_log_level(options.log_level);
    return torii::exit_status(run(options));
}

#include "mgmt/datastore/migration.h"
#include "mgmt/server/management.h"
#include "platform/base/durable_file.h"
#include "platform/base/log.h"
#include "platform/linux/service_manager.h"
#include "platform/runtime/daemon.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

using torii::LogLevel;
constexpr torii::Log kLog("main");

struct Options {
    std::string config = "/etc/torii/config.json";
    std::string yang_dir = "/usr/share/torii/yang";
    std::string run_dir = "/run/torii";
    torii::mgmt::RoleGroups groups;
    LogLevel log_level = LogLevel::info;
    bool check = false;
    bool with_platformd = false;
};

void add_options(CLI::App& app, Options& options) {
    app.add_option("--config", options.config, "The configuration file")->capture_default_str();
    app.add_option("--yang-dir", options.yang_dir, "Folder of the YANG modules")
        ->capture_default_str();
    app.add_option("--run-dir", options.run_dir, "Folder of the sockets")->capture_default_str();
    app.add_option("--admin-group", options.groups.admin, "Group of those who may do everything")
        ->capture_default_str();
    app.add_option("--operator-group", options.groups.operator_,
                   "Group of those who may look and clear")
        ->capture_default_str();
    app.add_option("--viewer-group", options.groups.viewer, "Group of those who may look")
        ->capture_default_str();
    app.add_flag("--with-platformd", options.with_platformd,
                 "torii-platformd belongs to this router: without it show platform health is bad");
    torii::add_log_level(app, options.log_level);
    app.add_flag("--check", options.check, "Only say whether the configuration file is good");
}

// All that is wrong, a line each.
int check(const torii::yang::Schema& schema, const std::string& path) {
    const auto text = torii::read_text(path);
    if (!text || !*text) {
        std::cerr << (text ? "there is no file " + path : text.error().message) << '\n';
        return EXIT_FAILURE;
    }
    const auto document = torii::datastore::document_of(**text);
    if (!document) {
        std::cerr << path << ' ' << document.error().message << '\n';
        return EXIT_FAILURE;
    }
    const auto parsed = torii::yang::Configuration::parse(schema, *document);
    if (parsed) return EXIT_SUCCESS;
    for (const auto& problem : parsed.error()) std::cerr << problem.text() << '\n';
    return EXIT_FAILURE;
}

torii::Result<void> run(const torii::yang::Schema& schema, const Options& options) {
    torii::EventLoop loop;
    auto manager = torii::ServiceManager::of_environment(loop);
    loop.on_terminate([&] {
        manager.stopping();
        loop.stop();
    });
    const auto management = torii::mgmt::Management::start(
        loop, schema, options.config, options.run_dir, options.groups, options.with_platformd);
    if (!management) return torii::unexpected(management.error());
    kLog.info("started config={} version={}", options.config, (*management)->store().version());
    manager.ready();
    loop.run();
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Keeps the router's configuration and answers its shell", "torii-mgmtd");
    add_options(app, options);
    CLI11_PARSE(app, argc, argv);
    torii::set_log_level(options.log_level);
    const auto schema = torii::yang::Schema::load(options.yang_dir);
    if (!schema) return torii::exit_status(torii::unexpected(schema.error()));
    if (options.check) return check(*schema, options.config);
    return torii::exit_status(run(*schema, options));
}

#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/alarms.h"
#include "mgmt/server/config_push.h"
#include "mgmt/server/daemon_link.h"
#include "mgmt/server/gatherer.h"
#include "mgmt/server/grammar.h"
#include "mgmt/show/health.h"

#include <functional>
#include <string>
#include <vector>

namespace torii::mgmt {

// The machine below the packet engine, and whether all of the router does what it is there for.
class PlatformCommands {
public:
    struct Parts {
        const datastore::Datastore& store;
        ConfigPush& push;
        Gatherer& gatherer;
        const Alarms& alarms;
        PlatformLink& platform;
        bool with_platformd = false;           // it belongs to this router
        std::vector<const Daemon*> daemons{};  // and parts of this process
    };
    explicit PlatformCommands(Parts parts) : parts_(std::move(parts)) {}

    void add_to(Grammar& grammar);

private:
    using Gathered = std::function<void(const show::HealthFacts&)>;

    void show_health(Form form, const Done& done);
    void expect(const Done& done);
    [[nodiscard]] Output forget() const;
    void gather(const Gathered& done);
    void ask_platformd(show::HealthFacts facts, const Gathered& done);
    [[nodiscard]] show::HealthFacts own_facts() const;
    [[nodiscard]] std::string file() const;

    Parts parts_;
};

}  // namespace torii::mgmt

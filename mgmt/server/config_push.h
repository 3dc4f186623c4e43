#pragma once

#include "mgmt/server/daemon_link.h"
#include "platform/base/clock.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace torii::mgmt {

// Keeps the daemons at the running configuration. Each gets all of it whenever it connects, so that
// a start, a restart and a crash in the middle of a commit are one case.
class ConfigPush {
public:
    // What is known about one daemon.
    struct State {
        std::uint64_t version = 0;  // it has taken; 0 = none since it connected
        std::string note;
        std::string error;  // why it did not take the newest
    };
    // What the daemons said to one push, a line each; empty: all of them took it silently.
    struct Outcome {
        std::vector<std::string> notes;
        std::vector<std::string> errors;
        std::vector<std::string> took;  // names of those that did
        std::vector<std::string> down;  // and of those that do not run
    };

    using Config = std::shared_ptr<const yang::TypedConfig>;

    ConfigPush(Scheduler& scheduler, std::vector<Daemon*> daemons)
        : scheduler_(scheduler), daemons_(std::move(daemons)) {}

    void set_running(std::uint64_t version, Config config);
    // Asks every daemon that runs whether it could take `config`.
    void check(const Config& config, std::uint64_t version,
               const std::function<void(Outcome)>& done);
    // Sends the running configuration to every daemon that runs.
    void push(const std::function<void(Outcome)>& done);

    // Hears how each daemon stands whenever that changes: whether it runs, and why it refuses.
    using Watcher = std::function<void(const Daemon&, const std::string& error)>;
    void watch(Watcher watcher) { watcher_ = std::move(watcher); }

    void connected(Daemon& daemon);
    void disconnected(Daemon& daemon);

    [[nodiscard]] const State& state(const Daemon& daemon) { return states_[&daemon]; }
    // How often it has come again since this process runs.
    [[nodiscard]] std::uint64_t restarts(const Daemon& daemon) const {
        const auto known = connections_.find(&daemon);
        return known == connections_.end() ? 0 : known->second - 1;
    }
    [[nodiscard]] std::uint64_t version() const { return version_; }

private:
    struct Round;
    void push_to(Daemon& daemon, Daemon::Configured done);
    void retry_later(Daemon& daemon);

    Scheduler& scheduler_;
    std::vector<Daemon*> daemons_;
    std::uint64_t version_ = 0;
    Config config_;
    std::map<const Daemon*, State> states_;
    std::map<const Daemon*, std::uint64_t> connections_;
    std::map<const Daemon*, Timer> retries_;
    Watcher watcher_ = [](const Daemon&, const std::string&) {};
};

}  // namespace torii::mgmt

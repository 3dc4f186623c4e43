#include "mgmt/server/config_push.h"

#include "platform/base/log.h"

#include <chrono>
#include <utility>

namespace torii::mgmt {
namespace {

constexpr Log kLog("push");
// A daemon that refused may only be waiting for something, as for a device that is still to come.
constexpr std::chrono::seconds kRetry{5};

}  // namespace

// Collects the answers of all daemons to one question.
struct ConfigPush::Round {
    std::size_t open = 0;
    Outcome outcome;
    std::function<void(Outcome)> done;

    void not_running(const std::string& name, const std::string& note) {
        outcome.down.push_back(name);
        if (!note.empty()) outcome.notes.push_back(fmt::format("{}: {}", name, note));
        if (--open == 0) done(std::move(outcome));
    }
    void answer(const Daemon& daemon, const Result<std::string>& result) {
        const std::string& name = daemon.name();
        if (result && daemon.own_process()) outcome.took.push_back(name);
        if (!result) {
            outcome.errors.push_back(fmt::format("{}: {}", name, result.error().message));
        } else if (!result->empty()) {
            outcome.notes.push_back(fmt::format("{}: {}", name, *result));
        }
        if (--open == 0) done(std::move(outcome));
    }
};

void ConfigPush::set_running(std::uint64_t version, Config config) {
    version_ = version;
    config_ = std::move(config);
}

void ConfigPush::check(const Config& config, std::uint64_t version,
                       const std::function<void(Outcome)>& done) {
    auto round = std::make_shared<Round>();
    round->done = done;
    round->open = daemons_.size();
    for (Daemon* daemon : daemons_) {
        if (!daemon->connected()) {
            round->not_running(daemon->name(), "does not run; it takes this when it starts");
            continue;
        }
        daemon->configure(*config, version, true,
                          [round, daemon](const Result<std::string>& result) {
                              // What it has to say about the change comes again when it takes it.
                              round->answer(*daemon, result ? Result<std::string>("") : result);
                          });
    }
}

void ConfigPush::push(const std::function<void(Outcome)>& done) {
    auto round = std::make_shared<Round>();
    round->done = done;
    round->open = daemons_.size();
    for (Daemon* daemon : daemons_) {
        if (!daemon->connected()) {
            // check() has said so already.
            round->not_running(daemon->name(), "");
            continue;
        }
        push_to(*daemon, [round, daemon](const Result<std::string>& result) {
            round->answer(*daemon, result);
        });
    }
}

void ConfigPush::connected(Daemon& daemon) {
    kLog.info("connected daemon={}", daemon.name());
    ++connections_[&daemon];
    push_to(daemon, [](const Result<std::string>&) {});
}

void ConfigPush::disconnected(Daemon& daemon) {
    kLog.warning("lost daemon={}", daemon.name());
    states_[&daemon] = {};
    retries_.erase(&daemon);
    watcher_(daemon, "");
}

void ConfigPush::push_to(Daemon& daemon, Daemon::Configured done) {
    retries_.erase(&daemon);
    const std::uint64_t version = version_;
    daemon.configure(
        *config_, version, false,
        [this, &daemon, version, done = std::move(done)](const Result<std::string>& result) {
            State& state = states_[&daemon];
            if (result) {
                kLog.info("configured daemon={} version={} note=\"{}\"", daemon.name(), version,
                          *result);
                state = {version, *result, ""};
            } else {
                kLog.error("not configured daemon={} version={} error=\"{}\"", daemon.name(),
                           version, result.error().message);
                state.error = result.error().message;
                if (daemon.connected()) retry_later(daemon);
            }
            watcher_(daemon, state.error);
            done(result);
        });
}

void ConfigPush::retry_later(Daemon& daemon) {
    retries_[&daemon] = scheduler_.after(kRetry, [this, &daemon] {
        if (daemon.connected()) push_to(daemon, [](const Result<std::string>&) {});
    });
}

}  // namespace torii::mgmt

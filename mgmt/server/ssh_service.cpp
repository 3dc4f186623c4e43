#include "mgmt/server/ssh_service.h"

#include "platform/base/log.h"

#include <chrono>
#include <utility>

namespace torii::mgmt {
namespace {

constexpr Log kLog("ssh");
constexpr std::chrono::seconds kBetweenLooks{10};

}  // namespace

SshService::SshService(Scheduler& scheduler, Background& background, host::SshPaths paths)
    : OwnPart("ssh"),
      scheduler_(scheduler),
      background_(background),
      server_(std::make_shared<host::SshServer>(std::move(paths))) {}

void SshService::configure(const yang::TypedConfig& config, std::uint64_t /*version*/,
                           bool check_only, Configured done) {
    const auto& management = config.management;
    const auto outcome = std::make_shared<Result<void>>();
    host::SshWish wish{management.ssh, management.netconf, management.users};
    const bool enabled = wish.enabled();
    background_.run(
        [server = server_, outcome, wish = std::move(wish), check_only] {
            *outcome = check_only ? server->check(wish) : server->apply(wish);
        },
        [this, outcome, check_only, enabled, done = std::move(done)] {
            if (!check_only) {
                timer_.reset();
                if (enabled) look_after();
            }
            if (*outcome) return done("");
            done(unexpected(outcome->error()));
        });
}

// A server that died is started again.
void SshService::look_after() {
    timer_ = scheduler_.after(kBetweenLooks, [this] {
        const auto outcome = std::make_shared<Result<void>>();
        background_.run([server = server_, outcome] { *outcome = server->revive(); },
                        [this, outcome] {
                            if (!*outcome) kLog.error("{}", outcome->error().message);
                            look_after();
                        });
    });
}

}  // namespace torii::mgmt

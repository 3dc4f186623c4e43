#pragma once

#include "mgmt/host/ssh_files.h"
#include "platform/base/result.h"

#include <optional>
#include <string>
#include <sys/types.h>

namespace torii::host {

// An sshd of the router's own. It is a process beside this one that goes on when this one ends;
// the next one takes it over. All of this takes milliseconds and may be called on any one thread.
class SshServer {
public:
    explicit SshServer(SshPaths paths) : paths_(std::move(paths)) {}

    // Whether it could do so: its sockets that are new can be had. Changes nothing.
    [[nodiscard]] Result<void> check(const SshWish& wish) const;
    // Writes its files and has it do so. On an error it goes on as before.
    [[nodiscard]] Result<void> apply(const SshWish& wish);
    // Starts it again when it should be there and is not.
    [[nodiscard]] Result<void> revive() const;

private:
    [[nodiscard]] std::optional<pid_t> process() const;
    [[nodiscard]] Result<void> make_host_key() const;
    [[nodiscard]] Result<void> write(const std::map<std::string, std::string>& files) const;
    [[nodiscard]] Result<void> start() const;
    void end() const;

    SshPaths paths_;
    std::optional<SshWish> applied_;  // nothing is known of what the process before this one did
};

}  // namespace torii::host

#pragma once

#include "mgmt/yang/typed_config.h"

#include <map>
#include <string>
#include <vector>

namespace torii::host {

// Of an SSH server.
struct SshPaths {
    std::string folder;    // of what is written here
    std::string host_key;  // its own
    std::string programs;  // folder of torii and torii-netconf
    std::string run_dir;   // that those are told
};

// What an SSH server is to do. Without sockets: nothing.
struct SshWish {
    yang::SshConfig shell;
    yang::SshConfig netconf;
    std::vector<yang::UserConfig> users;

    [[nodiscard]] bool enabled() const { return shell.enabled || netconf.enabled; }
    friend bool operator==(const SshWish&, const SshWish&) = default;
};

// Name below SshPaths::folder and text of each file.
[[nodiscard]] std::map<std::string, std::string> ssh_files(const SshWish& wish,
                                                           const SshPaths& paths);

// The sockets of a service; where it names no address there are those of both families.
struct SshSocket {
    IpAddress address;
    std::uint16_t port;
    friend auto operator<=>(const SshSocket&, const SshSocket&) = default;
};
[[nodiscard]] std::vector<SshSocket> sockets_of(const yang::SshConfig& service);

}  // namespace torii::host

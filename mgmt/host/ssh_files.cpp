#include "mgmt/host/ssh_files.h"

#include <fmt/format.h>

namespace torii::host {
namespace {

std::string listen_line(const SshSocket& socket) {
    return socket.address.is_v4()
               ? fmt::format("ListenAddress {}:{}\n", socket.address, socket.port)
               : fmt::format("ListenAddress [{}]:{}\n", socket.address, socket.port);
}

// In quotation marks for the user's shell.
std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char character : text)
        out += character == '\'' ? "'\\''" : std::string(1, character);
    return out + "'";
}

// What a socket runs, whatever its client asks for: a line of the client's is one of the shell.
std::string match_block(std::uint16_t port, const std::string& command) {
    return fmt::format("Match LocalPort {}\n    ForceCommand {}\n", port, command);
}

std::string server_config(const SshWish& wish, const SshPaths& paths) {
    std::string out = "# Written by torii-mgmtd: what is changed here is lost.\n";
    for (const yang::SshConfig* service : {&wish.shell, &wish.netconf}) {
        for (const SshSocket& socket : sockets_of(*service)) out += listen_line(socket);
    }
    out += fmt::format("HostKey {}\nPidFile {}/sshd.pid\n", paths.host_key, paths.folder);
    // The files are root's; the folders above them may be anybody's.
    out += fmt::format("AuthorizedKeysFile {}/keys/%u\nStrictModes no\n", paths.folder);
    out +=
        "PubkeyAuthentication yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PermitRootLogin prohibit-password\nUsePAM no\nDisableForwarding yes\nPermitUserRC no\n"
        "PrintMotd no\nUseDNS no\n";
    out += "AllowUsers";
    for (const yang::UserConfig& user : wish.users) {
        if (!user.ssh_keys.empty()) out += " " + user.name;
    }
    out += "\n";
    const std::string run_dir = quoted(paths.run_dir);
    const std::string netconf =
        fmt::format("{} --run-dir {}", quoted(paths.programs + "/torii-netconf"), run_dir);
    if (wish.netconf.enabled) {
        // A client asks for a subsystem of this name (RFC 6242 section 3).
        out += fmt::format("Subsystem netconf {}\n", netconf);
        out += match_block(wish.netconf.port, netconf) + "    PermitTTY no\n";
    }
    if (wish.shell.enabled) {
        out += match_block(wish.shell.port,
                           fmt::format("exec {} --run-dir {} ${{SSH_ORIGINAL_COMMAND:+-c "
                                       "\"$SSH_ORIGINAL_COMMAND\"}}",
                                       quoted(paths.programs + "/torii"), run_dir));
    }
    return out;
}

}  // namespace

std::vector<SshSocket> sockets_of(const yang::SshConfig& service) {
    std::vector<SshSocket> out;
    if (!service.enabled) return out;
    for (const IpAddress& address : service.listen) out.push_back({address, service.port});
    if (!out.empty()) return out;
    return {{IpAddress::any(IpFamily::v4), service.port},
            {IpAddress::any(IpFamily::v6), service.port}};
}

std::map<std::string, std::string> ssh_files(const SshWish& wish, const SshPaths& paths) {
    std::map<std::string, std::string> out;
    if (!wish.enabled()) return out;
    out["sshd_config"] = server_config(wish, paths);
    for (const yang::UserConfig& user : wish.users) {
        if (user.ssh_keys.empty()) continue;
        std::string& keys = out["keys/" + user.name];
        for (const std::string& key : user.ssh_keys) keys += key + "\n";
    }
    return out;
}

}  // namespace torii::host

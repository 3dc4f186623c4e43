#include "mgmt/server/service_list.h"

#include "mgmt/host/ssh_files.h"

namespace torii::mgmt {

std::vector<show::RouterState::Service> service_list(const yang::ManagementConfig& config,
                                                     const std::set<ListeningSocket>& listening) {
    std::vector<show::RouterState::Service> out;
    const auto add = [&](const char* name, const IpAddress& address, std::uint16_t port) {
        out.push_back({name, address.to_string(), port, "tcp",
                       listening.contains({address, port}) ? "listening" : "failed"});
    };
    for (const host::SshSocket& socket : host::sockets_of(config.ssh)) {
        add("ssh", socket.address, socket.port);
    }
    for (const host::SshSocket& socket : host::sockets_of(config.netconf)) {
        add("netconf", socket.address, socket.port);
    }
    for (const IpAddress& address : config.metrics.listen) {
        add("metrics", address, config.metrics.port);
    }
    // Over UDP nobody says whether it arrives (RFC 5426).
    for (const ipc::LoggingServer& server : config.logging.servers()) {
        out.push_back({"syslog", server.address(), static_cast<std::uint16_t>(server.port()), "udp",
                       "sending"});
    }
    return out;
}

}  // namespace torii::mgmt

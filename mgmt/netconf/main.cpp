#include "mgmt/netconf/relay.h"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

namespace {

// "192.0.2.1 50000 192.0.2.2 830": where the client is, as sshd says it.
std::string client_address() {
    const char* connection = std::getenv("SSH_CONNECTION");
    if (connection == nullptr) return "";
    const std::string text = connection;
    return text.substr(0, text.find(' '));
}

}  // namespace

int main(int argc, char** argv) {
    // A client that went away is an error of a write.
    std::signal(SIGPIPE, SIG_IGN);
    std::string run_dir = "/run/torii";
    CLI::App app("The subsystem netconf of sshd: a NETCONF session on stdin and stdout",
                 "torii-netconf");
    app.add_option("--run-dir", run_dir, "Folder of the sockets")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    torii::EventLoop loop;
    loop.on_terminate([&loop] { loop.stop(); });
    int status = EXIT_SUCCESS;
    torii::netconf::Relay relay(loop, {}, client_address(), [&](const std::string& reason) {
        if (!reason.empty()) {
            std::cerr << "torii-netconf: " << reason << '\n';
            status = EXIT_FAILURE;
        }
        loop.stop();
    });
    relay.start(run_dir + "/mgmtd.sock");
    loop.run();
    return status;
}

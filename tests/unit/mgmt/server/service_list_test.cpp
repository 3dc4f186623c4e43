#include "mgmt/server/service_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::mgmt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> texts(const std::vector<show::RouterState::Service>& services) {
    std::vector<std::string> out;
    for (const auto& one : services) {
        out.push_back(fmt::format("{} {} {} {} {}", one.name, one.address, one.port, one.transport,
                                  one.state));
    }
    return out;
}

TEST(ServiceList, HasWhatIsConfiguredAndWhetherItIsSo) {
    yang::ManagementConfig config;
    const IpAddress local = *IpAddress::parse("127.0.0.1");
    config.ssh.enabled = true;
    config.ssh.port = 22;
    config.netconf.enabled = true;
    config.netconf.port = 830;
    config.netconf.listen = {local};
    config.metrics.port = 9342;
    config.metrics.listen = {local};
    ipc::LoggingServer& server = *config.logging.add_servers();
    server.set_address("192.0.2.9");
    server.set_port(514);
    EXPECT_THAT(
        texts(service_list(config, {{IpAddress::any(IpFamily::v4), 22}, {local, 830}})),
        ElementsAre("ssh 0.0.0.0 22 tcp listening", "ssh :: 22 tcp failed",
                    "netconf 127.0.0.1 830 tcp listening", "metrics 127.0.0.1 9342 tcp failed",
                    "syslog 192.0.2.9 514 udp sending"));
}

TEST(ServiceList, WhatIsOffIsNotInIt) {
    yang::ManagementConfig config;
    config.ssh.port = 22;
    EXPECT_THAT(texts(service_list(config, {{IpAddress::any(IpFamily::v4), 22}})), IsEmpty());
}

}  // namespace
}  // namespace torii::mgmt

#include "tests/unit/mgmt/server/management_fixture.h"

namespace torii::mgmt {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Three ports of the example, as the packet engine tells of them.
class PlatformHealth : public ManagementTest {
protected:
    void start_well() {
        start_all();
        dataplane_->answer_to = [this](const ipc::DataplaneRequest& request) {
            ipc::DataplaneReply reply;
            if (request.has_get_status()) {
                reply.mutable_status()->set_buffers(1000);
            }
            for (const char* name : {"eth1", "eth2", "eth3"}) {
                if (!request.has_get_ports()) break;
                ipc::PortStatus& port = *reply.mutable_ports()->add_ports();
                port.set_name(name);
                port.set_link_up(links_);
            }
            return reply;
        };
        controlplane_->answer_to = [this](const ipc::ControlplaneRequest& request) {
            ipc::ControlplaneReply reply;
            if (request.has_get_status()) {
                reply.mutable_status()->set_dataplane_connected(true);
            }
            if (request.has_get_bgp_neighbors()) {
                auto& neighbor = *reply.mutable_bgp_neighbors()->add_neighbors();
                neighbor.set_address("10.0.0.1");
                neighbor.set_state(session_up_ ? "Established" : "Active");
            }
            return reply;
        };
        // The answer of the push is on its way.
        ASSERT_TRUE(until([this] { return run("show platform health").verdict() == 0; }));
    }

    bool links_ = true;
    bool session_up_ = true;
};

TEST_F(PlatformHealth, TheVerdictIsTextJsonAndExitStatus) {
    start_well();
    const auto good = run("show platform health");
    EXPECT_EQ(good.status(), 0);
    EXPECT_THAT(good.text(), AllOf(HasSubstr("torii-controlplane, torii-dataplane run"),
                                   HasSubstr("The router is well.\n")));
    controlplane_.reset();
    ASSERT_TRUE(until([this] { return run("show platform health").verdict() == 2; }));
    const auto bad = run("show platform health | json");
    EXPECT_EQ(bad.verdict(), 2);
    EXPECT_EQ(bad.status(), 0) << "it did what was asked";
    EXPECT_THAT(bad.text(),
                AllOf(HasSubstr("\"good\": false"), HasSubstr("torii-controlplane does not run")));
    EXPECT_THAT(run("show platform health | match daemons").text(),
                Not(HasSubstr("configuration")));
}

TEST_F(PlatformHealth, WhatIsExpectedOutlivesTheProcess) {
    start_well();
    EXPECT_THAT(run("platform expect").text(), HasSubstr("1 BGP neighbors, 3 links"));
    session_up_ = false;
    start();
    ASSERT_TRUE(until([this] {
        const std::string text = run("show platform health").text();
        return text.find("10.0.0.1 is not there again") != std::string::npos;
    }));
    EXPECT_EQ(run("clear platform expected").status(), 0);
    ASSERT_TRUE(until([this] { return run("show platform health").verdict() == 0; }));
    EXPECT_EQ(run("clear platform expected").status(), 0) << "nothing is expected";
}

TEST_F(PlatformHealth, WherePlatformdBelongsToTheRouterItHasToRun) {
    start_controlplane();
    start_dataplane();
    auto started = Management::start(loop_, schema(), file_, folder_, {}, true);
    ASSERT_TRUE(started) << started.error().message;
    management_ = std::move(*started);
    session_ = management_->sessions().open({"ann", Role::admin, "cli", "here"});
    EXPECT_THAT(run("show platform health").text(), HasSubstr("torii-platformd does not run"));
}

}  // namespace
}  // namespace torii::mgmt

// Single routes and paths as state of the model.
#include "mgmt/server/table_reader.h"
#include "tests/unit/mgmt/server/management_fixture.h"

namespace torii::mgmt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class TableState : public ManagementTest {
protected:
    void SetUp() override {
        start_all();
        controlplane_->answer_to = [this](const ipc::ControlplaneRequest& request) {
            return answer(request);
        };
    }
    ipc::ControlplaneReply answer(const ipc::ControlplaneRequest& request) {
        ipc::ControlplaneReply reply;
        if (request.has_get_bgp_neighbors()) {
            for (const char* address : {"192.168.10.100", "192.168.10.101"}) {
                reply.mutable_bgp_neighbors()->add_neighbors()->set_address(address);
            }
        } else if (request.has_get_routes()) {
            const auto& asked = request.get_routes();
            questions_.push_back(fmt::format("routes {} {} {} {}", family(asked.family()),
                                             asked.prefix(), asked.protocol(), asked.walk()));
            add_routes(asked, *reply.mutable_routes());
        } else if (request.has_get_bgp_table()) {
            const auto& asked = request.get_bgp_table();
            questions_.push_back(
                fmt::format("paths {} {}", family(asked.family()), asked.prefix()));
            reply.mutable_bgp_table()->set_local_as(65000);
        } else if (request.has_get_bgp_neighbor_routes()) {
            const auto& asked = request.get_bgp_neighbor_routes();
            questions_.push_back(
                fmt::format("of {} {} {} {}", asked.address(), family(asked.family()),
                            ipc::NeighborRoutes_Name(asked.routes()), asked.prefix()));
            ipc::BgpTableEntry& entry = *reply.mutable_bgp_table()->add_entries();
            entry.set_prefix("172.20.0.0/24");
            entry.add_paths()->set_peer_address(asked.address());
        }
        return reply;
    }
    static std::string family(ipc::AddressFamily family) {
        return family == ipc::IPV6_UNICAST ? "ipv6" : "ipv4";
    }
    // `portions_` of a thousand, of IPv4.
    void add_routes(const ipc::GetRoutes& asked, ipc::Routes& out) const {
        if (asked.family() == ipc::IPV6_UNICAST) return;
        const unsigned rows = asked.prefix().empty() ? 1000 : 1;
        const auto portion = static_cast<unsigned>(asked.walk());
        for (unsigned row = 0; row < rows; ++row) {
            ipc::RouteEntry& route = *out.add_routes();
            route.set_prefix(asked.prefix().empty()
                                 ? fmt::format("10.{}.{}.{}/32", portion, row / 250, row % 250)
                                 : asked.prefix());
            route.set_protocol("bgp");
            route.set_distance(20);
        }
        if (asked.prefix().empty() && portion + 1 < portions_) out.set_walk(portion + 1);
    }

    unsigned portions_ = 1;
    std::vector<std::string> questions_;
};

TEST_F(TableState, TheRouteOfAPrefixIsAskedForAlone) {
    const auto output = run("show state routing state route 172.20.0.0/24 bgp");
    EXPECT_THAT(questions_, ElementsAre("routes ipv4 172.20.0.0/24 bgp 0"));
    EXPECT_THAT(output.text(), HasSubstr("route 172.20.0.0/24 bgp {"));
    EXPECT_THAT(output.text(), HasSubstr("distance 20;"));
    questions_.clear();
    EXPECT_THAT(run("show state routing state route 2001:db8::/32").text(),
                HasSubstr("There is no state"));
    EXPECT_THAT(questions_, ElementsAre("routes ipv6 2001:db8::/32  0"));
}

TEST_F(TableState, TablesAreNotReadWithWhatTheyAreIn) {
    EXPECT_THAT(run("show state routing").text(), HasSubstr("bgp-routes"));
    EXPECT_THAT(run("show state").text(), HasSubstr("controlplane"));
    EXPECT_THAT(questions_, ElementsAre());
}

TEST_F(TableState, PortionsComeOneAfterTheOther) {
    portions_ = 3;
    const auto output = run("show state routing state route | count");
    EXPECT_THAT(questions_, ElementsAre("routes ipv4   0", "routes ipv4   1", "routes ipv4   2",
                                        "routes ipv6   0"));
    questions_.clear();
    EXPECT_THAT(run("show state routing state route | match \"10.2.3.249/32\"").text(),
                HasSubstr("route 10.2.3.249/32 bgp {"));
}

TEST_F(TableState, MoreThanAMessageHoldsIsRefused) {
    portions_ = 2000;
    const auto output = run("show state routing state route");
    EXPECT_EQ(output.status(), 1);
    EXPECT_THAT(output.text(), HasSubstr("more than 10000 entries: name a prefix"));
    EXPECT_EQ(questions_.size(), 11U) << "and nothing is read for nothing";
}

TEST_F(TableState, ANeighborsTablesAreOfThatNeighbor) {
    EXPECT_THAT(run("show state bgp neighbor 192.168.10.101 state received-path ipv4-unicast "
                    "172.20.0.0/24")
                    .text(),
                HasSubstr("received-path ipv4-unicast 172.20.0.0/24 0 {"));
    EXPECT_THAT(questions_, ElementsAre("of 192.168.10.101 ipv4 RECEIVED_ROUTES 172.20.0.0/24"));
    questions_.clear();
    run("show state bgp neighbor 192.0.2.9 state advertised-path");
    EXPECT_THAT(questions_, ElementsAre()) << "there is no such neighbor";
    EXPECT_THAT(run("show state bgp state path ipv4-unicast 172.20.0.0/24 192.168.10.100").text(),
                HasSubstr("path ipv4-unicast 172.20.0.0/24 192.168.10.100 0 {"));
    EXPECT_THAT(questions_, ElementsAre("of 192.168.10.100 ipv4 ACCEPTED_ROUTES 172.20.0.0/24"));
    questions_.clear();
    run("show state bgp neighbor");
    EXPECT_THAT(questions_, ElementsAre());
}

TEST_F(TableState, WordsOfStateAreCompleted) {
    EXPECT_THAT(offered("show state routing state "), testing::Contains("route"));
    EXPECT_THAT(offered("show state bgp neighbor 192.168.10.100 state "),
                testing::IsSupersetOf({"received-path", "session"}));
    EXPECT_THAT(offered("show state bgp state path "), ElementsAre("ipv4-unicast", "ipv6-unicast"));
    EXPECT_THAT(offered("show configuration routing "), Not(testing::Contains("state")));
}

TEST_F(TableState, AControlplaneThatIsAwayIsAnError) {
    controlplane_.reset();
    ASSERT_TRUE(until([this] {
        return run("show state routing state route").text().find("does not run") !=
               std::string::npos;
    }));
    EXPECT_EQ(run("show state routing state route").status(), 1);
    EXPECT_EQ(run("show state system").status(), 0);
}

}  // namespace
}  // namespace torii::mgmt

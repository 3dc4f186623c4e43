#include "dataplane/server/machine.h"

#include "platform/ipc/server.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>

#include <memory>
#include <platform/ipc/proto/platform.pb.h>
#include <thread>

namespace torii::dataplane {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// torii-platformd on a thread of its own: who asks it waits for the answer.
class FakePlatformd {
public:
    explicit FakePlatformd(const std::string& socket) {
        server_ = *Server::listen(
            loop_, socket, 0600,
            [this](const ipc::PlatformRequest& request, const Server::SessionPtr& session) {
                asked.push_back(request);
                ipc::PlatformReply reply = answer;
                reply.set_id(request.id());
                session->send(reply);
            });
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~FakePlatformd() {
        loop_.post([this] { loop_.stop(); });
        thread_.join();
    }

    std::vector<ipc::PlatformRequest> asked;
    ipc::PlatformReply answer;

private:
    using Server = ipc::Server<ipc::PlatformRequest, ipc::PlatformReply>;
    EventLoop loop_;
    std::unique_ptr<Server> server_;
    std::thread thread_;
};

class MachineTest : public ::testing::Test {
protected:
    MachineTest() {
        PortSpec card;
        card.driver = Driver::pci;
        card.device = "0000:00:10.0";
        PortSpec other;
        other.driver = Driver::xdp;
        other.device = "hw-eth1";
        config_.ports = {card, other};
    }

    test::TemporaryFolder folder_;
    std::string socket_ = folder_.path() / "platform.sock";
    Machine machine_{socket_};
    Config config_;
};

TEST_F(MachineTest, WhereNobodyIsAskedAllStaysAsConfigured) {
    ASSERT_TRUE(machine_.prepare(config_, {}));
    EXPECT_TRUE(machine_.check(config_));
    EXPECT_FALSE(config_.start.hugepage_memory_mib);
    EXPECT_THAT(config_.start.worker_lcores, IsEmpty());
}

TEST_F(MachineTest, ThePlanFillsWhatIsNotConfigured) {
    FakePlatformd platformd(socket_);
    ipc::MachinePlan& plan = *platformd.answer.mutable_plan();
    plan.add_worker_cpus(2);
    plan.add_worker_cpus(3);
    plan.set_hugepage_memory_mib(256);
    plan.add_eal_arguments("--iova-mode=pa");
    Config own = config_;
    ASSERT_TRUE(machine_.prepare(config_, {}));
    ASSERT_EQ(platformd.asked.size(), 1U);
    EXPECT_THAT(platformd.asked[0].take_devices().pci(), ElementsAre("0000:00:10.0"));
    EXPECT_FALSE(platformd.asked[0].take_devices().check_only());
    EXPECT_EQ(config_.start.worker_lcores, "2,3");
    EXPECT_EQ(config_.start.hugepage_memory_mib, 256U);
    EXPECT_THAT(config_.start.eal_arguments, ElementsAre("--iova-mode=pa"));
    own.start.worker_lcores = "1";
    own.start.hugepage_memory_mib = 0;
    ASSERT_TRUE(machine_.prepare(own, {}));
    EXPECT_EQ(own.start.worker_lcores, "1");
    EXPECT_EQ(own.start.hugepage_memory_mib, 0U);
}

TEST_F(MachineTest, ARefusalIsTheConfigurationsToo) {
    FakePlatformd platformd(socket_);
    platformd.answer.set_error("0000:00:10.0 stays with the kernel");
    const auto checked = machine_.check(config_);
    ASSERT_FALSE(checked);
    EXPECT_THAT(checked.error().message, HasSubstr("stays with the kernel"));
    EXPECT_TRUE(platformd.asked[0].take_devices().check_only());
    EXPECT_FALSE(machine_.prepare(config_, {}));
    config_.ports.erase(config_.ports.begin());
    EXPECT_TRUE(machine_.check(config_));  // without cards there is nothing to ask
}

TEST_F(MachineTest, ACardIsGivenBackOnceItsPortIsGone) {
    FakePlatformd platformd(socket_);
    const std::vector<std::string> in_use{"0000:00:10.0", "0000:00:11.0"};
    ASSERT_TRUE(machine_.prepare(config_, in_use));
    EXPECT_THAT(platformd.asked[0].take_devices().pci(),
                ElementsAre("0000:00:10.0", "0000:00:11.0"));
    ASSERT_TRUE(machine_.give_back(config_, in_use));
    ASSERT_EQ(platformd.asked.size(), 2U);
    EXPECT_THAT(platformd.asked[1].take_devices().pci(), ElementsAre("0000:00:10.0"));
    ASSERT_TRUE(machine_.give_back(config_, {"0000:00:10.0"}));
    EXPECT_EQ(platformd.asked.size(), 2U) << "nothing goes";
}

TEST_F(MachineTest, ATapIsMadeByWhoHasTheRight) {
    FakePlatformd platformd(socket_);
    auto requests = netlink::Requests::open();
    ASSERT_TRUE(requests) << requests.error().message;
    const PortTap tap{"torii-no-port", MacAddress{{2, 0, 0, 0, 0, 1}}, 1500};
    ASSERT_TRUE(machine_.set_up_tap(tap, **requests));
    ASSERT_EQ(platformd.asked.size(), 1U);
    EXPECT_EQ(platformd.asked[0].set_up_tap().name(), "torii-no-port");
    EXPECT_EQ(platformd.asked[0].set_up_tap().mtu(), 1500U);
    EXPECT_FALSE((*requests)->link("torii-no-port"));
    platformd.answer.set_error("no");
    EXPECT_FALSE(machine_.set_up_tap(tap, **requests));
}

}  // namespace
}  // namespace torii::dataplane

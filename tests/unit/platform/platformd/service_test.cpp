#include "platform/platformd/service.h"

#include "platform/base/durable_file.h"
#include "platform/linux/netlink_request.h"
#include "tests/unit/platform/machine/fake_machine.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <sched.h>
#include <string>
#include <unistd.h>
#include <utility>

namespace torii::platformd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kAddress = "0000:00:10.0";
constexpr pid_t kNobody = 1 << 30;

class PlatformServiceTest : public ::testing::Test {
protected:
    PlatformServiceTest() {
        fake_.add_card(kAddress, "ens16");
        fake_.add_driver("vfio-pci");
        fake_.add_driver("uio_pci_generic");
        start();
    }
    void start() {
        service_.reset();
        ServiceRights rights(fake_.root() / "dataplane.conf", fake_.roots().proc,
                             []() -> Result<void> { return {}; });
        service_ = std::make_unique<Service>(loop_, fake_.root(), fake_.roots(), std::move(rights),
                                             fake_.kernel());
        const auto started = service_->start();
        ASSERT_TRUE(started) << started.error().message;
    }
    Result<ipc::PlatformReply> take(pid_t process) {
        ipc::PlatformRequest request;
        request.mutable_take_devices()->add_pci(kAddress);
        return service_->answer(request, {process, getuid()});
    }
    ipc::Platform platform() {
        ipc::PlatformRequest request;
        request.mutable_get_platform();
        return service_->answer(request, {})->platform();
    }

    machine::FakeMachine fake_;
    EventLoop loop_;
    std::unique_ptr<Service> service_;
};

TEST_F(PlatformServiceTest, ReservesMemoryAndTellsThePlan) {
    const ipc::Platform told = platform();
    EXPECT_EQ(told.hugepages_mib(), 512U);
    EXPECT_EQ(told.plan().hugepage_memory_mib(), 512U);
    EXPECT_THAT(told.plan().worker_cpus(), ElementsAre(1));
    EXPECT_THAT(told.plan().control_cpus(), ElementsAre(0));
    EXPECT_FALSE(told.iommu());
    ASSERT_EQ(told.cards_size(), 1);
    EXPECT_FALSE(told.cards(0).taken());
    EXPECT_EQ(told.cards(0).choices(1).way(), "vfio-pci");
    EXPECT_THAT(told.cards(0).choices(1).refusal(), HasSubstr("no IOMMU"));
}

TEST_F(PlatformServiceTest, TheArgumentsOfEalFollowTheWay) {
    const auto uio = take(getpid());
    ASSERT_TRUE(uio) << uio.error().message;
    EXPECT_THAT(uio->plan().eal_arguments(), ElementsAre("--iova-mode=pa"));
    service_->stop();  // this process lives: the card stays
    EXPECT_EQ(fake_.driver_of(kAddress), "uio_pci_generic");
}

TEST_F(PlatformServiceTest, BehindAnIommuAddressesAreVirtual) {
    fake_.group("1", {kAddress});
    EXPECT_THAT(take(getpid())->plan().eal_arguments(), ElementsAre("--iova-mode=va"));
    EXPECT_TRUE(platform().iommu());
}

TEST_F(PlatformServiceTest, ItsNextProcessKnowsWhatWasTaken) {
    ASSERT_TRUE(take(kNobody));
    start();
    const ipc::NetworkCard card = platform().cards(0);
    EXPECT_TRUE(card.taken());
    EXPECT_EQ(card.first_driver(), "virtio-pci");
    EXPECT_EQ(card.mac(), "52:54:00:00:00:00");
    service_->stop();
    EXPECT_EQ(fake_.driver_of(kAddress), "virtio-pci");
    EXPECT_FALSE(platform().cards(0).taken());
}

TEST_F(PlatformServiceTest, PhysicalAddressesAreARightOfTheNextProcess) {
    const auto uio = take(getpid());
    ASSERT_TRUE(uio) << uio.error().message;
    EXPECT_THAT(uio->plan().capabilities(), ElementsAre("CAP_SYS_ADMIN"));
    EXPECT_TRUE(uio->plan().rights_pending());
    start();
    EXPECT_THAT(platform().plan().capabilities(), ElementsAre("CAP_SYS_ADMIN"));
    EXPECT_FALSE(platform().plan().rights_pending());
}

TEST_F(PlatformServiceTest, BehindAnIommuNoRightIsAdded) {
    fake_.group("1", {kAddress});
    const auto vfio = take(getpid());
    EXPECT_THAT(vfio->plan().capabilities(), ::testing::IsEmpty());
    EXPECT_FALSE(vfio->plan().rights_pending());
}

TEST_F(PlatformServiceTest, WhatItDoesNotKnowItSays) {
    EXPECT_FALSE(service_->answer({}, {}));
}

// In a network namespace of its own.
class PlatformServiceTaps : public PlatformServiceTest {
protected:
    void SetUp() override {
        const int flags = ::geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET;
        ASSERT_EQ(::unshare(flags), 0) << std::strerror(errno);
        ipc::SetUpTap& tap = *request_.mutable_set_up_tap();
        tap.set_name("port0");
        tap.set_mac("\x02\x10\x10\x10\x10\x01", 6);
        tap.set_mtu(1500);
    }

    ipc::PlatformRequest request_;
};

TEST_F(PlatformServiceTaps, AreForTheUserWhoHasThePorts) {
    ASSERT_TRUE(take(getpid()));
    const auto made = service_->answer(request_, {getpid(), getuid()});
    ASSERT_TRUE(made) << made.error().message;
    const auto requests = netlink::Requests::open();
    EXPECT_EQ((*requests)->link("port0")->owner, getuid());
}

TEST_F(PlatformServiceTaps, AreForNobodyElse) {
    ASSERT_TRUE(take(getpid()));
    EXPECT_FALSE(service_->answer(request_, {kNobody, getuid()}));
    request_.mutable_set_up_tap()->set_mac("short");
    EXPECT_FALSE(service_->answer(request_, {getpid(), getuid()}));
    const auto requests = netlink::Requests::open();
    EXPECT_FALSE((*requests)->link("port0"));
}

}  // namespace
}  // namespace torii::platformd

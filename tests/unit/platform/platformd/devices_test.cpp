#include "platform/platformd/devices.h"

#include "tests/unit/platform/machine/fake_machine.h"

#include <gmock/gmock.h>

#include <unistd.h>

namespace torii::platformd {
namespace {

using machine::Way;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kFirst = "0000:00:10.0";
constexpr const char* kSecond = "0000:00:11.0";
// No process has it. proc(5), pid_max
constexpr pid_t kNobody = 1 << 30;

class DevicesTest : public ::testing::Test {
protected:
    DevicesTest() : hardware_(fake_.roots(), fake_.kernel()) {
        fake_.add_card(kFirst, "ens16");
        fake_.add_card(kSecond, "ens17");
        fake_.add_driver("vfio-pci");
        fake_.add_driver("uio_pci_generic");
        fake_.group("1", {kFirst});
        fake_.group("2", {kSecond});
    }
    machine::FakeMachine fake_;
    machine::Hardware hardware_;
    machine::Addresses addresses_;
    Devices devices_{hardware_, [this] { return addresses_; }};
    Holder holder_{getpid(), getuid()};
};

TEST_F(DevicesTest, CardsAreTakenAndGivenBackAsTheConfigurationHasThem) {
    const auto taken = devices_.take({kFirst, kSecond}, holder_);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(fake_.driver_of(kFirst), "vfio-pci");
    EXPECT_EQ(devices_.taken().at(kFirst).first_driver, "virtio-pci");
    EXPECT_EQ(devices_.taken().at(kFirst).way, Way::vfio);
    ASSERT_TRUE(devices_.take({"00:11.0"}, holder_));
    EXPECT_EQ(fake_.driver_of(kFirst), "virtio-pci");
    EXPECT_EQ(fake_.driver_of(kSecond), "vfio-pci");
    EXPECT_EQ(devices_.taken().size(), 1U);
}

TEST_F(DevicesTest, WhatIsRefusedChangesNothing) {
    addresses_ = {{"ens17", "192.0.2.7"}};
    const auto taken = devices_.take({kFirst, kSecond}, holder_);
    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().message, HasSubstr("0000:00:11.0 stays with the kernel"));
    EXPECT_EQ(fake_.driver_of(kFirst), "virtio-pci");
    EXPECT_THAT(devices_.taken(), IsEmpty());
    EXPECT_FALSE(devices_.check({kSecond}));
    EXPECT_TRUE(devices_.check({kFirst}));
}

TEST_F(DevicesTest, WhatIsNoCardIsSaidToBeNone) {
    fake_.add_other("0000:00:02.0", "0x010802", "nvme");
    EXPECT_EQ(devices_.check({"0000:00:02.0"}).error().message, "0000:00:02.0 is no network card");
    EXPECT_EQ(devices_.check({"0000:00:1f.0"}).error().message,
              "there is no device 0000:00:1f.0 on the PCI bus");
}

TEST_F(DevicesTest, WhereNoWayLeadsAllReasonsAreTold) {
    fake_.add_other("0000:00:12.0", "0x010802", "nvme");
    fake_.group("1", {kFirst, "0000:00:12.0"});
    const auto taken = devices_.check({kFirst});
    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().message, HasSubstr("0000:00:12.0 with driver nvme"));
    EXPECT_THAT(taken.error().message, HasSubstr("uio_pci_generic: the IOMMU"));
    EXPECT_THAT(taken.error().message, HasSubstr("The kernel can keep it: xdp ens16"));
}

TEST_F(DevicesTest, NothingIsTakenAwayFromAProcessThatLives) {
    ASSERT_TRUE(devices_.take({kFirst}, holder_));
    EXPECT_FALSE(devices_.give_back_all());
    EXPECT_EQ(fake_.driver_of(kFirst), "vfio-pci");
    devices_.resume(devices_.taken(), {kNobody, 0});
    EXPECT_TRUE(devices_.give_back_all());
    EXPECT_EQ(fake_.driver_of(kFirst), "virtio-pci");
    EXPECT_THAT(devices_.taken(), IsEmpty());
}

TEST_F(DevicesTest, ACardThatIsTakenHasPassedAlready) {
    ASSERT_TRUE(devices_.take({kFirst}, holder_));
    // The name may have gone to another interface since.
    addresses_ = {{"ens16", "192.0.2.7"}};
    EXPECT_TRUE(devices_.take({kFirst}, holder_));
}

}  // namespace
}  // namespace torii::platformd

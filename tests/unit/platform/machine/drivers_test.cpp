#include "platform/machine/drivers.h"

#include "tests/unit/platform/machine/fake_machine.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace torii::machine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kAddress = "0000:00:10.0";

class DriversTest : public ::testing::Test {
protected:
    DriversTest() : hardware_(fake_.roots(), fake_.kernel()) {
        fake_.add_card(kAddress, "ens16");
        fake_.add_driver("vfio-pci");
    }
    FakeMachine fake_;
    Hardware hardware_;
};

TEST_F(DriversTest, ADeviceGoesToAnotherDriverAndBack) {
    const auto bound = hardware_.bind(kAddress, "vfio-pci");
    ASSERT_TRUE(bound) << bound.error().message;
    EXPECT_EQ(fake_.driver_of(kAddress), "vfio-pci");
    EXPECT_THAT(fake_.written, ElementsAre("driver_override", "unbind", "drivers_probe"));
    const auto back = hardware_.give_back(kAddress, "virtio-pci");
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(fake_.driver_of(kAddress), "virtio-pci");
}

TEST_F(DriversTest, WhatIsBoundAlreadyIsLeftAlone) {
    ASSERT_TRUE(hardware_.bind(kAddress, "virtio-pci"));
    EXPECT_THAT(fake_.written, IsEmpty());
}

TEST_F(DriversTest, ADriverThatDoesNotTakeItCostsNobodyTheDevice) {
    fake_.refusing_driver = "vfio-pci";
    const auto bound = hardware_.bind(kAddress, "vfio-pci");
    ASSERT_FALSE(bound);
    EXPECT_THAT(bound.error().message, HasSubstr("vfio-pci does not take 0000:00:10.0"));
    EXPECT_EQ(fake_.driver_of(kAddress), "virtio-pci");
}

TEST_F(DriversTest, AnotherDriverThanExpectedIsTold) {
    fake_.refusing_driver = "virtio-pci";
    const auto back = hardware_.give_back(kAddress, "virtio-pci");
    ASSERT_FALSE(back);
    EXPECT_THAT(back.error().message, HasSubstr("no driver now and not with virtio-pci"));
}

TEST_F(DriversTest, HugepagesAreReservedAsFarAsTheyGoAndNeverTakenAway) {
    EXPECT_EQ(hardware_.reserve_hugepages(256).value(), 256U);
    EXPECT_EQ(hardware_.reserve_hugepages(128).value(), 256U);
    fake_.pages_at_most = 200;
    EXPECT_EQ(hardware_.reserve_hugepages(512).value(), 400U);
}

TEST(WriteFile, SaysWhatCannotBeWritten) {
    const auto done = write_file("/nowhere/at/all", "1");
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("/nowhere/at/all: No such file"));
}

}  // namespace
}  // namespace torii::machine

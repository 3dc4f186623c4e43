#include "mgmt/show/platform.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace torii::show {
namespace {

TEST(ShowPlatform, WhatThereIsHowItIsUsedAndWhatIsAgainstOtherWays) {
    ipc::Platform machine;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(R"(
        cpus: 4 memory_mib: 2000 hugepages_mib: 512 hugepages_free_mib: 256 iommu: true
        plan { control_cpus: 0 worker_cpus: 1 worker_cpus: 2 worker_cpus: 3
               hugepage_memory_mib: 512 eal_arguments: "--iova-mode=va" notes: "a word" }
        cards { address: "0000:00:03.0" id: "1af4:1041" driver: "virtio-pci" interfaces: "ens3"
                mac: "52:54:00:00:00:03" iommu_group: -1
                reserved: "ens3 carries the default route of the machine" }
        cards { address: "0000:00:10.0" id: "1af4:1041" driver: "vfio-pci" iommu_group: 7
                first_driver: "virtio-pci" mac: "52:54:00:00:00:10" taken: true
                choices { way: "bifurcated" refusal: "it is not shared" }
                choices { way: "vfio-pci" } })",
                                                              &machine));
    EXPECT_EQ(platform(machine), R"(Processors: 4
  packet engine: 1,2,3
  everything else: 0
Memory: 2000 MiB
  huge pages: 512 MiB, 256 free; planned for the packet engine: 512
IOMMU: yes
EAL: --iova-mode=va
Note: a word

Card          Device     Interface  MAC                Driver      Group  Used by
0000:00:03.0  1af4:1041  ens3       52:54:00:00:00:03  virtio-pci      -  kernel, always
0000:00:10.0  1af4:1041  -          52:54:00:00:00:10  vfio-pci        7  packet engine

0000:00:03.0:
  stays with the kernel: ens3 carries the default route of the machine

0000:00:10.0:
  the kernel's driver: virtio-pci
  bifurcated: no, it is not shared
  vfio-pci: can be used
)");
}

TEST(ShowPlatform, AMachineWithoutCardsSaysSo) {
    EXPECT_THAT(platform({}), ::testing::HasSubstr("no network card on the PCI bus"));
}

}  // namespace
}  // namespace torii::show

#include "platform/machine/plan.h"

#include <gmock/gmock.h>

namespace torii::machine {
namespace {

using ::testing::ElementsAre;

constexpr unsigned kMost = 16;

std::vector<Cpu> cores(unsigned count) {
    std::vector<Cpu> cpus;
    for (unsigned id = 0; id < count; ++id) cpus.push_back({id, 0, id});
    return cpus;
}

TEST(CpuPlan, OneProcessorIsShared) {
    const CpuPlan plan = plan_cpus(cores(1), -1, kMost);
    EXPECT_THAT(plan.control, ElementsAre(0));
    EXPECT_THAT(plan.workers, ElementsAre(0));
}

TEST(CpuPlan, UpToSevenLeaveOneToTheRest) {
    EXPECT_THAT(plan_cpus(cores(2), -1, kMost).workers, ElementsAre(1));
    const CpuPlan plan = plan_cpus(cores(4), -1, kMost);
    EXPECT_THAT(plan.control, ElementsAre(0));
    EXPECT_THAT(plan.workers, ElementsAre(1, 2, 3));
}

TEST(CpuPlan, FromEightOnTwoAreLeft) {
    const CpuPlan plan = plan_cpus(cores(8), -1, kMost);
    EXPECT_THAT(plan.control, ElementsAre(0, 1));
    EXPECT_THAT(plan.workers, ElementsAre(2, 3, 4, 5, 6, 7));
    EXPECT_EQ(plan_cpus(cores(64), -1, kMost).workers.size(), kMost);
}

TEST(CpuPlan, WorkersHaveACoreEach) {
    std::vector<Cpu> cpus = cores(4);
    cpus[2].core = 0;
    cpus[3].core = 1;
    EXPECT_THAT(plan_cpus(cpus, -1, kMost).workers, ElementsAre(1));
    std::vector<Cpu> threads = cores(2);
    threads[1].core = 0;
    EXPECT_THAT(plan_cpus(threads, -1, kMost).workers, ElementsAre(1));
}

TEST(CpuPlan, WorkersAreNextToTheCards) {
    std::vector<Cpu> cpus = cores(8);
    for (unsigned id = 4; id < 8; ++id) cpus[id].node = 1;
    EXPECT_THAT(plan_cpus(cpus, 1, kMost).workers, ElementsAre(4, 5, 6, 7));
    EXPECT_THAT(plan_cpus(cpus, 0, kMost).workers, ElementsAre(2, 3));
    // A node without processors of its own.
    EXPECT_EQ(plan_cpus(cpus, 2, kMost).workers.size(), 6U);
}

TEST(HugepagePlan, GrowsWithTheMemoryAndLeavesMostOfIt) {
    EXPECT_EQ(plan_hugepages_mib(512), 204U);
    EXPECT_EQ(plan_hugepages_mib(1024), 256U);
    EXPECT_EQ(plan_hugepages_mib(2048), 512U);
    EXPECT_EQ(plan_hugepages_mib(4096), 512U);
    EXPECT_EQ(plan_hugepages_mib(65536), 1024U);
}

}  // namespace
}  // namespace torii::machine

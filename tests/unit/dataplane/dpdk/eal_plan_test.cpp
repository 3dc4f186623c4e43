#include "dataplane/dpdk/eal.h"

#include <gmock/gmock.h>

namespace torii::dpdk {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Machine kMachine{{0, 1, 3}, 512};

EalOptions options() {
    EalOptions options;
    options.file_prefix = std::string("test");
    return options;
}

TEST(EalPlan, RunsWithoutHugepagesByDefault) {
    const EalPlan plan = plan_eal(options(), kMachine).value();
    EXPECT_FALSE(plan.hugepages);
    EXPECT_THAT(plan.note, IsEmpty());
    EXPECT_THAT(plan.arguments, Contains("--no-huge"));
    EXPECT_THAT(plan.arguments, Contains("-m256"));
    // EAL refuses both together.
    EXPECT_THAT(plan.arguments, Not(Contains("--in-memory")));
}

TEST(EalPlan, TakesHugepagesWhenThereAreEnough) {
    EalOptions wanted = options();
    wanted.hugepage_memory_mib = 512;
    const EalPlan plan = plan_eal(wanted, kMachine).value();
    EXPECT_TRUE(plan.hugepages);
    EXPECT_THAT(plan.arguments, Contains("-m512"));
    EXPECT_THAT(plan.arguments, Not(Contains("--no-huge")));
    wanted.hugepage_memory_mib = 513;
    const EalPlan without = plan_eal(wanted, kMachine).value();
    EXPECT_FALSE(without.hugepages);
    EXPECT_THAT(without.note, HasSubstr("513 MiB of hugepages wanted, 512 free"));
}

TEST(EalPlan, TheWorkerGetsTheLastCpuOrTheOneAskedFor) {
    EXPECT_THAT(plan_eal(options(), kMachine).value().arguments,
                Contains("--lcores=0@(0,1,3),1@3"));
    EalOptions wanted = options();
    wanted.worker_lcores = std::string("1");
    EXPECT_THAT(plan_eal(wanted, kMachine).value().arguments, Contains("--lcores=0@(0,1,3),1@1"));
    wanted.worker_lcores = std::string("2");
    EXPECT_THAT(plan_eal(wanted, kMachine).error().message, HasSubstr("may run on 0,1,3"));
    wanted.worker_lcores = std::string("1-2");
    EXPECT_THAT(plan_eal(wanted, kMachine).error().message, HasSubstr("CPU numbers are wanted"));
}

TEST(EalPlan, TheControlThreadGetsTheCpuAskedFor) {
    EalOptions wanted = options();
    wanted.main_lcore = 1;
    EXPECT_THAT(plan_eal(wanted, kMachine).value().arguments, Contains("--lcores=0@(1),1@3"));
    wanted.main_lcore = 2;
    EXPECT_THAT(plan_eal(wanted, kMachine).error().message, HasSubstr("may run on 0,1,3"));
    wanted.main_lcore = 3;
    EXPECT_THAT(plan_eal(wanted, kMachine).error().message, HasSubstr("is a worker's"));
}

TEST(EalPlan, EachWorkerGetsItsCpu) {
    EalOptions wanted = options();
    wanted.worker_lcores = std::string("3,0");
    const EalPlan plan = plan_eal(wanted, kMachine).value();
    EXPECT_THAT(plan.arguments, Contains("--lcores=0@(0,1,3),1@3,2@0"));
    EXPECT_THAT(plan.worker_cpus, ElementsAre(3U, 0U));
    EXPECT_THAT(plan_eal(options(), kMachine)->worker_cpus, ElementsAre(3U));
    for (const auto& [lcores, said] :
         {std::pair("1,2", "may run on 0,1,3"), std::pair("1,1", "CPU 1 is there twice"),
          std::pair("1,", "CPU numbers are wanted")}) {
        wanted.worker_lcores = std::string(lcores);
        EXPECT_THAT(plan_eal(wanted, kMachine).error().message, HasSubstr(said));
    }
}

TEST(EalPlan, ThePciBusIsLeftAloneUnlessADeviceIsNamed) {
    EXPECT_THAT(plan_eal(options(), kMachine).value().arguments, Contains("--no-pci"));
    EalOptions wanted = options();
    wanted.pci_devices = {"0000:00:08.0"};
    const EalPlan plan = plan_eal(wanted, kMachine).value();
    EXPECT_THAT(plan.arguments, Contains("-a0000:00:08.0"));
    EXPECT_THAT(plan.arguments, Not(Contains("--no-pci")));
}

}  // namespace
}  // namespace torii::dpdk

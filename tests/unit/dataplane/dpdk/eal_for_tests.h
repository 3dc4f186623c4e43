#pragma once

#include "dataplane/dpdk/eal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string_view>
#include <unistd.h>

namespace torii::test {

// EAL in ordinary memory, once per process (it cannot be had twice): for SetUpTestSuite(), with
// dpdk::stop_eal() in TearDownTestSuite(). `name` keeps two test programs apart.
inline void start_eal(std::string_view name, unsigned memory_mib) {
    dpdk::EalOptions options;
    options.file_prefix = fmt::format("torii-{}-{}", name, ::getpid());
    options.plain_memory_mib = memory_mib;
    const auto plan = dpdk::plan_eal(options, dpdk::inspect_machine());
    ASSERT_TRUE(plan) << plan.error().message;
    const auto started = dpdk::start_eal(*plan);
    ASSERT_TRUE(started) << started.error().message;
}

}  // namespace torii::test
